// Reading JSON objects by a table of their keys: every key is known, every error has its column.
//
// A table is an array of Field<T>; read_object() takes each member through its field and refuses
// keys that no field has. Values go into integers, booleans, texts, lists and words of a fixed set.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "properties/located_json.h"

namespace lockstep {

// One key of an object of type T: how its value gets in.
template <typename T>
struct Field {
  std::string_view key;
  bool required;
  Located<void> (*read)(const LocatedJson& value, T& into);
};

[[nodiscard]] inline Located<void> expect_kind(const LocatedJson& value, LocatedJson::Kind kind) {
  if (value.kind != kind) {
    return wrong_at(value.column, "found " + std::string(kind_name(value.kind)) + ", expected " +
                                      std::string(kind_name(kind)));
  }
  return {};
}

// nullptr when no field has that key.
template <typename T>
[[nodiscard]] const Field<T>* find_field(std::span<const Field<T>> fields, std::string_view key) {
  const auto field =
      std::find_if(fields.begin(), fields.end(), [&](const Field<T>& f) { return f.key == key; });
  return field == fields.end() ? nullptr : &*field;
}

// "id, thr, queues": for messages.
template <typename T>
[[nodiscard]] std::string field_keys(std::span<const Field<T>> fields) {
  std::string known;
  for (const Field<T>& field : fields) {
    known += (known.empty() ? "" : ", ") + std::string(field.key);
  }
  return known;
}

template <typename T>
[[nodiscard]] Located<void> check_required(const LocatedJson& json,
                                           std::span<const Field<T>> fields) {
  for (const Field<T>& field : fields) {
    if (field.required && json.find(field.key) == nullptr) {
      return wrong_at(json.column, "found no key '" + std::string(field.key) + "', expected it");
    }
  }
  return {};
}

template <typename T>
[[nodiscard]] Located<void> read_object(const LocatedJson& json, std::span<const Field<T>> fields,
                                        T& into) {
  if (Located<void> is_object = expect_kind(json, LocatedJson::Kind::kObject); !is_object) {
    return is_object;
  }
  for (const LocatedJson::Member& member : json.members) {
    const Field<T>* field = find_field(fields, member.key);
    if (field == nullptr) {
      return wrong_at(member.column,
                      "found key '" + member.key + "', expected one of " + field_keys(fields));
    }
    if (Located<void> read = field->read(member.value, into); !read) {
      return read;
    }
  }
  return check_required(json, fields);
}

[[nodiscard]] inline Located<void> read_into(const LocatedJson& value, std::int64_t& into) {
  into = value.integer;
  return expect_kind(value, LocatedJson::Kind::kInteger);
}
[[nodiscard]] inline Located<void> read_into(const LocatedJson& value, bool& into) {
  into = value.boolean;
  return expect_kind(value, LocatedJson::Kind::kBool);
}
[[nodiscard]] inline Located<void> read_into(const LocatedJson& value, std::string& into) {
  into = value.text;
  return expect_kind(value, LocatedJson::Kind::kString);
}
[[nodiscard]] inline Located<void> read_into(const LocatedJson& value,
                                             std::vector<std::int64_t>& into) {
  for (const LocatedJson& item : value.items) {
    if (Located<void> read = read_into(item, into.emplace_back()); !read) {
      return read;
    }
  }
  return expect_kind(value, LocatedJson::Kind::kArray);
}

// One of `words`; its place is the enumerator.
template <typename Enum, std::size_t kCount>
[[nodiscard]] Located<void> read_word(const LocatedJson& value,
                                      const std::array<std::string_view, kCount>& words,
                                      Enum& into) {
  std::string known;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (value.kind == LocatedJson::Kind::kString && value.text == words[i]) {
      into = static_cast<Enum>(i);
      return {};
    }
    known += (known.empty() ? "" : ", ") + std::string(words[i]);
  }
  return wrong_at(value.column, "found " +
                                    (value.kind == LocatedJson::Kind::kString
                                         ? "'" + value.text + "'"
                                         : std::string(kind_name(value.kind))) +
                                    ", expected one of " + known);
}

// What the keys and values of a numbered object may be.
struct NumberedLimits {
  std::int64_t key_min = 1;
  std::int64_t key_max = INT32_MAX;
  std::int64_t value_max = INT64_MAX;
  std::string_view value_words = "a number from 0";  // "microseconds"
};

// {"2": 10}: calls add(key, value) for each member; values are not negative.
template <typename Add>
[[nodiscard]] Located<void> read_by_number(const LocatedJson& json, const NumberedLimits& limits,
                                           Add&& add) {
  if (Located<void> is_object = expect_kind(json, LocatedJson::Kind::kObject); !is_object) {
    return is_object;
  }
  for (const auto& [key, column, value] : json.members) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number);
    if (error != std::errc{} || end != key.data() + key.size() || number < limits.key_min ||
        number > limits.key_max) {
      return wrong_at(column, "found key '" + key + "', expected a number from " +
                                  std::to_string(limits.key_min));
    }
    std::int64_t amount = 0;
    if (Located<void> read = read_into(value, amount); !read) {
      return read;
    }
    if (amount < 0 || amount > limits.value_max) {
      return wrong_at(value.column, "found " + std::to_string(amount) + ", expected " +
                                        std::string(limits.value_words));
    }
    add(number, amount);
  }
  return {};
}

}  // namespace lockstep

#include "tests/support/wire_text.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace lockstep {
namespace {

struct Field {
  std::uint64_t number = 0;
  std::uint64_t type = 0;
  std::uint64_t value = 0;
  std::string_view bytes;  // of type 2
};

std::optional<std::uint64_t> varint(std::string_view bytes, std::size_t& at) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64 && at < bytes.size(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    value |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) {
      return value;
    }
  }
  return std::nullopt;
}

std::optional<Field> next_field(std::string_view bytes, std::size_t& at) {
  const std::optional<std::uint64_t> tag = varint(bytes, at);
  if (!tag || *tag >> 3 == 0) {
    return std::nullopt;
  }
  Field field{.number = *tag >> 3, .type = *tag & 7, .value = 0, .bytes = {}};
  if (field.type == 0) {
    const std::optional<std::uint64_t> value = varint(bytes, at);
    field.value = value.value_or(0);
    return value ? std::optional(field) : std::nullopt;
  }
  if (field.type == 1 && bytes.size() - at >= 8) {
    for (int i = 7; i >= 0; --i) {
      field.value =
          field.value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
    }
    at += 8;
    return field;
  }
  const std::optional<std::uint64_t> length = field.type == 2 ? varint(bytes, at) : std::nullopt;
  if (!length || *length > bytes.size() - at) {
    return std::nullopt;
  }
  field.bytes = bytes.substr(at, *length);
  at += *length;
  return field;
}

std::optional<std::vector<Field>> fields_of(std::string_view bytes) {
  std::vector<Field> fields;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::optional<Field> field = next_field(bytes, at);
    if (!field) {
      return std::nullopt;
    }
    fields.push_back(*field);
  }
  return fields;
}

// A text of letters could be read as fields of odd numbers: ours are below 200.
bool is_message(std::string_view bytes) {
  const auto fields = fields_of(bytes);
  return fields && std::all_of(fields->begin(), fields->end(),
                               [](const Field& field) { return field.number < 200; });
}

struct Level {
  std::vector<Field> fields;
  std::size_t next = 0;
};

}  // namespace

std::string wire_text(std::string_view bytes) {
  const auto top = fields_of(bytes);
  if (!top) {
    return "broken\n";
  }
  std::string text;
  std::vector<Level> levels = {{*top, 0}};
  while (!levels.empty()) {
    Level& level = levels.back();
    const std::string indent((levels.size() - 1) * 2, ' ');
    if (level.next == level.fields.size()) {
      levels.pop_back();
      text += levels.empty() ? "" : indent.substr(2) + "}\n";
      continue;
    }
    const Field field = level.fields[level.next++];
    text += indent + std::to_string(field.number);
    if (field.type != 2) {
      text += ": " + std::to_string(field.value) + (field.type == 1 ? " (fixed64)\n" : "\n");
    } else if (is_message(field.bytes)) {
      text += " {\n";
      levels.push_back({*fields_of(field.bytes), 0});
    } else {
      text += ": \"" + std::string(field.bytes) + "\"\n";
    }
  }
  return text;
}

}  // namespace lockstep

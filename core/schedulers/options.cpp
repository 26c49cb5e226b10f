#include "core/schedulers/options.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/check.h"

namespace lockstep {
namespace {

constexpr std::size_t kDecimalDigits = 9;
constexpr std::int64_t kDecimalUnit = 1'000'000'000;

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

// "2.50" -> 2'500'000'000; nullopt when it is no such number or too large.
std::optional<std::int64_t> decimal_e9(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) {
    text.remove_prefix(1);
  }
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string fraction(point == std::string_view::npos ? "0" : text.substr(point + 1));
  const auto digits = [](std::string_view part) {
    return !part.empty() &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!digits(whole) || !digits(fraction) || fraction.size() > kDecimalDigits) {
    return std::nullopt;
  }
  fraction.resize(kDecimalDigits, '0');
  const std::optional<std::int64_t> units = whole_number(whole);
  if (!units || *units >= INT64_MAX / kDecimalUnit) {
    return std::nullopt;
  }
  const std::int64_t value = *units * kDecimalUnit + *whole_number(fraction);
  return negative ? -value : value;
}

std::string decimal_text(std::int64_t value_e9) {
  const std::int64_t magnitude = value_e9 < 0 ? -value_e9 : value_e9;
  std::string fraction = std::to_string(magnitude % kDecimalUnit);
  fraction.insert(0, kDecimalDigits - fraction.size(), '0');
  fraction.erase(fraction.find_last_not_of('0') + 1);
  std::string text = value_e9 < 0 ? "-" : "";
  text += std::to_string(magnitude / kDecimalUnit);
  if (!fraction.empty()) {
    text += '.';
    text += fraction;
  }
  return text;
}

tl::unexpected<Error> not_a_value(const OptionInfo& option, std::string_view text,
                                  const std::string& expected) {
  return bad_input("found " + std::string(option.name) + " '" + std::string(text) + "', expected " +
                   expected);
}

// Only the wrappers "true" and "false" are canonical; what people type for them is understood.
std::optional<bool> flag(std::string_view text) {
  for (const std::string_view yes : {"true", "1", "on", "yes"}) {
    if (text == yes) {
      return true;
    }
  }
  for (const std::string_view no : {"false", "0", "off", "no"}) {
    if (text == no) {
      return false;
    }
  }
  return std::nullopt;
}

Result<std::string> canonical_sizes(const OptionInfo& option, std::string_view text) {
  std::string canonical;
  std::string_view rest = trimmed(text);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::optional<std::int64_t> size = whole_number(trimmed(rest.substr(0, comma)));
    if (!size || (comma != std::string_view::npos && comma + 1 == rest.size())) {
      return not_a_value(option, text, "sizes such as 8,16,32");
    }
    canonical += canonical.empty() ? "" : ",";
    canonical += std::to_string(*size);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  return canonical;
}

Result<std::string> canonical_choice(const OptionInfo& option, std::string_view text) {
  if (std::find(option.choices.begin(), option.choices.end(), text) != option.choices.end()) {
    return std::string(text);
  }
  std::string expected;
  for (const std::string_view choice : option.choices) {
    expected += expected.empty() ? "" : choice == option.choices.back() ? " or " : ", ";
    expected += choice;
  }
  return not_a_value(option, text, expected);
}

}  // namespace

Result<std::string> canonical_option(const OptionInfo& option, std::string_view text) {
  switch (option.type) {
    case OptionType::kInteger:
      if (const std::optional<std::int64_t> value = whole_number(text)) {
        return std::to_string(*value);
      }
      return not_a_value(
          option, text,
          "a whole number" + (option.unit.empty() ? "" : " of " + std::string(option.unit)));
    case OptionType::kFlag:
      if (const std::optional<bool> value = flag(text)) {
        return std::string(*value ? "true" : "false");
      }
      return not_a_value(option, text, "true or false");
    case OptionType::kChoice:
      return canonical_choice(option, text);
    case OptionType::kSizes:
      return canonical_sizes(option, text);
    case OptionType::kDecimal:
      if (const std::optional<std::int64_t> value = decimal_e9(text)) {
        return decimal_text(*value);
      }
      return not_a_value(option, text, "a number such as 2.5, at most 9 digits after the point");
  }
  LOCKSTEP_CHECK(false);
  return std::string();
}

const std::string& option_text(const OptionValues& values, std::string_view name) {
  const auto found = std::find_if(values.begin(), values.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  LOCKSTEP_CHECK(found != values.end());
  return found->second;
}

std::int64_t option_integer(const OptionValues& values, std::string_view name) {
  const std::optional<std::int64_t> value = whole_number(option_text(values, name));
  LOCKSTEP_CHECK(value.has_value());
  return value.value_or(0);
}

bool option_flag(const OptionValues& values, std::string_view name) {
  return option_text(values, name) == "true";
}

std::vector<std::int64_t> option_sizes(const OptionValues& values, std::string_view name) {
  std::vector<std::int64_t> sizes;
  std::string_view rest = option_text(values, name);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::optional<std::int64_t> size = whole_number(rest.substr(0, comma));
    LOCKSTEP_CHECK(size.has_value());
    sizes.push_back(size.value_or(0));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  return sizes;
}

std::int64_t option_decimal_e9(const OptionValues& values, std::string_view name) {
  const std::optional<std::int64_t> value = decimal_e9(option_text(values, name));
  LOCKSTEP_CHECK(value.has_value());
  return value.value_or(0);
}

std::size_t option_choice(const OptionValues& values, const OptionInfo& option) {
  const std::string& text = option_text(values, option.name);
  const auto found = std::find(option.choices.begin(), option.choices.end(), text);
  LOCKSTEP_CHECK(found != option.choices.end());
  return static_cast<std::size_t>(found - option.choices.begin());
}

std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known) {
  std::string_view best;
  std::size_t best_distance = name.size() / 2 + 1;  // beyond that a suggestion would be a guess
  for (const std::string_view candidate : known) {
    // Levenshtein distance, one row at a time.
    std::vector<std::size_t> row(candidate.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) {
      row[j] = j;
    }
    for (std::size_t i = 0; i < name.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i + 1;
      for (std::size_t j = 0; j < candidate.size(); ++j) {
        const std::size_t replaced = diagonal + (name[i] == candidate[j] ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

}  // namespace lockstep

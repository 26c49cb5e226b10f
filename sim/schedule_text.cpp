#include "sim/schedule_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>

#include <fmt/format.h>

namespace lockstep {
namespace {

constexpr std::string_view kTitle = "lockstep schedule 1";
constexpr std::size_t kFieldCount = 4;

struct Field {
  std::string_view text;
  std::size_t column = 1;
};

// Words of a line; the last ones are empty if there are fewer, and beyond kFieldCount is one more.
std::array<Field, kFieldCount + 1> fields_of(std::string_view line) {
  std::array<Field, kFieldCount + 1> fields;
  std::size_t at = 0;
  for (Field& field : fields) {
    at = std::min(line.find_first_not_of(' ', at), line.size());
    const std::size_t end = std::min(line.find(' ', at), line.size());
    field = {.text = line.substr(at, end - at), .column = at + 1};
    at = end;
  }
  return fields;
}

std::optional<std::uint32_t> number_in(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

bool is_kind(std::string_view text) {
  for (std::uint8_t kind = 0; kind < kChoiceKindCount; ++kind) {
    if (text == choice_kind_name(static_cast<ChoiceKind>(kind))) {
      return true;
    }
  }
  return false;
}

class ScheduleReader {
 public:
  explicit ScheduleReader(std::string_view name) : name_(name) {}

  Result<void> take(std::size_t line_number, std::string_view line) {
    line_ = line_number;
    const std::array<Field, kFieldCount + 1> fields = fields_of(line);
    const std::optional<std::uint32_t> number = number_in(fields[0].text);
    if (!number || *number < options_.size() || *number >= kMaxScheduleChoices) {
      return wrong(fields[0], fmt::format("a choice's number from {} to {}", options_.size(),
                                          kMaxScheduleChoices - 1));
    }
    if (!is_kind(fields[1].text)) {
      return wrong(fields[1], "a kind of choice (fiber, wake-up, completion, fault, waiter)");
    }
    if (fields[2].text.empty()) {
      return wrong(fields[2], "the name of a site");
    }
    const std::string_view option = fields[3].text;
    const std::size_t slash = std::min(option.find('/'), option.size());
    const std::optional<std::uint32_t> chosen = number_in(option.substr(0, slash));
    const std::optional<std::uint32_t> count =
        number_in(option.substr(std::min(slash + 1, option.size())));
    if (!chosen || !count || *chosen == 0 || *chosen >= *count) {
      return wrong(fields[3], "OPTION/COUNT with 0 < OPTION < COUNT");
    }
    if (!fields[4].text.empty()) {
      return wrong(fields[4], "the end of the line");
    }
    options_.resize(*number, 0);
    options_.push_back(*chosen);
    return {};
  }
  [[nodiscard]] tl::unexpected<Error> wrong(const Field& found, std::string_view expected) const {
    return bad_input(fmt::format("{}:{}:{}: found {}, expected {}", name_, line_, found.column,
                                 found.text.empty() ? "nothing" : fmt::format("'{}'", found.text),
                                 expected));
  }
  std::vector<std::uint32_t> take_options() { return std::move(options_); }

 private:
  std::string_view name_;
  std::size_t line_ = 1;
  std::vector<std::uint32_t> options_;
};

}  // namespace

std::string schedule_text(const std::vector<RecordedChoice>& choices) {
  std::string text = fmt::format("{}\n", kTitle);
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const RecordedChoice& choice = choices[i];
    if (choice.chosen != 0) {
      std::string site(choice.site.empty() ? "?" : choice.site);
      std::replace(site.begin(), site.end(), ' ', '_');
      text += fmt::format("{} {} {} {}/{}\n", i, choice_kind_name(choice.kind), site, choice.chosen,
                          choice.count);
    }
  }
  return text;
}

Result<std::vector<std::uint32_t>> parse_schedule(std::string_view text, std::string_view name) {
  ScheduleReader reader(name);
  std::size_t line_number = 0;
  for (std::size_t at = 0; at < text.size() || line_number == 0;) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    ++line_number;
    if (line_number == 1) {
      if (line != kTitle) {
        return reader.wrong({.text = line}, fmt::format("'{}'", kTitle));
      }
    } else if (!line.empty() && !line.starts_with('#')) {
      if (const Result<void> taken = reader.take(line_number, line); !taken) {
        return tl::unexpected<Error>(taken.error());
      }
    }
  }
  return reader.take_options();
}

std::vector<std::uint32_t> options_of(const std::vector<RecordedChoice>& choices) {
  std::vector<std::uint32_t> options;
  options.reserve(choices.size());
  for (const RecordedChoice& choice : choices) {
    options.push_back(choice.chosen);
  }
  return options;
}

}  // namespace lockstep

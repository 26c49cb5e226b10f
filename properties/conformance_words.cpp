#include "properties/conformance_words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "core/limits.h"
#include "core/status.h"

namespace lockstep {
namespace {

// Longest first: C is a prefix of CP.
constexpr std::array<std::pair<std::string_view, std::uint8_t>, 4> kCriticalities = {
    {{"CP", 4}, {"SP", 2}, {"C", 3}, {"S", 1}}};

// Eats words from the left; every eater says whether the word was there.
class WordCursor {
 public:
  explicit WordCursor(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() const { return offset_ == text_.size(); }
  [[nodiscard]] std::size_t offset() const { return offset_; }

  bool eat(std::string_view word) {
    if (!text_.substr(offset_).starts_with(word)) {
      return false;
    }
    offset_ += word.size();
    return true;
  }
  // A number without sign, at most `limit`.
  bool eat_number(std::int64_t& value, std::int64_t limit) {
    const char* const begin = text_.data() + offset_;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), number);
    if (error != std::errc{} || *begin == '-' || number > limit) {
      return false;
    }
    value = number;
    offset_ += static_cast<std::size_t>(end - begin);
    return true;
  }
  // The longest queue name that stands here.
  bool eat_queue(const std::vector<std::string>& names, std::uint32_t& queue) {
    std::optional<std::uint32_t> found;
    for (std::uint32_t i = 0; i < names.size(); ++i) {
      if (text_.substr(offset_).starts_with(names[i]) &&
          (!found || names[i].size() > names[*found].size())) {
        found = i;
      }
    }
    queue = found.value_or(0);
    return found && eat(names[*found]);
  }
  bool eat_criticality(std::uint8_t& priority) {
    for (const auto& [word, value] : kCriticalities) {
      if (eat(word)) {
        priority = value;
        return true;
      }
    }
    return false;
  }
  // Letters, digits, '_', '-' and '.'; false when there is none.
  bool eat_name(std::string& name) {
    const std::size_t begin = offset_;
    while (offset_ < text_.size() && is_name_character(text_[offset_])) {
      ++offset_;
    }
    name = text_.substr(begin, offset_ - begin);
    return !name.empty();
  }

 private:
  static bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  }

  std::string_view text_;
  std::size_t offset_ = 0;
};

constexpr std::int64_t kMaxMicros = kMaxTimeNs / 1000 / 2;

bool eat_time(WordCursor& cursor, std::int64_t& at_us) {
  return cursor.eat("@") && cursor.eat_number(at_us, kMaxMicros) && cursor.eat(" ");
}

bool eat_status(WordCursor& cursor, std::string& code) {
  return cursor.eat_name(code) && parse_status(code).has_value() && code != "OK";
}

bool eat_arrival(WordCursor& cursor, ConformanceEvent& event) {
  event.kind = ConformanceEvent::Kind::kArrive;
  // TF 2.0: sizes are positive.
  if (!cursor.eat_number(event.number, std::int64_t{kMaxRequestRows}) || event.number == 0) {
    return false;
  }
  if (cursor.eat(":") && !cursor.eat_criticality(event.priority)) {
    return false;
  }
  if (cursor.eat("=") && !cursor.eat_name(event.name)) {
    return false;
  }
  return !cursor.eat(" !") || eat_status(cursor, event.refusal);
}

bool eat_names(WordCursor& cursor, std::vector<std::string>& names) {
  if (cursor.eat("}")) {
    return true;
  }
  do {
    if (!cursor.eat_name(names.emplace_back())) {
      return false;
    }
  } while (cursor.eat(","));
  return cursor.eat("}");
}

bool eat_event(WordCursor& cursor, const std::vector<std::string>& queues,
               ConformanceEvent& event) {
  using Kind = ConformanceEvent::Kind;
  if (cursor.eat("add queue ")) {
    event.kind = Kind::kAddQueue;
    return cursor.eat_queue(queues, event.queue);
  }
  if (!eat_time(cursor, event.at_us)) {
    return false;
  }
  if (cursor.eat("close ")) {
    event.kind = Kind::kClose;
    return cursor.eat_queue(queues, event.queue);
  }
  if (cursor.eat("rel ")) {
    event.kind = Kind::kRelease;
    return cursor.eat_number(event.number, INT32_MAX) && event.number > 0;
  }
  if (!cursor.eat_queue(queues, event.queue)) {
    return false;
  }
  if (cursor.eat("+")) {
    return eat_arrival(cursor, event);
  }
  if (cursor.eat("?num=")) {
    event.kind = Kind::kTasks;
    return cursor.eat_number(event.number, INT64_MAX);
  }
  if (cursor.eat("?cap=")) {
    event.kind = Kind::kCapacity;
    return cursor.eat_number(event.number, INT64_MAX);
  }
  event.kind = Kind::kEvicted;
  return cursor.eat(" evicted {") && eat_names(cursor, event.names);
}

bool eat_sizes(WordCursor& cursor, bool with_criticality) {
  if (cursor.eat("]")) {
    return true;
  }
  do {
    std::int64_t size = 0;
    std::uint8_t priority = 0;
    if (!cursor.eat_number(size, std::int64_t{kMaxRequestRows}) ||
        (with_criticality && !(cursor.eat(":") && cursor.eat_criticality(priority)))) {
      return false;
    }
  } while (cursor.eat(","));
  return cursor.eat("]");
}

bool eat_expectation(WordCursor& cursor, std::string_view text, ConformanceScenario& scenario) {
  std::int64_t number = 0;
  std::uint32_t queue = 0;
  ExpectedLine line{0, std::string(text)};
  if (cursor.eat("ERR ")) {
    return scenario.error.empty() && eat_status(cursor, scenario.error);
  }
  if (cursor.eat("closed(")) {
    const bool known = cursor.eat_queue(scenario.queues, queue) && cursor.eat(")@") &&
                       cursor.eat_number(line.at_us, kMaxMicros);
    scenario.closes.push_back(std::move(line));
    return known;
  }
  // Dispatches are numbered in the order they happen.
  const auto next = static_cast<std::int64_t>(scenario.dispatches.size()) + 1;
  if (!cursor.eat("#") || !cursor.eat_number(number, INT32_MAX) || number != next ||
      !eat_time(cursor, line.at_us) || !cursor.eat_queue(scenario.queues, queue) ||
      !cursor.eat("[") || !eat_sizes(cursor, scenario.with_criticality)) {
    return false;
  }
  scenario.dispatches.push_back(std::move(line));
  return !cursor.eat("+pad[") || eat_sizes(cursor, scenario.with_criticality);
}

// Calls visit(part, column) for each part between semicolons, without the blanks around it, until
// one is refused.
template <typename Visit>
Located<void> for_each_part(std::string_view text, std::size_t column, Visit&& visit) {
  if (text.find_first_not_of(' ') == std::string_view::npos) {
    return {};
  }
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(';', begin), text.size());
    const std::size_t first = std::min(text.find_first_not_of(' ', begin), end);
    std::string_view part = text.substr(first, end - first);
    part = part.substr(0, part.find_last_not_of(' ') + 1);
    if (Located<void> taken = visit(part, column + first); !taken) {
      return taken;
    }
    begin = end + 1;
  }
  return {};
}

}  // namespace

Located<void> parse_events(std::string_view text, std::size_t column,
                           ConformanceScenario& scenario) {
  std::int64_t last_us = 0;
  return for_each_part(text, column, [&](std::string_view part, std::size_t at) -> Located<void> {
    ConformanceEvent event;
    event.text = part;
    WordCursor cursor(part);
    if (!eat_event(cursor, scenario.queues, event) || !cursor.at_end()) {
      return wrong_at(at + cursor.offset(),
                      "found event '" + std::string(part) + "', expected an event of the grammar");
    }
    if (event.kind == ConformanceEvent::Kind::kAddQueue) {
      event.at_us = last_us;
    }
    if (event.at_us < last_us) {
      return wrong_at(at, "found event '" + std::string(part) + "', expected times that rise");
    }
    last_us = event.at_us;
    scenario.events.push_back(std::move(event));
    return {};
  });
}

Located<void> parse_expectations(std::string_view text, std::size_t column,
                                 ConformanceScenario& scenario) {
  Located<void> parsed =
      for_each_part(text, column, [&](std::string_view part, std::size_t at) -> Located<void> {
        WordCursor cursor(part);
        if (!eat_expectation(cursor, part, scenario) || !cursor.at_end()) {
          return wrong_at(at + cursor.offset(), "found '" + std::string(part) + "', expected #" +
                                                    std::to_string(scenario.dispatches.size() + 1) +
                                                    "@T q[...], closed(q)@T or ERR CODE");
        }
        return {};
      });
  if (parsed && !scenario.error.empty() &&
      (!scenario.dispatches.empty() || !scenario.closes.empty())) {
    return wrong_at(column, "found ERR beside other expectations, expected it alone");
  }
  return parsed;
}

std::string_view criticality_word(std::uint8_t priority) {
  for (const auto& [word, value] : kCriticalities) {
    if (value == priority) {
      return word;
    }
  }
  return "C";
}

}  // namespace lockstep

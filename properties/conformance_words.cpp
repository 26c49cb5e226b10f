#include "properties/conformance_words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "core/limits.h"
#include "core/schedulers/tf_in_flight_limit.h"
#include "core/status.h"

namespace lockstep {
namespace {

// Longest first: C is a prefix of CP.
constexpr std::array<std::pair<std::string_view, std::uint8_t>, 4> kCriticalities = {
    {{"CP", 4}, {"SP", 2}, {"C", 3}, {"S", 1}}};

constexpr std::string_view kBlanks = " \t\r\n";

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
  // False when there is none.
  bool eat_blanks() {
    const std::size_t begin = offset_;
    offset_ = std::min(text_.find_first_not_of(kBlanks, offset_), text_.size());
    return offset_ > begin;
  }
  // The word and the blanks behind it, or nothing.
  bool eat_command(std::string_view word) {
    const std::size_t begin = offset_;
    if (eat(word) && eat_blanks()) {
      return true;
    }
    offset_ = begin;
    return false;
  }
  // The word with or without blanks around it, or nothing.
  bool eat_mark(std::string_view mark) {
    const std::size_t begin = offset_;
    eat_blanks();
    if (!eat(mark)) {
      offset_ = begin;
      return false;
    }
    eat_blanks();
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

bool eat_status(WordCursor& cursor, std::string& code) {
  return cursor.eat_name(code) && parse_status(code).has_value() && code != "OK";
}

bool eat_arrival(WordCursor& cursor, bool may_be_empty, ConformanceEvent& event) {
  event.kind = ConformanceEvent::Kind::kArrive;
  // TF 2.0: sizes are positive.
  if (!cursor.eat_number(event.number, std::int64_t{kMaxRequestRows}) ||
      (event.number == 0 && !may_be_empty)) {
    return false;
  }
  if (cursor.eat(":") && !cursor.eat_criticality(event.priority)) {
    return false;
  }
  if (cursor.eat("=") && !cursor.eat_name(event.name)) {
    return false;
  }
  return !cursor.eat_mark("!") || eat_status(cursor, event.refusal);
}

// A request without a name is #N, the N-th that arrives.
bool eat_request(WordCursor& cursor, std::string& name) {
  const std::string mark = cursor.eat("#") ? "#" : "";
  const bool taken = cursor.eat_name(name);
  name.insert(0, mark);
  return taken;
}

bool eat_names(WordCursor& cursor, std::vector<std::string>& names) {
  if (cursor.eat("}")) {
    return true;
  }
  do {
    if (!eat_request(cursor, names.emplace_back())) {
      return false;
    }
  } while (cursor.eat_mark(","));
  cursor.eat_blanks();
  return cursor.eat("}");
}

bool eat_limit(WordCursor& cursor, ConformanceEvent& event) {
  event.kind = ConformanceEvent::Kind::kLimit;
  std::string number;
  if (!cursor.eat_name(number)) {
    return false;
  }
  const Result<TfReal> limit = TfReal::parse(number);
  event.limit = limit ? limit->text() : "";
  return limit.has_value();
}

bool eat_event(WordCursor& cursor, const ConformanceScenario& scenario, ConformanceEvent& event) {
  using EventKind = ConformanceEvent::Kind;
  const std::vector<std::string>& queues = scenario.queues;
  if (cursor.eat("@") && !(cursor.eat_number(event.at_us, kMaxMicros) && cursor.eat_blanks())) {
    return false;
  }
  if (cursor.eat_command("add")) {
    event.kind = EventKind::kAddQueue;
    return cursor.eat_command("queue") && cursor.eat_queue(queues, event.queue);
  }
  if (cursor.eat_command("close")) {
    event.kind = EventKind::kClose;
    return cursor.eat_queue(queues, event.queue);
  }
  if (cursor.eat_command("rel")) {
    event.kind = EventKind::kRelease;
    return cursor.eat_number(event.number, INT32_MAX) && event.number > 0;
  }
  if (cursor.eat("limit=")) {
    return eat_limit(cursor, event);
  }
  if (!cursor.eat_queue(queues, event.queue)) {
    return false;
  }
  if (cursor.eat("+")) {
    return eat_arrival(cursor, scenario.settings->rules().empty_requests, event);
  }
  if (cursor.eat("?num=")) {
    event.kind = EventKind::kTasks;
    return cursor.eat_number(event.number, INT64_MAX);
  }
  if (cursor.eat("?cap=")) {
    event.kind = EventKind::kCapacity;
    return cursor.eat_number(event.number, INT64_MAX);
  }
  event.kind = EventKind::kEvicted;
  return cursor.eat_blanks() && cursor.eat("evicted") && cursor.eat_mark("{") &&
         eat_names(cursor, event.names);
}

// "1,2]", or "1:C,2:CP]"; appended to `batch` without blanks.
bool eat_sizes(WordCursor& cursor, bool with_criticality, std::string& batch) {
  cursor.eat_blanks();
  for (bool first = true; !cursor.eat("]"); first = false) {
    std::int64_t size = 0;
    std::uint8_t priority = 0;
    if ((!first && !cursor.eat_mark(",")) ||
        !cursor.eat_number(size, std::int64_t{kMaxRequestRows}) ||
        (with_criticality && !(cursor.eat(":") && cursor.eat_criticality(priority)))) {
      return false;
    }
    batch += (first ? "" : ",") + std::to_string(size);
    batch += with_criticality ? ":" + std::string(criticality_word(priority)) : "";
    cursor.eat_blanks();
  }
  batch += "]";
  return true;
}

bool eat_close(WordCursor& cursor, ConformanceScenario& scenario) {
  ExpectedClose& close = scenario.closes.emplace_back();
  return cursor.eat_queue(scenario.queues, close.queue) && cursor.eat(")@") &&
         cursor.eat_number(close.at_us, kMaxMicros);
}

bool eat_refusal(WordCursor& cursor, ConformanceScenario& scenario) {
  ExpectedRefusal& refusal = scenario.refusals.emplace_back();
  std::string name;
  std::string code;
  if (!eat_request(cursor, name) || !cursor.eat(")@") ||
      !cursor.eat_number(refusal.at_us, kMaxMicros) || !cursor.eat_blanks() ||
      !eat_status(cursor, code)) {
    return false;
  }
  refusal.text = "refused(" + name + ")@" + std::to_string(refusal.at_us) + " " + code;
  return true;
}

bool eat_dispatch(WordCursor& cursor, std::string_view text, ConformanceScenario& scenario) {
  std::int64_t number = 0;
  // Dispatches are numbered in the order they happen.
  if (!cursor.eat_number(number, INT32_MAX) ||
      number != static_cast<std::int64_t>(scenario.dispatches.size()) + 1) {
    return false;
  }
  ExpectedDispatch& dispatch = scenario.dispatches.emplace_back();
  dispatch.text = text;
  if (cursor.eat("@") && !cursor.eat_number(dispatch.at_us.emplace(), kMaxMicros)) {
    return false;
  }
  dispatch.express = cursor.eat("x");
  std::uint32_t queue = 0;
  if (!cursor.eat_blanks() || !cursor.eat_queue(scenario.queues, queue) || !cursor.eat("[")) {
    return false;
  }
  dispatch.batch = scenario.queues[queue] + "[";
  if (!eat_sizes(cursor, scenario.with_criticality, dispatch.batch)) {
    return false;
  }
  if (!cursor.eat_mark("+pad[")) {
    return true;
  }
  dispatch.batch += "+pad[";
  return eat_sizes(cursor, scenario.with_criticality, dispatch.batch);
}

bool eat_expectation(WordCursor& cursor, std::string_view text, ConformanceScenario& scenario) {
  if (cursor.eat_command("ERR")) {
    return scenario.error.empty() && eat_status(cursor, scenario.error);
  }
  if (cursor.eat("closed(")) {
    return eat_close(cursor, scenario);
  }
  if (cursor.eat("refused(")) {
    return eat_refusal(cursor, scenario);
  }
  return cursor.eat("#") && eat_dispatch(cursor, text, scenario);
}

// Calls visit(part, column) for each part between semicolons, without the blanks around it, until
// one is refused. A semicolon behind the last part is none too many.
template <typename Visit>
Located<void> for_each_part(std::string_view text, std::size_t column, Visit&& visit) {
  const std::size_t last = text.find_last_not_of(kBlanks);
  text = text.substr(0, last + 1);
  if (text.ends_with(';')) {
    text.remove_suffix(1);
  }
  if (text.find_first_not_of(kBlanks) == std::string_view::npos) {
    return {};
  }
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(';', begin), text.size());
    const std::size_t first = std::min(text.find_first_not_of(kBlanks, begin), end);
    std::string_view part = text.substr(first, end - first);
    part = part.substr(0, part.find_last_not_of(kBlanks) + 1);
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
    event.at_us = last_us;
    event.text = part;
    WordCursor cursor(part);
    if (!eat_event(cursor, scenario, event) || !cursor.at_end()) {
      return wrong_at(at + cursor.offset(),
                      "found event '" + std::string(part) + "', expected an event of the grammar");
    }
    if (event.at_us < last_us) {
      return wrong_at(at, "found event '" + std::string(part) + "', expected times that rise");
    }
    last_us = event.at_us;
    if (!part.starts_with('@')) {
      event.text.insert(0, "@" + std::to_string(last_us) + " ");
    }
    scenario.events.push_back(std::move(event));
    return {};
  });
}

Located<void> parse_expectations(std::string_view text, std::size_t column,
                                 ConformanceScenario& scenario) {
  Located<void> parsed =
      for_each_part(text, column, [&](std::string_view part, std::size_t at) -> Located<void> {
        const std::size_t next = scenario.dispatches.size() + 1;
        WordCursor cursor(part);
        if (!eat_expectation(cursor, part, scenario) || !cursor.at_end()) {
          return wrong_at(at + cursor.offset(),
                          "found '" + std::string(part) + "', expected #" + std::to_string(next) +
                              "@T q[...], closed(q)@T, refused(name)@T CODE or ERR CODE");
        }
        return {};
      });
  if (parsed && !scenario.error.empty() &&
      (!scenario.dispatches.empty() || !scenario.closes.empty() || !scenario.refusals.empty())) {
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

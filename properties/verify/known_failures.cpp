#include "properties/verify/known_failures.h"

#include <algorithm>

#include <fmt/format.h>

#include "properties/checkers/checker.h"

namespace lockstep {
namespace {

struct Word {
  std::string_view text;
  std::size_t column = 1;
};

std::vector<Word> words_of(std::string_view line) {
  std::vector<Word> words;
  line = line.substr(0, line.find('#'));
  for (std::size_t at = line.find_first_not_of(" \t\r"); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(" \t\r", at), line.size());
    words.push_back({line.substr(at, end - at), at + 1});
    at = line.find_first_not_of(" \t\r", end);
  }
  return words;
}

bool is_day(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-dd";
  if (text.size() != kShape.size()) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !is_digit : text[i] != '-') {
      return false;
    }
  }
  const auto number = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  return number(5) >= 1 && number(5) <= 12 && number(8) >= 1 && number(8) <= 31;
}

}  // namespace

Result<std::vector<KnownFailure>> parse_known_failures(const std::string& name,
                                                       std::string_view text) {
  std::vector<KnownFailure> known;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::vector<Word> words = words_of(text.substr(begin, end - begin));
    begin = end + 1;
    ++number;
    if (words.empty()) {
      continue;
    }
    const auto wrong = [&](std::size_t column, const std::string& message) {
      return bad_input(fmt::format("{}:{}:{}: {}", name, number, column, message));
    };
    if (words.size() != 4) {
      return wrong(words.back().column,
                   fmt::format("found {} words, expected 4: PROPERTY SCHEDULER TICKET YYYY-MM-DD",
                               words.size()));
    }
    const Property* property = find_property(words[0].text);
    if (property == nullptr) {
      return wrong(words[0].column, fmt::format("found property '{}', expected one of `lockstep "
                                                "list properties`",
                                                words[0].text));
    }
    if (!is_day(words[3].text)) {
      return wrong(words[3].column,
                   fmt::format("found '{}', expected a day: 2027-03-31", words[3].text));
    }
    known.push_back({std::string(property->id), std::string(words[1].text),
                     std::string(words[2].text), std::string(words[3].text), number});
  }
  return known;
}

const KnownFailure* find_known(const std::vector<KnownFailure>& known, std::string_view property,
                               std::string_view scheduler, std::string_view today) {
  const auto found = std::find_if(known.begin(), known.end(), [&](const KnownFailure& failure) {
    return failure.property == property &&
           (failure.scheduler == "*" || failure.scheduler == scheduler) && failure.expires >= today;
  });
  return found == known.end() ? nullptr : &*found;
}

}  // namespace lockstep

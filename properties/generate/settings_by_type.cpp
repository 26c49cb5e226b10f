// Options of a scheduler that nobody here knows: small values, values around times and rows.
#include <algorithm>
#include <charconv>

#include "properties/generate/settings.h"

namespace lockstep {
namespace {

std::int64_t default_integer(const SubjectOption& option) {
  std::int64_t value = 1;
  std::from_chars(option.default_text.data(),
                  option.default_text.data() + option.default_text.size(), value);
  return value;
}

std::string draw_integer(Draws& draws, const SubjectOption& option, const CaseShape& shape) {
  const std::int64_t usual = default_integer(option);
  if (option.unit == "us") {
    return std::to_string(draw_timeout_us(draws, shape));
  }
  return std::to_string(draws.pick<8>({1, 2, 3, 4, 8, usual, usual + 1, 1}));
}

std::string draw_value(Draws& draws, const SubjectOption& option, const CaseShape& shape) {
  switch (option.type) {
    case OptionType::kInteger:
      return draw_integer(draws, option, shape);
    case OptionType::kFlag:
      return draws.one_in(2) ? "true" : "false";
    case OptionType::kChoice:
      return option.choices.empty() ? option.default_text
                                    : option.choices[static_cast<std::size_t>(draws.below(
                                          static_cast<std::int64_t>(option.choices.size())))];
    case OptionType::kSizes:
      return draws.one_in(3) ? "" : (draws.one_in(2) ? "1,2,4,8" : "3,7");
    case OptionType::kDecimal:
      return draws.one_in(2) ? "1" : (draws.one_in(2) ? "1.5" : "2.5");
  }
  return option.default_text;
}

}  // namespace

void draw_options_by_type(Draws& draws, const Subject& subject, const CaseShape& shape,
                          DrawnSettings& settings) {
  const std::int64_t queues = draw_queue_count(draws, shape);
  bool of_queues = false;
  for (const SubjectOption& option : subject.options) {
    if (option.name == subject.lane_option) {
      const std::int64_t lanes = draws.pick<6>({1, 1, 2, 2, 3, 4});
      settings.options.emplace_back(option.name, std::to_string(lanes));
      settings.lane_count = static_cast<std::uint32_t>(lanes);
      continue;
    }
    if (!draws.one_in(4)) {
      settings.options.emplace_back(option.name, draw_value(draws, option, shape));
    }
    of_queues = of_queues || option.scope == OptionScope::kQueue;
  }
  for (std::int64_t i = 0; of_queues && i < queues; ++i) {
    OptionValues& queue = settings.queues.emplace_back();
    for (const SubjectOption& option : subject.options) {
      if (option.scope == OptionScope::kQueue && draws.one_in(2)) {
        queue.emplace_back(option.name, draw_value(draws, option, shape));
      }
    }
  }
}

}  // namespace lockstep

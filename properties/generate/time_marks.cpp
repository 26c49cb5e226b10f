#include "properties/generate/time_marks.h"

#include <algorithm>
#include <charconv>

namespace lockstep {
namespace {

// Longer spans would only put everything that comes later out of each other's reach.
constexpr std::int64_t kLongestUs = 1'000'000;
constexpr std::int64_t kMostRows = 4096;

std::int64_t integer_or_zero(const std::string& text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Calls `take` with each value, given or default, of an option with `unit`.
template <typename Take>
void each_value(const Subject& subject, const DrawnSettings& settings, std::string_view unit,
                const Take& take) {
  const auto given = [&](const OptionValues& values, const SubjectOption& option) {
    const auto found = std::find_if(values.begin(), values.end(),
                                    [&](const auto& entry) { return entry.first == option.name; });
    if (found != values.end()) {
      take(integer_or_zero(found->second));
    }
    return found != values.end();
  };
  for (const SubjectOption& option : subject.options) {
    if (option.unit != unit || option.type != OptionType::kInteger) {
      continue;
    }
    if (!given(settings.options, option)) {
      take(integer_or_zero(option.default_text));
    }
    for (const OptionValues& queue : settings.queues) {
      given(queue, option);
    }
  }
}

template <typename Value>
void sort_unique(std::vector<Value>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace

TimeMarks time_marks(const Subject& subject, const DrawnSettings& settings,
                     const CaseShape& shape) {
  TimeMarks marks;
  each_value(subject, settings, "us", [&](std::int64_t us) {
    if (us > 0 && us <= kLongestUs) {
      marks.spans.push_back(SimDuration{us * 1000});
    }
  });
  marks.typical = SimDuration{shape.base_time_us * 1000};
  marks.spans.push_back(marks.typical);
  sort_unique(marks.spans);
  return marks;
}

std::vector<std::int64_t> row_marks(const Subject& subject, const DrawnSettings& settings) {
  std::vector<std::int64_t> marks;
  each_value(subject, settings, "rows", [&](std::int64_t rows) {
    if (rows > 0 && rows <= kMostRows) {
      marks.push_back(rows);
    }
  });
  marks.push_back(1);
  sort_unique(marks);
  return marks;
}

}  // namespace lockstep

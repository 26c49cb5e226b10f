#include "cli/dev_regressions.h"

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/whole_file.h"
#include "properties/verify/isolated_judge.h"
#include "properties/verify/regression.h"

namespace lockstep {
namespace {

struct Counts {
  std::size_t held = 0;
  std::size_t broken = 0;
  std::size_t stale = 0;
};

// In a process of its own first: what ended the process once may do so again.
void judge_one(const std::string& place, const Regression& regression, Counts& counts) {
  const IsolatedVerdict alone =
      isolated_property(regression.value, make_registered, judge_again(regression.property), 5000);
  if (!alone.property.empty()) {
    ++counts.broken;
    fmt::print("FAIL {}  {} is broken again: {}\n", place, alone.property, alone.found);
    return;
  }
  const JudgedRegression judged = judge_regression(regression, make_registered);
  if (judged.state == RegressionState::kBroken) {
    ++counts.broken;
    fmt::print("FAIL {}  {}\n", place, violation_text(*judged.verdict.violation));
  } else if (judged.state == RegressionState::kStale) {
    ++counts.stale;
    fmt::print("stale {}: its run is another one now: what it was made for may not happen in it\n",
               place);
  } else {
    ++counts.held;
  }
}

}  // namespace

int dev_regressions(const std::vector<std::string>& files) {
  Counts counts;
  for (const std::string& name : files) {
    const Result<std::string> text =
        read_file_whole(name, "a file of cases, one JSON object per line");
    if (!text) {
      return report_error(text.error());
    }
    const Result<std::vector<Regression>> regressions = parse_regressions(name, *text);
    if (!regressions) {
      return report_error(regressions.error());
    }
    for (std::size_t i = 0; i < regressions->size(); ++i) {
      judge_one(fmt::format("{}: case {}", name, i + 1), (*regressions)[i], counts);
    }
  }
  fmt::print("{} hold, {} broken, {} stale\n", counts.held, counts.broken, counts.stale);
  return counts.broken > 0 ? kExitFailed : counts.held > 0 ? kExitHolds : kExitNoVerdict;
}

}  // namespace lockstep

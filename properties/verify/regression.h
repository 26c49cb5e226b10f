// Regression files: cases that broke a property once and must never again (verification 7.10).
//
// JSON Lines, one case a line: {"property":"L1","digest":"0123456789abcdef","case":{...}}.
// `property` is what it broke; `digest` is that of the right run, "" while it is not known. A run
// that breaks no property but has another digest than the file says is stale: what it was made for
// may no longer happen in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "properties/cases/case.h"
#include "properties/cases/case_run.h"
#include "properties/verify/judge.h"

namespace lockstep {

struct Regression {
  std::string property;
  std::optional<std::uint64_t> digest{};  // nullopt: not known
  Case value;
};

[[nodiscard]] std::string regression_line(const Regression& regression);

// The lines of a file, which `name` stands for; empty lines are skipped. Errors: NAME:LINE:COLUMN.
[[nodiscard]] Result<std::vector<Regression>> parse_regressions(const std::string& name,
                                                                const std::string& text);

enum class RegressionState : std::uint8_t { kHolds, kBroken, kStale };

struct JudgedRegression {
  RegressionState state = RegressionState::kHolds;
  Verdict verdict;
};
// Runs it twice.
[[nodiscard]] JudgedRegression judge_regression(const Regression& regression,
                                                const SchedulerMaker& make);

}  // namespace lockstep

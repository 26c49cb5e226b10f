// A comparison as `lockstep compare` prints it, and limits on how much worse B may be.
//
// The words are those of the whole program: batches of a simulated run against those of a run on a
// device are *predicted*, never proven; only `lockstep check` speaks of *re-executed*. A run is on
// a device when its settings have `on` with a value other than sim.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/batch_stages.h"
#include "reports/compare.h"
#include "reports/compare_repeats.h"
#include "traces/run_log.h"

namespace lockstep {

// What else is known of the two runs, from their journals and their devices.
struct ComparisonExtras {
  std::vector<std::string> reexecuted{};  // a line each, of the runs on a device
  std::string decisions{};                // divergence_text() of first_decision.h
  // Means over the batches of each run; both or none.
  std::optional<StageSpans> stages_a{};
  std::optional<StageSpans> stages_b{};
  std::vector<RepeatFigures> repeats{};  // B first; empty: B alone
};

// `a`, `b`: the runs that were compared. Lines end with LF.
[[nodiscard]] std::string comparison_text(const RunComparison& comparison, const RunLog& a,
                                          const RunLog& b, const ComparisonExtras& extras = {});

// Whether its settings have `on` with a value other than sim.
[[nodiscard]] bool is_on_device(const RunLog& run);

// Settings of which the two have other values, in the order of A; "" where one has none.
struct SettingDifference {
  std::string name;
  std::string a;
  std::string b;
};
[[nodiscard]] std::vector<SettingDifference> differing_settings(const RunLog& a, const RunLog& b);

// Mean over the batches; of none all is 0.
[[nodiscard]] StageSpans mean_stages(std::span<const StageSpans> stages);

struct RegressionLimit {
  std::size_t figure = 0;         // index into kComparedFigures
  std::uint32_t per_million = 0;  // that B may be above A
};

// "FAIL regression  p99 18.4ms -> 20.1ms > +5.0 %", a line for each limit that does not hold;
// "" when all hold. A figure that A has and B has not (a request was never answered) does not hold.
[[nodiscard]] std::string regression_text(const RunComparison& comparison,
                                          const std::vector<RegressionLimit>& limits);

// "verdict: holds: p99 20.1ms -> 18.4ms, limit +5.0 %"; says so where nothing was to be judged.
// `failures`: of limits and of re-execution.
[[nodiscard]] std::string verdict_text(const RunComparison& comparison,
                                       const std::vector<RegressionLimit>& limits,
                                       std::size_t failures);

}  // namespace lockstep

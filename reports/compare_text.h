// A comparison as `lockstep compare` prints it, and limits on how much worse B may be.
//
// The words are those of the whole program: batches of a simulated run against those of a run on a
// device are *predicted*, never proven; only `lockstep check` speaks of *re-executed*. A run is on
// a device when its settings have `on` with a value other than sim.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reports/compare.h"
#include "traces/run_log.h"

namespace lockstep {

// `a`, `b`: the runs that were compared. Lines end with LF.
[[nodiscard]] std::string comparison_text(const RunComparison& comparison, const RunLog& a,
                                          const RunLog& b);

struct RegressionLimit {
  std::size_t figure = 0;         // index into kComparedFigures
  std::uint32_t per_million = 0;  // that B may be above A
};

// "FAIL regression  p99 18.4ms -> 20.1ms > +5.0 %", a line for each limit that does not hold;
// "" when all hold. A figure that A has and B has not (a request was never answered) does not hold.
[[nodiscard]] std::string regression_text(const RunComparison& comparison,
                                          const std::vector<RegressionLimit>& limits);

}  // namespace lockstep

// A second, slow model of TF-Serving's adaptive scheduler (rules of TF 3.1), for relation M7 and
// for tests.
//
// Written as the rules are written: one list of batches that is searched from the start at every
// question, one set of timers, nothing remembered that can be looked up. Shares with
// core/schedulers the options and nothing that decides; the draw comes from the same stream, so
// that both draw the same numbers as long as they draw at the same moments. Owner: the caller; one
// call, one run.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/schedulers/tf_adaptive.h"
#include "core/time.h"

namespace lockstep::reference {

struct AdaptiveArrival {
  SimTime at{};
  std::uint32_t queue = 0;
  std::uint32_t rows = 0;
};

// One line per dispatch, in start order: "@1200 q0 lane1 x[3:2,4:5]" (nanoseconds; x = express;
// ordinal of the request:rows), and per refusal: "@1200 refused 7 UNAVAILABLE", in order of time.
struct AdaptiveOutcome {
  std::vector<std::string> dispatches;
  std::vector<std::string> refusals;
  std::string limit;  // at the end
  std::uint64_t draws = 0;
};

// Dispatch k runs for durations[k mod size]. Requires: checked options, every queue among them,
// durations not empty.
[[nodiscard]] AdaptiveOutcome run_adaptive(const TfAdaptiveOptions& options, std::uint64_t seed,
                                           std::span<const AdaptiveArrival> arrivals,
                                           std::span<const SimDuration> durations);

}  // namespace lockstep::reference

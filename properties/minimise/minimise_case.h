// Cuts a failing case down to one that a person can read (verification 4.7, 5.3).
//
// Delta debugging on what was chosen, bounded, and never to another bug: a candidate is kept when
// it breaks the same property. Whole parts go first (the end, queues, kinds of events, faults, the
// simulated device, lanes), then blocks of events with halving sizes (Zeller's ddmin), then single
// values towards small ones: options to their defaults, rows, times to few and round numbers. Every
// pass is repeated until none helps or the runs are used up. Deterministic; a candidate is run
// once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "properties/cases/case.h"

namespace lockstep {

// Runs a case: the id of the first property that it breaks; "" when it breaks none.
using JudgeCase = std::function<std::string(const Case&)>;

struct MinimiseOptions {
  std::uint64_t run_limit = 2000;
  // One that hangs ("R5") costs its whole limit of time: it counts for so many.
  std::uint64_t runs_of_a_hang = 1;
  // Hears of each better case at once, so that an interrupted search has lost nothing.
  std::function<void(const Case&)> on_better{};
};

struct MinimisedCase {
  Case value;
  std::uint64_t runs = 0;
  bool exhausted = false;  // the limit was reached before nothing helped
};

// Requires: `failing` breaks `property` by `judge`.
[[nodiscard]] MinimisedCase minimise_case(const Case& failing, std::string_view property,
                                          const JudgeCase& judge,
                                          const MinimiseOptions& options = {});

}  // namespace lockstep

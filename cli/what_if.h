// What would have helped a request: the same run with one setting changed, run and not guessed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cli/recorded_run.h"
#include "core/result.h"
#include "traces/run_log.h"

namespace lockstep {

// One change: an option's name (with @QUEUE where the queue has its own), its value, the new one.
struct OptionChange {
  std::string name;
  std::string before;
  std::string after;
};

// Halves and doubles of the time-out (0 too), the lanes and the cap of `queue`, as far as the
// scheduler has them; one at a time.
[[nodiscard]] std::vector<OptionChange> usual_changes(const RecordedRun& run,
                                                      const std::string& queue);

struct WhatIfOptions {
  bool strict = false;
};

// A table: each change, then for each request its latency, then p99 and mean of all, with how much
// that is more or less than in the run; and a line for the changes that made everything worse.
// A change that cannot be has its reason, or, where the changes are `strict`, is an error. "not
// answered" as p99: more than one request in a hundred has no answer. Errors: Ctrl-C, too.
[[nodiscard]] Result<std::string> what_if_text(const RecordedRun& run,
                                               std::span<const std::uint64_t> requests,
                                               std::span<const OptionChange> changes,
                                               const WhatIfOptions& options);

}  // namespace lockstep

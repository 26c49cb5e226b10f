// The traffic of a run, checked: a trace, generated arrivals or clients, and how much of it.
#pragma once

#include <string>

#include "cli/run_plan.h"
#include "core/result.h"
#include "core/time.h"

namespace lockstep {

// Sets load, overhead, length, generated and clients from the plan. Errors: none or two kinds of
// traffic, a text that says nothing, options of another kind of traffic.
[[nodiscard]] Result<void> prepare_traffic(PreparedRun& run);

// --length: "60s", above 0.
[[nodiscard]] Result<SimDuration> parse_length(const std::string& text);

}  // namespace lockstep

// Words for the faults of a run that diagrams mark, from its fault plan.
#pragma once

#include "core/result.h"
#include "reports/run_events.h"
#include "traces/run_log.h"

namespace lockstep {

// The plan is in the settings of `run`. A lane that is down is named by what took it down (lost,
// sticky, watchdog); a stall or a slow-down, which leaves no input in the journal, is added for
// each lane that it strikes. Faults stay in the order of their begin. Errors: a plan that does not
// parse.
[[nodiscard]] Result<void> name_faults(const RunLog& run, RunEvents& events);

}  // namespace lockstep

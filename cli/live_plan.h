// What a run in real time needs besides the rest of its plan: --on, --model, --idle,
// --watchdog, --workers.
#pragma once

#include "cli/run_plan.h"
#include "core/result.h"

namespace lockstep {

// A plan of either kind, checked and complete. Errors: those of prepare(); what does not go
// together (a curve, closed-loop clients, an overhead with a real device; a model without one).
[[nodiscard]] Result<PreparedRun> prepare_run(const RunPlan& plan);

}  // namespace lockstep

// The stages of every batch of a run: as measured, or as the simulated GPU's curves say.
#pragma once

#include <vector>

#include "core/result.h"
#include "reports/batch_stages.h"
#include "traces/run_log.h"

namespace lockstep {

// A simulated batch's copies take what their curves say for its rows, compute is the rest of its
// time on the device: exact, also where chance or sharing stretched the compute; where a batch
// waits between two stages that wait counts before the first (sim/device_model.h). Of a run whose
// settings name no GPU all is compute. Errors: those of stages.csv and of the settings.
[[nodiscard]] Result<std::vector<StageSpans>> stages_of(const RunLog& run);

}  // namespace lockstep

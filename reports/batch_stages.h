// What each batch did between its dispatch and its end: waited for the GPU, was copied, computed.
//
// From stages.csv beside the log (traces/stage_rows.h), which runs on a device have, and simulated
// ones with copies or faults; without it all of the device's time is compute. Spans of a batch sum
// to finished - dispatched, and none is negative. Waits between two stages count as gpu_wait, in
// front, as in the latency ledger. Order: that of RunLog::batches.
#pragma once

#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "traces/run_log.h"

namespace lockstep {

struct StageSpans {
  SimDuration gpu_wait{0};   // handed over, and the device did not work on it
  SimDuration to_device{0};  // copy
  SimDuration compute{0};
  SimDuration to_host{0};  // copy
  SimDuration notice{0};   // the device was done, and nobody had seen it yet
};

// All of the device's time is compute.
[[nodiscard]] std::vector<StageSpans> computed_only(const RunLog& run);

// As the run's directory says. Instants outside of a batch's time on its lane, by which two clocks
// may differ, are moved to its nearer end. A batch without a row is as in computed_only(). Errors:
// those of load_stages(); a row of a batch that the log does not have.
[[nodiscard]] Result<std::vector<StageSpans>> stages_of(const RunLog& run);

}  // namespace lockstep

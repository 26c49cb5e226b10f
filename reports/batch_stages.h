// What each batch did between its dispatch and its end: waited for the GPU, was copied, computed.
//
// A log of a simulated run knows when the device began and when the batch ended; what part of that
// were copies follows from the GPU's curves, which only those above know (cli/run_stages.h). A run
// on a device has measured it: stages.csv beside its log. Spans of a batch sum to finished -
// dispatched; none is negative. Order: that of RunLog::batches.
#pragma once

#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "traces/run_log.h"

namespace lockstep {

struct StageSpans {
  SimDuration gpu_wait{0};   // handed over, and the device did not work on it yet
  SimDuration to_device{0};  // copy
  SimDuration compute{0};
  SimDuration to_host{0};  // copy
  SimDuration notice{0};   // over on a real device, and its driver had not seen it yet
};

// All of the device's time is compute.
[[nodiscard]] std::vector<StageSpans> computed_only(const RunLog& run);

// Whether the run's directory has stages.csv.
[[nodiscard]] bool has_measured_stages(const RunLog& run);

// Reads it: columns batch, launched_ns, to_device_from_ns, compute_from_ns, to_host_from_ns,
// finished_ns, in the order of batches. Instants outside of a batch's time on the device, by which
// two clocks may differ, are moved to its nearer end. A batch that is not in it is computed_only.
// Errors: FILE:LINE:COLUMN of a wrong value; a batch that the log does not have, or out of order.
[[nodiscard]] Result<std::vector<StageSpans>> read_measured_stages(const RunLog& run);

}  // namespace lockstep

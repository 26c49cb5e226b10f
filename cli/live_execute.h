// Runs a prepared plan in real time on a real device.
//
// The run's log is written afterwards, by feeding the recorded inputs to a fresh core, whose digest
// must be the live one's (gpu_backend/input_log.h): a run whose core does not repeat is our fault,
// and leaves no files. Besides the files of a simulated run the directory holds live.json (what was
// measured around the core) and stages.csv (when each batch was in which stage of the device).
#pragma once

#include "cli/execute.h"

namespace lockstep {

// Requires: run.live. Errors: as of execute(); no such device here (Errc::kSkipped).
[[nodiscard]] Result<RunOutcome> execute_live(const PreparedRun& run,
                                              const ExecuteOptions& options);

// What a live run says besides its table; a line each.
[[nodiscard]] std::string live_text(const RunOutcome& run);
// kExitFailed: wrong rows. kExitNoVerdict: the load generator lagged, or the device was lost.
[[nodiscard]] int live_verdict(const RunOutcome& run);

}  // namespace lockstep

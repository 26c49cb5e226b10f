// Runs a prepared plan through the simulator, with or without a run directory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/run_plan.h"
#include "core/result.h"
#include "reports/summary.h"
#include "traces/manifest.h"

namespace lockstep {

struct ExecuteOptions {
  bool log = true;  // false: no run directory; quantiles approximate, memory constant
  std::string out;  // --out; "" = runs/<digest>
};

struct RunOutcome {
  PreparedRun run;
  RunSummary summary;
  TraceIdentity trace;
  std::string directory;          // "" without a log
  bool unchanged = false;         // the directory was there before, byte for byte
  std::uint64_t wall_ns = 0;      // of this machine: for the screen only, in no file
  std::int64_t gpu_queue_ns = 0;  // batches waiting for the GPU, summed
};

[[nodiscard]] Result<RunOutcome> execute(const PreparedRun& run, const ExecuteOptions& options);

// The scheduler and the server options of a run, as a fresh core needs them.
[[nodiscard]] Manifest manifest_of(const PreparedRun& run);

}  // namespace lockstep

// Runs a prepared plan through the simulator, with or without a run directory.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/run_directory.h"
#include "cli/run_plan.h"
#include "core/result.h"
#include "gpu_backend/driver.h"
#include "reports/summary.h"
#include "sim/faulted_device.h"
#include "traces/manifest.h"

namespace lockstep {

struct ExecuteOptions {
  bool log = true;  // false: no file at all; quantiles approximate
  std::string out;  // --out; "" = runs/<digest>
};

// What closed-loop clients saw; all 0 without any.
struct ClientOutcome {
  ClientCounts counts;
  std::size_t waiting = 0;  // at the end, for an answer that never comes
};

// What a run in real time measured around its core.
struct LiveOutcome {
  std::string device;
  SimDuration lag_p50{0};  // of the load generator
  SimDuration lag_p99{0};
  SimDuration lag_max{0};
  bool lagged = false;  // too much for a verdict
  // Of the requests that were answered, from their intended times; p50, p90, p99, p99.9.
  std::array<SimDuration, 4> latencies{};
  std::uint64_t rows_checked = 0;
  std::uint64_t rows_wrong = 0;
  std::string first_wrong;
  bool has_reference = true;
  std::string lost_reason;  // "" unless the device was lost
  std::uint64_t inputs = 0;
  std::uint64_t decisions = 0;
  DriverTotals driver;
  SimDuration time_error{0};
  std::uint64_t memory_peak = 0;
};

// Move-only: an outcome that is not published takes its files with it.
struct RunOutcome {
  PreparedRun run;
  RunSummary summary;
  TraceIdentity trace;
  SimDuration arrival_span{0};        // from the first arrival to the last
  std::string directory;              // "" without a log, and before publish()
  bool unchanged = false;             // the directory was there before, byte for byte
  std::uint64_t wall_ns = 0;          // of this machine: for the screen only, in no file
  std::int64_t gpu_queue_ns = 0;      // batches waiting for the GPU, summed
  std::uint64_t gpu_memory_peak = 0;  // bytes, of the GPU that used most; 0: not modelled
  ClientOutcome clients;
  std::optional<LiveOutcome> live;
  FaultCounts faults;
  std::string polling_note;  // what polling adds, where that was looked at
  std::optional<RunDirectory> unpublished;
  std::uint64_t input_digest = 0;  // names the run directory
};

// Runs it. With a log its files are complete, and in a directory of their own that nobody sees yet.
[[nodiscard]] Result<RunOutcome> execute(const PreparedRun& run, const ExecuteOptions& options);

// Puts the files where they belong; nothing without a log. So that of two runs that belong together
// both are kept, or none.
[[nodiscard]] Result<void> publish(RunOutcome& outcome);

// The scheduler and the server options of a run, as a fresh core needs them.
[[nodiscard]] Manifest manifest_of(const PreparedRun& run);

}  // namespace lockstep

// Replays arrivals in real time through the live driver, and checks every answer.
//
// Open loop: the calling thread submits each request at its time, whatever became of those before
// it, and measures how late it was. A request's latency counts from its intended time (driver.h),
// so a generator that lags makes latencies longer, never shorter; when it lags too much the run
// says nothing about the server, and is_valid() is false. Rows follow from the requests' numbers
// (model_data.h); each answer is compared with a reference that is computed without batching.
// Comparing is done while the next request is not due, or at the end. The clock's zero is the
// trace's zero. The log of the run is not written here: `inputs` is what the core got, and feeding
// them to a fresh core must give `digest` (input_log.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "gpu_backend/live_server.h"
#include "gpu_backend/model_spec.h"
#include "traces/arrival_source.h"

namespace lockstep {

inline constexpr SimDuration kLagLimit{1'000'000};  // of the 99th percentile

struct LiveReplayOptions {
  LiveServerOptions server;
  ModelSpec model;
  SimDuration lead{20'000'000};  // between the start and the trace's zero, at least
  // Asked between requests: true ends the run early.
  bool (*interrupted)() = nullptr;
};

// Nearest rank: the smallest of the ascending `values` that at least `per_mille` of them do not
// exceed; 0 of none.
[[nodiscard]] SimDuration at_rank(const std::vector<SimDuration>& values, std::uint32_t per_mille);

struct BatchStages {
  BatchId batch{0};
  StageTimes times;
};

struct LiveReplayResult {
  InputLog inputs;
  std::vector<BatchStages> stages;
  std::uint64_t digest = 0;
  std::uint64_t submitted = 0;
  std::uint64_t abandoned = 0;  // by the scheduler
  DriverTotals driver;
  std::vector<SimDuration> lags;       // of submitted requests, ascending
  std::vector<SimDuration> latencies;  // of those answered with OK, ascending; from intended times
  std::uint64_t rows_checked = 0;      // of requests answered with OK
  std::uint64_t rows_wrong = 0;
  std::string first_wrong;  // "request 7, row 0: found 4, expected 9"
  std::string lost_reason;  // of a device that was lost; "" else
  bool interrupted = false;

  [[nodiscard]] bool is_valid() const { return at_rank(lags, 990) <= kLagLimit; }
};

// Errors: those of the source. `clock` is the device's, and its zero the trace's; when that is past
// or nearer than `lead`, it is started anew.
[[nodiscard]] Result<std::unique_ptr<LiveReplayResult>> replay_live(
    SteadyClock& clock, Device& device, ArrivalSource& arrivals,
    std::unique_ptr<Scheduler> scheduler, const LiveReplayOptions& options);

// Executes `rounds` batches of `rows` on every lane, results thrown away: so that the first batches
// of a run are no colder than the rest. Statuses that are not kOk end it.
void warm_up(Device& device, const Clock& clock, std::uint32_t rows, std::uint32_t rounds);

}  // namespace lockstep

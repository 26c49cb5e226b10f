// The event loop in virtual time: arrivals, lanes and GPUs around one server.
//
// Total order of events (design 3): time, then class (batch completions, timers, arrivals), then
// sequence (completions in start order, arrivals in input order).
// Device: lane i runs on GPU i mod gpu_count; a GPU executes the batches handed to it one after
// another, in the order in which they were sealed, as on one compute stream. A batch that fills on
// its lane is executed from its seal on, a batch without rows takes no time and no GPU. Memory does
// not grow with the run.
// A scheduler that needs() it is told with each completion how many batches are on the same GPU,
// executing or waiting: started and not finished. The one that finished is not among them, but
// others that finish at the same instant after it are. All others are told 0.
// The only place where virtual time moves. The run ends when nothing is left to happen: a scheduler
// that forgets requests leaves them unanswered, and they are reported as such.
#pragma once

#include <cstdint>

#include "core/result.h"
#include "core/server.h"
#include "sim/outside.h"
#include "sim/service_curve.h"
#include "traces/arrival_source.h"

namespace lockstep {

struct SimulationOptions {
  ServiceCurve curve;
  std::uint32_t gpu_count = 1;
};

struct SimulationResult {
  SimTime first_arrival{};
  SimTime end{};                  // of the last event
  SimDuration gpu_busy_time{0};   // summed over GPUs
  SimDuration gpu_queue_time{0};  // summed over batches: dispatched, waiting for the GPU
  std::uint64_t unanswered = 0;
};

// Runs `arrivals` to the end. Errors: those of the source, a batch of more rows than the curve
// covers, an end beyond 73 years (the server is then to be thrown away). Requires: the curve covers
// one row.
[[nodiscard]] Result<SimulationResult> simulate(const SimulationOptions& options,
                                                ArrivalSource& arrivals, Server& server);
// The same with somebody outside who reacts to answers, until nothing is left to happen. Errors:
// those of `outside` too.
[[nodiscard]] Result<SimulationResult> simulate(const SimulationOptions& options, Outside& outside,
                                                Server& server);

}  // namespace lockstep

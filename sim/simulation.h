// The event loop in virtual time: arrivals, lanes and GPUs around one server.
//
// Total order of events (design 3): time, then class (batch completions, timers, arrivals), then
// sequence (completions in start order, arrivals in input order).
// Device: lane i runs on GPU i mod gpu_count; a GPU executes the batches handed to it one after
// another, in the order in which they were sealed, as on one compute stream, unless its description
// says more (device_model.h). A batch that fills on its lane is executed from its seal on, a batch
// without rows takes no time and no GPU. Memory does not grow with the run.
// A scheduler that needs() it is told with each completion how many batches are on the same GPU,
// executing or waiting: started and not finished. The one that finished is not among them, but
// others that finish at the same instant after it are. All others are told 0.
// With faults (fault_plan.h) the device is that of faulted_device.h, timers come late as
// fault_timers.h says, and fault_storms.h acts from outside: at one instant before anybody else out
// there. Such a run ends with its traffic: what the plan has for later does not happen.
// The only place where virtual time moves. The run ends when nothing is left to happen: a scheduler
// that forgets requests leaves them unanswered, and they are reported as such.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/server.h"
#include "sim/device_description.h"
#include "sim/fault_plan.h"
#include "sim/faulted_device.h"
#include "sim/outside.h"
#include "traces/arrival_source.h"
#include "traces/stage_rows.h"

namespace lockstep {

struct SimulationOptions {
  DeviceDescription device{};
  std::uint32_t gpu_count = 1;
  std::uint64_t seed = 1;  // of the device's draws
  // By queue number, for models with memory of their own (device_model.h); may be nullptr.
  const std::vector<std::string>* queue_names = nullptr;
  // nullptr or empty: none. Its lanes and GPUs are those of the run (check_fault_plan).
  const FaultPlan* faults = nullptr;
  // As DeviceOptions::stages. A plain device without faults has one stage only and tells none.
  std::function<void(const StageRow&)> stages{};
};

struct SimulationResult {
  SimTime first_arrival{};
  SimTime end{};  // of the last event
  // Summed over batches: where several are on a GPU at once, more than its time.
  SimDuration gpu_busy_time{0};
  SimDuration gpu_queue_time{0};      // summed over batches: dispatched, waiting for the GPU
  std::uint64_t gpu_memory_peak = 0;  // bytes, of the GPU that used most; 0: not modelled
  std::uint64_t unanswered = 0;
  FaultCounts faults;
};

// Runs `arrivals` to the end. Errors: those of the source, a batch of more rows than the device
// covers, a fault's queue that the traffic does not name, an end beyond 73 years (the server is
// then to be thrown away). Requires: the device
// covers one row, and its sharing the lanes of one GPU.
[[nodiscard]] Result<SimulationResult> simulate(const SimulationOptions& options,
                                                ArrivalSource& arrivals, Server& server);
// The same with somebody outside who reacts to answers, until nothing is left to happen. Errors:
// those of `outside` too.
[[nodiscard]] Result<SimulationResult> simulate(const SimulationOptions& options, Outside& outside,
                                                Server& server);

}  // namespace lockstep

// What executes batches for the live driver: the host's CPU, a CUDA device, a device of a test.
//
// A lane executes one batch at a time. Its buffers go through these states, and a call in another
// state is a failed check:
//
//     free --take()--> gathering --launch()--> in flight --poll() says done--> done --release()-->
//     free
//
// In `gathering` the driver writes the input rows; in `done` it reads the output rows; between them
// the memory is the device's. release() is allowed in `gathering`, too: the batch is not executed.
// After a launch() that fails the lane is `done` without output.
//
// Times are those of the runtime's clock (core/runtime.h); a device that has a clock of its own
// maps it and says how well (time_error()). Calls come from one thread; only the completions may be
// made elsewhere. Nothing here allocates or waits once every lane had its largest batch.
//
// Errors: what the device refuses or loses is a Status of the batch, not of the process:
// RESOURCE_EXHAUSTED  no memory within the budget: this batch fails, the lane goes on
// INTERNAL            this batch failed, the lane goes on
// UNAVAILABLE         the device is lost (a sticky error): every later launch of the lane fails
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/ids.h"
#include "core/result.h"
#include "core/status.h"
#include "core/time.h"

namespace lockstep {

// Where a lane's batch is gathered, and where its results are once it is done. Both hold
// padded_rows rows. The content of rows beyond those gathered is the driver's to set (it writes
// zeros): results of padding are computed and thrown away.
struct LaneBuffers {
  std::span<std::byte> input;
  std::span<const std::byte> output;
};

// When a batch was in which stage. A stage that a device does not have takes no time.
struct StageTimes {
  SimTime launched{};        // launch() was called
  SimTime to_device_from{};  // the device began with the copy of the input
  SimTime compute_from{};
  SimTime to_host_from{};
  SimTime finished{};  // the output is in the host's memory
  // Execution alone: what the core is told as the batch's device time.
  [[nodiscard]] SimDuration device_time() const { return finished - to_device_from; }
  // From when on a lane is occupied with the stages: where there is a copy to the device, what the
  // launch takes until it begins counts as part of it.
  [[nodiscard]] SimTime occupied_from() const {
    return compute_from > to_device_from ? launched : to_device_from;
  }
};

struct LaunchDone {
  LaneId lane{0};
  Status status = Status::kOk;
  StageTimes times{};  // of kOk; else `launched` alone is set
};

class Device {
 public:
  Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  virtual ~Device() = default;

  // "NVIDIA H200, driver 580.82", "host CPU, 1 thread": for reports.
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual std::uint32_t lane_count() const = 0;
  // How far a stage's time may be off the runtime's clock; 0: it is the same clock.
  [[nodiscard]] virtual SimDuration time_error() const = 0;

  // Buffers for a batch of `padded_rows` on `lane`. Errors: kResourceExhausted, kUnavailable; the
  // lane stays free.
  struct Taken {
    Status status = Status::kOk;
    LaneBuffers buffers{};  // of kOk
  };
  [[nodiscard]] virtual Taken take(LaneId lane, std::uint32_t padded_rows) = 0;
  // Hands the gathered batch over; returns at once. Not kOk: it failed, and poll() will not say so.
  [[nodiscard]] virtual Status launch(LaneId lane, SimTime now) = 0;
  // A batch that is done since the last call, in the order of completion as far as it is known.
  [[nodiscard]] virtual std::optional<LaunchDone> poll() = 0;
  virtual void release(LaneId lane) = 0;

  // Batches launched and not done: while there are any, somebody has to poll().
  [[nodiscard]] virtual std::uint32_t in_flight() const = 0;
  // Before that time poll() has nothing new to say. A device whose future is not known says: at any
  // time.
  [[nodiscard]] virtual SimTime poll_at() const { return SimTime::min(); }
  // Why a lane is lost, in words for the user ("cudaErrorIllegalAddress in ..."); "" else.
  [[nodiscard]] virtual std::string lost_reason(LaneId lane) const = 0;
  // The most memory that was taken on the device at once, and the budget; 0: not counted.
  [[nodiscard]] virtual std::uint64_t memory_peak() const = 0;
  [[nodiscard]] virtual std::uint64_t memory_budget() const = 0;
};

}  // namespace lockstep

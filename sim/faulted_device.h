// The simulated GPUs (device_model.h) with the faults of a plan between them and the server.
//
// Batches go in when the server hands them over; what the server hears comes out: completions,
// lanes that go down, lanes that come back. It hears of each batch exactly once, and never of a
// batch that it gave up: a completion that comes after that, or twice, is dropped here and counted.
// Order within one instant: completions of the device, then what was delayed until now, then faults
// that begin (all their lanes go down, then the batches on these fail, in lane order), then the
// watchdog (so a completion at its very instant is in time), then lanes that come back.
// A batch of no rows does not meet the device: no fault strikes it.
// Owner: who moves virtual time, as for DeviceModel.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/ids.h"
#include "core/server.h"
#include "core/status.h"
#include "core/time.h"
#include "sim/device_model.h"
#include "sim/fault_plan.h"
#include "sim/fault_windows.h"

namespace lockstep {

// What struck, counted. Cancels, bursts and timers happen outside of the device.
struct FaultCounts {
  std::uint64_t delayed_by_stall = 0;  // completions and hand-overs
  std::uint64_t slowed = 0;            // batches
  std::uint64_t failed = 0;            // batches of `fail`
  std::uint64_t out_of_memory = 0;     // batches of `oom`
  std::uint64_t completions_lost = 0;
  std::uint64_t completions_late = 0;
  std::uint64_t completions_duplicated = 0;
  std::uint64_t completions_dropped = 0;  // of a batch that had ended: late, or a second one
  std::uint64_t devices_lost = 0;         // lost or with a sticky error
  std::uint64_t failed_on_device = 0;     // batches that were on such a device, or came to it
  std::uint64_t given_up = 0;             // batches, by the watchdog
  std::uint64_t lanes_down = 0;
  std::uint64_t lanes_up = 0;
  std::uint64_t cancels = 0;         // of `cancel`: told to the server
  std::uint64_t burst_arrivals = 0;  // of `burst`
  std::uint64_t timers_late = 0;
};

struct DeviceEvent {
  enum class Kind : std::uint8_t {
    kCompletion,
    kLaneDown,
    kLaneUp,
    kTooLate,  // the batch would end beyond kLatestNs: the run is over
  };
  Kind kind = Kind::kCompletion;
  SimTime time{};
  LaneId lane{0};
  BatchId batch{0};             // kCompletion, kTooLate
  SimDuration service{0};       // kCompletion; 0: not executed to its end
  Status status = Status::kOk;  // kCompletion; kLaneDown: as Server::lane_down
};

class FaultedDevice {
 public:
  // `plan` and `description` outlive this. Requires: check_fault_plan held.
  FaultedDevice(const FaultPlan& plan, const DeviceDescription& description,
                const DeviceOptions& options);

  // As DeviceModel's. A batch on a lane that is down fails at once.
  [[nodiscard]] DeviceModel::HandOver hand_over(SimTime now, const StartedBatch& batch);
  [[nodiscard]] SimTime next() const;
  // Lets the next thing happen; nullopt: nothing that the server hears of.
  std::optional<DeviceEvent> step();

  // No batch is on a lane, as far as the server knows.
  [[nodiscard]] bool is_idle() const { return busy_count_ == 0; }
  [[nodiscard]] std::uint64_t memory_peak() const { return model_.memory_peak(); }
  [[nodiscard]] const FaultCounts& counts() const { return counts_; }

 private:
  struct Lane {
    bool busy = false;  // the server waits for `batch`
    StartedBatch batch;
    bool on_device = false;  // the model has a batch of this lane: `batch`, or one given up
    // What strikes `batch`:
    Status fails = Status::kOk;
    bool dropped = false;
    SimDuration late{0};
    std::optional<SimDuration> duplicated;
    Status down = Status::kOk;              // as the server was told; kOk: up
    Status failure = Status::kUnavailable;  // of batches that come to it while it is down
    SimTime up_at = kForever;               // while down
  };
  // In the order of one instant.
  enum class Step : std::uint8_t { kHandOver, kDeliver, kDuplicate, kBegin, kDown, kFail, kUp };
  struct Planned {
    SimTime time{};
    Step step = Step::kDeliver;
    std::uint64_t sequence = 0;
    LaneId lane{0};  // kBegin: unused
    BatchId batch{0};
    SimDuration service{0};
    Status status = Status::kOk;
    std::size_t fault = 0;  // kBegin
  };
  struct Watched {
    SimTime at{};
    LaneId lane{0};
    BatchId batch{0};
  };

  static bool later(const Planned& a, const Planned& b);
  void plan(Planned planned);
  [[nodiscard]] std::uint32_t gpu_of(LaneId lane) const { return raw(lane) % options_.gpu_count; }
  [[nodiscard]] bool is_running(LaneId lane, BatchId batch) const;
  // Draws on the faults of batches; false: it ends at once and does not get to the device.
  bool reaches_device(SimTime now, Lane& lane);
  DeviceModel::HandOver to_model(SimTime now, Lane& lane);
  std::optional<DeviceEvent> completed_on_device(const DeviceCompletion& done);
  std::optional<DeviceEvent> step_planned();
  std::optional<DeviceEvent> resume(const Planned& hand_over);
  DeviceEvent end_batch(const Planned& completion);
  void device_fails(const Fault& fault, SimTime now);
  void go_down(LaneId lane, SimTime now, std::optional<SimDuration> comes_back, Status failure);
  std::optional<DeviceEvent> come_up(LaneId lane, SimTime now);
  void give_up(SimTime now);
  void forget_ended_watches();

  const FaultPlan& plan_;
  DeviceOptions options_;
  const DeviceDescription& description_;
  DeviceModel model_;
  FaultWindows windows_;
  StrikingFaults striking_;
  std::vector<Lane> lanes_;
  std::vector<SimTime> fails_until_;  // by GPU: a sticky error with its lanes up
  std::vector<Planned> planned_;      // heap, earliest first
  std::deque<Watched> watched_;       // by time; the first one runs
  std::uint64_t busy_count_ = 0;
  std::uint64_t next_sequence_ = 0;
  FaultCounts counts_;
};

}  // namespace lockstep

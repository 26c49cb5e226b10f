// The simulated GPUs: batches go in when they are handed over, completions come out.
//
// Lane i runs on GPU i mod gpu_count. On its GPU a batch goes through three stages: copy to the
// device, compute, copy to the host. Each copy engine takes one batch at a time, in the order in
// which they come to it; so does compute, unless lanes share it (shared_compute.h). A stage begins
// when the one before it is done and its engine is free. Batches come to the first engine in the
// order in which they are handed over; of those that leave shared compute at one instant the one
// with the lower id is first. What the host takes comes last, and for each batch by itself: the
// engines have others meanwhile, the lane has not. A GPU that has no batch when one is handed over
// begins nothing before its `wake` is over.
// Service time: what the stages took, slowed down where compute was shared. Waiting between them
// counts as waiting for the GPU, as waiting before the first one does. A batch of no rows takes
// none, and no GPU. One for which there is no memory (device_memory.h) ends at once with
// RESOURCE_EXHAUSTED and takes no time. Chance: one draw of the stream "device" for each batch with
// rows, in the order in which they are handed over; none when no time is a distribution. Owner: who
// moves virtual time. It takes each event at next() before it goes on, and hands batches over at
// times that do not decrease. A device that is_plain() has a shorter way in simulation.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/prng.h"
#include "core/server.h"
#include "core/status.h"
#include "core/time.h"
#include "sim/device_description.h"
#include "sim/device_memory.h"
#include "sim/shared_compute.h"
#include "traces/stage_rows.h"

namespace lockstep {

struct DeviceOptions {
  std::uint32_t gpu_count = 1;
  std::uint32_t lane_count = 1;
  std::uint64_t seed = 1;
  // By queue number; it may grow, and outlives the device. "MODEL:SIGNATURE" is of MODEL. nullptr:
  // each queue is a model without a name.
  const std::vector<std::string>* queue_names = nullptr;
  // Hears of each batch that was executed, when it completes; may be empty.
  std::function<void(const StageRow&)> stages{};
};

struct DeviceCompletion {
  SimTime time{};
  BatchId batch{0};
  LaneId lane{0};
  SimDuration service{0};  // 0: not executed
  Status status = Status::kOk;
  SimDuration host{0};  // of `time`: its last stage ended so long before
};

class DeviceModel {
 public:
  // No completion lies beyond it.
  static constexpr std::int64_t kLatestNs = std::int64_t{1} << 61;

  enum class HandOver : std::uint8_t {
    kTaken,
    kNotCovered,  // the description has no time for its rows
    kTooLate,     // it would end beyond kLatestNs
  };

  // `description` outlives this. Requires: its sharing covers the lanes of one GPU.
  DeviceModel(const DeviceDescription& description, const DeviceOptions& options);

  // Requires: nothing is left before `now`. After another answer than kTaken the run is over. Its
  // compute takes `slow_down_millionths` times as long, rounded to the nearest nanosecond.
  [[nodiscard]] HandOver hand_over(SimTime now, const StartedBatch& batch,
                                   std::uint64_t slow_down_millionths = 1'000'000);

  // When something happens next; kForever: nothing does. Not always a completion. Beyond kLatestNs
  // the run is over.
  [[nodiscard]] SimTime next() const { return next_; }
  // Lets that happen. Completions of one instant come in the order of their batches, after all else
  // of that instant. Requires: next() is not kForever.
  std::optional<DeviceCompletion> step();

  // Whatever is on `gpu` is gone and does not complete; the device begins anew, as after its
  // process was restarted: empty memory, no model warm.
  void reset(std::uint32_t gpu);

  // The most memory that was used on one GPU; 0 when memory is not modelled.
  [[nodiscard]] std::uint64_t memory_peak() const { return memory_ ? memory_->peak() : 0; }

 private:
  struct Batch {
    SimDuration service{0};  // of the stages that are planned
    SimDuration compute{0};  // alone
    SimDuration to_host{0};
    SimDuration host{0};
    bool on_gpu = false;  // counted in Gpu::batches
    StageRow stages{};    // as far as they are planned
    std::uint64_t bytes = 0;
    Status status = Status::kOk;
  };
  struct Event {
    SimTime time{};
    bool completes = false;  // else: computes from here on
    BatchId batch{0};
    LaneId lane{0};
  };
  struct Gpu {
    SimTime to_device_free{};
    SimTime compute_free{};
    SimTime to_host_free{};
    SimTime awake_at{};
    std::uint32_t batches = 0;  // handed over and not complete
    std::vector<bool> warm;     // models that had their first batch, by number
  };

  static bool later(const Event& a, const Event& b);
  [[nodiscard]] std::uint32_t model_of(QueueId queue);
  [[nodiscard]] SimDuration compute_time(const StartedBatch& batch, Gpu& gpu, std::uint32_t model,
                                         std::uint64_t draw, std::uint64_t slow_down) const;
  [[nodiscard]] std::uint32_t gpu_of(LaneId lane) const { return raw(lane) % options_.gpu_count; }
  // False: beyond kLatestNs.
  [[nodiscard]] bool copy_to_host(SimTime now, BatchId id, LaneId lane);
  void compute_shared(SimTime now, BatchId id, LaneId lane);
  void push(const Event& event);
  DeviceCompletion complete(const Event& event);
  void plan();

  const DeviceDescription& description_;
  DeviceOptions options_;
  bool draws_;
  Prng prng_;
  std::vector<Gpu> gpus_;
  std::vector<SharedCompute> shared_;  // by GPU; empty: serial
  std::optional<DeviceMemory> memory_;
  std::vector<Batch> batches_;  // by lane: the one on the device
  std::vector<Event> events_;   // heap, earliest first
  std::vector<std::string> model_names_;
  std::vector<std::uint32_t> models_;          // by queue
  std::vector<SharedCompute::Occupant> left_;  // reused
  SimTime next_ = kForever;
  SharedCompute* leaves_next_ = nullptr;  // at next_ a batch leaves it, before all completions
};

}  // namespace lockstep

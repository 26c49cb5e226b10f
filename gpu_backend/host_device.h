// The host's CPU as a device: executes the models for real. What there is where there is no GPU.
//
// Batches are computed by `threads` threads of its own; lane i belongs to thread i mod threads,
// which computes its batches one after another in the order of launch(), as one compute stream
// does. There are no copies: input and output are where the driver gathers and reads, so those
// stages take no time. Hand-over both ways is a ring without locks; a thread without work sleeps.
//
// Memory: a batch takes row_memory_bytes() for each padded row from take() to release(), on top of
// the weights, which stay. Exactly the budget fits: the rule of the simulated GPU (docs/device.md).
// The buffers themselves are kept for the lane's next batch.
//
// Ended while batches are in flight: waits for the one that is computed, forgets the others.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/runtime.h"
#include "gpu_backend/device.h"
#include "gpu_backend/host_model.h"
#include "gpu_backend/model_spec.h"

namespace lockstep {

// What a test wants to go wrong. kUnavailable loses the lane, anything else fails the batch.
struct HostFault {
  Status at_launch = Status::kOk;      // what launch() returns
  Status at_completion = Status::kOk;  // what poll() says; the batch is not computed
};

struct HostDeviceOptions {
  ModelSpec model{};  // not kUser
  std::uint32_t lanes = 1;
  std::uint32_t threads = 1;  // more than lanes are not started
  // launch() computes before it returns, without a thread: for tests and for benchmarks of what
  // stands around the device.
  bool inline_execution = false;
  std::uint64_t memory_budget = 0;  // bytes; 0: not limited
  // Asked at each launch(), on its thread, with the ordinal of the launch from 0. Empty: no faults.
  std::function<HostFault(LaneId lane, std::uint64_t launch)> fault{};
};

class HostDevice final : public Device {
 public:
  // `clock` times the stages and outlives this. Requires: lanes in [1, kMaxLanes], threads >= 1.
  HostDevice(const HostDeviceOptions& options, const Clock& clock);
  ~HostDevice() override;

  [[nodiscard]] std::string name() const override;
  [[nodiscard]] std::uint32_t lane_count() const override;
  [[nodiscard]] SimDuration time_error() const override { return SimDuration{0}; }
  [[nodiscard]] Taken take(LaneId lane, std::uint32_t padded_rows) override;
  [[nodiscard]] Status launch(LaneId lane, SimTime now) override;
  [[nodiscard]] std::optional<LaunchDone> poll() override;
  void release(LaneId lane) override;
  [[nodiscard]] std::uint32_t in_flight() const override { return in_flight_; }
  [[nodiscard]] std::string lost_reason(LaneId lane) const override;
  [[nodiscard]] std::uint64_t memory_peak() const override { return memory_peak_; }
  [[nodiscard]] std::uint64_t memory_budget() const override { return options_.memory_budget; }

  // Input, output and, for an mlp, two rows between layers.
  [[nodiscard]] std::uint64_t row_memory_bytes() const;

 private:
  struct Lane;
  class Worker;

  [[nodiscard]] Lane& lane_of(LaneId lane);
  [[nodiscard]] static bool has_room(Lane& lane, std::size_t scratch);
  void execute(Lane& lane) const;
  [[nodiscard]] Worker* first_done();

  HostDeviceOptions options_;
  const Clock& clock_;
  HostModel model_;
  std::uint64_t launches_ = 0;
  std::uint32_t in_flight_ = 0;
  std::uint64_t memory_used_ = 0;
  std::uint64_t memory_peak_ = 0;
  std::atomic<bool> stop_ = false;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<std::unique_ptr<Worker>> workers_;  // last: its threads use all of the above
};

}  // namespace lockstep

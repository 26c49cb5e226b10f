// CUDA devices as a Device: lanes with a stream each, batches as executable graphs.
//
// Lane i lives on device device_ids[i mod count]; lanes of one device share its weights and its
// memory budget, and their copies and kernels overlap. take() may allocate (a lane that grows, a
// size that was not announced); launch() and poll() neither allocate nor wait, unless an error has
// to be cleaned up. All may be called from any one thread at a time, the one that made the device
// or another.
//
// A sticky error loses the device: each batch in flight on it ends once with UNAVAILABLE, each
// later take() and launch() of its lanes answers so, lost_reason() names the error and the call.
// Other devices go on. Any other error fails one batch: RESOURCE_EXHAUSTED where memory lacks, else
// INTERNAL.
//
// A batch whose end was seen by poll() but could not be timed fails with INTERNAL, too: its output
// may be right, but it has no times to report.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/runtime.h"
#include "gpu_backend/cuda/completion_ring.h"
#include "gpu_backend/cuda/cuda_api.h"
#include "gpu_backend/cuda/cuda_lane.h"
#include "gpu_backend/cuda/cuda_memory.h"
#include "gpu_backend/cuda/cuda_options.h"
#include "gpu_backend/device.h"

namespace lockstep {

class CudaDevice final : public Device {
 public:
  // What make_cuda_device() checked and counted.
  CudaDevice(CudaApi& cuda, const Clock& clock, CudaDeviceOptions options);
  ~CudaDevice() override;

  [[nodiscard]] std::string name() const override;
  [[nodiscard]] std::uint32_t lane_count() const override { return options_.lane_count; }
  [[nodiscard]] SimDuration time_error() const override;
  [[nodiscard]] Taken take(LaneId id, std::uint32_t padded_rows) override;
  [[nodiscard]] Status launch(LaneId id, SimTime now) override;
  [[nodiscard]] std::optional<LaunchDone> poll() override;
  void release(LaneId id) override;
  [[nodiscard]] std::uint32_t in_flight() const override { return in_flight_; }
  [[nodiscard]] std::string lost_reason(LaneId id) const override;
  [[nodiscard]] std::uint64_t memory_peak() const override;
  [[nodiscard]] std::uint64_t memory_budget() const override;

  // Graphs that were made at a batch because its size was not announced.
  [[nodiscard]] std::uint64_t late_graphs() const;
  // How often a device's clock was found to have drifted more than it may.
  [[nodiscard]] std::uint64_t reanchored() const;

  // Everything that can fail at the start. Call once, first.
  [[nodiscard]] std::optional<Error> open();

 private:
  enum class LaneState : std::uint8_t { kFree, kGathering, kInFlight, kDone };
  struct Lane {
    std::unique_ptr<CudaLane> cuda;
    std::uint32_t card = 0;  // index into cards_
    LaneState state = LaneState::kFree;
    bool reported = false;  // in ready_: poll() has it or will give it
    std::uint32_t rows = 0;
    SimTime launched{};
    std::uint64_t range = 0;  // of the profiler
  };
  // One CUDA device. In the order of destruction: the memory goes last.
  struct Card {
    std::uint32_t id = 0;
    CudaProperties properties;
    std::unique_ptr<CudaMemory> memory;
    std::unique_ptr<CudaModel> model;
    void* weights = nullptr;
    CudaStream weights_stream;
    std::string lost;  // why, or ""
  };

  [[nodiscard]] Lane& lane_of(LaneId id);
  [[nodiscard]] const Lane& lane_of(LaneId id) const;
  [[nodiscard]] Card& card_of(const Lane& lane) { return cards_[lane.card]; }
  [[nodiscard]] bool is_lost(const Lane& lane) const { return !cards_[lane.card].lost.empty(); }
  [[nodiscard]] std::optional<Error> open_card(Card& card, std::uint32_t lanes);
  [[nodiscard]] std::optional<Error> open_memory(Card& card, std::uint32_t lanes);
  [[nodiscard]] std::optional<Error> open_lane(Lane& lane, std::uint32_t index);
  [[nodiscard]] std::uint32_t lanes_of(std::uint32_t card_index) const;
  [[nodiscard]] std::uint32_t first_rows() const;
  CudaStatus choose(const Card& card);

  // What a batch ends with; loses the device when the error is sticky.
  Status judge(std::uint32_t card_index, const CudaStatus& status);
  void lose(std::uint32_t card_index, const CudaStatus& status);
  Status launch_batch(LaneId id, Lane& lane);
  void report(LaneId id, Lane& lane, Status status, const StageTimes& times);
  void finish(LaneId id, Lane& lane, SimTime noticed);
  // Asks about the batch in flight; true when the device has executed it.
  [[nodiscard]] bool ask(LaneId id, Lane& lane);
  void poll_events();
  void poll_ring();
  void begin_range(LaneId id, Lane& lane);

  CudaApi* cuda_;
  const Clock* clock_;
  CudaDeviceOptions options_;
  std::vector<Card> cards_;
  CompletionRing ring_;
  std::uint64_t number_;  // among all of this process: for what a thread remembers
  std::vector<Lane> lanes_;
  std::vector<LaunchDone> ready_;  // first in, first out
  std::uint32_t in_flight_ = 0;
  std::uint32_t empty_polls_ = 0;
};

// Errors: no CUDA device or driver, an unknown device id, too little memory for the batches, any
// call that fails. Requires: lane_count, max_rows and device_ids are not empty or 0; `sizes`
// ascending, at most max_rows; cuda and clock outlive the device.
[[nodiscard]] Result<std::unique_ptr<CudaDevice>> make_cuda_device(CudaApi& cuda,
                                                                   const Clock& clock,
                                                                   CudaDeviceOptions options);

}  // namespace lockstep

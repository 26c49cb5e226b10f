// The simulated GPU as a Device: for drivers on virtual time. Times come from sim/device_model.h,
// results are really computed (square and copy).
//
// With `faults` every take, launch and completion is a choice that may fail it, and which of
// several completions is heard of first is a choice, too (verification 4.5). Buffers that the
// driver has given back are filled with poison, so that results out of a buffer that was used again
// are wrong ones.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/runtime.h"
#include "gpu_backend/device.h"
#include "gpu_backend/model_spec.h"
#include "sim/choices.h"
#include "sim/device_model.h"

namespace lockstep {

// One launch, by its ordinal among those that the device took, computes so many times as long.
struct SlowLaunch {
  std::uint64_t launch = 0;
  std::uint64_t factor = 2;
};

struct SimulatedDeviceOptions {
  DeviceOptions device;
  ModelSpec model;             // kSquare or kCopy
  Choices* choices = nullptr;  // nullptr: completions in their order, nothing fails by chance
  std::optional<std::uint64_t> failing_launch{};  // the ordinal of one that fails for sure
  std::optional<SlowLaunch> slow_launch{};
  // One whose end is never told: its lane stays in flight. By its ordinal, as of a slow one.
  std::optional<std::uint64_t> lost_launch{};
};

class SimulatedDevice final : public Device {
 public:
  // All outlive this. Requires: the description covers what is launched.
  SimulatedDevice(const Clock& clock, const DeviceDescription& description,
                  const SimulatedDeviceOptions& options);

  [[nodiscard]] std::string name() const override { return "simulated"; }
  [[nodiscard]] std::uint32_t lane_count() const override {
    return static_cast<std::uint32_t>(lanes_.size());
  }
  [[nodiscard]] SimDuration time_error() const override { return SimDuration{0}; }
  [[nodiscard]] Taken take(LaneId id, std::uint32_t padded_rows) override;
  [[nodiscard]] Status launch(LaneId id, SimTime now) override;
  [[nodiscard]] std::optional<LaunchDone> poll() override;
  void release(LaneId id) override;
  [[nodiscard]] std::uint32_t in_flight() const override { return in_flight_; }
  [[nodiscard]] SimTime poll_at() const override;
  [[nodiscard]] std::string lost_reason(LaneId /*lane*/) const override { return {}; }
  [[nodiscard]] std::uint64_t memory_peak() const override { return model_.memory_peak(); }
  [[nodiscard]] std::uint64_t memory_budget() const override {
    return description_.memory.budget();
  }

 private:
  enum class State : std::uint8_t { kFree, kGathering, kInFlight, kDone };
  struct Lane {
    State state = State::kFree;
    SimTime launched{};
    std::uint32_t rows = 0;
    std::vector<std::byte> input;
    std::vector<std::byte> output;
  };
  [[nodiscard]] bool fails(const char* site);
  void compute(Lane& lane) const;
  Lane& in_state(LaneId lane, State state);

  const Clock& clock_;
  const DeviceDescription& description_;
  SimulatedDeviceOptions options_;
  DeviceModel model_;
  std::vector<Lane> lanes_;
  std::vector<DeviceCompletion> done_;  // not heard of yet, in their order
  std::uint64_t launches_ = 0;          // asked for
  std::uint64_t launched_ = 0;
  std::uint32_t in_flight_ = 0;
};

}  // namespace lockstep

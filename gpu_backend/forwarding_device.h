// A device that hands every call to another: the base of those that change or watch some of them.
#pragma once

#include <optional>
#include <string>

#include "gpu_backend/device.h"

namespace lockstep {

class ForwardingDevice : public Device {
 public:
  [[nodiscard]] std::string name() const override { return device_->name(); }
  [[nodiscard]] std::uint32_t lane_count() const override { return device_->lane_count(); }
  [[nodiscard]] SimDuration time_error() const override { return device_->time_error(); }
  [[nodiscard]] Taken take(LaneId lane, std::uint32_t padded_rows) override {
    return device_->take(lane, padded_rows);
  }
  [[nodiscard]] Status launch(LaneId lane, SimTime now) override {
    return device_->launch(lane, now);
  }
  [[nodiscard]] std::optional<LaunchDone> poll() override { return device_->poll(); }
  void release(LaneId lane) override { device_->release(lane); }
  [[nodiscard]] std::uint32_t in_flight() const override { return device_->in_flight(); }
  [[nodiscard]] SimTime poll_at() const override { return device_->poll_at(); }
  [[nodiscard]] std::string lost_reason(LaneId lane) const override {
    return device_->lost_reason(lane);
  }
  [[nodiscard]] std::uint64_t memory_peak() const override { return device_->memory_peak(); }
  [[nodiscard]] std::uint64_t memory_budget() const override { return device_->memory_budget(); }

 protected:
  ForwardingDevice() = default;
  // Before any other call. `device` outlives this, but for its destructor.
  void forward_to(Device& device) { device_ = &device; }

 private:
  Device* device_ = nullptr;
};

}  // namespace lockstep

// For benchmarks of what stands around the device: batches are done a while after their launch, by
// the clock and without anybody's work. Results are the inputs.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "gpu_backend/device.h"

namespace lockstep::benchmark {

class InstantDevice final : public Device {
 public:
  // `clock` outlives this; batches are of at most 1024 rows of `row_bytes`.
  InstantDevice(const Clock& clock, std::uint32_t lanes, SimDuration span,
                std::size_t row_bytes = sizeof(float), std::size_t rows = 1024)
      : clock_(clock),
        span_(span),
        row_bytes_(row_bytes),
        buffers_(lanes, std::vector<std::byte>(rows * row_bytes)) {}

  // When each batch was launched, in order.
  [[nodiscard]] const std::vector<SimTime>& launches() const { return launches_; }

  [[nodiscard]] std::string name() const override { return "instant"; }
  [[nodiscard]] std::uint32_t lane_count() const override {
    return static_cast<std::uint32_t>(buffers_.size());
  }
  [[nodiscard]] SimDuration time_error() const override { return SimDuration{0}; }
  [[nodiscard]] Taken take(LaneId lane, std::uint32_t padded_rows) override {
    std::vector<std::byte>& buffer = buffers_[raw(lane)];
    const std::size_t bytes = padded_rows * row_bytes_;
    return {.buffers = {.input = std::span(buffer).first(bytes),
                        .output = std::span(buffer).first(bytes)}};
  }
  [[nodiscard]] Status launch(LaneId lane, SimTime now) override {
    launches_.push_back(now);
    flying_.push_back({.lane = lane, .launched = now});
    return Status::kOk;
  }
  [[nodiscard]] std::optional<LaunchDone> poll() override {
    if (flying_.empty()) {
      return std::nullopt;
    }
    const Flight first = flying_.front();
    const SimTime done = first.launched + span_;
    if (span_ > SimDuration{0} && clock_.now() < done) {
      return std::nullopt;
    }
    flying_.pop_front();
    return LaunchDone{.lane = first.lane,
                      .times = {.launched = first.launched,
                                .to_device_from = first.launched,
                                .compute_from = first.launched,
                                .to_host_from = done,
                                .finished = done}};
  }
  void release(LaneId /*lane*/) override {}
  [[nodiscard]] std::uint32_t in_flight() const override {
    return static_cast<std::uint32_t>(flying_.size());
  }
  [[nodiscard]] std::string lost_reason(LaneId /*lane*/) const override { return {}; }
  [[nodiscard]] std::uint64_t memory_peak() const override { return 0; }
  [[nodiscard]] std::uint64_t memory_budget() const override { return 0; }

 private:
  struct Flight {
    LaneId lane{0};
    SimTime launched{};
  };
  const Clock& clock_;
  SimDuration span_;
  std::size_t row_bytes_;
  std::vector<std::vector<std::byte>> buffers_;
  std::deque<Flight> flying_;
  std::vector<SimTime> launches_;
};

}  // namespace lockstep::benchmark

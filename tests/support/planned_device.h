// A device whose stages take the times that a test says, on a clock that moves only when somebody
// waits: poll() goes to the next completion.
//
// Lanes are independent, or one after another in compute. Outputs are right for `copy`.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/check.h"
#include "core/runtime.h"
#include "gpu_backend/device.h"

namespace lockstep {

class ManualClock final : public Clock {
 public:
  [[nodiscard]] SimTime now() const override { return now_; }
  void advance_to(SimTime time) { now_ = std::max(now_, time); }

 private:
  SimTime now_{};
};

struct PlannedStages {
  SimDuration to_device{0};
  SimDuration compute{1};
  SimDuration to_host{0};
};

struct PlannedDeviceOptions {
  std::uint32_t lanes = 1;
  std::uint32_t width = 1;
  bool serial = false;
  // The ordinal counts launches from 0.
  std::function<PlannedStages(std::uint32_t rows, std::uint64_t launch)> stages;
  std::function<Status(std::uint64_t launch)> end{};  // empty: all are kOk
  std::uint64_t lost_from = UINT64_MAX;               // completions that never come
  std::uint32_t most_rows = UINT32_MAX;               // more are RESOURCE_EXHAUSTED
  SimDuration wake{0};  // before a batch when nothing was launched for half a millisecond
};

class PlannedDevice final : public Device {
 public:
  PlannedDevice(PlannedDeviceOptions options, ManualClock& clock)
      : options_(std::move(options)), clock_(clock), lanes_(options_.lanes) {}

  [[nodiscard]] std::string name() const override { return "planned device"; }
  [[nodiscard]] std::uint32_t lane_count() const override { return options_.lanes; }
  [[nodiscard]] SimDuration time_error() const override { return SimDuration{0}; }
  [[nodiscard]] std::uint32_t in_flight() const override { return in_flight_; }
  [[nodiscard]] std::string lost_reason(LaneId /*lane*/) const override { return ""; }
  [[nodiscard]] std::uint64_t memory_peak() const override { return 0; }
  [[nodiscard]] std::uint64_t memory_budget() const override { return 0; }
  [[nodiscard]] std::uint64_t launches() const { return launches_; }
  [[nodiscard]] const std::vector<std::uint32_t>& launched_rows() const { return launched_rows_; }

  [[nodiscard]] Taken take(LaneId lane, std::uint32_t padded_rows) override {
    if (padded_rows > options_.most_rows) {
      return {.status = Status::kResourceExhausted, .buffers = {}};
    }
    Lane& taken = lanes_[raw(lane)];
    taken.rows = padded_rows;
    taken.input.resize(std::size_t{padded_rows} * options_.width * 4);
    taken.output.resize(taken.input.size());
    return {.status = Status::kOk, .buffers = {.input = taken.input, .output = taken.output}};
  }

  [[nodiscard]] Status launch(LaneId lane, SimTime now) override {
    Lane& launched = lanes_[raw(lane)];
    const std::uint64_t ordinal = launches_++;
    launched_rows_.push_back(launched.rows);
    const PlannedStages stages = options_.stages(launched.rows, ordinal);
    launched.in_flight = true;
    launched.lost = ordinal >= options_.lost_from;
    launched.end = options_.end ? options_.end(ordinal) : Status::kOk;
    StageTimes& times = launched.times;
    times.launched = now;
    const bool sleeps = now - compute_free_ > SimDuration{500'000};
    times.to_device_from = now + (sleeps ? options_.wake : SimDuration{0});
    times.compute_from = times.to_device_from + stages.to_device;
    if (options_.serial) {
      times.compute_from = std::max(times.compute_from, compute_free_);
    }
    times.to_host_from = times.compute_from + stages.compute;
    compute_free_ = times.to_host_from;
    times.finished = times.to_host_from + stages.to_host;
    launched.output = launched.input;
    ++in_flight_;
    return Status::kOk;
  }

  [[nodiscard]] std::optional<LaunchDone> poll() override {
    Lane* first = nullptr;
    for (Lane& lane : lanes_) {
      if (lane.in_flight && !lane.lost &&
          (first == nullptr || lane.times.finished < first->times.finished)) {
        first = &lane;
      }
    }
    if (first == nullptr) {
      clock_.advance_to(clock_.now() + SimDuration{1'000'000'000});
      return std::nullopt;
    }
    clock_.advance_to(first->times.finished);
    first->in_flight = false;
    --in_flight_;
    return LaunchDone{.lane = LaneId{static_cast<std::uint32_t>(first - lanes_.data())},
                      .status = first->end,
                      .times = first->times};
  }

  void release(LaneId lane) override { LOCKSTEP_CHECK(!lanes_[raw(lane)].in_flight); }

 private:
  struct Lane {
    bool in_flight = false;
    bool lost = false;
    Status end = Status::kOk;
    std::uint32_t rows = 0;
    StageTimes times;
    std::vector<std::byte> input;
    std::vector<std::byte> output;
  };

  PlannedDeviceOptions options_;
  ManualClock& clock_;
  std::vector<Lane> lanes_;
  std::uint64_t launches_ = 0;
  std::uint32_t in_flight_ = 0;
  SimTime compute_free_{};
  std::vector<std::uint32_t> launched_rows_;
};

}  // namespace lockstep

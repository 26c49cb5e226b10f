#include "properties/expected_completions.h"

#include <algorithm>
#include <vector>

#include "sim/faulted_device.h"

namespace lockstep {
namespace {

class PlainCompletions final : public ExpectedCompletions {
 public:
  PlainCompletions(const ServiceCurve& curve, const DeviceOptions& options)
      : curve_(curve),
        gpu_free_(options.gpu_count),
        gpu_pending_(options.gpu_count),
        of_lane_(options.lane_count) {}

  bool start(SimTime now, std::span<const StartedBatch> batches) override {
    for (const StartedBatch& batch : batches) {
      ++gpu_pending_[raw(batch.lane) % gpu_pending_.size()];
      if (batch.rows == 0) {  // nothing to execute
        of_lane_[raw(batch.lane)] = {0, SimDuration{0}, now};
        continue;
      }
      if (!curve_.covers(batch.rows)) {
        return false;
      }
      SimTime& free = gpu_free_[raw(batch.lane) % gpu_free_.size()];
      const SimDuration device_time = curve_.time(batch.rows);
      free = std::max(free, now) + device_time;
      of_lane_[raw(batch.lane)] = {batch.rows, device_time, free};
    }
    return true;
  }

  ExpectedCompletion on(LaneId lane, SimTime /*now*/) override { return of_lane_[raw(lane)]; }
  std::int64_t complete(LaneId lane) override {
    return --gpu_pending_[raw(lane) % gpu_pending_.size()];
  }
  [[nodiscard]] std::string_view subject() const override {
    return "the GPU, one batch after another,";
  }

 private:
  const ServiceCurve& curve_;
  std::vector<SimTime> gpu_free_;
  std::vector<std::int64_t> gpu_pending_;  // batches handed over and not done
  std::vector<ExpectedCompletion> of_lane_;
};

class ModelCompletions final : public ExpectedCompletions {
 public:
  ModelCompletions(const DeviceDescription& device, const DeviceOptions& options)
      : model_(device, options), gpu_pending_(options.gpu_count), of_lane_(options.lane_count) {}

  bool start(SimTime now, std::span<const StartedBatch> batches) override {
    // An intact journal has told of all completions before now.
    while (model_.next() < now) {
      step();
    }
    for (const StartedBatch& batch : batches) {
      ++gpu_pending_[raw(batch.lane) % gpu_pending_.size()];
      of_lane_[raw(batch.lane)] = ExpectedCompletion{.rows = batch.rows};
      if (model_.hand_over(now, batch) != DeviceModel::HandOver::kTaken) {
        return false;
      }
    }
    return true;
  }

  ExpectedCompletion on(LaneId lane, SimTime now) override {
    // Not further: a completion of this instant frees memory in its turn, and not before.
    while (of_lane_[raw(lane)].finished == kForever && model_.next() <= now) {
      step();
    }
    return of_lane_[raw(lane)];
  }

  std::int64_t complete(LaneId lane) override {
    return --gpu_pending_[raw(lane) % gpu_pending_.size()];
  }
  [[nodiscard]] std::string_view subject() const override { return "the GPU"; }

 private:
  void step() {
    if (const std::optional<DeviceCompletion> done = model_.step()) {
      ExpectedCompletion& expected = of_lane_[raw(done->lane)];
      expected.device_time = done->service;
      expected.finished = done->time;
      expected.status = done->status;
    }
  }

  DeviceModel model_;
  std::vector<std::int64_t> gpu_pending_;  // batches handed over and not done
  std::vector<ExpectedCompletion> of_lane_;
};

class FaultedCompletions final : public ExpectedCompletions {
 public:
  FaultedCompletions(const DeviceDescription& device, const DeviceOptions& options,
                     const FaultPlan& faults)
      : device_(faults, device, options),
        gpu_pending_(options.gpu_count),
        rows_(options.lane_count) {}

  bool start(SimTime now, std::span<const StartedBatch> batches) override {
    for (const StartedBatch& batch : batches) {
      ++gpu_pending_[raw(batch.lane) % gpu_pending_.size()];
      rows_[raw(batch.lane)] = batch.rows;
      if (device_.hand_over(now, batch) != DeviceModel::HandOver::kTaken) {
        return false;
      }
    }
    return true;
  }

  ExpectedCompletion on(LaneId lane, SimTime now) override {
    ExpectedCompletion expected{.rows = rows_[raw(lane)]};
    const DeviceEvent* event = next_told(now);
    if (event != nullptr && event->kind == DeviceEvent::Kind::kCompletion && event->lane == lane) {
      expected.device_time = event->service;
      expected.finished = event->time;
      expected.status = event->status;
    }
    return expected;
  }

  std::int64_t complete(LaneId lane) override {
    told_.reset();
    return --gpu_pending_[raw(lane) % gpu_pending_.size()];
  }

  bool take(SimTime now, const ExpectedLaneChange& change) override {
    const DeviceEvent* event = next_told(now);
    const auto kind =
        change.down == Status::kOk ? DeviceEvent::Kind::kLaneUp : DeviceEvent::Kind::kLaneDown;
    if (event == nullptr || event->kind != kind || event->lane != change.lane ||
        event->time != now || event->status != change.down) {
      return false;
    }
    told_.reset();
    return true;
  }

  bool has_told_all(SimTime now) override { return next_told(now) == nullptr; }
  [[nodiscard]] std::string_view subject() const override { return "the GPU, with its faults,"; }

 private:
  // What it tells next, up to and at `now`. Not further than that: a batch that starts now may
  // come before the rest of this instant.
  const DeviceEvent* next_told(SimTime now) {
    while (!told_ && device_.next() <= now) {
      told_ = device_.step();
    }
    return told_ ? &*told_ : nullptr;
  }

  FaultedDevice device_;
  std::optional<DeviceEvent> told_;
  std::vector<std::int64_t> gpu_pending_;  // batches handed over and not done
  std::vector<std::uint32_t> rows_;        // by lane: of its batch
};

}  // namespace

std::unique_ptr<ExpectedCompletions> make_expected_completions(const DeviceDescription& device,
                                                               const DeviceOptions& options,
                                                               const FaultPlan* faults) {
  if (faults != nullptr && !faults->empty()) {
    return std::make_unique<FaultedCompletions>(device, options, *faults);
  }
  if (device.is_plain()) {
    return std::make_unique<PlainCompletions>(device.compute, options);
  }
  return std::make_unique<ModelCompletions>(device, options);
}

}  // namespace lockstep

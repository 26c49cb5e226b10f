#include "gpu_backend/simulated_device.h"

#include <algorithm>
#include <cstring>

#include "core/check.h"

namespace lockstep {
namespace {

constexpr std::byte kPoison{0xa5};

}  // namespace

SimulatedDevice::SimulatedDevice(const Clock& clock, const DeviceDescription& description,
                                 const SimulatedDeviceOptions& options)
    : clock_(clock),
      description_(description),
      options_(options),
      model_(description, options.device),
      lanes_(options.device.lane_count) {
  LOCKSTEP_CHECK(options.model.kind == ModelKind::kSquare ||
                 options.model.kind == ModelKind::kCopy);
}

bool SimulatedDevice::fails(const char* site) {
  return options_.choices != nullptr &&
         options_.choices->choose({.kind = ChoiceKind::kFault, .site = site, .count = 2}) == 1;
}

SimulatedDevice::Lane& SimulatedDevice::in_state(LaneId lane, State state) {
  Lane& found = lanes_.at(raw(lane));
  LOCKSTEP_CHECK(found.state == state);
  return found;
}

Device::Taken SimulatedDevice::take(LaneId id, std::uint32_t padded_rows) {
  Lane& lane = in_state(id, State::kFree);
  if (fails("take")) {
    return {.status = Status::kResourceExhausted};
  }
  lane.state = State::kGathering;
  lane.rows = padded_rows;
  const std::size_t bytes = padded_rows * options_.model.row_bytes();
  lane.input.assign(bytes, kPoison);
  lane.output.assign(bytes, kPoison);
  return {.buffers = {.input = lane.input, .output = lane.output}};
}

Status SimulatedDevice::launch(LaneId id, SimTime now) {
  Lane& lane = in_state(id, State::kGathering);
  if (options_.failing_launch == launches_++ || fails("launch")) {
    lane.state = State::kDone;
    return Status::kInternal;
  }
  const bool is_slow = options_.slow_launch && options_.slow_launch->launch == launched_;
  const DeviceModel::HandOver taken =
      model_.hand_over(now, {.batch = BatchId{launched_++}, .lane = id, .rows = lane.rows},
                       is_slow ? options_.slow_launch->factor * 1'000'000 : 1'000'000);
  LOCKSTEP_CHECK(taken == DeviceModel::HandOver::kTaken);
  lane.state = State::kInFlight;
  lane.launched = now;
  ++in_flight_;
  return Status::kOk;
}

std::optional<LaunchDone> SimulatedDevice::poll() {
  while (model_.next() <= clock_.now()) {
    const std::optional<DeviceCompletion> done = model_.step();
    if (done && options_.lost_launch != raw(done->batch)) {
      done_.push_back(*done);
    }
  }
  if (done_.empty()) {
    return std::nullopt;
  }
  std::size_t first = 0;
  if (options_.choices != nullptr && done_.size() > 1) {
    first = options_.choices->choose({.kind = ChoiceKind::kCompletion,
                                      .site = "poll",
                                      .count = static_cast<std::uint32_t>(done_.size())});
  }
  const DeviceCompletion done = done_[first];
  done_.erase(done_.begin() + static_cast<std::ptrdiff_t>(first));
  Lane& lane = in_state(done.lane, State::kInFlight);
  lane.state = State::kDone;
  --in_flight_;
  LaunchDone result{.lane = done.lane, .status = done.status};
  result.times.launched = lane.launched;
  if (result.status == Status::kOk && fails("completion")) {
    result.status = Status::kInternal;
  }
  const SimTime finished = done.time - done.host;
  const SimTime from = finished - done.service;
  result.times.to_device_from = from;
  result.times.compute_from = from;
  result.times.to_host_from = finished;
  result.times.finished = finished;
  if (result.status == Status::kOk) {
    compute(lane);
  }
  return result;
}

void SimulatedDevice::compute(Lane& lane) const {
  if (options_.model.kind == ModelKind::kCopy) {
    lane.output = lane.input;
    return;
  }
  for (std::size_t at = 0; at < lane.input.size(); at += sizeof(float)) {
    float value = 0;
    std::memcpy(&value, lane.input.data() + at, sizeof value);
    value *= value;
    std::memcpy(lane.output.data() + at, &value, sizeof value);
  }
}

void SimulatedDevice::release(LaneId id) {
  Lane& lane = lanes_.at(raw(id));
  LOCKSTEP_CHECK(lane.state == State::kGathering || lane.state == State::kDone);
  lane.state = State::kFree;
  std::fill(lane.input.begin(), lane.input.end(), kPoison);
  std::fill(lane.output.begin(), lane.output.end(), kPoison);
}

SimTime SimulatedDevice::poll_at() const {
  return done_.empty() ? model_.next() : SimTime::min();
}

}  // namespace lockstep

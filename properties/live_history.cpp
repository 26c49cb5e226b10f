#include "properties/live_history.h"

namespace lockstep {

std::size_t LiveHistoryRecorder::invoke(LiveOperation operation) {
  operation.invoked = position_++;
  operation.responded = kNeverResponds;
  operation.at = clock_.now();
  history_.push_back(operation);
  return history_.size() - 1;
}

void LiveHistoryRecorder::instant(const LiveOperation& operation) {
  const std::size_t number = invoke(operation);
  history_[number].responded = history_[number].invoked;
}

void RecordedDevice::complete(LaneId lane, Status status, SimDuration device_time) {
  recorder_.invoke({.kind = LiveOperationKind::kComplete,
                    .lane = lane,
                    .status = status,
                    .device_time = device_time});
}

Device::Taken RecordedDevice::take(LaneId lane, std::uint32_t padded_rows) {
  recorder_.instant({.kind = LiveOperationKind::kLaunch, .lane = lane, .rows = padded_rows});
  const Taken taken = ForwardingDevice::take(lane, padded_rows);
  if (taken.status != Status::kOk) {
    complete(lane, taken.status, SimDuration{0});
  }
  return taken;
}

Status RecordedDevice::launch(LaneId lane, SimTime now) {
  const Status launched = ForwardingDevice::launch(lane, now);
  if (launched != Status::kOk) {
    complete(lane, launched, SimDuration{0});
  }
  return launched;
}

std::optional<LaunchDone> RecordedDevice::poll() {
  const std::optional<LaunchDone> done = ForwardingDevice::poll();
  if (done) {
    complete(done->lane, done->status, done->times.device_time());
  }
  return done;
}

}  // namespace lockstep

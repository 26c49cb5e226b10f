// The driver's lanes: their fibers, the poller, the watchdog.
#include <algorithm>
#include <utility>

#include "core/check.h"
#include "gpu_backend/driver.h"

namespace lockstep {

// --- the lanes' fibers and the poller ------------------------------------------------------------

void Driver::run_lane(LaneId id) {
  while (true) {
    while (!lanes_[raw(id)].batch && !over_) {
      runtime_.park();
    }
    if (!lanes_[raw(id)].batch) {
      return;
    }
    const std::uint32_t rows = lanes_[raw(id)].batch->rows;
    const LaunchDone done = rows == 0 ? LaunchDone{.lane = id} : execute(id, rows);
    if (!lanes_[raw(id)].given_up) {
      complete(id, done);
    } else if (!over_) {
      come_back(id);
    } else {
      return;
    }
  }
}

// Its batch is not executed any more.
bool Driver::nobody_wants(const Lane& lane) const {
  return lane.given_up || stopping_.load(std::memory_order_acquire);
}

LaunchDone Driver::execute(LaneId id, std::uint32_t rows) {
  Lane& lane = lanes_[raw(id)];
  runtime_.point("take");
  if (nobody_wants(lane)) {
    return {.lane = id, .status = Status::kUnavailable};
  }
  const Device::Taken taken = device_.take(id, rows);
  if (taken.status != Status::kOk) {
    return {.lane = id, .status = taken.status};
  }
  gather(id, taken.buffers.input);
  runtime_.point("launch");
  if (nobody_wants(lane)) {  // any more: a copier took its time
    device_.release(id);
    return {.lane = id, .status = Status::kUnavailable};
  }
  const SimTime now = runtime_.now();
  totals_.hand_over_sum += now - lane.handed;
  totals_.hand_over_max = std::max(totals_.hand_over_max, now - lane.handed);
  const Status launched = device_.launch(id, now);
  if (launched != Status::kOk) {
    device_.release(id);
    return {.lane = id, .status = launched};
  }
  ++totals_.launched;
  totals_.rows += lane.gathered;
  lane.launched = true;
  runtime_.unpark(poller_);
  while (!lane.done) {
    if (over_) {
      return {.lane = id};  // given up, and the device has the buffers still
    }
    runtime_.park();
  }
  const LaunchDone done = *std::exchange(lane.done, std::nullopt);
  runtime_.point("scatter");
  if (done.status == Status::kOk && !lane.given_up) {
    const SimDuration notice = runtime_.now() - done.times.finished;
    totals_.notice_sum += notice;
    totals_.notice_max = std::max(totals_.notice_max, notice);
    scatter(id, taken.buffers.output);
  }
  device_.release(id);
  return done;
}

void Driver::complete(LaneId id, const LaunchDone& done) {
  Lane& lane = lanes_[raw(id)];
  const BatchId batch = lane.batch->batch;
  if (done.status != Status::kOk) {
    ++totals_.batches_failed;
  } else if (lane.batch->rows > 0 && live_sink_ != nullptr) {
    live_sink_->stages(batch, done.times);
  }
  to_be_fed({.batch = batch,
             .lane = id,
             .status = done.status,
             .noticed = runtime_.now(),
             .device_time = done.times.device_time()});
  lane.batch.reset();
  runtime_.unpark(core_);
}

void Driver::to_be_fed(const Completion& completion) {
  // Of one instant in the order of their batches; the next one to be fed stands last.
  const auto later = [](const Completion& a, const Completion& b) {
    return a.noticed != b.noticed ? a.noticed > b.noticed : a.batch > b.batch;
  };
  completions_.insert(std::upper_bound(completions_.begin(), completions_.end(), completion, later),
                      completion);
}

// The device is done with what the watchdog gave up, long ago for the core; or never had it.
void Driver::come_back(LaneId id) {
  Lane& lane = lanes_[raw(id)];
  lane.batch.reset();
  lane.given_up = false;
  lane.up_at = std::max(lane.up_at, runtime_.now());
  totals_.late += lane.launched ? 1U : 0U;
  runtime_.unpark(core_);
}

void Driver::run_poller() {
  while (!over_) {
    hear_device();
    if (device_.in_flight() == 0) {
      runtime_.park();
    } else if (const SimTime at = device_.poll_at(); at > runtime_.now()) {
      runtime_.park_until(at);
    } else {
      runtime_.yield();
    }
  }
}

void Driver::hear_device() {
  while (const std::optional<LaunchDone> done = device_.poll()) {
    Lane& lane = lanes_[raw(done->lane)];
    LOCKSTEP_CHECK(lane.batch && !lane.done);
    lane.done = *done;
    lane.heard = true;
    runtime_.unpark(lane.fiber);
  }
}

// --- the watchdog, on the core's fiber ----------------------------------------------------------

// When it strikes next. Forgets batches that are done.
SimTime Driver::next_watch() {
  while (!watched_.empty()) {
    const Lane& lane = lanes_[raw(watched_.front().lane)];
    if (lane.batch && lane.batch->batch == watched_.front().batch && !lane.heard) {
      return watched_.front().at;
    }
    watched_.pop_front();
  }
  return kForever;
}

void Driver::feed_watchdog() {
  const Watch watch = watched_.front();
  watched_.pop_front();
  Lane& lane = lanes_[raw(watch.lane)];
  hear_device();  // asked once more: the poller may have had no turn
  if (lane.heard) {
    return;
  }
  ++totals_.given_up;
  lane.given_up = true;
  const SimTime now = not_before(runtime_.now());
  const std::optional<SimDuration> reset = options_.watchdog->reset;
  if (reset) {
    lane.up_at = after(now, *reset);
    lane.lost_at = after(now, options_.watchdog->after);
    fenced_.push_back(watch.lane);
  }
  to_be_fed({.batch = watch.batch,
             .lane = watch.lane,
             .status = Status::kDeadlineExceeded,
             .noticed = now});
  feed_lane_down(watch.lane, reset ? Status::kUnavailable : Status::kInternal);
}

void Driver::feed_lane_down(LaneId lane, Status status) {
  if (live_sink_ != nullptr) {
    live_sink_->input(
        {.kind = InputKind::kLaneDown, .now = last_input_, .lane = lane, .status = status});
  }
  server_.lane_down(last_input_, lane, status);
}

// The fenced lane that comes back first; fenced_.end(): none, as far as is known.
std::vector<LaneId>::const_iterator Driver::first_to_come_up() const {
  auto first = fenced_.end();
  for (auto id = fenced_.begin(); id != fenced_.end(); ++id) {
    if (!lanes_[raw(*id)].batch &&
        (first == fenced_.end() || lanes_[raw(*id)].up_at < lanes_[raw(*first)].up_at)) {
      first = id;
    }
  }
  return first;
}

// A lane does not come back for nobody: as a simulated run ends with its last answer.
SimTime Driver::next_lane_up() const {
  if (fenced_.empty() || nobody_is_left()) {
    return kForever;
  }
  const auto first = first_to_come_up();
  return first == fenced_.end() ? kForever : lanes_[raw(*first)].up_at;
}

void Driver::feed_lane_up() {
  const auto first = first_to_come_up();
  const LaneId lane = *first;
  fenced_.erase(first);
  const SimTime now = not_before(runtime_.now());
  if (live_sink_ != nullptr) {
    live_sink_->input({.kind = InputKind::kLaneUp, .now = now, .lane = lane});
  }
  server_.lane_up(now, lane);
}

// The fenced lane that counts as lost for good next. After close() one that hangs too long, so that
// closing ends; after stop() each. fenced_.end(): none.
std::vector<LaneId>::const_iterator Driver::first_to_be_lost() const {
  if (fenced_.empty() || !nobody_comes() || nobody_is_left()) {
    return fenced_.end();
  }
  const bool stops = stopping_.load(std::memory_order_acquire);
  return std::find_if(fenced_.begin(), fenced_.end(), [this, stops](LaneId lane) {
    return stops || lanes_[raw(lane)].batch.has_value();
  });
}

SimTime Driver::next_loss() const {
  const auto first = first_to_be_lost();
  if (first == fenced_.end()) {
    return kForever;
  }
  return stopping_.load(std::memory_order_acquire) ? SimTime{} : lanes_[raw(*first)].lost_at;
}

// With the last lane the core answers everybody.
void Driver::feed_loss() {
  const auto first = first_to_be_lost();
  const LaneId lane = *first;
  fenced_.erase(first);
  static_cast<void>(not_before(runtime_.now()));
  feed_lane_down(lane, Status::kInternal);
}

}  // namespace lockstep

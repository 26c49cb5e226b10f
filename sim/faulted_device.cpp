#include "sim/faulted_device.h"

#include <algorithm>

#include "core/check.h"

namespace lockstep {

FaultedDevice::FaultedDevice(const FaultPlan& plan, const DeviceDescription& description,
                             const DeviceOptions& options)
    : plan_(plan),
      options_(options),
      description_(description),
      model_(description, options),
      windows_(plan),
      striking_(plan),
      lanes_(options.lane_count),
      fails_until_(options.gpu_count) {
  for (std::size_t i = 0; i < plan.faults.size(); ++i) {
    const Fault& fault = plan.faults[i];
    if (fault.kind == FaultKind::kLost || fault.kind == FaultKind::kSticky) {
      LOCKSTEP_CHECK(fault.gpu && *fault.gpu < options.gpu_count);
      this->plan(Planned{.time = fault.at, .step = Step::kBegin, .fault = i});
    }
  }
}

bool FaultedDevice::later(const Planned& a, const Planned& b) {
  if (a.time != b.time) {
    return a.time > b.time;
  }
  return a.step != b.step ? a.step > b.step : a.sequence > b.sequence;
}

void FaultedDevice::plan(Planned planned) {
  planned.sequence = next_sequence_++;
  planned_.push_back(planned);
  std::push_heap(planned_.begin(), planned_.end(), later);
}

bool FaultedDevice::is_running(LaneId lane, BatchId batch) const {
  const Lane& entry = lanes_[raw(lane)];
  return entry.busy && entry.batch.batch == batch;
}

// --- a batch goes in ----------------------------------------------------------------------------

DeviceModel::HandOver FaultedDevice::hand_over(SimTime now, const StartedBatch& batch) {
  if (batch.rows > 0 && !description_.covers(batch.rows)) {
    return DeviceModel::HandOver::kNotCovered;
  }
  Lane& lane = lanes_[raw(batch.lane)];
  LOCKSTEP_CHECK(!lane.busy);
  ++busy_count_;
  lane.busy = true;
  lane.batch = batch;
  lane.fails = Status::kOk;
  lane.dropped = false;
  lane.late = SimDuration{0};
  lane.duplicated.reset();
  windows_.pass(now);
  if (!reaches_device(now, lane)) {
    return DeviceModel::HandOver::kTaken;
  }
  if (plan_.watchdog) {
    watched_.push_back(
        Watched{.at = after(now, plan_.watchdog->after), .lane = batch.lane, .batch = batch.batch});
    forget_ended_watches();
  }
  const SimTime begin = windows_.stall_end(batch.lane, gpu_of(batch.lane), now);
  if (begin == now) {
    return to_model(now, lane);
  }
  ++counts_.delayed_by_stall;
  plan(Planned{.time = begin, .step = Step::kHandOver, .lane = batch.lane, .batch = batch.batch});
  return DeviceModel::HandOver::kTaken;
}

bool FaultedDevice::reaches_device(SimTime now, Lane& lane) {
  const StartedBatch& batch = lane.batch;
  const std::uint32_t gpu = gpu_of(batch.lane);
  Planned ends{.time = now, .step = Step::kDeliver, .lane = batch.lane, .batch = batch.batch};
  const auto take = [&](FaultKind kind) {
    return striking_.take(kind, now, batch.batch, batch.lane, gpu);
  };
  if (batch.rows == 0) {
    plan(ends);
    return false;
  }
  if (lane.down != Status::kOk || now < fails_until_[gpu]) {
    ++counts_.failed_on_device;
    ends.status = lane.down != Status::kOk ? lane.failure : Status::kInternal;
    plan(ends);
    return false;
  }
  if (take(FaultKind::kOutOfMemory) != nullptr) {
    ++counts_.out_of_memory;
    ends.status = Status::kResourceExhausted;
    plan(ends);
    return false;
  }
  if (const Fault* fault = take(FaultKind::kFail)) {
    ++counts_.failed;
    lane.fails = fault->status;
  }
  lane.dropped = take(FaultKind::kDrop) != nullptr;
  if (const Fault* fault = take(FaultKind::kLate)) {
    lane.late = fault->by;
  }
  if (const Fault* fault = take(FaultKind::kDuplicate)) {
    lane.duplicated = fault->by;
  }
  return true;
}

DeviceModel::HandOver FaultedDevice::to_model(SimTime now, Lane& lane) {
  LOCKSTEP_CHECK(!lane.on_device);
  const std::uint64_t slow = windows_.slow_down(lane.batch.lane, gpu_of(lane.batch.lane), now);
  counts_.slowed += slow > 1'000'000 ? 1u : 0u;
  lane.on_device = true;
  return model_.hand_over(now, lane.batch, slow);
}

std::optional<DeviceEvent> FaultedDevice::resume(const Planned& hand_over) {
  if (!is_running(hand_over.lane, hand_over.batch)) {
    return std::nullopt;  // it failed with its lane meanwhile
  }
  if (to_model(hand_over.time, lanes_[raw(hand_over.lane)]) == DeviceModel::HandOver::kTaken) {
    return std::nullopt;
  }
  return DeviceEvent{.kind = DeviceEvent::Kind::kTooLate,
                     .time = hand_over.time,
                     .lane = hand_over.lane,
                     .batch = hand_over.batch};
}

// --- and comes out ------------------------------------------------------------------------------

SimTime FaultedDevice::next() const {
  SimTime next = model_.next();
  if (!planned_.empty()) {
    next = std::min(next, planned_.front().time);
  }
  return watched_.empty() ? next : std::min(next, watched_.front().at);
}

std::optional<DeviceEvent> FaultedDevice::step() {
  const SimTime now = next();
  LOCKSTEP_CHECK(now != kForever);
  windows_.pass(now);
  std::optional<DeviceEvent> event;
  const bool planned = !planned_.empty() && planned_.front().time == now;
  if (model_.next() == now) {
    if (const std::optional<DeviceCompletion> done = model_.step()) {
      event = completed_on_device(*done);
    }
  } else if (planned && (planned_.front().step != Step::kUp || watched_.empty() ||
                         watched_.front().at != now)) {
    event = step_planned();
  } else {
    give_up(now);
  }
  forget_ended_watches();
  return event;
}

std::optional<DeviceEvent> FaultedDevice::completed_on_device(const DeviceCompletion& done) {
  Lane& lane = lanes_[raw(done.lane)];
  lane.on_device = false;
  if (!is_running(done.lane, done.batch)) {
    // The watchdog gave it up. Its lane comes back only now, if it was to come back before.
    ++counts_.completions_dropped;
    if (lane.down == Status::kUnavailable && lane.up_at <= done.time) {
      lane.up_at = done.time;
      plan(Planned{.time = done.time, .step = Step::kUp, .lane = done.lane});
    }
    return std::nullopt;
  }
  if (lane.dropped) {
    ++counts_.completions_lost;
    return std::nullopt;
  }
  const SimTime told = after(done.time, lane.late);
  counts_.completions_late += lane.late > SimDuration{0} ? 1u : 0u;
  Planned completion{.time = windows_.stall_end(done.lane, gpu_of(done.lane), told),
                     .step = Step::kDeliver,
                     .lane = done.lane,
                     .batch = done.batch,
                     .service = done.service,
                     .status = done.status == Status::kOk ? lane.fails : done.status};
  counts_.delayed_by_stall += completion.time > told ? 1u : 0u;
  if (lane.duplicated) {
    ++counts_.completions_duplicated;
    plan(Planned{.time = after(completion.time, *lane.duplicated),
                 .step = Step::kDuplicate,
                 .lane = done.lane,
                 .batch = done.batch});
  }
  if (completion.time == done.time) {
    return end_batch(completion);
  }
  plan(completion);
  return std::nullopt;
}

std::optional<DeviceEvent> FaultedDevice::step_planned() {
  const Planned planned = planned_.front();
  std::pop_heap(planned_.begin(), planned_.end(), later);
  planned_.pop_back();
  switch (planned.step) {
    case Step::kHandOver:
      return resume(planned);
    case Step::kDeliver:
      if (!is_running(planned.lane, planned.batch)) {
        ++counts_.completions_dropped;
        return std::nullopt;
      }
      return end_batch(planned);
    case Step::kDuplicate:
      ++counts_.completions_dropped;
      return std::nullopt;
    case Step::kBegin:
      device_fails(plan_.faults[planned.fault], planned.time);
      return std::nullopt;
    case Step::kDown:
      return DeviceEvent{.kind = DeviceEvent::Kind::kLaneDown,
                         .time = planned.time,
                         .lane = planned.lane,
                         .status = planned.status};
    case Step::kFail:
      return is_running(planned.lane, planned.batch) ? std::optional(end_batch(planned))
                                                     : std::nullopt;
    case Step::kUp:
      return come_up(planned.lane, planned.time);
  }
  return std::nullopt;
}

DeviceEvent FaultedDevice::end_batch(const Planned& completion) {
  lanes_[raw(completion.lane)].busy = false;
  --busy_count_;
  return DeviceEvent{.kind = DeviceEvent::Kind::kCompletion,
                     .time = completion.time,
                     .lane = completion.lane,
                     .batch = completion.batch,
                     .service = completion.service,
                     .status = completion.status};
}

// --- devices and lanes that fail ----------------------------------------------------------------

void FaultedDevice::device_fails(const Fault& fault, SimTime now) {
  ++counts_.devices_lost;
  model_.reset(*fault.gpu);
  const Status failure = fault.kind == FaultKind::kLost ? Status::kUnavailable : Status::kInternal;
  if (!fault.fence) {
    fails_until_[*fault.gpu] =
        std::max(fails_until_[*fault.gpu], fault.lasts ? after(now, *fault.lasts) : kForever);
  }
  for (std::uint32_t i = *fault.gpu; i < lanes_.size(); i += options_.gpu_count) {
    const LaneId lane{i};
    lanes_[i].on_device = false;
    if (fault.fence) {
      go_down(lane, now, fault.lasts, failure);
    }
    if (lanes_[i].busy && lanes_[i].batch.rows > 0) {
      ++counts_.failed_on_device;
      plan(Planned{.time = now,
                   .step = Step::kFail,
                   .lane = lane,
                   .batch = lanes_[i].batch.batch,
                   .status = failure});
    }
  }
}

void FaultedDevice::go_down(LaneId lane, SimTime now, std::optional<SimDuration> comes_back,
                            Status failure) {
  Lane& entry = lanes_[raw(lane)];
  if (entry.down == Status::kInternal) {
    return;  // for good already
  }
  const bool was_up = entry.down == Status::kOk;
  const SimTime up_at = comes_back ? after(now, *comes_back) : kForever;
  entry.up_at = was_up ? up_at : std::max(entry.up_at, up_at);
  entry.down = comes_back ? Status::kUnavailable : Status::kInternal;
  entry.failure = failure;
  counts_.lanes_down += was_up ? 1u : 0u;
  if (was_up || !comes_back) {
    plan(Planned{.time = now, .step = Step::kDown, .lane = lane, .status = entry.down});
  }
  if (entry.up_at != kForever) {
    plan(Planned{.time = entry.up_at, .step = Step::kUp, .lane = lane});
  }
}

std::optional<DeviceEvent> FaultedDevice::come_up(LaneId lane, SimTime now) {
  Lane& entry = lanes_[raw(lane)];
  // Another fault made it later; or the device is still busy with what the watchdog gave up.
  if (entry.down != Status::kUnavailable || entry.up_at != now || entry.on_device) {
    return std::nullopt;
  }
  LOCKSTEP_CHECK(!entry.busy);
  entry.down = Status::kOk;
  entry.up_at = kForever;
  ++counts_.lanes_up;
  return DeviceEvent{.kind = DeviceEvent::Kind::kLaneUp, .time = now, .lane = lane};
}

void FaultedDevice::give_up(SimTime now) {
  const Watched watched = watched_.front();
  watched_.pop_front();
  ++counts_.given_up;
  go_down(watched.lane, now, plan_.watchdog->reset, Status::kDeadlineExceeded);
  plan(Planned{.time = now,
               .step = Step::kFail,
               .lane = watched.lane,
               .batch = watched.batch,
               .status = Status::kDeadlineExceeded});
}

void FaultedDevice::forget_ended_watches() {
  while (!watched_.empty() && !is_running(watched_.front().lane, watched_.front().batch)) {
    watched_.pop_front();
  }
}

}  // namespace lockstep

#include "gpu_backend/driver.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/check.h"

namespace lockstep {

Driver::Driver(Runtime& runtime, Device& device, std::unique_ptr<Scheduler> scheduler,
               const DriverOptions& options, EventSink* sink, LiveSink* live)
    : runtime_(runtime),
      device_(device),
      options_(options),
      sink_(sink),
      live_sink_(live),
      submissions_(options.submission_capacity),
      lanes_(options.server.lane_count),
      pending_(options.gpu_count),
      queue_count_(options.queue_count),
      server_(std::move(scheduler), options.server, this) {
  LOCKSTEP_CHECK(options.gpu_count > 0 && device.lane_count() >= options.server.lane_count);
  for (std::uint32_t lane = 0; lane < lanes_.size(); ++lane) {
    lanes_[lane].fiber = runtime_.spawn("lane " + std::to_string(lane), FiberClass::kDevice,
                                        [this, lane] { run_lane(LaneId{lane}); });
  }
  poller_ = runtime_.spawn("poller", FiberClass::kDevice, [this] { run_poller(); });
  core_ = runtime_.spawn("core", FiberClass::kCore, [this] { run_core(); });
  runtime_.on_notify(core_);
}

Driver::~Driver() = default;

// --- any thread
// -----------------------------------------------------------------------------------

Driver::Submitted Driver::submit(LiveRequest& request) {
  if (request.arrival.time == kOnSubmit) {
    request.arrival.time = runtime_.now();
  }
  const std::uint64_t ticket = next_ticket_.fetch_add(1, std::memory_order_relaxed);
  const SubmissionQueue::Pushed pushed =
      submissions_.push({.request = &request, .ticket = ticket, .at = request.arrival.time});
  runtime_.notify();
  return {.pushed = pushed, .ticket = ticket};
}

void Driver::cancel(std::uint64_t ticket) {
  // A full queue is emptied by the driver: a cancellation is never dropped.
  while (submissions_.push({.request = nullptr, .ticket = ticket, .at = runtime_.now()}) ==
         SubmissionQueue::Pushed::kFull) {
    runtime_.notify();
  }
  runtime_.notify();
}

void Driver::close() {
  submissions_.close();
  runtime_.notify();
}

void Driver::stop() {
  stopping_.store(true, std::memory_order_release);
  close();
}

// --- the core's fiber
// -------------------------------------------------------------------------------

void Driver::run_core() {
  while (true) {
    const std::uint64_t inputs = server_.totals().inputs;
    if (feed_next()) {
      if (server_.totals().inputs != inputs) {  // else started() is of an input before
        after_input();
      }
      continue;
    }
    if (is_over()) {
      break;
    }
    runtime_.park_until(server_.wake_at());
  }
  over_ = true;
  runtime_.unpark(poller_);
  for (const Lane& lane : lanes_) {
    runtime_.unpark(lane.fiber);
  }
}

// What was first in time; at one instant completions, timers, submissions.
bool Driver::feed_next() {
  if (!next_) {
    Submission submission;
    if (submissions_.pop(submission)) {
      next_ = submission;
    }
  }
  const SimTime now = runtime_.now();
  const SimTime completed = completions_.empty() ? kForever : completions_.back().noticed;
  const SimTime timer = server_.wake_at() <= now ? server_.wake_at() : kForever;
  const SimTime submitted = next_ ? std::min(next_->at, now) : kForever;
  if (!completions_.empty() && completed <= std::min(timer, submitted)) {
    feed_completion();
  } else if (timer != kForever && timer <= submitted) {
    feed_timer();
  } else if (next_) {
    feed_submission();
  } else {
    return feed_closing();
  }
  return true;
}

// The core's time never runs back.
SimTime Driver::not_before(SimTime time) {
  last_input_ = std::max(last_input_, time);
  return last_input_;
}

void Driver::feed_completion() {
  const Completion completion = completions_.back();
  completions_.pop_back();
  const SimTime now = not_before(completion.noticed);
  const std::int64_t pending = --pending_[raw(completion.lane) % options_.gpu_count];
  // A device's own clock may place the start before the hand-over: by its time_error().
  const SimTime dispatched = server_.running_on(completion.lane)->dispatched;
  const BatchDone done{
      .now = now,
      .lane = completion.lane,
      .status = completion.status,
      .device_time = std::clamp(completion.device_time, SimDuration{0}, now - dispatched),
      .device_pending = server_.scheduler().needs().device_pending ? pending : 0};
  if (live_sink_ != nullptr) {
    live_sink_->input({.kind = InputKind::kBatchDone, .now = now, .done = done});
  }
  server_.batch_done(done);
}

void Driver::feed_timer() {
  const SimTime now = not_before(runtime_.now());
  if (live_sink_ != nullptr) {
    live_sink_->input({.kind = InputKind::kTimer, .now = now});
  }
  server_.timer(now);
}

void Driver::feed_submission() {
  const Submission submission = *std::exchange(next_, std::nullopt);
  const SimTime at = std::min(submission.at, runtime_.now());
  const SimTime now = not_before(at);
  if (submission.request == nullptr) {
    RequestId request{0};
    if (live_.find_ticket(submission.ticket, request)) {
      if (live_sink_ != nullptr) {
        live_sink_->input({.kind = InputKind::kCancel, .now = now, .request = request});
      }
      server_.cancel(now, request);
    }
    return;
  }
  if (now > at) {
    ++totals_.clamped;
    totals_.clamped_max = std::max(totals_.clamped_max, now - at);
  }
  Arrival arrival = submission.request->arrival;
  arrival.time = now;
  queue_count_ = std::max(queue_count_, raw(arrival.queue) + 1);
  if (live_sink_ != nullptr) {
    live_sink_->input({.kind = InputKind::kArrive, .now = now, .arrival = arrival});
  }
  live_.add(RequestId{server_.totals().arrived}, *submission.request, submission.ticket);
  server_.arrive(arrival);
}

// False: nothing to close, or not yet.
bool Driver::feed_closing() {
  const bool flushes = options_.flushes || stopping_.load(std::memory_order_acquire);
  if (!flushes || closed_queues_ == queue_count_ || !submissions_.is_closed() ||
      !submissions_.is_empty()) {
    return false;
  }
  const QueueId queue{closed_queues_++};
  const SimTime now = not_before(runtime_.now());
  if (live_sink_ != nullptr) {
    live_sink_->input({.kind = InputKind::kCloseQueue, .now = now, .queue = queue});
  }
  server_.close_queue(now, queue);
  return true;
}

void Driver::after_input() {
  if (server_.started().empty()) {
    return;
  }
  for (const StartedBatch& batch : server_.started()) {
    ++pending_[raw(batch.lane) % options_.gpu_count];
    Lane& lane = lanes_[raw(batch.lane)];
    LOCKSTEP_CHECK(!lane.batch);
    lane.batch = batch;
    lane.handed = runtime_.now();
    runtime_.unpark(lane.fiber);
  }
  runtime_.yield();  // a device comes before the core's next input
}

// Nothing is left that could happen: no request to come, no batch, no wake-up for anybody.
bool Driver::is_over() const {
  const bool idle = std::all_of(lanes_.begin(), lanes_.end(),
                                [](const Lane& lane) { return !lane.batch.has_value(); });
  return submissions_.is_closed() && submissions_.is_empty() && !next_ && completions_.empty() &&
         idle && (live_.live_count() == 0 || server_.wake_at() == kForever);
}

std::size_t Driver::abandon() {
  LOCKSTEP_CHECK(over_ || live_.live_count() == 0);
  server_.report_unanswered();
  std::size_t abandoned = 0;
  while (live_.live_count() > 0) {
    LiveRequest* const request = live_.take(live_.oldest());
    request->done({.status = Status::kUnavailable,
                   .reason = Reason::kNone,
                   .arrived = request->arrival.time,
                   .answered = last_input_});
    ++abandoned;
  }
  return abandoned;
}

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
    complete(id, rows == 0 ? LaunchDone{.lane = id} : execute(id, rows));
  }
}

LaunchDone Driver::execute(LaneId id, std::uint32_t rows) {
  Lane& lane = lanes_[raw(id)];
  runtime_.point("take");
  if (stopping_.load(std::memory_order_acquire)) {
    return {.lane = id, .status = Status::kUnavailable};
  }
  const Device::Taken taken = device_.take(id, rows);
  if (taken.status != Status::kOk) {
    return {.lane = id, .status = taken.status};
  }
  gather(id, taken.buffers.input);
  runtime_.point("launch");
  const SimTime now = runtime_.now();
  totals_.hand_over_sum += now - lane.handed;
  totals_.hand_over_max = std::max(totals_.hand_over_max, now - lane.handed);
  const Status launched = device_.launch(id, now);
  if (launched != Status::kOk) {
    device_.release(id);
    return {.lane = id, .status = launched};
  }
  ++totals_.launched;
  runtime_.unpark(poller_);
  while (!lane.done) {
    runtime_.park();
  }
  const LaunchDone done = *std::exchange(lane.done, std::nullopt);
  runtime_.point("scatter");
  if (done.status == Status::kOk) {
    const SimDuration notice = runtime_.now() - done.times.finished;
    totals_.notice_sum += notice;
    totals_.notice_max = std::max(totals_.notice_max, notice);
    scatter(id, taken.buffers.output);
  }
  device_.release(id);
  return done;
}

// Rows of a request that was answered already are zeros, like those of padding.
void Driver::gather(LaneId id, std::span<std::byte> input) {
  std::size_t filled = 0;
  for (const Piece& piece : server_.members_on(id)) {
    const std::size_t bytes = piece.rows * options_.row_bytes;
    const LiveRequest* const request = server_.requests().is_alive(piece.request)
                                           ? live_.find(server_.requests().at(piece.request).id)
                                           : nullptr;
    if (request != nullptr) {
      std::memcpy(input.data() + filled,
                  request->input.data() + piece.first_row * options_.row_bytes, bytes);
      totals_.rows += piece.rows;
    } else {
      std::memset(input.data() + filled, 0, bytes);
    }
    filled += bytes;
  }
  std::memset(input.data() + filled, 0, input.size() - filled);
}

void Driver::scatter(LaneId id, std::span<const std::byte> output) {
  std::size_t taken = 0;
  for (const Piece& piece : server_.members_on(id)) {
    const std::size_t bytes = piece.rows * options_.row_bytes;
    LiveRequest* const request = server_.requests().is_alive(piece.request)
                                     ? live_.find(server_.requests().at(piece.request).id)
                                     : nullptr;
    if (request != nullptr) {
      std::memcpy(request->output.data() + piece.first_row * options_.row_bytes,
                  output.data() + taken, bytes);
    }
    taken += bytes;
  }
}

void Driver::complete(LaneId id, const LaunchDone& done) {
  Lane& lane = lanes_[raw(id)];
  const BatchId batch = lane.batch->batch;
  if (done.status != Status::kOk) {
    ++totals_.batches_failed;
  } else if (lane.batch->rows > 0 && live_sink_ != nullptr) {
    live_sink_->stages(batch, done.times);
  }
  const Completion completion{.batch = batch,
                              .lane = id,
                              .status = done.status,
                              .noticed = runtime_.now(),
                              .device_time = done.times.device_time()};
  // Of one instant in the order of their batches; the next one to be fed stands last.
  const auto later = [](const Completion& a, const Completion& b) {
    return a.noticed != b.noticed ? a.noticed > b.noticed : a.batch > b.batch;
  };
  completions_.insert(std::upper_bound(completions_.begin(), completions_.end(), completion, later),
                      completion);
  lane.batch.reset();
  runtime_.unpark(core_);
}

void Driver::run_poller() {
  while (!over_) {
    while (const std::optional<LaunchDone> done = device_.poll()) {
      Lane& lane = lanes_[raw(done->lane)];
      LOCKSTEP_CHECK(lane.batch && !lane.done);
      lane.done = *done;
      runtime_.unpark(lane.fiber);
    }
    if (device_.in_flight() == 0) {
      runtime_.park();
    } else if (const SimTime at = device_.poll_at(); at > runtime_.now()) {
      runtime_.park_until(at);
    } else {
      runtime_.yield();
    }
  }
}

// --- what the core says -------------------------------------------------------------------------

bool Driver::wants_journal() const {
  return sink_ != nullptr && sink_->wants_journal();
}
void Driver::journal(const JournalLine& line) {
  sink_->journal(line);
}

void Driver::requests_ended(const RequestsEnd& ends) {
  if (sink_ != nullptr) {
    sink_->requests_ended(ends);
  }
  for (const Request* ended : ends.requests) {
    LiveRequest* const request = live_.take(ended->id);
    LOCKSTEP_CHECK(request != nullptr);
    request->done({.status = ends.status,
                   .reason = ends.reason,
                   .arrived = request->arrival.time,
                   .answered = ends.at});
  }
}

void Driver::batch_ended(const BatchRecord& batch) {
  if (sink_ != nullptr) {
    sink_->batch_ended(batch);
  }
}
void Driver::request_unanswered(const Request& request) {
  if (sink_ != nullptr) {
    sink_->request_unanswered(request);
  }
}

}  // namespace lockstep

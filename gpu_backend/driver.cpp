#include "gpu_backend/driver.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/check.h"

namespace lockstep {
namespace {

constexpr std::uint32_t kInputsInARow = 16;

// kForever: not yet.
SimTime if_due(SimTime time, SimTime now) {
  return time <= now ? time : kForever;
}

}  // namespace

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
  LOCKSTEP_CHECK(!options.watchdog || options.watchdog->after > SimDuration{0});
  for (std::uint32_t lane = 0; lane < lanes_.size(); ++lane) {
    lanes_[lane].fiber = runtime_.spawn("lane " + std::to_string(lane), FiberClass::kDevice,
                                        [this, lane] { run_lane(LaneId{lane}); });
  }
  spawn_copiers();
  poller_ = runtime_.spawn("poller", FiberClass::kDevice, [this] { run_poller(); });
  core_ = runtime_.spawn("core", FiberClass::kCore, [this] { run_core(); });
  runtime_.on_notify(core_);
}

Driver::~Driver() = default;

// --- any thread ---------------------------------------------------------------------------------

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

// --- the core's fiber ---------------------------------------------------------------------------

void Driver::run_core() {
  seen_ = runtime_.now();
  while (true) {
    const std::uint64_t inputs = server_.totals().inputs;
    // A lane whose rows a copier has brought waits behind everything that is to be fed: not for
    // long.
    if (copying_ > 0 && ++fed_while_copying_ % kInputsInARow == 0) {
      runtime_.pass();
    }
    if (feed_next()) {
      if (server_.totals().inputs != inputs) {  // else started() is of an input before
        after_input();
      }
      continue;
    }
    if (is_over()) {
      break;
    }
    const SimTime planned =
        std::min({server_.wake_at(), next_watch(), next_lane_up(), next_loss()});
    runtime_.park_until(std::min(planned, deadlines_.next(live_)));
  }
  over_ = true;
  runtime_.unpark(poller_);
  for (const Lane& lane : lanes_) {
    runtime_.unpark(lane.fiber);
  }
  end_copiers();
}

bool Driver::feed_next() {
  if (!next_) {
    Submission submission;
    if (submissions_.pop(submission)) {
      next_ = submission;
    }
  }
  // Reading a clock costs as much as feeding an input: not before there is nothing left of what had
  // happened when it was read last.
  if (feed_due()) {
    return true;
  }
  seen_ = runtime_.now();
  if (next_) {
    next_->at = std::min(next_->at, seen_);  // before its intended time: it counts from now
  }
  return feed_due() || feed_closing();
}

// What was first in time until seen_; at one instant in the order below.
bool Driver::feed_due() {
  const SimTime now = seen_;
  struct Next {
    SimTime at;
    void (Driver::*feed)();
  };
  const std::array nexts = {
      Next{completions_.empty() ? kForever : if_due(completions_.back().noticed, now),
           &Driver::feed_completion},
      Next{if_due(next_watch(), now), &Driver::feed_watchdog},
      Next{if_due(next_lane_up(), now), &Driver::feed_lane_up},
      Next{if_due(next_loss(), now), &Driver::feed_loss},
      Next{if_due(server_.wake_at(), now), &Driver::feed_timer},
      Next{if_due(deadlines_.next(live_), now), &Driver::feed_deadline},
      Next{next_ ? if_due(next_->at, now) : kForever, &Driver::feed_submission}};
  const Next& first = *std::min_element(nexts.begin(), nexts.end(),
                                        [](const Next& a, const Next& b) { return a.at < b.at; });
  if (first.at == kForever) {
    return false;
  }
  (this->*first.feed)();
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
  const std::optional<BatchRecord> running = server_.running_on(completion.lane);
  LOCKSTEP_CHECK(running && running->id == completion.batch);
  const SimTime dispatched = running->dispatched;
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
  const SimTime at = submission.at;
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
  const RequestId id{server_.totals().arrived};
  live_.add(id, *submission.request, submission.ticket);
  if (submission.request->gives_up && arrival.timeout > SimDuration{0}) {
    deadlines_.add(after(submission.request->arrival.time, arrival.timeout), id, live_);
  }
  server_.arrive(arrival);
}

// The client is answered first (but for a copier): what the core says of the request is nobody's
// business any more.
void Driver::feed_deadline() {
  const RequestId id = deadlines_.take();
  const SimTime now = not_before(runtime_.now());
  ++totals_.gave_up;
  LiveRequest& request = live_.give_up(id);
  answer(request, {.status = Status::kDeadlineExceeded,
                   .reason = Reason::kNone,
                   .arrived = request.arrival.time,
                   .answered = now});
  if (live_sink_ != nullptr) {
    live_sink_->input({.kind = InputKind::kCancel, .now = now, .request = id});
  }
  server_.cancel(now, id);
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
    lane.heard = false;
    lane.launched = false;
    if (options_.watchdog) {
      watched_.push_back({.at = after(lane.handed, options_.watchdog->after),
                          .lane = batch.lane,
                          .batch = batch.batch});
    }
    runtime_.unpark(lane.fiber);
  }
  runtime_.yield();  // a device comes before the core's next input
}

// Nothing is left that could happen: no request to come, no batch, nothing at any time for anybody.
bool Driver::is_over() {
  const bool idle = std::all_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) {
    return !lane.batch.has_value() || lane.given_up;
  });
  return nobody_comes() && completions_.empty() && idle && copying_ == 0 &&
         (nobody_is_left() || !is_anything_planned());
}

bool Driver::nobody_comes() const {
  return submissions_.is_closed() && submissions_.is_empty() && !next_;
}
bool Driver::nobody_is_left() const {
  return nobody_comes() && server_.requests().live_count() == 0;
}
bool Driver::is_anything_planned() {
  return server_.wake_at() != kForever || next_lane_up() != kForever || next_loss() != kForever ||
         (deadlines_.next(live_) != kForever && !stopping_.load(std::memory_order_acquire));
}

std::size_t Driver::abandon() {
  LOCKSTEP_CHECK(over_ || live_.is_empty());
  server_.report_unanswered();
  std::size_t abandoned = 0;
  while (!live_.is_empty()) {
    LiveRequest* const request = live_.take(live_.oldest());
    if (request == nullptr) {
      continue;
    }
    request->done({.status = Status::kUnavailable,
                   .reason = Reason::kNone,
                   .arrived = request->arrival.time,
                   .answered = last_input_});
    ++abandoned;
  }
  return abandoned;
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
    if (request == nullptr) {
      continue;  // its client gave up
    }
    answer(*request, {.status = ends.status,
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

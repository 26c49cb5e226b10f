#include "core/server.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/limits.h"

namespace lockstep {
namespace {

JournalMember member_of(const Piece& piece, const Request& request) {
  return JournalMember{.request = request.id,
                       .first_row = piece.first_row,
                       .rows = piece.rows,
                       .padding = piece.padding};
}

}  // namespace

Server::Server(std::unique_ptr<Scheduler> scheduler, const ServerOptions& options, EventSink* sink)
    : scheduler_(std::move(scheduler)),
      needs_(scheduler_ == nullptr ? Needs{} : scheduler_->needs()),
      sink_(sink),
      journalling_(sink != nullptr && sink->wants_journal()),
      lanes_(options.lane_count),
      digest_(options.settings_digest) {
  LOCKSTEP_CHECK(scheduler_ != nullptr);
  LOCKSTEP_CHECK(options.lane_count > 0 && options.lane_count <= kMaxLanes);
}

// --- feeding ------------------------------------------------------------------------------------

inline void Server::take(Input& input, RequestId request, const Arrival& arrival) {
  LOCKSTEP_CHECK(input.now >= now_);
  now_ = input.now;
  input.sequence = totals_.inputs++;
  if (journalling_) [[unlikely]] {
    journal_input(input, request, arrival);
  }
  if (!decisions_.empty()) {
    started_.clear();
    decisions_.clear();
  }
}

inline void Server::feed(Input& input, RequestId request, const Arrival& arrival) {
  take(input, request, arrival);
  if (no_lane_) [[unlikely]] {
    return;  // nothing lives that this could be about
  }
  scheduler_->step(input, requests_, decisions_);
  if (!decisions_.empty()) {
    apply_all(input.now);
  }
}

void Server::feed_other(Input& input, RequestId request) {
  static const Arrival kNoArrival;
  digest_.fold(digest_input(input, request));
  feed(input, request, kNoArrival);
}

// --- inputs ------------------------------------------------------------------------------------

RequestId Server::arrive(const Arrival& arrival) {
  LOCKSTEP_CHECK(arrival.size <= kMaxRequestRows && raw(arrival.queue) < kMaxQueues);
  const RequestId id{totals_.arrived++};
  digest_.fold(digest_arrival(id, arrival));
  // Reused: an arrival sets these four fields and no other.
  arrive_input_.now = arrival.time;
  arrive_input_.queue = arrival.queue;
  arrive_input_.request = requests_.add(id, arrival);
  if ((arrival.size == 0 && !needs_.empty_requests) || no_lane_) [[unlikely]] {
    refuse_unheard(id, arrival);
    return id;
  }
  feed(arrive_input_, id, arrival);
  return id;
}

void Server::refuse_unheard(RequestId request, const Arrival& arrival) {
  take(arrive_input_, request, arrival);
  if (no_lane_) {
    decisions_.finish(arrive_input_.request, Status::kUnavailable, Reason::kNoLane);
  } else {
    decisions_.finish(arrive_input_.request, Status::kInvalidArgument, Reason::kEmpty);
  }
  apply_all(arrival.time);
}

void Server::timer(SimTime now) {
  LOCKSTEP_CHECK(now >= wake_);
  wake_ = kForever;
  Input input;
  input.now = now;
  input.kind = InputKind::kTimer;
  feed_other(input);
}

void Server::batch_done(const BatchDone& done) {
  LOCKSTEP_CHECK(raw(done.lane) < lanes_.size());
  Lane& lane = lanes_[raw(done.lane)];
  LOCKSTEP_CHECK(lane.busy);
  LOCKSTEP_CHECK(lane.sealed);
  LOCKSTEP_CHECK(done.device_time >= SimDuration{0} &&
                 done.now - done.device_time >= lane.batch.dispatched);
  // The members move aside, so that the scheduler may start the lane's next batch in this step.
  std::swap(lane.members, done_.members);
  done_.batch = lane.batch;
  done_.batch.finished = done.now;
  done_.batch.device_start = done.now - done.device_time;
  done_.batch.status = done.status;
  done_.busy = true;
  lane.busy = false;
  lane.members.clear();
  if (sink_ != nullptr) {
    sink_->batch_ended(done_.batch);
  }
  Input input;
  input.now = done.now;
  input.kind = InputKind::kBatchDone;
  input.status = done.status;
  input.batch = done_.batch.id;
  input.lane = done.lane;
  input.queue = done_.batch.queue;
  input.device_time = done.device_time;
  input.device_pending = done.device_pending;
  feed_other(input);
  done_.busy = false;
  if (lost_lanes_ > 0) [[unlikely]] {
    end_without_lanes(done.now);
  }
}

void Server::close_queue(SimTime now, QueueId queue) {
  Input input;
  input.now = now;
  input.kind = InputKind::kCloseQueue;
  input.queue = queue;
  feed_other(input);
}

void Server::cancel(SimTime now, RequestId request) {
  const std::optional<RequestSlot> slot = requests_.find(request);
  LOCKSTEP_CHECK(slot.has_value());
  cancel(now, *slot);
}

void Server::cancel(SimTime now, RequestSlot request) {
  const Request& entry = requests_.at(request);
  Input input;
  input.now = now;
  input.kind = InputKind::kCancel;
  input.request = request;
  input.queue = entry.arrival.queue;
  feed_other(input, entry.id);
}

void Server::apply_all(SimTime now) {
  for (const Decision& decision : decisions_.entries()) {
    apply(decision, now);
  }
}

// --- decisions ---------------------------------------------------------------------------------

void Server::end_requests(std::span<const Request* const> ending, const BatchRecord* batch,
                          SimTime now, Status status, Reason reason) {
  if (ending.empty()) {
    return;
  }
  if (status == Status::kOk) [[likely]] {
    totals_.answered += ending.size();
  } else {
    (batch == nullptr ? totals_.refused : totals_.failed) += ending.size();
  }
  if (sink_ != nullptr) {
    sink_->requests_ended(RequestsEnd{ending, batch, now, status, reason});
  }
  for (const Request* request : ending) {
    requests_.remove(*request);
  }
}

void Server::apply(const Decision& decision, SimTime now) {
  ++totals_.decisions;
  const RequestId request =
      decision.kind == DecisionKind::kFinish ? requests_.at(decision.request).id : RequestId{0};
  LineDigest line = digest_decision(decision, request);
  if (journalling_) [[unlikely]] {
    line_.members.clear();
  }
  switch (decision.kind) {
    case DecisionKind::kStart:
      apply_start(decision, now, line);
      break;
    case DecisionKind::kAdd:
      apply_add(decision, now, line);
      break;
    case DecisionKind::kSeal:
      apply_seal(decision, now);
      break;
    case DecisionKind::kFinish: {
      // at() checks that it is alive: exactly one finish. One that was in a batch has failed, and
      // one that never was is refused.
      const Request* const ending = &requests_.at(decision.request);
      end_requests({&ending, 1}, nullptr, now, decision.status, decision.reason);
      break;
    }
    case DecisionKind::kFinishBatch:
      apply_finish_batch(decision, now);
      break;
    case DecisionKind::kWake:
      LOCKSTEP_CHECK(decision.wake > now);
      wake_ = decision.wake;
      break;
  }
  digest_.fold(line);
  if (journalling_) [[unlikely]] {
    journal_decision(decision, request);
  }
}

void Server::apply_start(const Decision& decision, SimTime now, LineDigest& line) {
  LOCKSTEP_CHECK(raw(decision.lane) < lanes_.size());
  Lane& lane = lanes_[raw(decision.lane)];
  LOCKSTEP_CHECK(!lane.busy);                // lane exclusivity
  LOCKSTEP_CHECK(lane.down == Status::kOk);  // rule 8
  LOCKSTEP_CHECK_EQ(raw(decision.batch), totals_.batches);
  LOCKSTEP_CHECK(decision.opened <= decision.due && decision.due <= now);
  ++totals_.batches;
  lane.busy = true;
  lane.sealed = decision.sealed;
  lane.batch = BatchRecord{};
  lane.batch.id = decision.batch;
  lane.batch.queue = decision.queue;
  lane.batch.lane = decision.lane;
  lane.batch.opened = decision.opened;
  lane.batch.due = decision.sealed ? decision.due : kForever;
  lane.batch.lane_taken = now;
  lane.batch.dispatched = decision.sealed ? now : kForever;
  lane.batch.reason = decision.reason;
  lane.members.clear();
  add_pieces(lane, decisions_.pieces(decision), line);
  if (decision.sealed) [[likely]] {
    hand_to_device(lane, decision.padded_rows);
  }
}

void Server::apply_add(const Decision& decision, SimTime now, LineDigest& line) {
  Lane& lane = running(decision.batch);
  LOCKSTEP_CHECK(!lane.sealed);  // sealed means frozen
  const std::span<const Piece> pieces = decisions_.pieces(decision);
  if (lane.batch.request_count == 0 && !pieces.empty()) {
    lane.batch.queue = requests_.at(pieces.front().request).arrival.queue;
    lane.batch.opened = now;
  }
  add_pieces(lane, pieces, line);
}

void Server::apply_seal(const Decision& decision, SimTime now) {
  Lane& lane = running(decision.batch);
  LOCKSTEP_CHECK(!lane.sealed);
  lane.sealed = true;
  lane.batch.due = now;
  lane.batch.dispatched = now;
  lane.batch.reason = decision.reason;
  hand_to_device(lane, decision.padded_rows);
}

void Server::hand_to_device(Lane& lane, std::uint32_t padded_rows) {
  const bool executed = lane.batch.reason != Reason::kExpired;
  lane.batch.padded_rows = executed ? std::max(padded_rows, lane.batch.rows) : 0;
  started_.push_back(StartedBatch{.batch = lane.batch.id,
                                  .lane = lane.batch.lane,
                                  .queue = lane.batch.queue,
                                  .rows = lane.batch.padded_rows});
}

void Server::add_pieces(Lane& lane, std::span<const Piece> pieces, LineDigest& line) {
  std::uint64_t rows = lane.batch.rows;
  const QueueId queue = lane.batch.queue;
  MembersDigest members(line);
  for (const Piece& piece : pieces) {
    Request& request = requests_.mutable_at(piece.request);
    LOCKSTEP_CHECK(request.arrival.queue == queue);  // one batch, one queue
    // Pieces come in order, without gap or overlap, and end where the request ends.
    const std::uint32_t started = request.rows_started;
    LOCKSTEP_CHECK(piece.first_row == started);
    LOCKSTEP_CHECK(piece.rows <= request.arrival.size - started);
    request.rows_started = started + piece.rows;
    rows += piece.rows;
    members.add(request.id, started, piece.rows, piece.padding);
  }
  line = members.finish();
  LOCKSTEP_CHECK(rows <= kMaxBatchRows);
  lane.batch.rows = static_cast<std::uint32_t>(rows);
  lane.batch.request_count += static_cast<std::uint32_t>(pieces.size());
  lane.members.insert(lane.members.end(), pieces.begin(), pieces.end());
  if (journalling_) [[unlikely]] {
    for (const Piece& piece : pieces) {
      line_.members.push_back(member_of(piece, requests_.at(piece.request)));
    }
  }
}

Server::Lane& Server::running(BatchId batch) {
  const auto runs_it = [&](const Lane& lane) { return lane.busy && lane.batch.id == batch; };
  if (!runs_it(lanes_[filling_lane_])) {
    const auto lane = std::find_if(lanes_.begin(), lanes_.end(), runs_it);
    LOCKSTEP_CHECK(lane != lanes_.end());
    filling_lane_ = static_cast<std::size_t>(lane - lanes_.begin());
  }
  return lanes_[filling_lane_];
}

void Server::apply_finish_batch(const Decision& decision, SimTime now) {
  LOCKSTEP_CHECK(done_.busy && done_.batch.id == decision.batch);
  done_.busy = false;  // once
  // Requests that end with the batch's own status go out together; ending_ holds them meanwhile.
  ending_.resize(done_.members.size());
  std::size_t together = 0;
  const auto flush = [&](Status status, Reason reason) {
    end_requests(std::span(ending_).first(together), &done_.batch, now, status, reason);
    together = 0;
  };
  for (const Piece& piece : done_.members) {
    if (!requests_.is_alive(piece.request)) [[unlikely]] {
      continue;  // ended earlier by itself (cancelled, expired)
    }
    Request& request = requests_.entries_[piece.request.index()];
    const std::uint32_t done = request.rows_done + piece.rows;
    LOCKSTEP_CHECK(done <= request.rows_started);
    request.rows_done = done;
    // Of other pieces: the first error wins, and its reason with it.
    const bool failed_before = request.first_error != Status::kOk;
    if (!failed_before && decision.status != Status::kOk) [[unlikely]] {
      request.first_error = decision.status;
      request.first_reason = decision.reason;
    }
    if (done != request.arrival.size) {
      continue;
    }
    if (failed_before) [[unlikely]] {
      flush(decision.status, decision.reason);
      ending_[together++] = &request;
      flush(request.first_error, request.first_reason);
    } else {
      ending_[together++] = &request;
    }
  }
  flush(decision.status, decision.reason);
}

// --- journal ------------------------------------------------------------------------

void Server::journal_input(const Input& input, RequestId request, const Arrival& arrival) {
  line_.is_input = true;
  line_.input = input;
  line_.arrival = arrival;
  line_.request = request;
  line_.members.clear();
  line_.digest = digest_.value();
  sink_->journal(line_);
}

void Server::journal_decision(const Decision& decision, RequestId request) {
  line_.is_input = false;
  line_.decision = decision;
  line_.request = request;
  line_.digest = digest_.value();
  sink_->journal(line_);
}

}  // namespace lockstep

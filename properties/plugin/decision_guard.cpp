#include "properties/plugin/decision_guard.h"

#include <algorithm>

#include "core/limits.h"
#include "core/status.h"

namespace lockstep {
namespace {

// The header's numbers are ours: a plug-in is compiled with them.
static_assert(LOCKSTEP_ARRIVE == static_cast<int>(InputKind::kArrive));
static_assert(LOCKSTEP_TIMER == static_cast<int>(InputKind::kTimer));
static_assert(LOCKSTEP_BATCH_DONE == static_cast<int>(InputKind::kBatchDone));
static_assert(LOCKSTEP_CANCEL == static_cast<int>(InputKind::kCancel));
static_assert(LOCKSTEP_CLOSE_QUEUE == static_cast<int>(InputKind::kCloseQueue));
static_assert(LOCKSTEP_LANE_UP == static_cast<int>(InputKind::kLaneUp));
static_assert(LOCKSTEP_LANE_DOWN == static_cast<int>(InputKind::kLaneDown));
static_assert(LOCKSTEP_UNAVAILABLE == static_cast<int>(Status::kUnavailable));
static_assert(LOCKSTEP_RESOURCE_EXHAUSTED == static_cast<int>(Status::kResourceExhausted));
static_assert(LOCKSTEP_REASON_TOO_LARGE == static_cast<int>(Reason::kTooLarge));
static_assert(LOCKSTEP_REASON_BATCH_FAILED == static_cast<int>(Reason::kBatchFailed));
static_assert(LOCKSTEP_REASON_CANCELLED == static_cast<int>(Reason::kCancelled));
static_assert(LOCKSTEP_REASON_WATCHDOG == static_cast<int>(Reason::kWatchdog));

constexpr RequestSlot kNoSlot{UINT32_MAX, 0};
constexpr const char* kNotAccepted =
    "found a request that has ended or never came, expected one that was accepted: each ends once";

std::string range_text(std::uint64_t count) {
  return count == 1 ? "0" : "one of 0 to " + std::to_string(count - 1);
}

}  // namespace

lockstep_input DecisionGuard::begin(const Input& input, const RequestTable& requests,
                                    Decisions& out) {
  requests_ = &requests;
  out_ = &out;
  now_ = input.now;
  done_batch_.reset();
  changes_.clear();
  fault_.reset();
  fault_kind_ = SchedulerFaultKind::kContract;
  lockstep_input told{};
  told.size = sizeof(told);
  told.kind = static_cast<std::uint32_t>(input.kind);
  told.now_ns = ns_of(input.now);
  told.sequence = input.sequence;
  told.queue = raw(input.queue);
  told.lane = raw(input.lane);
  switch (input.kind) {
    case InputKind::kArrive:
    case InputKind::kCancel:
      note_request(input, told);
      break;
    case InputKind::kBatchDone: {
      Lane& lane = lanes_.at(raw(input.lane));
      lane.batch.reset();
      std::swap(done_members_, lane.members);
      done_batch_ = raw(input.batch);
      told.batch = raw(input.batch);
      told.status = static_cast<std::uint32_t>(input.status);
      told.device_time_ns = ns_of(input.device_time);
      told.device_pending = input.device_pending;
      break;
    }
    case InputKind::kLaneDown:
      lanes_.at(raw(input.lane)).down = true;
      told.status = static_cast<std::uint32_t>(input.status);
      break;
    case InputKind::kLaneUp:
      lanes_.at(raw(input.lane)).down = false;
      break;
    case InputKind::kTimer:
    case InputKind::kStepDone:
    case InputKind::kCloseQueue:
      break;
  }
  return told;
}

void DecisionGuard::note_request(const Input& input, lockstep_input& told) {
  const Request& request = requests_->at(input.request);
  told.request = raw(request.id);
  told.rows = request.arrival.size;
  told.priority = request.arrival.priority;
  told.client = raw(request.arrival.client);
  told.timeout_ns = ns_of(request.arrival.timeout);
  if (input.kind != InputKind::kArrive) {
    return;
  }
  while (!window_.empty() && !requests_->is_alive(window_.front())) {
    window_.pop_front();
    ++window_begin_;
  }
  if (window_.empty()) {
    window_begin_ = raw(request.id);
  }
  // Requests that the server refused by itself have numbers, too.
  window_.resize(static_cast<std::size_t>(raw(request.id) - window_begin_), kNoSlot);
  window_.push_back(input.request);
}

std::optional<RequestSlot> DecisionGuard::slot_of(std::uint64_t request) const {
  if (request < window_begin_ || request - window_begin_ >= window_.size()) {
    return std::nullopt;
  }
  const RequestSlot slot = window_[static_cast<std::size_t>(request - window_begin_)];
  return requests_->is_alive(slot) ? std::optional(slot) : std::nullopt;
}

void DecisionGuard::end() {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i].down && lanes_[i].batch && !lanes_[i].sealed) {
      fail_at("lane-down of lane " + std::to_string(i),
              "found batch " + std::to_string(*lanes_[i].batch) +
                  " filling there after the step, expected it sealed in the step");
    }
  }
  if (done_batch_) {
    fail_at("batch-done of batch " + std::to_string(*done_batch_),
            "found no finish_batch in the step, expected it: its requests wait for it");
  }
}

void DecisionGuard::fail_at(const std::string& decision, const std::string& text) {
  if (!fault_) {
    fault_ = decision + ": " + text;
  }
}

void DecisionGuard::fail(const std::string& text, SchedulerFaultKind kind) {
  if (!fault_) {
    fault_ = text;
    fault_kind_ = kind;
  }
}

bool DecisionGuard::check_code(const char* what, std::uint32_t code, std::uint32_t count) {
  if (code >= count) {
    fail_at(decision_, "found " + std::string(what) + " " + std::to_string(code) + ", expected " +
                           range_text(count));
  }
  return sound();
}

bool DecisionGuard::take_piece(const lockstep_piece& piece, std::optional<QueueId>& queue,
                               SimTime& earliest) {
  const std::string name = "request " + std::to_string(piece.request);
  const std::optional<RequestSlot> slot = slot_of(piece.request);
  const auto changed = changes_.find(piece.request);
  if (!slot || (changed != changes_.end() && changed->second.finished)) {
    fail_at(decision_, "found " + name + ", expected one that was accepted and has not ended");
    return false;
  }
  const Request& request = requests_->at(*slot);
  if (queue && request.arrival.queue != *queue) {
    fail_at(decision_, "found " + name + " of queue " + std::to_string(raw(request.arrival.queue)) +
                           ", expected one of queue " + std::to_string(raw(*queue)) +
                           ": a batch has one queue");
    return false;
  }
  const std::uint32_t started =
      changed != changes_.end() ? changed->second.rows_started : request.rows_started;
  if (piece.first_row != started || piece.rows > request.arrival.size - started ||
      (piece.rows == 0 && request.arrival.size != 0)) {
    const std::string found = "found " + std::to_string(piece.rows) + " rows from row " +
                              std::to_string(piece.first_row) + " of " + name;
    fail_at(decision_, started == request.arrival.size
                           ? found + ", expected none: all its rows are in batches already"
                           : found + ", expected 1 to " +
                                 std::to_string(request.arrival.size - started) + " from row " +
                                 std::to_string(started) + ": pieces come in order, without gaps");
    return false;
  }
  queue = request.arrival.queue;
  earliest = std::min(earliest, request.arrival.time);
  changes_[piece.request] = Change{.rows_started = started + piece.rows};
  pieces_.push_back(Piece{.request = *slot, .first_row = piece.first_row, .rows = piece.rows});
  return true;
}

bool DecisionGuard::take_pieces(std::span<const lockstep_piece> pieces,
                                std::optional<QueueId>& queue, SimTime& earliest) {
  pieces_.clear();
  if (pieces.data() == nullptr && !pieces.empty()) {
    fail_at(decision_, "found no pieces where " + std::to_string(pieces.size()) +
                           " were announced, expected them");
    return false;
  }
  for (const lockstep_piece& piece : pieces) {
    if (!take_piece(piece, queue, earliest)) {
      return false;
    }
  }
  return true;
}

bool DecisionGuard::check_rows(std::uint64_t rows) {
  if (rows > limits_.rows_max) {
    fail_at(decision_, "found " + std::to_string(rows) + " rows, expected at most " +
                           std::to_string(limits_.rows_max) + " (" + limits_.rows_option + ")");
  }
  return sound();
}

bool DecisionGuard::join(Lane& lane, std::uint32_t padded_rows) {
  for (const Piece& piece : pieces_) {
    lane.rows += piece.rows;
  }
  lane.members.insert(lane.members.end(), pieces_.begin(), pieces_.end());
  return check_rows(std::max<std::uint64_t>(lane.rows, padded_rows));
}

bool DecisionGuard::check_start(const lockstep_start& start) {
  if (start.lane >= lanes_.size()) {
    fail_at(decision_,
            "found lane " + std::to_string(start.lane) + ", expected " + range_text(lanes_.size()));
    return false;
  }
  const Lane& lane = lanes_[start.lane];
  if (lane.batch) {
    fail_at(decision_, "found lane " + std::to_string(start.lane) + ", which runs batch " +
                           std::to_string(*lane.batch) + ", expected an idle one");
  } else if (lane.down) {
    fail_at(decision_, "found lane " + std::to_string(start.lane) +
                           ", which is down, expected one that is up");
  } else if (start.batch != next_batch_) {
    fail_at(decision_, "expected batch " + std::to_string(next_batch_) +
                           ": batches are numbered from 0 in the order of their starts");
  } else if (start.queue >= kMaxQueues) {
    fail_at(decision_,
            "found queue " + std::to_string(start.queue) + ", expected " + range_text(kMaxQueues));
  } else if (start.piece_count == 0 && start.sealed != 0) {
    fail_at(decision_, "found no requests, expected some: only an unsealed batch may be empty");
  }
  return sound() && check_code("reason", start.reason, kReasonCount);
}

void DecisionGuard::start(const lockstep_start& start) {
  if (!sound()) {
    return;
  }
  decision_ = "start of batch " + std::to_string(start.batch);
  std::optional<QueueId> queue(QueueId{start.queue});
  SimTime opened = now_;
  if (!check_start(start) ||
      !take_pieces({start.pieces, static_cast<std::size_t>(start.piece_count)}, queue, opened)) {
    return;
  }
  const SimTime due = start.due_ns == LOCKSTEP_UNSET ? now_ : at_ns(start.due_ns);
  opened = start.opened_ns == LOCKSTEP_UNSET ? std::min(opened, due) : at_ns(start.opened_ns);
  if (opened > due || due > now_) {
    return fail_at(decision_, "found opened " + to_text(opened.time_since_epoch()) + " and due " +
                                  to_text(due.time_since_epoch()) + ", expected opened <= due <= " +
                                  to_text(now_.time_since_epoch()) + ", which is now");
  }
  Lane& lane = lanes_[start.lane];
  lane.batch = start.batch;
  lane.queue = pieces_.empty() ? std::nullopt : queue;
  lane.sealed = start.sealed != 0;
  lane.members.clear();
  lane.rows = 0;
  if (!join(lane, start.padded_rows)) {
    return;
  }
  ++next_batch_;
  out_->start(Start{.batch = BatchId{start.batch},
                    .lane = LaneId{start.lane},
                    .queue = QueueId{start.queue},
                    .opened = opened,
                    .due = due,
                    .padded_rows = start.padded_rows,
                    .reason = static_cast<Reason>(start.reason),
                    .sealed = lane.sealed},
              PieceRange{pieces_, {}});
}

DecisionGuard::Lane* DecisionGuard::filling(std::uint64_t batch) {
  const auto lane = std::find_if(lanes_.begin(), lanes_.end(),
                                 [&](const Lane& other) { return other.batch == batch; });
  if (lane == lanes_.end() || lane->sealed) {
    fail_at(decision_, lane == lanes_.end() ? "found a batch that is on no lane, expected one that "
                                              "was started with sealed 0"
                                            : "found a sealed batch, expected one that fills: "
                                              "sealed means frozen");
    return nullptr;
  }
  return &*lane;
}

void DecisionGuard::add(std::uint64_t batch, std::span<const lockstep_piece> pieces) {
  if (!sound()) {
    return;
  }
  decision_ = "add to batch " + std::to_string(batch);
  SimTime earliest = now_;
  Lane* lane = filling(batch);
  if (lane != nullptr && take_pieces(pieces, lane->queue, earliest) && join(*lane, 0)) {
    out_->add(BatchId{batch}, PieceRange{pieces_, {}});
  }
}

void DecisionGuard::seal(std::uint64_t batch, std::uint32_t padded_rows, std::uint32_t reason) {
  if (!sound()) {
    return;
  }
  decision_ = "seal of batch " + std::to_string(batch);
  Lane* lane = filling(batch);
  if (lane != nullptr && check_code("reason", reason, kReasonCount) && check_rows(padded_rows)) {
    lane->sealed = true;
    out_->seal(BatchId{batch}, padded_rows, static_cast<Reason>(reason));
  }
}

void DecisionGuard::finish(std::uint64_t request, std::uint32_t status, std::uint32_t reason) {
  if (!sound()) {
    return;
  }
  decision_ = "finish of request " + std::to_string(request);
  const std::optional<RequestSlot> slot = slot_of(request);
  if (!slot) {
    return fail_at(decision_, kNotAccepted);
  }
  Change& change =
      changes_.try_emplace(request, Change{.rows_started = requests_->at(*slot).rows_started})
          .first->second;
  if (change.finished) {
    return fail_at(decision_, kNotAccepted);
  }
  if (check_code("status", status, kStatusCount) && check_code("reason", reason, kReasonCount)) {
    change.finished = true;
    out_->finish(*slot, static_cast<Status>(status), static_cast<Reason>(reason));
  }
}

void DecisionGuard::finish_batch(std::uint64_t batch, std::uint32_t status, std::uint32_t reason) {
  if (!sound()) {
    return;
  }
  decision_ = "finish_batch of batch " + std::to_string(batch);
  if (done_batch_ != batch) {
    return fail_at(
        decision_,
        done_batch_ ? "expected batch " + std::to_string(*done_batch_) + ", which this input ended"
                    : "found no batch to finish, expected it once, in the step of its "
                      "batch-done");
  }
  if (check_code("status", status, kStatusCount) && check_code("reason", reason, kReasonCount)) {
    done_batch_.reset();
    note_ends();
    out_->finish_batch(BatchId{batch}, static_cast<Status>(status), static_cast<Reason>(reason));
  }
}

// The server ends those whose last rows these were.
void DecisionGuard::note_ends() {
  std::map<std::uint64_t, std::uint32_t> rows;
  for (const Piece& piece : done_members_) {
    if (requests_->is_alive(piece.request)) {
      const Request& request = requests_->at(piece.request);
      std::uint32_t& done = rows.try_emplace(raw(request.id), request.rows_done).first->second;
      done += piece.rows;
      if (done == request.arrival.size) {
        changes_.try_emplace(raw(request.id), Change{.rows_started = done}).first->second.finished =
            true;
      }
    }
  }
}

void DecisionGuard::wake(std::int64_t at) {
  if (sound() && at <= ns_of(now_)) {
    return fail_at("wake", "found " + to_text(SimDuration{at}) + ", expected a time after " +
                               to_text(now_.time_since_epoch()) + ", which is now");
  }
  if (sound()) {
    out_->wake(at_ns(at));
  }
}

}  // namespace lockstep

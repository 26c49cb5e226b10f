#include "properties/checkers/shared_queue_model.h"

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

__extension__ using Wide = __int128;  // exact products of costs, counts and sizes

}  // namespace

// --- arrivals (TF 2.1, 2.6, 2.7)

void SharedQueueModel::accept(const Piece& request, bool low, SimTime now) {
  if (low) {
    low_.push_back({request, now});
    low_rows_ += request.rows;
    note_low(now);
    return;
  }
  std::int64_t left = request.rows;
  std::int64_t next = left;
  if (const std::int64_t room = rules_.rows_max - open_.rows; rules_.splits && left > room) {
    next = room > 0 ? room : rules_.rows_max;
  }
  do {
    const std::int64_t rows = std::min(left, next);
    append({request.request, rows}, now);
    left -= rows;
    next = rules_.rows_max;
  } while (left > 0);
}

void SharedQueueModel::append(const Piece& piece, SimTime now) {
  if (open_.rows + piece.rows > rules_.rows_max) {
    close_open(now, Reason::kOverflow);
  }
  if (open_.pieces.empty()) {
    open_.opened = now;
  }
  open_.pieces.push_back(piece);
  open_.rows += piece.rows;
  if (open_.rows >= rules_.rows_max && open_.full == kForever) {
    open_.full = now;
  }
}

void SharedQueueModel::close(SimTime now) {
  closed_at_ = std::min(closed_at_, now);
}

void SharedQueueModel::note_cost(std::int64_t rows, SimDuration cost) {
  Mean& mean = costs_[rows];
  mean.total_ns += cost.count();
  ++mean.count;
}

void SharedQueueModel::note_low(SimTime now) {
  if (low_.empty() || low_rows_ < rules_.low_rows_max) {
    low_full_ = kForever;
  } else if (low_full_ == kForever) {
    low_full_ = now;
  }
}

// --- when it is due (TF 2.2)

bool SharedQueueModel::schedulable(SimTime now) const {
  return !open_.pieces.empty() && (closed_at_ != kForever || open_.rows >= rules_.rows_max ||
                                   after(open_.opened, rules_.timeout) <= now);
}

// The first cause stands; of causes at one instant a time-out goes first, then full, then flush.
void SharedQueueModel::close_open(SimTime now, Reason fallback) {
  Batch batch = std::exchange(open_, Batch{});
  batch.due = now;
  batch.reason = fallback;
  const SimTime flush = std::max(closed_at_, batch.opened);
  if (flush <= batch.due) {
    batch.due = flush;
    batch.reason = Reason::kFlush;
  }
  if (batch.full <= batch.due) {
    batch.also =
        batch.full == batch.due && batch.reason == Reason::kFlush ? Reason::kFlush : Reason::kNone;
    batch.due = batch.full;
    batch.reason = Reason::kFull;
  }
  const bool timed = rules_.timeout > SimDuration{0};
  const SimTime deadline = after(batch.opened, rules_.timeout);
  if (deadline < batch.due || (deadline == batch.due && timed)) {
    batch.due = deadline;
    batch.reason = timed ? Reason::kTimeout : Reason::kGreedy;
    batch.also = Reason::kNone;
  }
  closed_.push_back(std::move(batch));
}

// --- trimming (TF 2.8)

bool SharedQueueModel::next_is_cheaper(std::int64_t next, std::int64_t previous) const {
  const auto up = costs_.find(next);
  const auto down = costs_.find(previous);
  if (up == costs_.end() || down == costs_.end()) {
    return true;  // not known: nothing is trimmed
  }
  // mean(next) / rows < mean(previous) / previous
  return Wide{up->second.total_ns} * down->second.count * previous <
         Wide{down->second.total_ns} * up->second.count * open_.rows;
}

std::int64_t SharedQueueModel::trim_target() const {
  const std::int64_t next = next_allowed(rules_.allowed, open_.rows);
  const std::int64_t previous = previous_allowed(rules_.allowed, open_.rows);
  if (rules_.trim == TrimPolicy::kNone || next == open_.rows || previous == open_.rows ||
      (rules_.trim == TrimPolicy::kMinimizeCost && next_is_cheaper(next, previous))) {
    return open_.rows;
  }
  return previous;
}

void SharedQueueModel::close_for_pull(SimTime now) {
  const std::int64_t target = trim_target();
  std::size_t kept = 0;
  std::int64_t kept_rows = 0;
  while (kept < open_.pieces.size() && kept_rows + open_.pieces[kept].rows <= target) {
    kept_rows += open_.pieces[kept++].rows;
  }
  const std::int64_t whole_rows = open_.rows;
  close_open(now, Reason::kGreedy);
  if (kept_rows != target || target == whole_rows) {
    return;
  }
  Batch& front = closed_.back();
  const auto cut = front.pieces.begin() + static_cast<std::ptrdiff_t>(kept);
  open_.pieces.assign(cut, front.pieces.end());
  front.pieces.erase(cut, front.pieces.end());
  open_.rows = whole_rows - kept_rows;
  front.rows = kept_rows;
  // Whole microseconds, truncated, as a server's clock counts.
  const std::int64_t start_us = ns_of(front.opened) / 1000;
  const std::int64_t passed_us = ns_of(now) / 1000 - start_us;
  const auto share = static_cast<std::int64_t>(Wide{passed_us} * kept_rows / whole_rows);
  open_.opened = at_ns((start_us + share) * 1000);
}

// --- leaving (TF 2.3, 2.7)

bool SharedQueueModel::low_ready(SimTime now) const {
  return !low_.empty() && closed_.empty() && open_.pieces.empty() &&
         (low_rows_ >= rules_.low_rows_max ||
          after(low_.front().arrived, rules_.low_timeout) <= now);
}

void SharedQueueModel::take_low_up_to(std::int64_t budget, Yield& batch) {
  while (!low_.empty() && low_.front().piece.rows <= budget) {
    budget -= low_.front().piece.rows;
    low_rows_ -= low_.front().piece.rows;
    batch.pieces.push_back(low_.front().piece);
    low_.pop_front();
  }
}

SharedQueueModel::Yield SharedQueueModel::take_low(SimTime now) {
  const SimTime arrived = low_.front().arrived;
  const SimTime timed_out = after(arrived, rules_.low_timeout);
  Yield batch{.opened = arrived};
  batch.reason = timed_out <= std::min(low_full_, now) ? Reason::kLowTimeout : Reason::kLowFull;
  batch.due = std::clamp(std::min(timed_out, low_full_), std::max(arrived, alone_since_), now);
  take_low_up_to(rules_.low_rows_max, batch);
  return batch;
}

void SharedQueueModel::take_padding(Yield& batch) {
  if (!rules_.low_class || rules_.mixed == MixedPolicy::kIsolation) {
    return;
  }
  std::int64_t rows = 0;
  for (const Piece& piece : batch.pieces) {
    rows += piece.rows;
  }
  const std::int64_t target = rules_.mixed == MixedPolicy::kPadToMaximum
                                  ? rules_.rows_max
                                  : next_allowed(rules_.allowed, rows);
  take_low_up_to(target - rows, batch);
}

std::optional<SharedQueueModel::Yield> SharedQueueModel::pull(SimTime now) {
  if (closed_.empty() && schedulable(now)) {
    close_for_pull(now);
  }
  Yield batch;
  if (!closed_.empty()) {
    Batch& front = closed_.front();
    batch = {.pieces = {front.pieces.begin(), front.pieces.end()},
             .opened = front.opened,
             .due = front.due,
             .reason = front.reason,
             .also = front.also};
    closed_.pop_front();
  } else if (low_ready(now)) {
    batch = take_low(now);
  } else {
    return std::nullopt;
  }
  take_padding(batch);
  note_low(now);
  if (closed_.empty() && open_.pieces.empty()) {
    alone_since_ = now;
  }
  return batch;
}

}  // namespace lockstep

#include "core/schedulers/tf_queue.h"

#include "core/check.h"
#include "core/schedulers/tf_sizes.h"

namespace lockstep {

Reason TfQueue::overflow(std::uint32_t size, SimTime now) {
  if (size > limits_.batch_rows_max) {
    return Reason::kTooLarge;
  }
  if (batch_count() >= limits_.batch_count_max) {
    return Reason::kQueueFull;
  }
  settle_due(now, Reason::kOverflow);
  close_open_batch();
  return Reason::kNone;
}

void TfQueue::settle_due(SimTime now, Reason reason) {
  const SimTime deadline = open_deadline();
  if (open_.due != kForever) {
    // It was due before: the first cause stands. At one instant full goes before flush.
    if (open_.due == now && open_.reason == Reason::kFlush && reason == Reason::kFull) {
      open_.reason = reason;
    }
    return;
  }
  if (deadline <= now && limits_.timeout > SimDuration{0}) {
    open_.due = deadline;
    open_.reason = Reason::kTimeout;
  } else if (deadline < now) {
    open_.due = deadline;  // T = 0: due since its first request
    open_.reason = Reason::kGreedy;
  } else {
    open_.due = now;
    open_.reason = reason;
  }
}

void TfQueue::close_open_batch() {
  LOCKSTEP_CHECK(open_.request_count > 0);
  LOCKSTEP_CHECK(open_.due != kForever);
  closed_batches_.push_back(open_);
  closed_rows_ += open_.rows;
  open_ = Batch{};
}

TfQueue::Batch TfQueue::pull(SimTime now) {
  LOCKSTEP_CHECK(yields(now));
  if (closed_batches_.empty()) {
    settle_due(now, Reason::kGreedy);
    close_open_batch();
  }
  const Batch batch = closed_batches_.front();
  closed_batches_.pop_front();
  LOCKSTEP_CHECK(batch.due <= now);
  closed_rows_ -= batch.rows;
  return batch;
}

PieceRange TfQueue::front_pieces(std::uint32_t count) const {
  const auto [first, second] = pieces_.front_range(count);
  return PieceRange{first, second};
}

void TfQueue::close(SimTime now) {
  closed_ = true;
  if (open_.request_count > 0) {
    settle_due(now, Reason::kFlush);
  }
}

QueueCounters TfQueue::counters() const {
  // TF 2.1, last paragraph: (M - n) * E + (E - o).
  const auto free_batches =
      static_cast<std::int64_t>(limits_.batch_count_max) - static_cast<std::int64_t>(batch_count());
  const std::int64_t room = std::int64_t{limits_.batch_rows_max} - std::int64_t{open_.rows};
  return QueueCounters{.enqueued_requests = pieces_.size(),
                       .enqueued_rows = closed_rows_ + open_.rows,
                       .enqueued_batches = batch_count(),
                       .capacity_rows = tf_free_rows(free_batches, limits_.batch_rows_max, room)};
}

}  // namespace lockstep

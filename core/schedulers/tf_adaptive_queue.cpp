#include "core/schedulers/tf_adaptive_queue.h"

#include <algorithm>

#include "core/schedulers/tf_sizes.h"

namespace lockstep {

TfAdaptiveQueue::TfAdaptiveQueue(const TfAdaptiveQueueOptions& options)
    : rows_max_(static_cast<std::uint32_t>(options.max_batch_size)),
      batch_count_max_(options.max_enqueued_batches),
      timeout_(std::max<std::int64_t>(options.batch_timeout_micros, 0) * 1000),
      input_rows_max_(options.max_input_task_size.value_or(INT64_MAX)),
      piece_count_max_(options.max_tasks_per_batch.value_or(INT64_MAX)),
      splits_(options.enable_large_batch_splitting) {}

std::int64_t TfAdaptiveQueue::capacity(const TfWaitingBatches& batches) const {
  const std::int64_t room =
      open_ == TfWaitingBatches::kNone ? 0 : std::int64_t{rows_max_} - batches.at(open_).rows;
  return tf_free_rows(batch_count_max_ - batch_count_, rows_max_, room);
}

Reason TfAdaptiveQueue::refusal(const TfWaitingBatches& batches, std::uint32_t size) const {
  if ((!splits_ && size > rows_max_) || size > input_rows_max_) {
    return Reason::kTooLarge;
  }
  const std::int64_t rows = capacity(batches);
  return rows >= 0 && size > rows ? Reason::kQueueFull : Reason::kNone;
}

bool TfAdaptiveQueue::take(TfWaitingBatches& batches, const Arrival& arrival,
                           std::vector<std::uint32_t>& fresh) {
  bool closed = false;
  const auto close = [&](Reason reason) {
    close_open(batches, arrival.now, reason);
    closed = true;
  };
  const std::uint32_t room =
      open_ == TfWaitingBatches::kNone ? rows_max_ : rows_max_ - batches.at(open_).rows;
  Piece piece{.request = arrival.request};
  for_each_split_size(
      arrival.size, splits_ ? room : arrival.size, rows_max_, [&](std::uint32_t rows) {
        if (open_ != TfWaitingBatches::kNone && batches.at(open_).rows + rows > rows_max_) {
          close(Reason::kOverflow);
        }
        if (open_ == TfWaitingBatches::kNone) {
          open_batch(batches, arrival);
          fresh.push_back(open_);
        }
        piece.rows = rows;
        TfWaitingBatch& batch = batches.at(open_);
        join(batch, piece);
        piece.first_row += rows;
        if (batch.rows == rows_max_) {
          close(Reason::kFull);
        } else if (static_cast<std::int64_t>(batch.pieces.size()) >= piece_count_max_) {
          close(Reason::kTaskLimit);
        }
      });
  return closed;
}

void TfAdaptiveQueue::open_batch(TfWaitingBatches& batches, const Arrival& arrival) {
  open_ = batches.create();
  ++batch_count_;
  TfWaitingBatch& batch = batches.at(open_);
  batch.queue = arrival.queue;
  batch.rows_max = rows_max_;
  batch.opened = arrival.now;
  batch.due = after(arrival.now, timeout_);
  batch.reason = timeout_ == SimDuration{0} ? Reason::kGreedy : Reason::kTimeout;
  batch.created_us = tf_clock_us(arrival.now);
  batch.ready_us = batch.created_us + timeout_.count() / 1000;
}

// A closed batch may leave at once, by EXPRESS: that makes it due, unless it was.
void TfAdaptiveQueue::close_open(TfWaitingBatches& batches, SimTime now, Reason reason) {
  TfWaitingBatch& batch = batches.at(open_);
  if (now < batch.due) {
    batch.due = now;
    batch.reason = reason;
  }
  batches.close(open_);
  open_ = TfWaitingBatches::kNone;
}

void TfAdaptiveQueue::forget(std::uint32_t batch, const TfWaitingBatch& leaving) {
  --batch_count_;
  piece_count_ -= leaving.pieces.size();
  rows_ -= leaving.rows;
  if (open_ == batch) {
    open_ = TfWaitingBatches::kNone;
  }
}

QueueCounters TfAdaptiveQueue::counters(const TfWaitingBatches& batches) const {
  return QueueCounters{.enqueued_requests = piece_count_,
                       .enqueued_rows = rows_,
                       .enqueued_batches = static_cast<std::uint64_t>(batch_count_),
                       .capacity_rows = capacity(batches)};
}

}  // namespace lockstep

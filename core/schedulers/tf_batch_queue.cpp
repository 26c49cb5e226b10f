#include "core/schedulers/tf_batch_queue.h"

#include <algorithm>

#include "core/check.h"

namespace lockstep {
namespace {

SimDuration micros(std::int64_t count) {
  return SimDuration{count * 1000};
}

}  // namespace

TfBatchQueue::TfBatchQueue(const TfQueueOptions& options)
    : input_limit_(static_cast<std::uint32_t>(options.max_batch_size)),
      execution_limit_(static_cast<std::uint32_t>(options.extras.enable_large_batch_splitting
                                                      ? options.extras.max_execution_batch_size
                                                      : options.max_batch_size)),
      timeout_(micros(options.batch_timeout_micros)),
      // TF 1.2: without splitting, 0 silently becomes 1; with it, 0 was refused.
      batch_count_max_(std::max<std::int64_t>(options.max_enqueued_batches, 1)),
      splitting_(options.extras.enable_large_batch_splitting),
      priorities_(options.extras.enable_priority_queue),
      merge_(priorities_ && options.extras.mixed_priority_batching_policy == TfMixedPolicy::kMerge),
      mixed_policy_(options.extras.mixed_priority_batching_policy),
      padding_policy_(options.extras.batch_padding_policy),
      low_execution_limit_(static_cast<std::uint32_t>(options.extras.low.max_execution_batch_size)),
      low_timeout_(micros(options.extras.low.batch_timeout_micros)),
      low_rows_max_(static_cast<std::uint64_t>(tf_free_rows(
          options.extras.low.max_enqueued_batches, std::int64_t{low_execution_limit_}, 0))),
      allowed_(options.extras.allowed_batch_sizes, options.extras.disable_padding),
      low_allowed_(options.extras.low.allowed_batch_sizes, options.extras.disable_padding) {
  for (const TfBatchCost& cost : options.extras.batch_costs) {
    costs_.add(cost);
  }
}

// --- arrivals (TF 2.1) -----------------------------------------------------------------

bool TfBatchQueue::low_priority(const TfTask& task) const {
  return priorities_ && task.criticality <= TfCriticality::kSheddablePlus;
}

bool TfBatchQueue::fits_capacity(std::uint32_t rows) const {
  const auto batch_count = static_cast<std::int64_t>(closed_batches_.size()) + 1;
  if (splitting_) {
    const std::int64_t limit{execution_limit_};
    const std::int64_t room = limit - std::int64_t{open_.rows};
    // Divided, so that a huge M does not overflow.
    return (std::int64_t{rows} - room + limit - 1) / limit <= batch_count_max_ - batch_count;
  }
  return rows <= execution_limit_ - open_.rows || batch_count < batch_count_max_;
}

bool TfBatchQueue::offer(const TfTask& task, SimTime now, Decisions& out) {
  if (low_priority(task)) {
    return offer_low(task, now, out);
  }
  if (task.rows > input_limit_) {
    out.finish(task.request, Status::kInvalidArgument, Reason::kTooLarge);
    return false;
  }
  if (!fits_capacity(task.rows)) {
    out.finish(task.request, Status::kUnavailable, Reason::kQueueFull);
    return false;
  }
  TfTask piece = task;
  const auto add = [&](std::uint32_t rows) {
    if (open_.rows + rows > execution_limit_) {
      settle_due(now, Reason::kOverflow);
      close_open_batch();
    }
    piece.rows = rows;
    append(piece, now);
    piece.first_row += rows;
    note_full(now);
  };
  const std::uint32_t room = execution_limit_ - open_.rows;
  if (splitting_ && task.rows > room) {
    piece.is_piece = true;
    for_each_split_size(task.rows, room, execution_limit_, add);
  } else {
    add(task.rows);
  }
  return true;
}

bool TfBatchQueue::offer_low(const TfTask& task, SimTime now, Decisions& out) {
  if (task.rows > low_execution_limit_) {
    out.finish(task.request, Status::kUnavailable, Reason::kTooLarge);
    return false;
  }
  if (low_.rows() + task.rows > low_rows_max_) {
    out.finish(task.request, Status::kUnavailable, Reason::kQueueFull);
    return false;
  }
  low_.push_back(task);
  note_full(now);
  return true;
}

void TfBatchQueue::append(const TfTask& task, SimTime start) {
  open_.opened = open_.count == 0 ? start : std::min(open_.opened, start);
  open_.earliest = open_.count == 0 ? start : std::min(open_.earliest, start);
  ++open_.count;
  open_.rows += task.rows;
  tasks_.push_back(task);
}

void TfBatchQueue::note_full(SimTime now) {
  if (effective_rows() < execution_limit_) {
    open_.full = kForever;
  } else if (open_.full == kForever) {
    open_.full = now;
    open_.full_reason = open_.rows >= execution_limit_ ? Reason::kFull : Reason::kMerged;
  }
  if (low_.empty() || low_.rows() < low_execution_limit_) {
    low_full_ = kForever;
  } else if (low_full_ == kForever) {
    low_full_ = now;
  }
}

void TfBatchQueue::close(SimTime now) {
  closed_at_ = std::min(closed_at_, now);
}

void TfBatchQueue::note_cost(std::uint32_t rows, SimDuration cost) {
  if (padding_policy_ == TfPaddingPolicy::kMinimizeCost) {
    costs_.add(TfBatchCost{rows, cost});
  }
}

// --- when something is due (TF 2.2, 2.7) -------------------------------------------------

// Quirk 5: the first low-priority task can never enter the open batch, though it is empty.
bool TfBatchQueue::merge_blocked() const {
  return open_.count == 0 && !splitting_ && low_.front().rows > execution_limit_;
}

std::uint64_t TfBatchQueue::effective_rows() const {
  return open_.rows + (merges() ? low_.rows() : 0);
}

SimTime TfBatchQueue::effective_start() const {
  if (!merges()) {
    return open_.opened;
  }
  return open_.count == 0 ? low_.front().arrived : std::min(open_.opened, low_.front().arrived);
}

SimDuration TfBatchQueue::effective_timeout() const {
  return open_.count == 0 ? low_timeout_ : timeout_;
}

bool TfBatchQueue::rule_schedulable(SimTime now) const {
  return effective_rows() > 0 && (closed_at_ != kForever || effective_rows() >= execution_limit_ ||
                                  after(effective_start(), effective_timeout()) <= now);
}

bool TfBatchQueue::open_schedulable(SimTime now) const {
  return rule_schedulable(now) && !(merges() && merge_blocked());
}

bool TfBatchQueue::low_only_ready(SimTime now) const {
  return !merge_ && !low_.empty() && closed_batches_.empty() && open_.count == 0 &&
         (low_.rows() >= low_execution_limit_ || after(low_.front().arrived, low_timeout_) <= now);
}

bool TfBatchQueue::yields(SimTime now) const {
  return !closed_batches_.empty() || open_schedulable(now) || low_only_ready(now);
}

SimTime TfBatchQueue::open_deadline() const {
  return effective_rows() == 0 ? kForever : after(effective_start(), effective_timeout());
}

SimTime TfBatchQueue::deadline() const {
  if (merges()) {
    return merge_blocked() ? kForever : open_deadline();
  }
  if (open_.count > 0) {
    return open_deadline();
  }
  return low_.empty() ? kForever : after(low_.front().arrived, low_timeout_);
}

std::optional<TfQueueKey> TfBatchQueue::key(SimTime now) const {
  if (!closed_batches_.empty()) {
    return TfQueueKey{1, closed_batches_.front().earliest};
  }
  if (rule_schedulable(now)) {
    return TfQueueKey{open_.count > 0 ? 1 : 2, effective_start()};
  }
  return std::nullopt;  // quirk 6: low-priority batches are never seen
}

// --- leaving (TF 2.3, 2.8) ---------------------------------------------------------------

// What made the open batch due first; `fallback` when nothing did before `now`.
void TfBatchQueue::settle_due(SimTime now, Reason fallback) {
  open_.due = now;
  open_.reason = fallback;
  if (const SimTime flush = std::max(closed_at_, open_.opened); flush <= open_.due) {
    open_.due = flush;
    open_.reason = Reason::kFlush;
  }
  if (open_.full <= open_.due) {
    open_.due = open_.full;
    open_.reason = open_.full_reason;
  }
  const SimDuration timeout = effective_timeout();
  const SimTime deadline = open_deadline();
  if (deadline < open_.due || (deadline == open_.due && timeout > SimDuration{0})) {
    open_.due = deadline;
    open_.reason = timeout > SimDuration{0} ? Reason::kTimeout : Reason::kGreedy;
  }
  open_.due = std::max(open_.due, open_.opened);
}

void TfBatchQueue::close_open_batch() {
  LOCKSTEP_CHECK(open_.count > 0);
  closed_batches_.push_back(open_);
  closed_rows_ += open_.rows;
  open_ = Batch{};
}

// TF 2.7, merge: low-priority tasks enter the open batch, in order, the last one perhaps cut.
void TfBatchQueue::top_up() {
  while (!low_.empty() && open_.rows < execution_limit_) {
    const std::uint32_t room = execution_limit_ - open_.rows;
    if (low_.front().rows <= room) {
      const TfTask task = low_.pop_front();
      append(task, task.arrived);
    } else if (splitting_) {
      const TfTask first = low_.cut_front(room, execution_limit_);
      append(first, first.arrived);
    } else {
      return;
    }
  }
}

// TF 2.3 step 2: closes the only batch; what a padding policy trims becomes the new open batch.
void TfBatchQueue::close_for_pull(SimTime now) {
  settle_due(now, Reason::kGreedy);
  const std::uint32_t target = trim_target(open_.rows, padding_policy_, allowed_, costs_);
  std::uint32_t kept = 0;
  std::uint32_t kept_rows = 0;
  while (kept < open_.count && kept_rows + tasks_.at(kept).rows <= target) {
    kept_rows += tasks_.at(kept++).rows;
  }
  const Batch whole = open_;
  if (kept_rows != target || kept == whole.count) {
    close_open_batch();
    return;
  }
  open_.count = kept;
  open_.rows = kept_rows;
  close_open_batch();
  open_.count = whole.count - kept;
  open_.rows = whole.rows - kept_rows;
  open_.opened = start_after_trim(whole.opened, now, kept_rows, open_.rows);
  open_.earliest = whole.earliest;
}

void TfBatchQueue::take_front(TfFormedBatch& batch) {
  const Batch front = closed_batches_.front();
  closed_batches_.pop_front();
  closed_rows_ -= front.rows;
  for (std::uint32_t i = 0; i < front.count; ++i) {
    batch.add(tasks_.at(i), /*padding=*/false);
  }
  tasks_.pop_front(front.count);
  batch.opened = front.opened;
  batch.due = front.due;
  batch.reason = front.reason;
}

void TfBatchQueue::take_low_only(SimTime now, TfFormedBatch& batch) {
  const SimTime arrived = low_.front().arrived;
  const SimTime timed_out = after(arrived, low_timeout_);
  batch.opened = arrived;
  batch.reason = timed_out <= std::min(low_full_, now) ? Reason::kLowTimeout : Reason::kLowFull;
  batch.due = std::clamp(std::min(timed_out, low_full_), std::max(arrived, alone_since_), now);
  low_.take_up_to(low_execution_limit_,
                  [&](const TfTask& task) { batch.add(task, /*padding=*/false); });
}

void TfBatchQueue::take_padding(TfFormedBatch& batch) {
  if (!priorities_ || mixed_policy_ == TfMixedPolicy::kIsolation || merge_) {
    return;
  }
  const std::uint32_t target =
      mixed_policy_ == TfMixedPolicy::kPadToMaximum ? execution_limit_ : allowed_.next(batch.rows);
  const std::uint32_t budget = target > batch.rows ? target - batch.rows : 0;
  low_.take_up_to(budget, [&](const TfTask& task) { batch.add(task, /*padding=*/true); });
}

bool TfBatchQueue::pull(SimTime now, TfFormedBatch& batch, Decisions& /*out*/) {
  batch.clear();
  if (closed_batches_.empty()) {
    if (merges() && open_schedulable(now)) {
      top_up();
    }
    if (open_.count > 0 && open_schedulable(now)) {
      close_for_pull(now);
    }
  }
  bool low_first = false;
  if (!closed_batches_.empty()) {
    low_first = low_priority(tasks_.front());
    take_front(batch);
  } else if (low_only_ready(now)) {
    low_first = true;
    take_low_only(now, batch);
  } else {
    note_full(now);
    return false;
  }
  take_padding(batch);
  // TF 2.9: what the batch is padded to when it is executed.
  batch.padded_rows = (low_first ? low_allowed_ : allowed_).next(batch.rows);
  note_full(now);
  if (closed_batches_.empty() && open_.count == 0) {
    alone_since_ = now;
  }
  return true;
}

bool TfBatchQueue::closed_and_empty() const {
  return closed_at_ != kForever && closed_batches_.empty() && open_.count == 0 && low_.empty();
}

QueueCounters TfBatchQueue::counters() const {
  // TF 2.1, last paragraph: (M - n) * E + (E - o).
  const auto batch_count = static_cast<std::int64_t>(closed_batches_.size()) + 1;
  const std::int64_t room = std::int64_t{execution_limit_} - std::int64_t{open_.rows};
  return QueueCounters{
      .enqueued_requests = tasks_.size() + low_.size(),
      .enqueued_rows = closed_rows_ + open_.rows + low_.rows(),
      .enqueued_batches = static_cast<std::uint64_t>(batch_count),
      .capacity_rows = tf_free_rows(batch_count_max_ - batch_count, execution_limit_, room)};
}

std::unique_ptr<TfTaskQueue> make_tf_batch_queue(const TfQueueOptions& options) {
  return std::make_unique<TfBatchQueue>(options);
}

}  // namespace lockstep

#include "core/schedulers/tf_priority_aware_queue.h"

#include <algorithm>

#include "core/check.h"

namespace lockstep {

TfPriorityAwareQueue::TfPriorityAwareQueue(const TfQueueOptions& options)
    : input_limit_(static_cast<std::uint32_t>(options.max_batch_size)),
      execution_limit_(static_cast<std::uint32_t>(options.extras.enable_large_batch_splitting
                                                      ? options.extras.max_execution_batch_size
                                                      : options.max_batch_size)),
      timeout_(SimDuration{options.batch_timeout_micros * 1000}),
      depth_(static_cast<std::uint64_t>(options.extras.max_queue_depth)),
      splitting_(options.extras.enable_large_batch_splitting),
      resplit_(options.extras.enable_task_resplit),
      lazy_filtering_(options.extras.enable_lazy_cancellation_filtering),
      padding_policy_(options.extras.batch_padding_policy),
      allowed_(options.extras.allowed_batch_sizes, options.extras.disable_padding) {
  for (const TfBatchCost& cost : options.extras.batch_costs) {
    costs_.add(cost);
  }
}

// --- arrivals ----------------------------------------------------------------------------

bool TfPriorityAwareQueue::offer(const TfTask& task, SimTime now, Decisions& out) {
  if (task.rows > input_limit_) {
    out.finish(task.request, Status::kInvalidArgument, Reason::kTooLarge);
    return false;
  }
  const bool has_room = make_room(task, out);
  const bool accepted = has_room && task.rows <= depth_;
  if (!accepted) {
    out.finish(task.request, Status::kUnavailable,
               has_room ? Reason::kTooLarge : Reason::kQueueFull);
  } else {
    classes_[class_of(task)].push_back(task);
    rows_ += task.rows;
    ++count_;
  }
  note_full(now);  // also after evictions for a newcomer that was refused: they are not undone
  return accepted;
}

bool TfPriorityAwareQueue::make_room(const TfTask& task, Decisions& out) {
  while (rows_ + task.rows > depth_ && count_ > 0) {
    const auto last =
        std::find_if(classes_.begin(), classes_.end(), [](const Class& c) { return !c.empty(); });
    // Equal criticality never evicts: the newcomer arrived later.
    if (class_of(task) <= class_of(last->front())) {
      return false;
    }
    evict_last_of(*last, out);
  }
  return true;
}

void TfPriorityAwareQueue::evict_last_of(Class& tasks, Decisions& out) {
  const TfTask victim = tasks.back();
  tasks.pop_back();
  rows_ -= victim.rows;
  --count_;
  if (victim.is_piece) {
    remove_pieces(victim.request);
  }
  out.finish(victim.request, Status::kUnavailable, Reason::kEvicted);
}

// All waiting pieces of a request; they are of one class.
void TfPriorityAwareQueue::remove_pieces(RequestSlot request) {
  for (Class& tasks : classes_) {
    for (std::size_t left = tasks.size(); left > 0; --left) {
      const TfTask task = tasks.front();
      tasks.pop_front();
      if (task.request == request) {
        rows_ -= task.rows;
        --count_;
      } else {
        tasks.push_back(task);
      }
    }
  }
}

void TfPriorityAwareQueue::cancel(RequestSlot request) {
  for (Class& tasks : classes_) {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      tasks.at(i).cancelled = tasks.at(i).cancelled || tasks.at(i).request == request;
    }
  }
}

void TfPriorityAwareQueue::note_full(SimTime now) {
  if (rows_ < execution_limit_) {
    full_ = kForever;
  } else if (full_ == kForever) {
    full_ = now;
  }
}

void TfPriorityAwareQueue::note_cost(std::uint32_t rows, SimDuration cost) {
  if (padding_policy_ == TfPaddingPolicy::kMinimizeCost) {
    costs_.add(TfBatchCost{rows, cost});
  }
}

// --- when something is due ---------------------------------------------------------------

const TfPriorityAwareQueue::Class& TfPriorityAwareQueue::head_class() const {
  return *std::find_if(classes_.rbegin(), classes_.rend(),
                       [](const Class& c) { return !c.empty(); });
}

// Of any waiting task, whatever its class.
SimTime TfPriorityAwareQueue::earliest_arrival() const {
  SimTime earliest = kForever;
  for (const Class& tasks : classes_) {
    earliest = tasks.empty() ? earliest : std::min(earliest, tasks.front().arrived);
  }
  return earliest;
}

bool TfPriorityAwareQueue::ready(SimTime now) const {
  return count_ > 0 && (rows_ >= execution_limit_ || after(earliest_arrival(), timeout_) <= now);
}

std::uint32_t TfPriorityAwareQueue::candidate_rows() const {
  const auto rows = static_cast<std::uint32_t>(std::min(rows_, std::uint64_t{execution_limit_}));
  return trim_target(rows, padding_policy_, allowed_, costs_);
}

bool TfPriorityAwareQueue::may_split(const TfTask& task) const {
  return splitting_ && (!task.is_piece || resplit_);
}

bool TfPriorityAwareQueue::filtered(const TfTask& task, SimTime now) const {
  return lazy_filtering_ && (task.cancelled || task.expires <= now);
}

bool TfPriorityAwareQueue::head_can_leave(SimTime now) const {
  return head().rows <= candidate_rows() || may_split(head()) || filtered(head(), now);
}

bool TfPriorityAwareQueue::yields(SimTime now) const {
  return ready(now) && head_can_leave(now);
}

SimTime TfPriorityAwareQueue::deadline() const {
  if (count_ == 0) {
    return kForever;
  }
  const SimTime due = rows_ >= execution_limit_ ? SimTime{} : after(earliest_arrival(), timeout_);
  if (head().rows <= candidate_rows() || may_split(head())) {
    return due;
  }
  return lazy_filtering_ ? std::max(due, head().expires) : kForever;
}

std::optional<TfQueueKey> TfPriorityAwareQueue::key(SimTime now) const {
  // Also when its first request cannot leave: peeking does not look so far (TF 2.4).
  if (!ready(now)) {
    return std::nullopt;
  }
  return TfQueueKey{static_cast<int>(kTfCriticalityCount - class_of(head())), head().arrived};
}

// --- leaving -----------------------------------------------------------------------------

TfTask TfPriorityAwareQueue::pop_head() {
  Class& tasks = classes_[class_of(head())];
  const TfTask task = tasks.front();
  tasks.pop_front();
  rows_ -= task.rows;
  --count_;
  return task;
}

void TfPriorityAwareQueue::filter_head(SimTime now, Decisions& out) {
  const TfTask task = pop_head();
  if (task.is_piece) {
    remove_pieces(task.request);
  }
  if (task.cancelled) {
    out.finish(task.request, Status::kCancelled, Reason::kCancelled);
  } else {
    LOCKSTEP_CHECK(task.expires <= now);
    out.finish(task.request, Status::kDeadlineExceeded, Reason::kExpired);
  }
}

// The head's first `room` rows; the rest goes back, cut as TF 2.6 says, behind whatever arrived at
// the same time.
TfTask TfPriorityAwareQueue::cut_head(std::uint32_t room) {
  const TfTask whole = pop_head();
  Class& tasks = classes_[class_of(whole)];
  TfTask piece = whole;
  piece.is_piece = true;
  TfTask first = piece;
  first.rows = 0;
  for_each_split_size(whole.rows, room, execution_limit_, [&](std::uint32_t rows) {
    if (first.rows == 0) {
      first.rows = rows;
      return;
    }
    piece.rows = rows;
    tasks.push_front(piece);
    rows_ += rows;
    ++count_;
    for (std::size_t i = 0; i + 1 < tasks.size() && tasks.at(i + 1).arrived <= piece.arrived; ++i) {
      std::swap(tasks.at(i), tasks.at(i + 1));
    }
  });
  // Rows leave in order, wherever the pieces now stand.
  std::uint32_t next_row = whole.first_row + first.rows;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (tasks.at(i).request == whole.request) {
      tasks.at(i).first_row = next_row;
      next_row += tasks.at(i).rows;
    }
  }
  return first;
}

bool TfPriorityAwareQueue::pull(SimTime now, TfFormedBatch& batch, Decisions& out) {
  batch.clear();
  if (!ready(now)) {
    return false;
  }
  const SimTime timed_out = after(earliest_arrival(), timeout_);
  const bool was_full = full_ < timed_out || timed_out > now;
  std::uint32_t room = candidate_rows();
  batch.opened = kForever;
  while (count_ > 0 && room > 0) {
    if (filtered(head(), now)) {
      filter_head(now, out);
      continue;
    }
    if (head().rows > room && !may_split(head())) {
      break;
    }
    const TfTask task = head().rows <= room ? pop_head() : cut_head(room);
    batch.add(task, /*padding=*/false);
    batch.opened = std::min(batch.opened, task.arrived);
    room -= task.rows;
  }
  const SimTime due = was_full ? full_ : timed_out;
  note_full(now);
  if (batch.pieces.empty()) {
    return false;
  }
  batch.padded_rows = allowed_.next(batch.rows);
  batch.due = std::clamp(due, batch.opened, now);
  batch.reason = was_full                    ? Reason::kFull
                 : timeout_ > SimDuration{0} ? Reason::kTimeout
                                             : Reason::kGreedy;
  return true;
}

QueueCounters TfPriorityAwareQueue::counters() const {
  return QueueCounters{
      .enqueued_requests = count_,
      .enqueued_rows = rows_,
      .enqueued_batches = count_ > 0 ? 1u : 0u,
      .capacity_rows = static_cast<std::int64_t>(depth_) - static_cast<std::int64_t>(rows_)};
}

std::unique_ptr<TfTaskQueue> make_tf_priority_aware_queue(const TfQueueOptions& options) {
  return std::make_unique<TfPriorityAwareQueue>(options);
}

}  // namespace lockstep

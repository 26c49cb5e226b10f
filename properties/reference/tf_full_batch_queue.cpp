#include "properties/reference/tf_full_batch_queue.h"

#include <algorithm>
#include <cstddef>

#include "properties/reference/tf_full_sizes.h"

namespace lockstep::full_reference {
namespace {

__extension__ using Rows128 = __int128;

// Batches times rows, or all that a number can say: a huge count of batches means no limit.
std::int64_t at_most_all(Rows128 rows) {
  return static_cast<std::int64_t>(std::min<Rows128>(rows, INT64_MAX));
}

SimTime earliest_own_start(const std::vector<Task>& batch) {
  SimTime earliest = kForever;
  for (const Task& task : batch) {
    earliest = std::min(earliest, task.own_start);
  }
  return earliest;
}

// `start` of TF 2.2: from when a batch counts, or counted, its time-out.
SimTime start_of(const std::vector<Task>& batch) {
  SimTime start = kForever;
  for (const Task& task : batch) {
    start = std::min(start, task.opens_from);
  }
  return start;
}

// The numbers that the start of a trimmed rest comes from (TF 2.8).
struct Trim {
  SimTime start{};
  SimTime now{};
  std::int64_t kept = 0;
  std::int64_t trimmed = 0;
};

// A batch that is trimmed has rows.
std::int64_t all_of(const Trim& trim) {
  return std::max<std::int64_t>(trim.kept + trim.trimmed, 1);
}

// All of it in whole microseconds, as the clock of TF 2.8 counts.
SimTime restart(const Trim& trim) {
  const std::int64_t start = ns_of(trim.start) / kMicrosecond;
  const std::int64_t now = ns_of(trim.now) / kMicrosecond;
  return SimTime{microseconds(start + (now - start) * trim.kept / all_of(trim))};
}

bool loses_a_fraction(const Trim& trim) {
  return (trim.now - trim.start).count() * trim.kept % all_of(trim) != 0;
}

std::vector<std::int64_t> sizes_of(const std::vector<Task>& tasks) {
  std::vector<std::int64_t> sizes;
  sizes.reserve(tasks.size());
  for (const Task& task : tasks) {
    sizes.push_back(task.rows);
  }
  return sizes;
}

}  // namespace

// --- what follows from the lists -----------------------------------------------------------------

std::vector<std::vector<Task>> BatchQueue::batches() const {
  std::vector<std::vector<Task>> batches(1);
  for (const Task& task : waiting_) {
    if (rows_of(batches.back()) + task.rows > execution_limit()) {
      batches.emplace_back();
    }
    batches.back().push_back(task);
  }
  return batches;
}

bool BatchQueue::merges() const {
  return extras().enable_priority_queue &&
         extras().mixed_priority_batching_policy == TfMixedPolicy::kMerge;
}

bool BatchQueue::sends_low_alone() const {
  return extras().enable_priority_queue &&
         extras().mixed_priority_batching_policy != TfMixedPolicy::kMerge;
}

// TF 1.2: 0 becomes 1; with splitting it was refused.
std::int64_t BatchQueue::batches_max() const {
  return std::max<std::int64_t>(options().max_enqueued_batches, 1);
}

std::int64_t BatchQueue::capacity() const {
  const std::vector<std::vector<Task>> now = batches();
  return at_most_all(static_cast<Rows128>(batches_max() - static_cast<std::int64_t>(now.size())) *
                         execution_limit() +
                     (execution_limit() - rows_of(now.back())));
}

// TF 2.2; merge: the effective start of TF 2.7.
SimTime BatchQueue::open_start(const std::vector<Task>& open, SimTime now) const {
  SimTime start = open.empty() ? now : start_of(open);
  if (merges() && !low_.empty()) {
    start = std::min(start, low_.front().arrived);
  }
  return start;
}

SimDuration BatchQueue::open_timeout(const std::vector<Task>& open) const {
  return merges() && open.empty() ? microseconds(extras().low.batch_timeout_micros) : timeout();
}

bool BatchQueue::open_may_leave(const std::vector<Task>& open, SimTime now) const {
  const std::int64_t rows = rows_of(open) + (merges() ? rows_of(low_) : 0);
  return rows > 0 && (is_closed() || rows >= execution_limit() ||
                      now >= open_start(open, now) + open_timeout(open));
}

bool BatchQueue::has_schedulable(SimTime now) const {
  const std::vector<std::vector<Task>> all = batches();
  return all.size() > 1 || open_may_leave(all.back(), now);
}

bool BatchQueue::low_may_leave(SimTime now) const {
  return !low_.empty() &&
         (now >= low_.front().arrived + microseconds(extras().low.batch_timeout_micros) ||
          rows_of(low_) >= extras().low.max_execution_batch_size);
}

std::optional<RankKey> BatchQueue::rank_key(SimTime now) const {
  const std::vector<std::vector<Task>> all = batches();
  marks().hit_if(all.size() >= 2, Mark::kRankClosedBatch);
  if (all.size() >= 2) {
    return RankKey{1, earliest_own_start(all.front())};
  }
  if (open_may_leave(all.front(), now)) {
    return RankKey{all.front().empty() ? 2 : 1, open_start(all.front(), now)};
  }
  marks().hit_if(waiting_.empty() && low_may_leave(now) && !merges(), Mark::kRankIgnoresLow);
  return std::nullopt;
}

std::vector<SimTime> BatchQueue::deadlines() const {
  std::vector<SimTime> times;
  const std::vector<Task> open = batches().back();
  if (!open.empty()) {
    times.push_back(after(open_start(open, kForever), timeout()));
  }
  if (!low_.empty()) {
    times.push_back(low_.front().arrived + microseconds(extras().low.batch_timeout_micros));
  }
  return times;
}

// --- enqueue -------------------------------------------------------------------------------------

void BatchQueue::offer(const Task& task, SimTime now, std::vector<Ended>& ends) {
  if (extras().enable_priority_queue && task.criticality <= Criticality::kSheddablePlus) {
    offer_low(task, ends);
    return;
  }
  if (task.rows > input_limit()) {
    marks().hit(Mark::kTooLarge);
    ends.push_back({task.request, Status::kInvalidArgument, Reason::kTooLarge});
    return;
  }
  const std::vector<std::vector<Task>> all = batches();
  const auto count = static_cast<std::int64_t>(all.size());
  const std::int64_t room = execution_limit() - rows_of(all.back());
  const bool splits = extras().enable_large_batch_splitting;
  const bool refused = splits ? task.rows > capacity() : task.rows > room && count >= batches_max();
  if (refused) {
    marks().hit(Mark::kQueueFull);
    marks().hit_if(splits && task.rows == capacity() + 1, Mark::kSplitCapacityOneOver);
    marks().hit_if(batches_max() == 1 && room == 0, Mark::kRefusedWithOneBatch);
    marks().hit_if(options().max_enqueued_batches == 0, Mark::kZeroBatchesActAsOne);
    refused_rows_ = task.rows;
    ends.push_back({task.request, Status::kUnavailable, Reason::kQueueFull});
    return;
  }
  note_acceptance(task, count, execution_limit() - room);
  Task entering = task;
  entering.own_start = now;
  entering.opens_from = now;
  const std::vector<Task> pieces =
      splits ? cut(entering, room, execution_limit()) : std::vector{entering};
  waiting_.insert(waiting_.end(), pieces.begin(), pieces.end());
}

void BatchQueue::note_acceptance(const Task& task, std::int64_t batch_count,
                                 std::int64_t open_rows) {
  const bool splits = extras().enable_large_batch_splitting;
  const std::int64_t room = execution_limit() - open_rows;
  const std::size_t pieces = splits ? cut(task, room, execution_limit()).size() : std::size_t{1};
  marks().hit_if(!splits && batch_count >= batches_max() && task.rows < refused_rows_,
                 Mark::kSmallerTakenAfterRefusal);
  marks().hit_if(room == 0, Mark::kFullBatchStayedOpen);
  marks().hit_if(splits && task.rows == capacity(), Mark::kSplitCapacityExact);
  marks().hit_if(pieces > 1, Mark::kSplit);
  marks().hit_if(pieces > 1 && room == 0, Mark::kSplitWithoutRoom);
  marks().hit_if(pieces >= 4, Mark::kSplitIntoFour);
}

// TF 2.7, admission.
void BatchQueue::offer_low(const Task& task, std::vector<Ended>& ends) {
  const TfLowPriorityOptions& low = extras().low;
  if (task.rows > low.max_execution_batch_size) {
    marks().hit(Mark::kLowTooLarge);
    ends.push_back({task.request, Status::kUnavailable, Reason::kTooLarge});
    return;
  }
  const std::int64_t rows = rows_of(low_) + task.rows;
  const std::int64_t rows_max =
      at_most_all(static_cast<Rows128>(low.max_enqueued_batches) * low.max_execution_batch_size);
  if (rows > rows_max) {
    marks().hit(Mark::kLowFull);
    ends.push_back({task.request, Status::kUnavailable, Reason::kQueueFull});
    return;
  }
  marks().hit_if(rows == rows_max, Mark::kLowCapacityExact);
  Task waiting = task;
  waiting.own_start = task.arrived;
  waiting.opens_from = task.arrived;
  low_.push_back(waiting);
}

// --- pull ----------------------------------------------------------------------------------------

// TF 2.3, step by step.
Pulled BatchQueue::pull(SimTime now, std::vector<Ended>& /*ends*/) {
  Pulled pulled;
  pulled.moved_anything = merges() && top_up(now);
  const std::vector<std::vector<Task>> all = batches();
  const std::vector<Task>& open = all.back();
  if (all.size() >= 2) {
    pulled.formed = take_front(all.front());
  } else if (!open.empty() && open_may_leave(open, now)) {
    pulled.formed = take_open(now);
  } else if (sends_low_alone() && low_may_leave(now)) {
    marks().hit_if(!open.empty(), Mark::kLowWaitsBehindOpenBatch);
    if (open.empty()) {
      pulled.formed = take_low_alone(now);
    }
  }
  marks().hit_if(pulled.moved_anything && !pulled.formed, Mark::kMergeOnlyMoved);
  if (pulled.formed) {
    pad(*pulled.formed);
    pulled.formed->padded_rows = padded(*pulled.formed);
    refused_rows_ = 0;
  }
  return pulled;
}

// TF 2.7, merge: low-priority tasks enter the open batch, if it is the only one and may leave.
bool BatchQueue::top_up(SimTime now) {
  if (batches().size() != 1 || !open_may_leave(waiting_, now)) {
    return false;
  }
  bool moved = false;
  while (!low_.empty() && rows_of(waiting_) < execution_limit()) {
    const std::int64_t room = execution_limit() - rows_of(waiting_);
    Task first = low_.front();
    if (first.rows > room && !extras().enable_large_batch_splitting) {
      marks().hit(waiting_.empty() ? Mark::kMergeNeverFits : Mark::kMergeStoppedAtMisfit);
      break;
    }
    marks().hit_if(first.rows > room, Mark::kMergeCut);
    marks().hit_if(!waiting_.empty() && first.arrived < waiting_.front().opens_from,
                   Mark::kMergedArrivalOpens);
    low_.erase(low_.begin());
    if (first.rows > room) {
      std::vector<Task> pieces = cut(first, room, execution_limit());
      low_.insert(low_.begin(), pieces.begin() + 1, pieces.end());
      first = pieces.front();
    }
    waiting_.push_back(first);
    moved = true;
  }
  marks().hit_if(moved, Mark::kMerged);
  return moved;
}

Formed BatchQueue::take_front(const std::vector<Task>& front) {
  marks().hit(Mark::kLeftClosed);
  Marks ignored;
  marks().hit_if(size_by_policy(rows_of(front), extras(), measured(), ignored) != rows_of(front),
                 Mark::kOverflowNotTrimmed);
  marks().hit_if(front.front().opens_from > front.front().own_start, Mark::kTrimmedStartOverflowed);
  Formed formed;
  formed.batch = front;
  formed.opened = start_of(front);
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(front.size()));
  return formed;
}

// The open batch, without what the padding policy trims (TF 2.8).
Formed BatchQueue::take_open(SimTime now) {
  note_leaving(waiting_, now);
  const std::int64_t size = rows_of(waiting_);
  const std::int64_t target = size_by_policy(size, extras(), measured(), marks());
  const std::size_t kept =
      target == size ? waiting_.size() : tasks_to_keep(sizes_of(waiting_), target);
  marks().hit_if(target != size && kept == waiting_.size(), Mark::kTrimStraddles);
  const auto rest = waiting_.begin() + static_cast<std::ptrdiff_t>(kept);
  Formed formed;
  formed.batch.assign(waiting_.begin(), rest);
  formed.opened = start_of(waiting_);
  std::vector<Task> trimmed(rest, waiting_.end());
  marks().hit_if(!trimmed.empty(), Mark::kTrimmed);
  const Trim trim{formed.opened, now, rows_of(formed.batch), rows_of(trimmed)};
  const SimTime own_start = earliest_own_start(waiting_);
  for (Task& task : trimmed) {
    marks().hit_if(task.criticality <= Criticality::kSheddablePlus && merges(), Mark::kTrimmedLow);
    marks().hit_if(loses_a_fraction(trim), Mark::kTrimTimeTruncated);
    task.own_start = own_start;
    task.opens_from = restart(trim);
  }
  waiting_ = trimmed;
  return formed;
}

void BatchQueue::note_leaving(const std::vector<Task>& open, SimTime now) {
  const SimTime deadline = open_start(open, now) + timeout();
  const bool full = rows_of(open) >= execution_limit();
  marks().hit_if(now == deadline && !full, Mark::kLeftAtItsTimeout);
  marks().hit_if(now > deadline && !full, Mark::kLeftOverdue);
  marks().hit_if(now < deadline && full, Mark::kLeftFull);
  marks().hit_if(now < deadline && !full && is_closed(), Mark::kFlushed);
  marks().hit_if(now < deadline && is_closed() && merges() &&
                     open.back().criticality <= Criticality::kSheddablePlus,
                 Mark::kMergeFlushed);
}

// --- low-priority tasks (TF 2.7)
// ------------------------------------------------------------------

// "Take up to k": stops at the first that does not fit.
std::vector<Task> BatchQueue::take_low(std::int64_t budget) {
  std::vector<Task> taken;
  while (!low_.empty() && low_.front().rows <= budget - rows_of(taken)) {
    taken.push_back(low_.front());
    low_.erase(low_.begin());
  }
  const std::int64_t left = budget - rows_of(taken);
  marks().hit_if(
      std::any_of(low_.begin(), low_.end(), [left](const Task& task) { return task.rows <= left; }),
      Mark::kLowNotSkipped);
  return taken;
}

Formed BatchQueue::take_low_alone(SimTime now) {
  const bool overdue =
      now >= low_.front().arrived + microseconds(extras().low.batch_timeout_micros);
  marks().hit(overdue ? Mark::kLowOnlyByTimeout : Mark::kLowOnlyBySize);
  marks().hit_if(is_closed() && now > closed_at(), Mark::kLowNotFlushed);
  Formed formed;
  formed.opened = low_.front().arrived;
  formed.batch = take_low(extras().low.max_execution_batch_size);
  return formed;
}

void BatchQueue::pad(Formed& formed) {
  const std::int64_t size = rows_of(formed.batch);
  std::int64_t target = size;
  if (extras().enable_priority_queue) {
    if (extras().mixed_priority_batching_policy == TfMixedPolicy::kPadToMaximum) {
      target = execution_limit();
    } else if (extras().mixed_priority_batching_policy == TfMixedPolicy::kPadToNextAllowed) {
      target = next_size(size, sizes_in_use(extras(), extras().allowed_batch_sizes));
      marks().hit_if(target == size && !low_.empty(), Mark::kNextAllowedLeavesNoRoom);
    }
  }
  marks().hit_if(sends_low_alone() && !low_.empty() && target == size, Mark::kIsolated);
  if (target <= size || low_.empty()) {
    return;
  }
  const bool low_alone = formed.batch.front().criticality <= Criticality::kSheddablePlus;
  formed.padding = take_low(target - size);
  if (!formed.padding.empty()) {
    marks().hit(extras().mixed_priority_batching_policy == TfMixedPolicy::kPadToMaximum
                    ? Mark::kPaddedToMaximum
                    : Mark::kPaddedToNextAllowed);
    marks().hit_if(
        low_alone && size + rows_of(formed.padding) > extras().low.max_execution_batch_size,
        Mark::kLowBatchToppedUp);
  }
}

}  // namespace lockstep::full_reference

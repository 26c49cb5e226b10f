#include "properties/reference/tf_full_aware_queue.h"

#include <algorithm>

#include "properties/reference/tf_full_sizes.h"

namespace lockstep::full_reference {
namespace {

// By the key alone: equal ones stay in the order of insertion.
bool sorts_before(const Task& a, const Task& b) {
  return a.criticality != b.criticality ? a.criticality > b.criticality : a.arrived < b.arrived;
}

}  // namespace

void AwareQueue::insert(const Task& task) {
  auto place = entries_.begin();
  while (place != entries_.end() && !sorts_before(task, *place)) {
    ++place;
  }
  entries_.insert(place, task);
}

void AwareQueue::drop(const Task& task, const Ended& ended, std::vector<Ended>& ends) {
  ends.push_back(ended);
  const std::uint64_t request = task.request;
  std::erase_if(entries_, [request](const Task& entry) { return entry.request == request; });
}

// --- enqueue -------------------------------------------------------------------------------------

void AwareQueue::offer(const Task& task, SimTime /*now*/, std::vector<Ended>& ends) {
  if (task.rows > input_limit()) {
    marks().hit(Mark::kTooLarge);
    ends.push_back({task.request, Status::kInvalidArgument, Reason::kTooLarge});
    return;
  }
  const std::int64_t depth = extras().max_queue_depth;
  while (rows_of(entries_) + task.rows > depth && !entries_.empty()) {
    const Task last = entries_.back();
    if (!sorts_before(task, last)) {
      marks().hit(Mark::kAwareFull);
      marks().hit_if(task.criticality == last.criticality, Mark::kEqualNeverEvicts);
      marks().hit_if(!ends.empty(), Mark::kEvictedInVain);
      ends.push_back({task.request, Status::kUnavailable, Reason::kQueueFull});
      return;
    }
    const std::size_t before = entries_.size();
    drop(last, {last.request, Status::kUnavailable, Reason::kEvicted}, ends);
    marks().hit(ends.size() == 1 ? Mark::kEvicted : Mark::kEvictedSeveral);
    marks().hit_if(before - entries_.size() > 1, Mark::kEvictedWithOtherPieces);
  }
  if (task.rows > depth) {
    marks().hit(Mark::kLargerThanDepth);
    ends.push_back({task.request, Status::kUnavailable, Reason::kTooLarge});
    return;
  }
  Task entry = task;
  entry.own_start = task.arrived;
  insert(entry);
}

// --- pull ----------------------------------------------------------------------------------------

bool AwareQueue::is_ready(SimTime now) const {
  return rows_of(entries_) >= execution_limit() ||
         (!entries_.empty() && now >= earliest_arrival(entries_) + timeout());
}

std::optional<RankKey> AwareQueue::rank_key(SimTime now) const {
  if (!is_ready(now)) {
    return std::nullopt;
  }
  return RankKey{4 - static_cast<int>(entries_.front().criticality), entries_.front().own_start};
}

// A look at the moment of a client's deadline drops its request, if a look reaches it.
std::vector<SimTime> AwareQueue::deadlines() const {
  std::vector<SimTime> times;
  for (const Task& entry : entries_) {
    times.push_back(entry.arrived + timeout());
    if (extras().enable_lazy_cancellation_filtering) {
      times.push_back(entry.deadline);
    }
  }
  return times;
}

bool AwareQueue::may_be_cut(const Task& task) const {
  return extras().enable_large_batch_splitting && (!task.is_piece || extras().enable_task_resplit);
}

bool AwareQueue::drop_if_expired(const Task& head, SimTime now, std::vector<Ended>& ends) {
  const bool expired = now >= head.deadline;
  if (!expired || !extras().enable_lazy_cancellation_filtering) {
    marks().hit_if(expired, Mark::kExpiredExecuted);
    return false;
  }
  const std::size_t before = entries_.size();
  marks().hit(now == head.deadline ? Mark::kExpiredAtItsDeadline : Mark::kExpired);
  const Task task = head;
  drop(task, {task.request, Status::kDeadlineExceeded, Reason::kExpired}, ends);
  marks().hit_if(before - entries_.size() > 1, Mark::kExpiredWithOtherPieces);
  return true;
}

// Cuts the head; the rest returns under the key that it had.
Task AwareQueue::take_first_piece(std::int64_t room) {
  const Task head = entries_.front();
  entries_.erase(entries_.begin());
  marks().hit(head.is_piece ? Mark::kAwarePieceCutAgain : Mark::kAwareCut);
  const std::vector<Task> pieces = cut(head, room, execution_limit());
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    marks().hit_if(!entries_.empty() && !sorts_before(head, entries_.front()),
                   Mark::kAwareReturnedBehindEqual);
    insert(pieces[i]);
  }
  return pieces.front();
}

Pulled AwareQueue::pull(SimTime now, std::vector<Ended>& ends) {
  Pulled pulled;
  if (!is_ready(now)) {
    marks().hit_if(is_closed() && !entries_.empty(), Mark::kAwareNotFlushed);
    return pulled;
  }
  marks().hit_if(
      rows_of(entries_) < execution_limit() && now < entries_.front().arrived + timeout(),
      Mark::kAwareReadyByOther);
  const std::int64_t candidate = std::min(rows_of(entries_), execution_limit());
  std::int64_t room = size_by_policy(candidate, extras(), measured(), marks());
  marks().hit_if(room < candidate, Mark::kAwareReduced);
  Formed formed;
  while (!entries_.empty() && room > 0) {
    if (drop_if_expired(entries_.front(), now, ends)) {
      continue;
    }
    if (entries_.front().rows <= room) {
      formed.batch.push_back(entries_.front());
      entries_.erase(entries_.begin());
    } else if (may_be_cut(entries_.front())) {
      formed.batch.push_back(take_first_piece(room));
    } else {
      marks().hit_if(entries_.front().is_piece, Mark::kAwarePieceNotCut);
      break;
    }
    room -= formed.batch.back().rows;
  }
  pulled.moved_anything = !ends.empty() || !formed.batch.empty();
  if (formed.batch.empty()) {
    marks().hit(ends.empty() ? Mark::kEmptyByPolicy : Mark::kEmptyByFiltering);
    pulled.formed_empty = true;
    return pulled;
  }
  formed.opened = earliest_arrival(formed.batch);
  formed.padded_rows = padded(formed);
  pulled.formed = formed;
  return pulled;
}

}  // namespace lockstep::full_reference

#include "core/schedulers/tf_shared_full.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/deadline_heap.h"
#include "core/index_set.h"
#include "core/schedulers/idle_lanes.h"
#include "core/schedulers/tf_idle_polls.h"
#include "core/schedulers/tf_queue_list.h"
#include "core/schedulers/tf_queue_options.h"
#include "core/schedulers/tf_task_queue.h"

namespace lockstep {
namespace {

std::unique_ptr<TfTaskQueue> make_queue(const TfQueueOptions& options) {
  return options.extras.enable_priority_aware_batch_scheduler
             ? make_tf_priority_aware_queue(options)
             : make_tf_batch_queue(options);
}

class TfSharedFull final : public Scheduler {
 public:
  explicit TfSharedFull(const TfSharedOptions& options)
      : queue_options_(options),
        rank_queues_(options.rank_queues),
        polls_(static_cast<std::uint32_t>(options.num_batch_threads),
               SimDuration{options.idle_poll_micros * 1000}, options.seed),
        promises_(tf_full_promises(options)),
        lane_rows_(static_cast<std::size_t>(options.num_batch_threads)),
        idle_lanes_(static_cast<std::uint32_t>(options.num_batch_threads)) {
    for (const TfQueueOptions& queue : queue_options_.from_start()) {
      add_queue(queue);
    }
  }

  void step(const Input& input, const RequestTable& requests, Decisions& out) override {
    std::uint32_t notified = kNobody;  // with polling: the queue that wakes a thread
    barren_ = barren_ && (input.kind == InputKind::kTimer || input.kind == InputKind::kArrive);
    asked_tick_ = input.now;
    pass_ticks(input);
    switch (input.kind) {
      case InputKind::kArrive:
        notified = arrive(input, requests.at(input.request).arrival, out);
        break;
      case InputKind::kTimer:
        asked_tick_ = std::min(wake_, input.now);
        wake_ = kForever;
        replan_ = true;
        break;
      case InputKind::kBatchDone:
        finish(input, out);
        break;
      case InputKind::kCloseQueue: {
        const std::uint32_t index = queue_index(input.queue);
        queues_[index]->close(input.now);
        list_.close(index);
        refresh(index, input.now);
        break;
      }
      case InputKind::kCancel: {
        const std::uint32_t index = queue_index(requests.at(input.request).arrival.queue);
        queues_[index]->cancel(input.request);
        refresh(index, input.now);
        break;
      }
      case InputKind::kLaneDown:
      case InputKind::kLaneUp:
        idle_lanes_.note(input);
        replan_ = true;
        break;
      default:
        break;  // steps do not occur here
    }
    if (polls_.enabled()) {
      look_around(input, notified, out);
      return plan_polls(input.now, out);
    }
    while (!idle_lanes_.empty() && may_find(input.now) &&
           scan(idle_lanes_.lowest(), input.now, out)) {
    }
    plan_wake(out);
  }

  [[nodiscard]] QueueCounters counters(QueueId queue) const override {
    if (raw(queue) < queues_.size()) {
      return queues_[raw(queue)]->counters();
    }
    const std::unique_ptr<TfTaskQueue> fresh = make_queue(queue_options_.of(queue));
    return fresh->counters();
  }

  [[nodiscard]] Promises promises() const override { return promises_; }

 private:
  static constexpr std::uint32_t kNobody = IndexSet::kNone;

  std::uint32_t queue_index(QueueId queue) {
    while (raw(queue) >= queues_.size()) {
      add_queue(queue_options_.of(QueueId{static_cast<std::uint32_t>(queues_.size())}));
    }
    return raw(queue);
  }
  void add_queue(const TfQueueOptions& options) {
    const auto index = static_cast<std::uint32_t>(queues_.size());
    queues_.push_back(make_queue(options));
    running_batches_.push_back(0);
    list_.grow(index + 1);
    ready_queues_.resize(index + 1);
    known_queues_.resize(index + 1);
    deadlines_.resize(index + 1);
  }

  // Returns the queue when it should wake a thread (TF 2.1 step 7): it has a batch now, which was
  // not known before. Low-priority requests never do (TF 2.5).
  std::uint32_t arrive(const Input& input, const Arrival& arrival, Decisions& out) {
    const std::uint32_t index = queue_index(input.queue);
    const TfTask task{.request = input.request,
                      .rows = arrival.size,
                      .arrived = input.now,
                      .expires = arrival.timeout > SimDuration{0}
                                     ? after(arrival.time, arrival.timeout)
                                     : kForever,
                      .criticality = tf_criticality(arrival.priority)};
    const bool accepted = queues_[index]->offer(task, input.now, out);
    refresh(index, input.now);
    if (accepted) {
      barren_ = false;  // a refusal, which a retrier may repeat at every tick, changes nothing
      list_.list_again(index);
    }
    if (!polls_.enabled() || !accepted || queues_[index]->low_priority(task) ||
        known_queues_.contains(index) || !queues_[index]->wakes(input.now)) {
      return kNobody;
    }
    known_queues_.insert(index);
    return index;
  }

  void finish(const Input& input, Decisions& out) {
    const std::uint32_t index = raw(input.queue);
    idle_lanes_.give_back(input.lane);
    replan_ = true;
    --running_batches_[index];
    if (input.status == Status::kOk) {
      queues_[index]->note_cost(lane_rows_[raw(input.lane)], input.device_time);
    }
    out.finish_batch(input.batch, input.status, batch_end_reason(input.status));
    refresh(index, input.now);
  }

  // Files the queue under "to be asked now" or under the time when it will be.
  void refresh(std::uint32_t index, SimTime now) {
    const bool ready = queues_[index]->yields(now);
    ready ? ready_queues_.insert(index) : ready_queues_.erase(index);
    const SimTime deadline = ready ? kForever : queues_[index]->deadline();
    if (deadline == deadlines_.of(index)) {
      return;  // most arrivals move nothing
    }
    deadlines_.clear(index);
    if (deadline != kForever) {
      deadlines_.set(index, deadline);
    }
  }

  // TF 2.4: one thread looks for a batch and runs it on `lane`; false when there is none.
  bool scan(std::uint32_t lane, SimTime now, Decisions& out) {
    look_at_deadlines(now);
    const std::uint32_t index = rank_queues_ ? take_smallest(now, out) : take_in_turn(now, out);
    if (index != kNobody) {
      start(index, lane, out);
    }
    return index != kNobody;
  }

  // Round robin: each queue is asked at most once, from the cursor on, until one yields a batch; it
  // returns that queue. Asking a queue that yields nothing only moves the cursor past it, so going
  // straight to the next ready one leaves the cursor where asking each would have left it, and a
  // whole turn in vain leaves it where it was. A queue that is ready may still yield nothing: a
  // pull that only moves low-priority requests into the open batch (TF 2.3 step 1).
  std::uint32_t take_in_turn(SimTime now, Decisions& out) {
    std::uint32_t first = list_.cursor();
    std::uint32_t asked_count = 0;  // in this turn
    while (true) {
      const std::uint32_t index =
          ready_queues_.empty() ? kNobody : ready_queues_.next_cyclic(list_.cursor());
      if (index == kNobody || list_.distance(first, index) < asked_count) {
        break;
      }
      forget_asked(index);
      asked_count = list_.distance(first, index) + 1;
      list_.move_past(index);
      const std::size_t said = out.entries().size();
      const bool pulled = queues_[index]->pull(now, batch_, out);
      refresh(index, now);
      if (pulled) {
        return index;
      }
      if (out.entries().size() > said) {
        // An empty batch was handed out, and its thread looks again: a new turn (quirk 11).
        first = list_.cursor();
        asked_count = 0;
        continue;
      }
      known_queues_.erase(index);
      if (asked_count == list_.size()) {
        break;
      }
    }
    list_.move_back(first);
    forget_asked(kNobody);
    return kNobody;
  }

  // rank_queues: one queue is asked, that of the smallest key. When it yields nothing after all,
  // neither does this look, and the others wait behind it; unless asking moved its key.
  std::uint32_t take_smallest(SimTime now, Decisions& out) {
    while (true) {
      const std::uint32_t index = smallest_key(now);
      leave_list(kNobody);
      if (index == kNobody) {
        return kNobody;
      }
      const std::optional<TfQueueKey> before = queues_[index]->key(now);
      const bool pulled = queues_[index]->pull(now, batch_, out);
      refresh(index, now);
      if (pulled) {
        return index;
      }
      known_queues_.erase(index);
      if (queues_[index]->key(now) == before) {
        barren_ = true;
        return kNobody;
      }
    }
  }

  // Nobody asked for ticks at which there was nothing to find, but their threads asked in vain.
  void pass_ticks(const Input& input) {
    if (polls_.any_passed(input, idle_lanes_.indices()) && !rank_queues_) {
      forget_asked(kNobody);
    }
  }

  // With polling, who looks (TF 2.5): the thread whose batch is done, the one that a queue woke,
  // and each whose tick this is; nobody at a close, nor for a queue that is known to have a batch.
  void look_around(const Input& input, std::uint32_t notified, Decisions& out) {
    if (input.kind == InputKind::kBatchDone) {
      if (!idle_lanes_.contains(raw(input.lane))) {
        return;  // it went down
      }
      scan(raw(input.lane), input.now, out);
    } else if (notified != kNobody && !idle_lanes_.empty()) {
      scan(idle_lanes_.lowest(), input.now, out);
    } else if (input.kind == InputKind::kTimer) {
      // A timer that comes late stands for all ticks since the one that was asked for.
      for (std::uint32_t lane = idle_lanes_.lowest(); lane != IndexSet::kNone;
           lane = idle_lanes_.indices().first_from(lane + 1)) {
        if (polls_.next_tick(lane, asked_tick_) <= input.now) {
          scan(lane, input.now, out);
        }
      }
    }
  }

  void look_at_deadlines(SimTime now) {
    while (!deadlines_.empty() && deadlines_.earliest() <= now) {
      barren_ = false;
      refresh(deadlines_.earliest_index(), now);
    }
  }

  // TF 2.1 step 7: who is asked and yields nothing may wake a thread again. To peek is not to ask.
  void forget_asked(std::uint32_t yielding) {
    leave_list(yielding);
    for (std::uint32_t index = known_queues_.lowest(); index != IndexSet::kNone;
         index = known_queues_.first_from(index + 1)) {
      if (list_.asked(index, yielding) && !ready_queues_.contains(index)) {
        known_queues_.erase(index);
      }
    }
  }

  // Ties go to the first one from the cursor, which does not move. One that yields nothing may have
  // the smallest key; when none yields, there is nothing to find.
  [[nodiscard]] std::uint32_t smallest_key(SimTime now) const {
    std::uint32_t best = kNobody;
    if (ready_queues_.empty()) {
      return best;
    }
    TfQueueKey best_key;
    const std::uint32_t first = list_.next_listed(list_.cursor());
    std::uint32_t index = first;
    do {
      const std::optional<TfQueueKey> key = queues_[index]->key(now);
      if (key && (best == kNobody || *key < best_key)) {
        best = index;
        best_key = *key;
      }
      index = list_.next_listed(index + 1);
    } while (index != first);
    return best;
  }

  // Would a look now find anything? Not after one that asked in vain: nothing has changed.
  [[nodiscard]] bool worth_a_look(SimTime now) const {
    return rank_queues_ ? !barren_ && smallest_key(now) != kNobody : !ready_queues_.empty();
  }

  // Without polling: whether a look can find a batch, or a queue that leaves the list.
  [[nodiscard]] bool may_find(SimTime now) const {
    return !ready_queues_.empty() || list_.any_closing() ||
           (!deadlines_.empty() && deadlines_.earliest() <= now);
  }

  void leave_list(std::uint32_t yielding) {
    if (list_.any_closing()) {
      list_.leave_asked(yielding, [&](std::uint32_t index) {
        return running_batches_[index] == 0 && queues_[index]->closed_and_empty();
      });
    }
  }

  void start(std::uint32_t index, std::uint32_t lane, Decisions& out) {
    idle_lanes_.take(lane);
    replan_ = true;
    ++running_batches_[index];
    lane_rows_[lane] = batch_.padded_rows;
    out.start(Start{.batch = BatchId{next_batch_++},
                    .lane = LaneId{lane},
                    .queue = QueueId{index},
                    .opened = batch_.opened,
                    .due = batch_.due,
                    .padded_rows = batch_.padded_rows,
                    .reason = batch_.reason},
              PieceRange{batch_.pieces, {}});
  }

  // A deadline only matters while a lane is idle: a lane that frees looks for itself.
  void plan_wake(Decisions& out) {
    set_wake(idle_lanes_.empty() || deadlines_.empty() ? kForever : deadlines_.earliest(), out);
  }

  // With polling: the first tick of an idle thread that will find something.
  void plan_polls(SimTime now, Decisions& out) {
    SimTime from = kForever;
    look_at_deadlines(now);
    if (wake_ <= now) {
      return;  // the timer is on its way
    }
    if (worth_a_look(now)) {
      from = now + SimDuration{1};  // this instant's ticks are through
    } else if (!deadlines_.empty()) {
      from = deadlines_.earliest();
    }
    if (from == planned_from_ && !replan_) {
      return;
    }
    planned_from_ = from;
    replan_ = false;
    set_wake(polls_.next_tick_of(idle_lanes_.indices(), from), out);
  }

  void set_wake(SimTime wanted, Decisions& out) {
    if (wanted != wake_) {
      wake_ = wanted;
      out.wake(wanted);
    }
  }

  TfQueueOptionsList queue_options_;
  bool rank_queues_;
  TfIdlePolls polls_;
  Promises promises_;
  std::vector<std::unique_ptr<TfTaskQueue>> queues_;
  std::vector<std::uint32_t> running_batches_;  // by queue: batches on lanes
  std::vector<std::uint32_t> lane_rows_;        // by lane: padded rows of its last batch
  TfQueueList list_;
  IndexSet ready_queues_;   // to be asked, as far as time has been looked at
  IndexSet known_queues_;   // with polling: have woken a thread (TF 2.1 step 7)
  DeadlineHeap deadlines_;  // of the queues that are not ready
  IdleLanes idle_lanes_;
  TfFormedBatch batch_;  // reused
  bool barren_ = false;  // the smallest key's queue yielded nothing; nothing has changed since
  std::uint64_t next_batch_ = 0;
  SimTime wake_ = kForever;
  // With polling: from when on `wake_` looked for a tick, and whether lanes or timers moved since.
  SimTime planned_from_ = kForever;
  SimTime asked_tick_{};  // of this step: the tick that its timer was asked for
  bool replan_ = true;
};

}  // namespace

std::unique_ptr<Scheduler> make_tf_shared_full(const TfSharedOptions& options) {
  return std::make_unique<TfSharedFull>(options);
}

}  // namespace lockstep

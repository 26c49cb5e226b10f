#include "core/schedulers/tf_shared_full.h"

#include <utility>
#include <vector>

#include "core/deadline_heap.h"
#include "core/index_set.h"
#include "core/schedulers/tf_task_queue.h"

namespace lockstep {
namespace {

std::unique_ptr<TfTaskQueue> make_queue(const TfQueueOptions& options) {
  return options.extras.enable_priority_aware_batch_scheduler
             ? make_tf_priority_aware_queue(options)
             : make_tf_batch_queue(options);
}

TfQueueOptions common_options(const TfSharedOptions& options) {
  return TfQueueOptions{.max_batch_size = options.max_batch_size,
                        .batch_timeout_micros = options.batch_timeout_micros,
                        .max_enqueued_batches = options.max_enqueued_batches,
                        .extras = options.extras};
}

class TfSharedFull final : public Scheduler {
 public:
  explicit TfSharedFull(const TfSharedOptions& options)
      : common_(common_options(options)),
        rank_queues_(options.rank_queues),
        lane_rows_(static_cast<std::size_t>(options.num_batch_threads)) {
    const auto lanes = static_cast<std::uint32_t>(options.num_batch_threads);
    idle_lanes_.resize(lanes);
    for (std::uint32_t lane = 0; lane < lanes; ++lane) {
      idle_lanes_.insert(lane);
    }
    for (const TfQueueOptions& queue : options.queues) {
      add_queue(queue);
    }
    note_promises(options);
  }

  void step(const Input& input, const RequestTable& requests, Decisions& out) override {
    switch (input.kind) {
      case InputKind::kArrive:
        arrive(input, requests.at(input.request).arrival, out);
        break;
      case InputKind::kTimer:
        wake_ = kForever;
        break;
      case InputKind::kBatchDone:
        finish(input, out);
        break;
      case InputKind::kCloseQueue: {
        const std::uint32_t index = queue_index(input.queue);
        queues_[index]->close(input.now);
        closing_queues_.insert(index);
        refresh(index, input.now);
        break;
      }
      case InputKind::kCancel: {
        const std::uint32_t index = queue_index(requests.at(input.request).arrival.queue);
        queues_[index]->cancel(input.request);
        refresh(index, input.now);
        break;
      }
      default:
        break;  // steps and lane loss do not occur here
    }
    dispatch(input.now, out);
    plan_wake(out);
  }

  [[nodiscard]] QueueCounters counters(QueueId queue) const override {
    return raw(queue) < queues_.size() ? queues_[raw(queue)]->counters()
                                       : make_queue(common_)->counters();
  }

  [[nodiscard]] Promises promises() const override { return promises_; }

 private:
  void note_promises(const TfSharedOptions& options) {
    const auto in_order = [](const TfQueueExtras& extras) {
      return !extras.enable_priority_queue && !extras.enable_priority_aware_batch_scheduler;
    };
    bool all_in_order = in_order(options.extras);
    for (const TfQueueOptions& queue : options.queues) {
      all_in_order = all_in_order && in_order(queue.extras);
    }
    // With classes, low-priority requests may wait longer, and closing does not flush them.
    promises_ = Promises{.fifo_per_queue = all_in_order,
                         .work_conserving = all_in_order,
                         .timeout_bound = false,  // a trim restarts the time-out
                         .starvation_free = all_in_order,
                         .cancellable = false,
                         .drains_on_close = all_in_order};
  }

  std::uint32_t queue_index(QueueId queue) {
    while (raw(queue) >= queues_.size()) {
      add_queue(common_);
    }
    return raw(queue);
  }
  void add_queue(const TfQueueOptions& options) {
    const auto index = static_cast<std::uint32_t>(queues_.size());
    queues_.push_back(make_queue(options));
    running_batches_.push_back(0);
    listed_queues_.resize(index + 1);
    closing_queues_.resize(index + 1);
    ready_queues_.resize(index + 1);
    deadlines_.resize(index + 1);
    listed_queues_.insert(index);
  }

  void arrive(const Input& input, const Arrival& arrival, Decisions& out) {
    const std::uint32_t index = queue_index(input.queue);
    queues_[index]->offer(
        TfTask{.request = input.request,
               .rows = arrival.size,
               .arrived = input.now,
               .expires = arrival.timeout > SimDuration{0} ? after(arrival.time, arrival.timeout)
                                                           : kForever,
               .criticality = tf_criticality(arrival.priority)},
        input.now, out);
    refresh(index, input.now);
  }

  void finish(const Input& input, Decisions& out) {
    const std::uint32_t index = raw(input.queue);
    idle_lanes_.insert(raw(input.lane));
    --running_batches_[index];
    if (input.status == Status::kOk) {
      queues_[index]->note_cost(lane_rows_[raw(input.lane)], input.device_time);
    }
    out.finish_batch(input.batch, input.status,
                     input.status == Status::kOk ? Reason::kAnswered : Reason::kBatchFailed);
    refresh(index, input.now);
  }

  // Files the queue under "to be asked now" or under the time when it will be.
  void refresh(std::uint32_t index, SimTime now) {
    deadlines_.clear(index);
    if (queues_[index]->yields(now)) {
      ready_queues_.insert(index);
      return;
    }
    ready_queues_.erase(index);
    if (const SimTime deadline = queues_[index]->deadline(); deadline != kForever) {
      deadlines_.set(index, deadline);
    }
  }

  // TF 2.4 and 2.5. Asking a queue that yields nothing only moves the cursor past it, so going
  // straight to the next one to be asked leaves the cursor where asking each would have left it.
  void dispatch(SimTime now, Decisions& out) {
    while (!deadlines_.empty() && deadlines_.earliest() <= now && !idle_lanes_.empty()) {
      refresh(deadlines_.earliest_index(), now);
    }
    while (!idle_lanes_.empty()) {
      const std::uint32_t index = next_queue(now);
      if (!closing_queues_.empty()) {
        delete_asked(rank_queues_ ? IndexSet::kNone : index);
      }
      if (index == IndexSet::kNone) {
        return;
      }
      if (!rank_queues_) {
        cursor_ = successor(index);
      }
      if (queues_[index]->pull(now, batch_, out)) {
        start(index, out);
      }
      refresh(index, now);
    }
  }

  [[nodiscard]] std::uint32_t next_queue(SimTime now) const {
    if (ready_queues_.empty()) {
      return IndexSet::kNone;
    }
    if (!rank_queues_) {
      return ready_queues_.next_cyclic(cursor_);
    }
    std::uint32_t best = IndexSet::kNone;
    TfQueueKey best_key;
    const std::uint32_t first = ready_queues_.next_cyclic(cursor_);
    std::uint32_t index = first;
    do {
      const std::optional<TfQueueKey> key = queues_[index]->key(now);
      if (key && (best == IndexSet::kNone || *key < best_key)) {
        best = index;
        best_key = *key;
      }
      index = ready_queues_.next_cyclic(index + 1);
    } while (index != first);
    return best;
  }

  // The queue after `index` in the list; the list is a circle.
  [[nodiscard]] std::uint32_t successor(std::uint32_t index) const {
    return listed_queues_.empty() ? 0 : listed_queues_.next_cyclic(index + 1);
  }

  // TF 2.4: a closed queue that is asked, yields nothing and is completely empty (nothing waiting,
  // nothing running) leaves the list; a cursor at it moves to its successor. Asked are the queues
  // from the cursor up to the one that yields, or all when none does.
  void delete_asked(std::uint32_t yielding) {
    for (std::uint32_t index = closing_queues_.lowest(); index != IndexSet::kNone;
         index = closing_queues_.first_from(index + 1)) {
      const bool asked = yielding == IndexSet::kNone ||
                         (cursor_ <= yielding ? index >= cursor_ && index < yielding
                                              : index >= cursor_ || index < yielding);
      if (!asked || running_batches_[index] > 0 || !queues_[index]->closed_and_empty()) {
        continue;
      }
      closing_queues_.erase(index);
      listed_queues_.erase(index);
      if (cursor_ == index) {
        cursor_ = successor(index);
      }
    }
  }

  void start(std::uint32_t index, Decisions& out) {
    const std::uint32_t lane = idle_lanes_.lowest();
    idle_lanes_.erase(lane);
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
    const SimTime wanted =
        idle_lanes_.empty() || deadlines_.empty() ? kForever : deadlines_.earliest();
    if (wanted != wake_) {
      wake_ = wanted;
      out.wake(wanted);
    }
  }

  TfQueueOptions common_;
  bool rank_queues_;
  Promises promises_;
  std::vector<std::unique_ptr<TfTaskQueue>> queues_;
  std::vector<std::uint32_t> running_batches_;  // by queue: batches on lanes
  std::vector<std::uint32_t> lane_rows_;        // by lane: padded rows of its last batch
  IndexSet listed_queues_;                      // in the scheduler's list: added, not yet deleted
  IndexSet closing_queues_;                     // closed, and still in the list
  IndexSet ready_queues_;                       // to be asked, as far as time has been looked at
  DeadlineHeap deadlines_;                      // of the queues that are not ready
  IndexSet idle_lanes_;
  TfFormedBatch batch_;  // reused
  std::uint32_t cursor_ = 0;
  std::uint64_t next_batch_ = 0;
  SimTime wake_ = kForever;
};

}  // namespace

std::unique_ptr<Scheduler> make_tf_shared_full(const TfSharedOptions& options) {
  return std::make_unique<TfSharedFull>(options);
}

}  // namespace lockstep

#include "core/schedulers/tf_shared.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "core/check.h"
#include "core/deadline_heap.h"
#include "core/index_set.h"
#include "core/schedulers/idle_lanes.h"
#include "core/schedulers/tf_batching_session.h"
#include "core/schedulers/tf_queue.h"
#include "core/schedulers/tf_queue_list.h"
#include "core/schedulers/tf_shared_full.h"

namespace lockstep {
namespace {

class TfShared final : public Scheduler {
 public:
  TfShared(const TfQueueLimits& limits, std::uint32_t lane_count, std::uint32_t queue_count)
      : limits_(limits), idle_lanes_(lane_count) {
    add_queues(queue_count);
  }

  void step(const Input& input, const RequestTable& requests, Decisions& out) override {
    if (input.kind == InputKind::kArrive) [[likely]] {
      const std::uint32_t size = requests.at(input.request).arrival.size;
      if (raw(input.queue) >= queue_count_ ||
          !queues_[raw(input.queue)].joins_quietly(input.request, size)) {
        arrive(input, size, out);
      } else if (input.now < wake_) {
        return;  // nothing became due
      }
    } else {
      react(input, out);
    }
    settle(input.now, out);
  }

  [[nodiscard]] QueueCounters counters(QueueId queue) const override {
    return raw(queue) < queue_count_ ? queues_[raw(queue)].counters() : TfQueue(limits_).counters();
  }

  [[nodiscard]] Promises promises() const override {
    return Promises{.fifo_per_queue = true,
                    .work_conserving = true,
                    .timeout_bound = true,
                    .starvation_free = true,
                    .cancellable = false,
                    .drains_on_close = true};
  }

 private:
  [[gnu::noinline]] void react(const Input& input, Decisions& out) {
    switch (input.kind) {
      case InputKind::kTimer:
        wake_ = kForever;
        break;
      case InputKind::kBatchDone:
        idle_lanes_.give_back(input.lane);
        --running_batches_[raw(input.queue)];
        out.finish_batch(input.batch, input.status, batch_end_reason(input.status));
        break;
      case InputKind::kCloseQueue: {
        const std::uint32_t index = queue_index(input.queue);
        queues_[index].close(input.now);
        list_.close(index);
        refresh(index, input.now);
        break;
      }
      case InputKind::kLaneDown:
      case InputKind::kLaneUp:
        idle_lanes_.note(input);
        break;
      default:
        break;  // cancel: too late, the result is discarded; steps do not occur here
    }
  }

  // Queues come into being with their first input (TF 2.13), at the end of the list (TF 2.4).
  std::uint32_t queue_index(QueueId queue) {
    if (raw(queue) >= queue_count_) [[unlikely]] {
      add_queues(raw(queue) + 1);
    }
    return raw(queue);
  }
  [[gnu::noinline]] void add_queues(std::uint32_t count) {
    queues_.resize(count, TfQueue(limits_));
    running_batches_.resize(count);
    list_.grow(count);
    ready_queues_.resize(count);
    deadlines_.resize(count);
    queue_count_ = count;
  }

  // Whatever became due leaves, as far as lanes are idle; then the next wake-up. Out of line: most
  // arrivals do not come here, and their path stays short.
  [[gnu::noinline]] void settle(SimTime now, Decisions& out) {
    dispatch(now, out);
    plan_wake(out);
  }

  [[gnu::noinline]] void arrive(const Input& input, std::uint32_t size, Decisions& out) {
    const std::uint32_t index = queue_index(input.queue);
    const TfQueue::Offer offer = queues_[index].offer(input.request, size, input.now);
    if (offer.refusal != Reason::kNone) [[unlikely]] {
      out.finish(
          input.request,
          offer.refusal == Reason::kTooLarge ? Status::kInvalidArgument : Status::kUnavailable,
          offer.refusal);
      return;
    }
    // A queue that yields keeps doing so until it is pulled.
    if (offer.changed && !ready_queues_.contains(index)) {
      refresh(index, input.now);
    }
  }

  // Files the queue under "yields a batch now" or under the deadline of its open batch.
  [[gnu::noinline]] void refresh(std::uint32_t index, SimTime now) {
    deadlines_.clear(index);
    if (queues_[index].yields(now)) {
      ready_queues_.insert(index);
      return;
    }
    ready_queues_.erase(index);
    if (const SimTime deadline = queues_[index].open_deadline(); deadline != kForever) {
      deadlines_.set(index, deadline);
    }
  }

  // TF 2.4 and 2.5: while a lane is idle and a queue yields, the lowest lane takes from the next
  // queue in turn. Asking a queue that yields nothing only moves the cursor past it, so going
  // straight to the next ready queue leaves the cursor where asking each one would have left it.
  void dispatch(SimTime now, Decisions& out) {
    while (!deadlines_.empty() && deadlines_.earliest() <= now && !idle_lanes_.empty()) {
      refresh(deadlines_.earliest_index(), now);
    }
    while (!idle_lanes_.empty()) {
      const std::uint32_t index =
          ready_queues_.empty() ? IndexSet::kNone : ready_queues_.next_cyclic(list_.cursor());
      if (list_.any_closing()) [[unlikely]] {
        list_.leave_asked(index, [&](std::uint32_t asked) {
          return running_batches_[asked] == 0 && queues_[asked].closed_and_empty();
        });
      }
      if (index == IndexSet::kNone) {
        return;
      }
      list_.move_past(index);
      start(index, now, out);
      refresh(index, now);
    }
  }

  void start(std::uint32_t index, SimTime now, Decisions& out) {
    TfQueue& queue = queues_[index];
    const TfQueue::Batch batch = queue.pull(now);
    ++running_batches_[index];
    out.start(Start{.batch = BatchId{next_batch_++},
                    .lane = idle_lanes_.take_lowest(),
                    .queue = QueueId{index},
                    .opened = batch.opened,
                    .due = batch.due,
                    .reason = batch.reason},
              queue.front_pieces(batch.request_count));
    queue.drop_pieces(batch.request_count);
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

  TfQueueLimits limits_;
  std::vector<TfQueue> queues_;
  std::uint32_t queue_count_ = 0;
  std::vector<std::uint32_t> running_batches_;  // by queue: batches on lanes
  TfQueueList list_;
  IndexSet ready_queues_;   // a pull would yield, as far as time has been looked at
  DeadlineHeap deadlines_;  // of the open batches of queues that do not yield yet
  IdleLanes idle_lanes_;
  std::uint64_t next_batch_ = 0;
  SimTime wake_ = kForever;
};

// One kind of queue without extras, so that one set of limits serves them all.
bool is_plain(const TfSharedOptions& options) {
  bool plain = options.extras.all_off() && !options.rank_queues && options.idle_poll_micros == 0;
  for (const TfQueueOptions& queue : options.queues) {
    plain = plain && queue.extras.all_off() && queue.max_batch_size == options.max_batch_size &&
            queue.batch_timeout_micros == options.batch_timeout_micros &&
            queue.max_enqueued_batches == options.max_enqueued_batches;
  }
  return plain;
}

}  // namespace

Result<std::unique_ptr<Scheduler>> make_tf_shared(const TfSharedOptions& options) {
  if (Result<void> checked = check_tf_options(options); !checked) {
    return tl::unexpected(checked.error());
  }
  if (options.batching_session) {
    TfSharedOptions queues = options;
    queues.batching_session = false;
    Result<std::unique_ptr<Scheduler>> inner = make_tf_shared(queues);
    return make_tf_batching_session(std::move(*inner));
  }
  if (!is_plain(options)) {
    return make_tf_shared_full(options);
  }
  const TfQueueLimits limits{.batch_rows_max = static_cast<std::uint32_t>(options.max_batch_size),
                             .timeout = SimDuration{options.batch_timeout_micros * 1000},
                             // TF 1.2: without splitting, 0 silently becomes 1.
                             .batch_count_max = static_cast<std::uint64_t>(
                                 std::max<std::int64_t>(options.max_enqueued_batches, 1))};
  return std::make_unique<TfShared>(limits, static_cast<std::uint32_t>(options.num_batch_threads),
                                    static_cast<std::uint32_t>(options.queues.size()));
}

}  // namespace lockstep

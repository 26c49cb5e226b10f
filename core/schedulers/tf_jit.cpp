#include "core/schedulers/tf_jit.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/check.h"
#include "core/index_set.h"
#include "core/limits.h"
#include "core/ring.h"
#include "core/schedulers/idle_lanes.h"
#include "core/schedulers/tf_option_checks.h"
#include "core/schedulers/tf_task_queue.h"

namespace lockstep {
namespace {

class TfJit final : public Scheduler {
 public:
  explicit TfJit(const TfJitOptions& options)
      : batch_rows_max_(static_cast<std::uint32_t>(options.max_batch_size)),
        waiting_max_(static_cast<std::uint64_t>(options.max_queue_size)),
        // As upstream compares it: a negative number is a very large one.
        ready_max_(static_cast<std::uint64_t>(options.max_ready_batches)),
        idle_lanes_(static_cast<std::uint32_t>(options.num_batch_threads)) {}

  void step(const Input& input, const RequestTable& requests, Decisions& out) override {
    switch (input.kind) {
      case InputKind::kArrive:
        arrive(input, requests.at(input.request).arrival, out);
        break;
      case InputKind::kBatchDone:
        idle_lanes_.give_back(input.lane);
        out.finish_batch(input.batch, input.status, batch_end_reason(input.status));
        break;
      case InputKind::kCloseQueue:
        close(queue_index(input.queue));
        break;
      case InputKind::kLaneDown:
      case InputKind::kLaneUp:
        idle_lanes_.note(input);
        break;
      default:
        break;  // cancel: too late; no timer is ever asked for
    }
    assemble_and_dispatch(out);
  }

  // Upstream's numbers: ready batches are not enqueued, and the capacity counts requests.
  [[nodiscard]] QueueCounters counters(QueueId queue) const override {
    QueueCounters counters{.capacity_rows = static_cast<std::int64_t>(waiting_max_ - waiting_)};
    if (raw(queue) < queues_.size()) {
      const Queue& waiting = queues_[raw(queue)];
      counters.enqueued_requests = waiting.count;
      counters.enqueued_rows = waiting.rows;
      counters.enqueued_batches = waiting.ready_batches;
    }
    return counters;
  }

  [[nodiscard]] Promises promises() const override {
    // Classes overtake each other, nothing is timed, closing abandons; without ready batches
    // nothing ever leaves.
    return Promises{.work_conserving = ready_max_ > 0};
  }

 private:
  struct Task {
    RequestSlot request{};
    std::uint32_t rows = 0;
    SimTime arrived{};
    std::uint64_t number = 0;  // of all tasks, in the order of arrival
  };
  struct Queue {
    std::array<Ring<Task>, kTfCriticalityCount> classes;  // each in the order of arrival
    std::uint64_t count = 0;
    std::uint64_t rows = 0;
    std::uint64_t ready_batches = 0;
    bool closed = false;
  };
  struct ReadyBatch {
    std::uint32_t queue = 0;
    std::uint32_t request_count = 0;
    SimTime opened{};
  };

  std::uint32_t queue_index(QueueId queue) {
    if (raw(queue) >= queues_.size()) {
      queues_.resize(raw(queue) + std::size_t{1});
      waiting_queues_.resize(raw(queue) + 1);
    }
    return raw(queue);
  }

  // --- arrivals
  void arrive(const Input& input, const Arrival& arrival, Decisions& out) {
    if (arrival.size > batch_rows_max_) {
      out.finish(input.request, Status::kInvalidArgument, Reason::kTooLarge);
      return;
    }
    const std::uint32_t index = queue_index(input.queue);
    if (queues_[index].closed) {
      return;  // abandoned, like those that were there when it closed
    }
    const auto criticality = static_cast<std::size_t>(tf_criticality(arrival.priority));
    if (waiting_ >= waiting_max_ && !evict_below(criticality, out)) {
      out.finish(input.request, Status::kUnavailable, Reason::kQueueFull);
      return;
    }
    Queue& queue = queues_[index];
    queue.classes[criticality].push_back(Task{.request = input.request,
                                              .rows = arrival.size,
                                              .arrived = input.now,
                                              .number = next_number_++});
    queue.rows += arrival.size;
    ++queue.count;
    ++waiting_;
    waiting_queues_.insert(index);
  }

  // Ends the youngest of the least critical requests if it is less critical than `criticality`.
  bool evict_below(std::size_t criticality, Decisions& out) {
    std::uint32_t victim_queue = IndexSet::kNone;
    std::size_t victim_class = criticality;
    std::uint64_t victim_number = 0;
    for (std::uint32_t index = waiting_queues_.first_from(0); index != IndexSet::kNone;
         index = waiting_queues_.first_from(index + 1)) {
      Queue& queue = queues_[index];
      const auto least = static_cast<std::size_t>(
          std::find_if(queue.classes.begin(), queue.classes.end(),
                       [](const Ring<Task>& tasks) { return !tasks.empty(); }) -
          queue.classes.begin());
      const std::uint64_t number = queue.classes[least].back().number;
      if (least < victim_class ||
          (least == victim_class && victim_queue != IndexSet::kNone && number > victim_number)) {
        victim_queue = index;
        victim_class = least;
        victim_number = number;
      }
    }
    if (victim_queue == IndexSet::kNone) {
      return false;
    }
    Queue& queue = queues_[victim_queue];
    const Task victim = queue.classes[victim_class].back();
    queue.classes[victim_class].pop_back();
    forget(victim_queue, victim);
    out.finish(victim.request, Status::kUnavailable, Reason::kEvicted);
    return true;
  }

  // A task has left its class.
  void forget(std::uint32_t index, const Task& task) {
    Queue& queue = queues_[index];
    queue.rows -= task.rows;
    --queue.count;
    --waiting_;
    if (queue.count == 0) {
      waiting_queues_.erase(index);
    }
  }

  // --- batches
  void assemble_and_dispatch(Decisions& out) {
    while (true) {
      const bool can_assemble = waiting_ > 0 && ready_.size() < ready_max_;
      const bool can_dispatch = !ready_.empty() && !idle_lanes_.empty();
      if (can_assemble) {
        assemble(first_queue());
      } else if (can_dispatch) {
        dispatch(out);
      } else {
        return;
      }
    }
  }

  // Class of the request that leaves the queue first. Requires: one waits.
  [[nodiscard]] static std::size_t head_class(const Queue& queue) {
    std::size_t head = kTfCriticalityCount - 1;
    while (queue.classes[head].empty()) {
      --head;
    }
    return head;
  }

  // The queue of the request that comes first of all.
  [[nodiscard]] std::uint32_t first_queue() const {
    std::uint32_t best = waiting_queues_.lowest();
    std::size_t best_class = head_class(queues_[best]);
    for (std::uint32_t index = waiting_queues_.first_from(best + 1); index != IndexSet::kNone;
         index = waiting_queues_.first_from(index + 1)) {
      const std::size_t head = head_class(queues_[index]);
      if (head > best_class ||
          (head == best_class && queues_[index].classes[head].front().number <
                                     queues_[best].classes[head].front().number)) {
        best = index;
        best_class = head;
      }
    }
    return best;
  }

  void assemble(std::uint32_t index) {
    Queue& queue = queues_[index];
    ReadyBatch batch{.queue = index, .opened = kForever};
    std::uint32_t room = batch_rows_max_;
    while (queue.count > 0) {
      Ring<Task>& tasks = queue.classes[head_class(queue)];
      const Task task = tasks.front();
      if (task.rows > room) {
        break;
      }
      tasks.pop_front();
      forget(index, task);
      room -= task.rows;
      ready_pieces_.push_back(
          Piece{.request = task.request, .first_row = 0, .rows = task.rows, .padding = false});
      ++batch.request_count;
      batch.opened = std::min(batch.opened, task.arrived);
    }
    LOCKSTEP_CHECK(batch.request_count > 0);
    ready_.push_back(batch);
    ++queue.ready_batches;
  }

  void dispatch(Decisions& out) {
    const ReadyBatch batch = ready_.front();
    ready_.pop_front();
    --queues_[batch.queue].ready_batches;
    const auto [first, second] = ready_pieces_.front_range(batch.request_count);
    out.start(Start{.batch = BatchId{next_batch_++},
                    .lane = idle_lanes_.take_lowest(),
                    .queue = QueueId{batch.queue},
                    .opened = batch.opened,
                    .due = batch.opened,
                    .reason = Reason::kGreedy},
              PieceRange{first, second});
    ready_pieces_.pop_front(batch.request_count);
  }

  // --- closing: what waits and what is ready is dropped
  void close(std::uint32_t index) {
    Queue& queue = queues_[index];
    waiting_ -= queue.count;
    queue = Queue{};
    queue.closed = true;
    waiting_queues_.erase(index);
    for (std::size_t left = ready_.size(); left > 0; --left) {
      const ReadyBatch batch = ready_.front();
      ready_.pop_front();
      const bool kept = batch.queue != index;
      for (std::uint32_t i = 0; i < batch.request_count; ++i) {
        const Piece piece = ready_pieces_.front();
        ready_pieces_.pop_front();
        if (kept) {
          ready_pieces_.push_back(piece);
        }
      }
      if (kept) {
        ready_.push_back(batch);
      }
    }
  }

  std::uint32_t batch_rows_max_;
  std::uint64_t waiting_max_;
  std::uint64_t ready_max_;

  std::vector<Queue> queues_;
  IndexSet waiting_queues_;    // those with waiting requests
  std::uint64_t waiting_ = 0;  // requests, of all queues
  Ring<ReadyBatch> ready_;     // oldest first
  Ring<Piece> ready_pieces_;   // of the ready batches, in their order
  IdleLanes idle_lanes_;
  std::uint64_t next_number_ = 0;
  std::uint64_t next_batch_ = 0;
};

}  // namespace

Result<std::unique_ptr<Scheduler>> make_tf_jit(const TfJitOptions& options) {
  Result<void> checked =
      check_positive("num_batch_threads", options.num_batch_threads, std::int64_t{kMaxLanes});
  if (checked) {
    checked =
        check_positive("max_batch_size", options.max_batch_size, std::int64_t{kMaxRequestRows});
  }
  if (checked) {
    checked =
        check_positive("max_queue_size", options.max_queue_size, std::int64_t{kMaxLiveRequests});
  }
  if (!checked) {
    return tl::unexpected(checked.error());
  }
  return std::make_unique<TfJit>(options);
}

}  // namespace lockstep

// Example scheduler: a batch leaves when it has `size` requests, or `timeout` after its first one.
#include <algorithm>
#include <memory>
#include <vector>

#include "core/ring.h"
#include "core/scheduler.h"
#include "core/schedulers/idle_lanes.h"

namespace lockstep::examples {

class FixedSizeOrTimeout final : public Scheduler {
 public:
  FixedSizeOrTimeout(std::size_t size, SimDuration timeout, std::uint32_t lane_count)
      : size_(size), timeout_(timeout), idle_lanes_(lane_count) {}

  void step(const Input& input, const RequestTable& requests, Decisions& out) override {
    if (input.kind == InputKind::kArrive) {
      queues_.resize(std::max<std::size_t>(queues_.size(), raw(input.queue) + 1));
      Queue& queue = queues_[raw(input.queue)];
      queue.pieces.push_back(
          Piece{.request = input.request, .rows = requests.at(input.request).arrival.size});
      queue.arrivals.push_back(input.now);
    } else if (input.kind == InputKind::kBatchDone) {
      idle_lanes_.give_back(input.lane);
      out.finish_batch(input.batch, input.status, batch_end_reason(input.status));
    } else {
      idle_lanes_.note(input);  // lanes that go down and come back
    }
    SimTime wake = kForever;
    for (std::uint32_t index = 0; index < queues_.size(); ++index) {
      Queue& queue = queues_[index];
      while (!idle_lanes_.empty() && !queue.pieces.empty()) {
        const SimTime deadline = after(queue.arrivals.front(), timeout_);
        if (queue.pieces.size() < size_ && deadline > input.now) {
          wake = std::min(wake, deadline);
          break;
        }
        start(QueueId{index}, deadline, out);
      }
    }
    out.wake(wake);  // replaces the last one; a lane that frees looks for itself
  }

  [[nodiscard]] QueueCounters counters(QueueId queue) const override {
    const bool known = raw(queue) < queues_.size();
    return {.enqueued_requests = known ? queues_[raw(queue)].pieces.size() : 0};
  }
  [[nodiscard]] Promises promises() const override {
    return {.fifo_per_queue = true,
            .work_conserving = true,
            .timeout_bound = true,
            .starvation_free = true};
  }

 private:
  struct Queue {
    Ring<Piece> pieces;
    Ring<SimTime> arrivals;  // of the same requests
  };

  void start(QueueId id, SimTime deadline, Decisions& out) {
    Queue& queue = queues_[raw(id)];
    const std::size_t count = std::min(size_, queue.pieces.size());
    const auto [early, late] = queue.arrivals.front_range(count);
    const SimTime last = late.empty() ? early.back() : late.back();
    const bool full = count == size_ && last <= deadline;
    const auto [first, second] = queue.pieces.front_range(count);
    out.start(Start{.batch = BatchId{next_batch_++},
                    .lane = idle_lanes_.take_lowest(),
                    .queue = id,
                    .opened = queue.arrivals.front(),
                    .due = full ? last : deadline,
                    .reason = full ? Reason::kFull : Reason::kTimeout},
              PieceRange{first, second});
    queue.pieces.pop_front(count);
    queue.arrivals.pop_front(count);
  }

  std::size_t size_;
  SimDuration timeout_;
  std::vector<Queue> queues_;
  IdleLanes idle_lanes_;
  std::uint64_t next_batch_ = 0;
};

std::unique_ptr<Scheduler> make_fixed_size_or_timeout(std::size_t size, SimDuration timeout,
                                                      std::uint32_t lane_count) {
  return std::make_unique<FixedSizeOrTimeout>(size, timeout, lane_count);
}

}  // namespace lockstep::examples

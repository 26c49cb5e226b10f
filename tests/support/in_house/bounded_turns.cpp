// A scheduler of a house: queues take turns, and nobody waits longer than two bounds say.
//
// It promises the bounds and the turns, not how it keeps them.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/support/in_house/waiting_batches.h"

namespace lockstep::in_house {
namespace {

using plugin::Decisions;
using plugin::Input;

class BoundedTurns final : public plugin::Scheduler {
 public:
  static plugin::Description describe() {
    return {.name = "bounded-turns",
            .goal = "queues in turn, with a bound on every wait",
            .options = {{"max_batch_size", "8", "rows"},
                        {"batch_timeout_micros", "100", "us"},
                        {"max_enqueued_batches", "8", "batches"},
                        {"num_batch_threads", "1", "threads"}},
            .lane_option = "num_batch_threads",
            .batch_option = "max_batch_size",
            .promises = LOCKSTEP_PROMISES_TAKES_TURNS | LOCKSTEP_PROMISES_QUEUE_WAIT_BOUND |
                        LOCKSTEP_PROMISES_LATENCY_BOUND};
  }
  explicit BoundedTurns(const plugin::Options& options)
      : rows_max_(rows_max(options)),
        timeout_ns_(timeout_ns(options)),
        batches_max_(options.integer("max_enqueued_batches")),
        lanes_(options.lane_count()) {
    plugin::Options::require(batches_max_ >= 1 && batches_max_ <= 1'000'000,
                             "max_enqueued_batches must be 1 to 1,000,000");
  }

  void step(const Input& input, Decisions& out) override {
    lanes_.note(input);
    if (input.kind == LOCKSTEP_BATCH_DONE) {
      out.finish_batch(input);
    } else if (input.kind == LOCKSTEP_ARRIVE) {
      arrive(input, out);
    }
    dispatch(input.now_ns, out);
  }

 private:
  void arrive(const Input& input, Decisions& out) {
    if (input.rows > rows_max_) {
      out.finish(input.request, LOCKSTEP_INVALID_ARGUMENT, LOCKSTEP_REASON_TOO_LARGE);
      return;
    }
    WaitingBatches& queue = queues_.try_emplace(input.queue, rows_max_).first->second;
    if (queue.batches_with(input.rows) > batches_max_) {
      out.finish(input.request, LOCKSTEP_UNAVAILABLE, LOCKSTEP_REASON_QUEUE_FULL);
    } else {
      queue.push(input);
    }
  }

  [[nodiscard]] bool is_due(const WaitingBatches& queue, std::int64_t now_ns) const {
    return !queue.empty() &&
           (queue.rows() >= rows_max_ || queue.first_arrival_ns() + timeout_ns_ <= now_ns);
  }

  // The next queue from the cursor on whose batch is due, round once.
  [[nodiscard]] auto next_due(std::int64_t now_ns) {
    auto queue = queues_.lower_bound(cursor_);
    for (std::size_t looked = 0; looked < queues_.size(); ++looked, ++queue) {
      queue = queue == queues_.end() ? queues_.begin() : queue;
      if (is_due(queue->second, now_ns)) {
        return queue;
      }
    }
    return queues_.end();
  }

  void dispatch(std::int64_t now_ns, Decisions& out) {
    while (!lanes_.empty()) {
      const auto queue = next_due(now_ns);
      if (queue == queues_.end()) {
        break;
      }
      out.start({.batch = next_batch_, .lane = lanes_.take(), .queue = queue->first},
                queue->second.pop_batch());
      ++next_batch_;
      cursor_ = queue->first + 1;
    }
    std::int64_t wake_ns = LOCKSTEP_NEVER;
    for (const auto& [id, queue] : queues_) {
      if (!lanes_.empty() && !queue.empty()) {
        wake_ns = std::min(wake_ns, queue.first_arrival_ns() + timeout_ns_);
      }
    }
    out.wake(wake_ns);
  }

  std::int64_t rows_max_;
  std::int64_t timeout_ns_;
  std::int64_t batches_max_;
  plugin::IdleLanes lanes_;
  std::map<std::uint32_t, WaitingBatches> queues_;
  std::uint32_t cursor_ = 0;
  std::uint64_t next_batch_ = 0;
};

}  // namespace
}  // namespace lockstep::in_house

LOCKSTEP_PLUGIN(lockstep::in_house::BoundedTurns)

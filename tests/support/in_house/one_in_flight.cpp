// A scheduler of a house: of each queue one batch runs at a time, so its answers leave in order.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/support/in_house/waiting_batches.h"

namespace lockstep::in_house {
namespace {

using plugin::Decisions;
using plugin::Input;

class OneInFlight final : public plugin::Scheduler {
 public:
  static plugin::Description describe() {
    return {.name = "one-in-flight",
            .goal = "of each queue one batch at a time: answers in order",
            .options = {{"max_batch_size", "8", "rows"}, {"num_batch_threads", "2", "threads"}},
            .lane_option = "num_batch_threads",
            .batch_option = "max_batch_size",
            .promises = LOCKSTEP_PROMISES_REPLIES_IN_ORDER};
  }
  explicit OneInFlight(const plugin::Options& options)
      : rows_max_(rows_max(options)), lanes_(options.lane_count()) {}

  void step(const Input& input, Decisions& out) override {
    lanes_.note(input);
    if (input.kind == LOCKSTEP_BATCH_DONE) {
      out.finish_batch(input);
      running_[input.queue] = false;
    } else if (input.kind == LOCKSTEP_ARRIVE && input.rows > rows_max_) {
      out.finish(input.request, LOCKSTEP_INVALID_ARGUMENT, LOCKSTEP_REASON_TOO_LARGE);
    } else if (input.kind == LOCKSTEP_ARRIVE) {
      queues_.try_emplace(input.queue, rows_max_).first->second.push(input);
    }
    for (auto& [id, queue] : queues_) {
      if (!lanes_.empty() && !queue.empty() && !running_[id]) {
        const std::int64_t opened_ns = queue.first_arrival_ns();
        out.start(
            {.batch = next_batch_++, .lane = lanes_.take(), .queue = id, .opened_ns = opened_ns},
            queue.pop_batch());
        running_[id] = true;
      }
    }
  }

 private:
  std::int64_t rows_max_;
  plugin::IdleLanes lanes_;
  std::map<std::uint32_t, WaitingBatches> queues_;
  std::map<std::uint32_t, bool> running_;  // by queue
  std::uint64_t next_batch_ = 0;
};

}  // namespace
}  // namespace lockstep::in_house

LOCKSTEP_PLUGIN(lockstep::in_house::OneInFlight)

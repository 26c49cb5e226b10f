// A scheduler of a house: a batch leaves when the window since its first request ends, full or not.
//
// Full batches wait as well, so it is not work conserving; it promises the end of the window, and
// that closing a queue ends it.
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/in_house/waiting_batches.h"

namespace lockstep::in_house {
namespace {

using plugin::Decisions;
using plugin::Input;

class Windows final : public plugin::Scheduler {
 public:
  static plugin::Description describe() {
    return {.name = "windows",
            .goal = "a batch leaves when its window ends, full or not",
            .options = {{"max_batch_size", "8", "rows"},
                        {"batch_timeout_micros", "100", "us"},
                        {"num_batch_threads", "1", "threads"}},
            .lane_option = "num_batch_threads",
            .batch_option = "max_batch_size",
            .promises = LOCKSTEP_PROMISES_TIMEOUT_BOUND | LOCKSTEP_PROMISES_DRAINS_ON_CLOSE};
  }
  explicit Windows(const plugin::Options& options)
      : rows_max_(rows_max(options)),
        window_ns_(timeout_ns(options)),
        lanes_(options.lane_count()) {}

  void step(const Input& input, Decisions& out) override {
    lanes_.note(input);
    if (input.kind == LOCKSTEP_BATCH_DONE) {
      out.finish_batch(input);
    } else if (input.kind == LOCKSTEP_CLOSE_QUEUE) {
      closed_.insert(input.queue);
    } else if (input.kind == LOCKSTEP_ARRIVE && input.rows > rows_max_) {
      out.finish(input.request, LOCKSTEP_INVALID_ARGUMENT, LOCKSTEP_REASON_TOO_LARGE);
    } else if (input.kind == LOCKSTEP_ARRIVE) {
      queues_.try_emplace(input.queue, rows_max_).first->second.push(input);
    }
    dispatch(input.now_ns, out);
  }

 private:
  void dispatch(std::int64_t now_ns, Decisions& out) {
    std::int64_t wake_ns = LOCKSTEP_NEVER;
    for (auto& [id, queue] : queues_) {
      while (!lanes_.empty() && !queue.empty()) {
        const std::int64_t end_ns = queue.first_arrival_ns() + window_ns_;
        if (end_ns > now_ns && closed_.count(id) == 0) {
          wake_ns = std::min(wake_ns, end_ns);
          break;
        }
        out.start({.batch = next_batch_++, .lane = lanes_.take(), .queue = id}, queue.pop_batch());
      }
    }
    out.wake(wake_ns);
  }

  std::int64_t rows_max_;
  std::int64_t window_ns_;
  plugin::IdleLanes lanes_;
  std::map<std::uint32_t, WaitingBatches> queues_;
  std::set<std::uint32_t> closed_;
  std::uint64_t next_batch_ = 0;
};

}  // namespace
}  // namespace lockstep::in_house

LOCKSTEP_PLUGIN(lockstep::in_house::Windows)

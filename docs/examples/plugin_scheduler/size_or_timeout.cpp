// A plug-in: a batch leaves with max_batch_size rows, or batch_timeout_micros after its first one.
#include <algorithm>
#include <deque>
#include <map>

#include <lockstep/plugin.hpp>

using namespace lockstep::plugin;

class SizeOrTimeout final : public Scheduler {
 public:
  static Description describe() {
    return {.name = "size-or-timeout",
            .goal = "full batches, or what is there after a time-out",
            .options = {{"max_batch_size", "32", "rows"},
                        {"batch_timeout_micros", "2000", "us"},
                        {"num_batch_threads", "1", "threads"}},
            .lane_option = "num_batch_threads",
            .batch_option = "max_batch_size",
            .promises = LOCKSTEP_PROMISES_FIFO_PER_QUEUE | LOCKSTEP_PROMISES_STARVATION_FREE};
  }
  explicit SizeOrTimeout(const Options& options)
      : rows_max_(options.integer("max_batch_size")), lanes_(options.lane_count()) {
    const std::int64_t micros = options.integer("batch_timeout_micros");
    Options::require(micros >= 0 && micros <= 3'600'000'000,
                     "batch_timeout_micros must be 0 to 1 h");
    timeout_ns_ = micros * 1000;
  }

  void step(const Input& input, Decisions& out) override {
    lanes_.note(input);
    if (input.kind == LOCKSTEP_BATCH_DONE) {
      out.finish_batch(input);
    } else if (input.kind == LOCKSTEP_ARRIVE && input.rows > rows_max_) {
      out.finish(input.request, LOCKSTEP_INVALID_ARGUMENT, LOCKSTEP_REASON_TOO_LARGE);
    } else if (input.kind == LOCKSTEP_ARRIVE) {
      waiting_[input.queue].push_back(input);
    }
    std::int64_t wake_ns = LOCKSTEP_NEVER;
    for (auto& [queue, requests] : waiting_) {
      while (!lanes_.empty() && !requests.empty()) {
        std::vector<Piece> batch;
        std::int64_t rows = 0;
        for (const Input& request : requests) {
          if ((rows += request.rows) > rows_max_) {
            break;
          }
          batch.push_back(whole(request));
        }
        const std::int64_t deadline_ns = requests.front().now_ns + timeout_ns_;
        if (rows < rows_max_ && deadline_ns > input.now_ns) {
          wake_ns = std::min(wake_ns, deadline_ns);
          break;  // others may join
        }
        out.start({.batch = next_batch_++,
                   .lane = lanes_.take(),
                   .queue = queue,
                   .reason = rows < rows_max_ ? LOCKSTEP_REASON_TIMEOUT : LOCKSTEP_REASON_FULL},
                  batch);
        requests.erase(requests.begin(), requests.begin() + std::ssize(batch));
      }
    }
    out.wake(wake_ns);
  }

 private:
  std::int64_t rows_max_;
  std::int64_t timeout_ns_ = 0;
  IdleLanes lanes_;
  std::map<std::uint32_t, std::deque<Input>> waiting_;  // by queue
  std::uint64_t next_batch_ = 0;
};

LOCKSTEP_PLUGIN(SizeOrTimeout)

// A plug-in: queues share the device by weight, and each has room of its own.
//
// Batches as in size_or_timeout.cpp. Among the queues whose batch is due the one that has had
// least, for its weight, is next (start-time fair queueing).
#include <algorithm>
#include <charconv>
#include <deque>
#include <map>

#include <lockstep/plugin.hpp>

using namespace lockstep::plugin;

class FairShares final : public Scheduler {
 public:
  static Description describe() {
    return {.name = "fair-shares",
            .goal = "queues share the device by weight",
            .options = {{"max_batch_size", "32", "rows"},
                        {"batch_timeout_micros", "2000", "us"},
                        {"max_enqueued_batches", "4", "batches", "rows that wait, in batches"},
                        {"queue_weights", "", "", "1 to 16; of queue i: i modulo their number",
                         LOCKSTEP_SIZES},
                        {"num_batch_threads", "1", "threads"}},
            .lane_option = "num_batch_threads",
            .batch_option = "max_batch_size",
            .promises = LOCKSTEP_PROMISES_FIFO_PER_QUEUE | LOCKSTEP_PROMISES_WORK_CONSERVING |
                        LOCKSTEP_PROMISES_TIMEOUT_BOUND | LOCKSTEP_PROMISES_STARVATION_FREE |
                        LOCKSTEP_PROMISES_CANCELLABLE | LOCKSTEP_PROMISES_DRAINS_ON_CLOSE |
                        LOCKSTEP_PROMISES_WAITS_FOR_TIMEOUT | LOCKSTEP_PROMISES_FILLS_BATCHES |
                        LOCKSTEP_PROMISES_SHARES_BY_WEIGHT | LOCKSTEP_PROMISES_ISOLATES_QUEUES};
  }
  explicit FairShares(const Options& options)
      : rows_max_(options.integer("max_batch_size")),
        timeout_ns_(options.integer("batch_timeout_micros") * 1000),
        batches_max_(options.integer("max_enqueued_batches")),
        weights_(sizes(options.text("queue_weights"))),
        lanes_(options.lane_count()) {
    Options::require(rows_max_ >= 1 && batches_max_ >= 1 && batches_max_ <= 1'000'000,
                     "max_batch_size must be positive, max_enqueued_batches 1 to 1,000,000");
    Options::require(timeout_ns_ >= 0 && timeout_ns_ <= 3'600'000'000'000,
                     "batch_timeout_micros must be 0 to 1 h");
    for (const std::int64_t weight : weights_) {
      Options::require(weight >= 1 && weight <= 16, "weights must be 1 to 16");
    }
  }

  void step(const Input& input, Decisions& out) override {
    lanes_.note(input);
    if (input.kind == LOCKSTEP_BATCH_DONE) {
      out.finish_batch(input);
    } else if (input.kind == LOCKSTEP_ARRIVE) {
      arrive(input, out);
    } else if (input.kind == LOCKSTEP_CANCEL) {
      cancel(input, out);
    } else if (input.kind == LOCKSTEP_CLOSE_QUEUE) {
      queues_[input.queue].closed = true;
    }
    dispatch(input.now_ns, out);
  }
  [[nodiscard]] lockstep_counters counters(std::uint32_t queue) const override {
    lockstep_counters counters{};
    if (const auto found = queues_.find(queue); found != queues_.end()) {
      counters.enqueued_requests = found->second.waiting.size();
      counters.enqueued_rows = static_cast<std::uint64_t>(found->second.rows);
    }
    return counters;
  }

 private:
  struct Queue {
    std::deque<Input> waiting;
    std::int64_t rows = 0;  // waiting
    bool closed = false;
    bool was_due = false;
    std::int64_t served = 0;  // rows, for its weight: 720,720 each at weight 1
  };

  static std::vector<std::int64_t> sizes(const std::string& text) {  // "3,1"
    std::vector<std::int64_t> sizes;
    const char* at = text.data();
    for (const char* const end = at + text.size(); at < end; ++at) {
      at = std::from_chars(at, end, sizes.emplace_back()).ptr;
    }
    return sizes;
  }

  void arrive(const Input& input, Decisions& out) {
    Queue& queue = queues_[input.queue];
    if (input.rows > rows_max_) {
      out.finish(input.request, LOCKSTEP_INVALID_ARGUMENT, LOCKSTEP_REASON_TOO_LARGE);
    } else if (queue.rows + input.rows > rows_max_ * batches_max_) {
      out.finish(input.request, LOCKSTEP_UNAVAILABLE, LOCKSTEP_REASON_QUEUE_FULL);
    } else {
      queue.waiting.push_back(input);
      queue.rows += input.rows;
    }
  }

  void cancel(const Input& input, Decisions& out) {
    Queue& queue = queues_[input.queue];
    const auto found =
        std::find_if(queue.waiting.begin(), queue.waiting.end(),
                     [&](const Input& waiting) { return waiting.request == input.request; });
    if (found != queue.waiting.end()) {
      queue.rows -= found->rows;
      queue.waiting.erase(found);
      out.finish(input.request, LOCKSTEP_CANCELLED, LOCKSTEP_REASON_CANCELLED);
    }
  }

  [[nodiscard]] bool is_due(const Queue& queue, std::int64_t now_ns) const {
    return !queue.waiting.empty() && (queue.rows >= rows_max_ || queue.closed ||
                                      queue.waiting.front().now_ns + timeout_ns_ <= now_ns);
  }

  void dispatch(std::int64_t now_ns, Decisions& out) {
    for (;;) {
      std::int64_t wake_ns = LOCKSTEP_NEVER;
      auto next = queues_.end();
      for (auto one = queues_.begin(); one != queues_.end(); ++one) {
        Queue& queue = one->second;
        const bool due = is_due(queue, now_ns);
        if (due && !queue.was_due) {
          queue.served = std::max(queue.served, level_);  // nobody saves up while he has nothing
        }
        queue.was_due = due;
        if (due && (next == queues_.end() || queue.served < next->second.served)) {
          next = one;
        } else if (!due && !queue.waiting.empty()) {
          wake_ns = std::min(wake_ns, queue.waiting.front().now_ns + timeout_ns_);
        }
      }
      if (lanes_.empty() || next == queues_.end()) {
        out.wake(lanes_.empty() ? LOCKSTEP_NEVER : wake_ns);
        return;
      }
      start(next->first, next->second, out);
    }
  }

  void start(std::uint32_t id, Queue& queue, Decisions& out) {
    std::vector<Piece> batch;
    std::int64_t rows = 0;
    while (!queue.waiting.empty() && rows + queue.waiting.front().rows <= rows_max_) {
      rows += queue.waiting.front().rows;
      batch.push_back(whole(queue.waiting.front()));
      queue.waiting.pop_front();
    }
    const bool full = queue.rows >= rows_max_;
    queue.rows -= rows;
    level_ = queue.served;
    queue.served += rows * 720'720 / weight(id);
    out.start({.batch = next_batch_++,
               .lane = lanes_.take(),
               .queue = id,
               .reason = rows == rows_max_ ? LOCKSTEP_REASON_FULL
                         : full            ? LOCKSTEP_REASON_OVERFLOW
                         : queue.closed    ? LOCKSTEP_REASON_FLUSH
                                           : LOCKSTEP_REASON_TIMEOUT},
              batch);
  }

  [[nodiscard]] std::int64_t weight(std::uint32_t queue) const {
    return weights_.empty() ? 1 : weights_[queue % weights_.size()];
  }

  std::int64_t rows_max_;
  std::int64_t timeout_ns_;
  std::int64_t batches_max_;
  std::vector<std::int64_t> weights_;
  IdleLanes lanes_;
  std::map<std::uint32_t, Queue> queues_;
  std::int64_t level_ = 0;  // what the queue that was served last had had
  std::uint64_t next_batch_ = 0;
};

LOCKSTEP_PLUGIN(FairShares)

#include "tests/support/run_log_builder.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/prng.h"

namespace lockstep {
namespace {

constexpr std::int64_t kMicrosecond = 1'000;

struct OpenBatch {
  std::vector<std::size_t> members;  // indices into RunLog::requests
  std::uint32_t rows = 0;
};

class Builder {
 public:
  explicit Builder(const RunLogOptions& options) : options_(options), random_(options.seed, "log") {
    lane_free_.resize(options.lanes);
    gpu_free_.resize(options.gpus);
    open_.resize(options.queues);
  }

  RunLog build() {
    describe();
    std::int64_t now = 0;
    for (std::uint32_t i = 0; i < options_.requests; ++i) {
      now += static_cast<std::int64_t>(
          random_.below(static_cast<std::uint64_t>(2 * options_.mean_gap_us * kMicrosecond + 1)));
      close_overdue(now);
      arrive(i, at_ns(now));
    }
    close_overdue(INT64_MAX);
    std::sort(log_.batches.begin(), log_.batches.end(),
              [](const BatchRow& a, const BatchRow& b) { return a.record.id < b.record.id; });
    return std::move(log_);
  }

 private:
  void describe() {
    log_.settings = {{"scheduler", "tf_shared"},
                     {"trace", "azure-2023-conversation (bundled)"},
                     {"load", "400x, by compressing gaps"},
                     {"gpu", fmt::format("{}us+{}us/row", options_.batch_us, options_.row_us)},
                     {"gpus", fmt::format("{}", options_.gpus)},
                     {"max_batch_size", fmt::format("{}", options_.max_batch_size)},
                     {"batch_timeout_micros", fmt::format("{}", options_.timeout_us)},
                     {"num_batch_threads", fmt::format("{}", options_.lanes)},
                     {"seed", fmt::format("{}", options_.seed)}};
    log_.digest = 0x7f3a52c1d0e49b68u ^ options_.seed;
    log_.lane_count = options_.lanes;
    log_.gpu_count = options_.gpus;
    for (std::uint32_t i = 0; i < options_.queues; ++i) {
      log_.queue_names.push_back(options_.queues == 1 ? "queue" : fmt::format("model-{}", i));
    }
  }

  void arrive(std::uint32_t id, SimTime time) {
    RequestRow row;
    row.request = id;
    row.arrival = time;
    row.queue = static_cast<std::uint32_t>(random_.below(options_.queues));
    row.size = 1 + static_cast<std::uint32_t>(random_.below(options_.size_max));
    log_.requests.push_back(row);
    if (options_.refuse_one_in > 0 && random_.below(options_.refuse_one_in) == 0) {
      log_.requests.back().finished = time;
      log_.requests.back().status = Status::kUnavailable;
      log_.requests.back().reason = Reason::kQueueFull;
      return;
    }
    OpenBatch& batch = open_[row.queue];
    if (batch.rows + row.size > options_.max_batch_size) {
      close(row.queue, time, Reason::kOverflow);
    }
    batch.members.push_back(log_.requests.size() - 1);
    batch.rows += row.size;
    if (batch.rows == options_.max_batch_size) {
      close(row.queue, time, Reason::kFull);
    }
  }

  [[nodiscard]] SimTime due_of(const OpenBatch& batch) const {
    return log_.requests[batch.members.front()].arrival +
           SimDuration{options_.timeout_us * kMicrosecond};
  }

  // Closes what timed out before `now`, the earliest first.
  void close_overdue(std::int64_t now) {
    while (true) {
      std::uint32_t best = options_.queues;
      for (std::uint32_t i = 0; i < options_.queues; ++i) {
        const bool overdue = !open_[i].members.empty() && ns_of(due_of(open_[i])) <= now;
        if (overdue && (best == options_.queues || due_of(open_[i]) < due_of(open_[best]))) {
          best = i;
        }
      }
      if (best == options_.queues) {
        return;
      }
      close(best, due_of(open_[best]), Reason::kTimeout);
    }
  }

  void close(std::uint32_t queue, SimTime due, Reason reason) {
    OpenBatch batch = std::move(open_[queue]);
    open_[queue] = {};
    const auto lane = std::min_element(lane_free_.begin(), lane_free_.end());
    const auto lane_index = static_cast<std::uint32_t>(lane - lane_free_.begin());
    const std::uint32_t gpu = lane_index % options_.gpus;
    BatchRow row;
    row.gpu = gpu;
    row.record.id = BatchId{log_.batches.size()};
    row.record.queue = QueueId{queue};
    row.record.lane = LaneId{lane_index};
    row.record.opened = log_.requests[batch.members.front()].arrival;
    row.record.due = due;
    row.record.dispatched = std::max(due, *lane);
    row.record.lane_taken = options_.fills_on_lanes ? *lane : row.record.dispatched;
    row.record.device_start = std::max(row.record.dispatched, gpu_free_[gpu]);
    row.record.finished =
        row.record.device_start +
        SimDuration{(options_.batch_us + batch.rows * options_.row_us) * kMicrosecond};
    row.record.request_count = static_cast<std::uint32_t>(batch.members.size());
    row.record.rows = row.record.padded_rows = batch.rows;
    row.record.reason = reason;
    *lane = gpu_free_[gpu] = row.record.finished;
    for (const std::size_t index : batch.members) {
      RequestRow& request = log_.requests[index];
      request.batch = raw(row.record.id);
      request.lane = lane_index;
      request.due = due;
      request.dispatched = row.record.dispatched;
      request.finished = row.record.finished;
      request.reason = Reason::kAnswered;
    }
    log_.batches.push_back(row);
  }

  RunLogOptions options_;
  Prng random_;
  RunLog log_;
  std::vector<SimTime> lane_free_;
  std::vector<SimTime> gpu_free_;
  std::vector<OpenBatch> open_;
};

}  // namespace

RunLog make_run_log(const RunLogOptions& options) {
  return Builder(options).build();
}

}  // namespace lockstep

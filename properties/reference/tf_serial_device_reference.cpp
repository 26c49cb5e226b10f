#include "properties/reference/tf_serial_device_reference.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace lockstep::reference {
namespace {

struct Batch {
  std::uint32_t queue = 0;
  std::int64_t created_us = 0;
  std::int64_t rows = 0;
  bool open = true;
  std::vector<std::uint64_t> requests;
};
struct Loop {
  std::uint64_t number = 0;
  SimTime wakes{};  // while it sleeps
};
struct Running {
  SimTime ends{};
  std::uint32_t lane = 0;
  std::uint64_t loop = 0;
  std::int64_t started_us = 0;
  std::optional<std::int64_t> pending_after{};
};

class Model {
 public:
  Model(const TfSerialDeviceOptions& options, std::span<const SerialExecution> executions)
      : options_(options),
        executions_(executions),
        limit_(options.initial_in_flight_batches_limit),
        loop_count_(limit_) {
    const std::string target = options.target_pending.text();
    std::from_chars(target.data(), target.data() + target.size(), target_);
    for (std::int64_t i = 0; i < loop_count_; ++i) {
      asleep_.push_back({next_loop_++, SimTime{}});
    }
  }

  SerialOutcome run(std::span<const SerialArrival> arrivals) {
    std::size_t next_arrival = 0;
    while (next_arrival < arrivals.size() || !list_.empty() || !running_.empty()) {
      const auto ends =
          std::min_element(running_.begin(), running_.end(),
                           [](const Running& a, const Running& b) { return a.ends < b.ends; });
      const auto wakes =
          std::min_element(asleep_.begin(), asleep_.end(),
                           [](const Loop& a, const Loop& b) { return a.wakes < b.wakes; });
      const SimTime completion = ends == running_.end() ? kForever : ends->ends;
      const SimTime timer = wakes == asleep_.end() ? kForever : wakes->wakes;
      const SimTime arrival =
          next_arrival == arrivals.size() ? kForever : arrivals[next_arrival].at;
      now_ = std::min({completion, timer, arrival});
      if (completion == now_) {
        const Running done = *ends;
        running_.erase(ends);
        complete(done);
      } else if (timer == now_) {
        wake_up();
      } else {
        enqueue(arrivals[next_arrival], next_arrival);
        ++next_arrival;
      }
    }
    outcome_.limit = std::to_string(limit_);
    return std::move(outcome_);
  }

 private:
  [[nodiscard]] std::int64_t now_us() const { return ns_of(now_) / 1000; }

  // All loops of this instant, by number.
  void wake_up() {
    std::vector<std::uint64_t> awake;
    std::erase_if(asleep_, [&](const Loop& loop) {
      if (loop.wakes == now_) {
        awake.push_back(loop.number);
      }
      return loop.wakes == now_;
    });
    std::sort(awake.begin(), awake.end());
    for (const std::uint64_t loop : awake) {
      turn(loop);
    }
  }

  [[nodiscard]] double score(const Batch& batch) const {
    const double boost =
        static_cast<double>(options_.full_batch_scheduling_boost_micros * batch.rows);
    return static_cast<double>(batch.created_us) -
           boost / static_cast<double>(options_.queues[batch.queue].max_batch_size);
  }

  void turn(std::uint64_t loop) {
    if (loop_count_ > limit_) {
      --loop_count_;
      ++outcome_.loops_ended;
      return;
    }
    if (list_.empty()) {
      ++idle_;
      asleep_.push_back({loop, now_ + SimDuration{(period_us_ == 0 ? 1000 : period_us_) * 1000}});
      return;
    }
    auto best = list_.begin();
    for (auto place = list_.begin(); place != list_.end(); ++place) {
      best = score(*place) < score(*best) ? place : best;
    }
    const Batch batch = *best;
    list_.erase(best);
    std::uint32_t lane = 0;
    while (std::any_of(running_.begin(), running_.end(),
                       [&](const Running& running) { return running.lane == lane; })) {
      ++lane;
    }
    std::string text = "@" + std::to_string(ns_of(now_)) + " q" + std::to_string(batch.queue) +
                       " lane" + std::to_string(lane) + " [";
    for (const std::uint64_t request : batch.requests) {
      text += (text.ends_with('[') ? "" : ",") + std::to_string(request);
    }
    const SerialExecution& execution = executions_[outcome_.dispatches.size() % executions_.size()];
    outcome_.dispatches.push_back(text + "]");
    running_.push_back({now_ + execution.duration, lane, loop, now_us(), execution.pending_after});
  }

  void complete(const Running& done) {
    ++ended_;
    execution_us_ += now_us() - done.started_us;
    pending_ += done.pending_after.value_or(static_cast<std::int64_t>(running_.size()));
    std::int64_t extra = 0;
    if (ended_ == options_.batches_to_average_over) {
      if (static_cast<double>(idle_) < 0.1 * static_cast<double>(ended_)) {
        period_us_ = execution_us_ / ended_ / limit_;
        const double gap = target_ - static_cast<double>(pending_) / static_cast<double>(ended_);
        // To the nearest, halves away from 0.
        const std::int64_t down = static_cast<std::int64_t>(gap < 0 ? -gap : gap);
        const double rest = (gap < 0 ? -gap : gap) - static_cast<double>(down);
        const std::int64_t steps = down + (rest >= 0.5 ? 1 : 0);
        limit_ += gap < 0 ? -steps : steps;
        limit_ = std::clamp(limit_, std::int64_t{1}, options_.num_batch_threads);
        extra = std::max<std::int64_t>(limit_ - loop_count_, 0);
        loop_count_ += extra;
      } else {
        ++outcome_.skipped;
      }
      ended_ = idle_ = execution_us_ = pending_ = 0;
    }
    turn(done.loop);
    for (; extra > 0; --extra) {
      ++outcome_.loops_added;
      turn(next_loop_++);
    }
  }

  void enqueue(const SerialArrival& arrival, std::uint64_t request) {
    const TfSerialDeviceQueueOptions& queue = options_.queues[arrival.queue];
    const auto refuse = [&](const char* code) {
      outcome_.refusals.push_back("@" + std::to_string(ns_of(now_)) + " refused " +
                                  std::to_string(request) + " " + code);
    };
    if (arrival.rows > queue.max_batch_size) {
      return refuse("INVALID_ARGUMENT");
    }
    Batch* open = nullptr;
    std::int64_t enqueued = 0;
    for (Batch& batch : list_) {
      if (batch.queue == arrival.queue) {
        ++enqueued;
        open = batch.open ? &batch : open;
      }
    }
    if (open != nullptr && open->rows + arrival.rows > queue.max_batch_size) {
      if (enqueued >= queue.max_enqueued_batches) {
        return refuse("UNAVAILABLE");
      }
      open->open = false;
      open = nullptr;
    }
    if (open == nullptr) {
      list_.push_back(Batch{.queue = arrival.queue, .created_us = now_us(), .requests = {}});
      open = &list_.back();
    }
    open->rows += arrival.rows;
    open->requests.push_back(request);
  }

  const TfSerialDeviceOptions& options_;
  std::span<const SerialExecution> executions_;
  double target_ = 0;
  std::int64_t limit_;
  std::int64_t loop_count_;
  std::uint64_t next_loop_ = 0;
  SimTime now_{};
  std::vector<Batch> list_;
  std::vector<Loop> asleep_;
  std::vector<Running> running_;  // in start order
  std::int64_t ended_ = 0;
  std::int64_t idle_ = 0;
  std::int64_t execution_us_ = 0;
  std::int64_t pending_ = 0;
  std::int64_t period_us_ = 0;
  SerialOutcome outcome_;
};

}  // namespace

SerialOutcome run_serial_device(const TfSerialDeviceOptions& options,
                                std::span<const SerialArrival> arrivals,
                                std::span<const SerialExecution> executions) {
  return Model(options, executions).run(arrivals);
}

}  // namespace lockstep::reference

#include "properties/reference/tf_adaptive_reference.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <utility>

#include "core/prng.h"

namespace lockstep::reference {
namespace {

__extension__ using Rows = __int128;  // of a huge number of batches, too

struct Member {
  std::uint64_t request = 0;
  std::int64_t rows = 0;
};
struct Batch {
  std::uint32_t queue = 0;
  std::int64_t created_us = 0;
  bool closed = false;
  bool express = false;
  std::vector<Member> members;

  [[nodiscard]] std::int64_t size() const {
    std::int64_t sum = 0;
    for (const Member& member : members) {
      sum += member.rows;
    }
    return sum;
  }
};
struct Running {
  SimTime ends{};
  std::uint32_t lane = 0;
  Batch batch;
};

class Model {
 public:
  Model(const TfAdaptiveOptions& options, std::uint64_t seed,
        std::span<const SimDuration> durations)
      : options_(options), draws_(seed, "tf-adaptive in-flight limit"), durations_(durations) {
    const std::string initial = options.initial_in_flight_batches_limit.text();
    std::from_chars(initial.data(), initial.data() + initial.size(), limit_);
  }

  AdaptiveOutcome run(std::span<const AdaptiveArrival> arrivals) {
    std::size_t next_arrival = 0;
    while (true) {
      const auto ends =
          std::min_element(running_.begin(), running_.end(),
                           [](const Running& a, const Running& b) { return a.ends < b.ends; });
      const SimTime completion = ends == running_.end() ? kForever : ends->ends;
      const SimTime timer = timers_.empty() ? kForever : *timers_.begin();
      const SimTime arrival =
          next_arrival == arrivals.size() ? kForever : arrivals[next_arrival].at;
      now_ = std::min({completion, timer, arrival});
      if (now_ == kForever) {
        break;
      }
      if (completion == now_) {
        complete(ends);
      } else if (timer == now_) {
        while (!timers_.empty() && *timers_.begin() == now_) {
          timers_.erase(timers_.begin());
          next();
        }
      } else {
        enqueue(arrivals[next_arrival], next_arrival);
        ++next_arrival;
      }
      occupy_lanes();
    }
    std::array<char, 64> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), limit_,
                                   std::chars_format::fixed);
    outcome_.limit.assign(digits.data(), end.ptr);
    return std::move(outcome_);
  }

 private:
  using Place = std::vector<Batch>::iterator;

  [[nodiscard]] std::int64_t now_us() const { return ns_of(now_) / 1000; }
  [[nodiscard]] const TfAdaptiveQueueOptions& options_of(std::uint32_t queue) const {
    return options_.queues[queue];
  }
  // The open batch is the last of its queue, unless that is closed.
  [[nodiscard]] Batch* open_of(std::uint32_t queue) {
    Batch* found = nullptr;
    for (Batch& batch : list_) {
      found = batch.queue == queue ? &batch : found;
    }
    for (Batch& batch : fresh_) {
      found = batch.queue == queue ? &batch : found;
    }
    return found != nullptr && !found->closed ? found : nullptr;
  }
  [[nodiscard]] std::int64_t enqueued(std::uint32_t queue) const {
    return std::count_if(list_.begin(), list_.end(),
                         [&](const Batch& batch) { return batch.queue == queue; });
  }

  void enqueue(const AdaptiveArrival& arrival, std::uint64_t request) {
    const TfAdaptiveQueueOptions& queue = options_of(arrival.queue);
    const std::int64_t size = arrival.rows;
    const auto refuse = [&](const char* code) {
      outcome_.refusals.push_back("@" + std::to_string(ns_of(now_)) + " refused " +
                                  std::to_string(request) + " " + code);
    };
    if ((!queue.enable_large_batch_splitting && size > queue.max_batch_size) ||
        (queue.max_input_task_size && size > *queue.max_input_task_size)) {
      return refuse("INVALID_ARGUMENT");
    }
    const Batch* open = open_of(arrival.queue);
    const std::int64_t room = open == nullptr ? 0 : queue.max_batch_size - open->size();
    // Below 0 it is a huge number upstream, too: everything is taken (tf_adaptive.h, quirk d).
    const Rows capacity =
        Rows{queue.max_enqueued_batches - enqueued(arrival.queue)} * queue.max_batch_size + room;
    if (capacity >= 0 && size > capacity) {
      return refuse("UNAVAILABLE");
    }
    bool closed = false;
    for (const std::int64_t rows :
         pieces(queue, size, open == nullptr ? queue.max_batch_size : room)) {
      closed = add(arrival.queue, {request, rows}) || closed;
    }
    for (const Batch& batch : std::exchange(fresh_, {})) {
      list_.push_back(batch);
      if (queue.batch_timeout_micros <= 0) {
        next();
      } else {
        timers_.insert(now_ + SimDuration{queue.batch_timeout_micros * 1000});
      }
    }
    if (closed) {
      express();
    }
  }

  [[nodiscard]] static std::vector<std::int64_t> pieces(const TfAdaptiveQueueOptions& queue,
                                                        std::int64_t size, std::int64_t room) {
    if (!queue.enable_large_batch_splitting || size <= room) {
      return {size};
    }
    std::vector<std::int64_t> sizes = {room};
    for (size -= room; size > 0; size -= sizes.back()) {
      sizes.push_back(std::min(size, queue.max_batch_size));
    }
    return sizes;
  }

  // True when it closed a batch.
  bool add(std::uint32_t index, const Member& member) {
    const TfAdaptiveQueueOptions& queue = options_of(index);
    bool closed = false;
    Batch* open = open_of(index);
    if (open != nullptr && open->size() + member.rows > queue.max_batch_size) {
      open->closed = true;
      closed = true;
      open = nullptr;
    }
    if (open == nullptr) {
      open = &fresh_.emplace_back(Batch{.queue = index, .created_us = now_us(), .members = {}});
    }
    open->members.push_back(member);
    if (open->size() == queue.max_batch_size ||
        (queue.max_tasks_per_batch &&
         static_cast<std::int64_t>(open->members.size()) >= *queue.max_tasks_per_batch)) {
      open->closed = true;
      closed = true;
    }
    return closed;
  }

  [[nodiscard]] bool is_ready(const Batch& batch) const {
    const std::int64_t timeout = options_of(batch.queue).batch_timeout_micros;
    return batch.created_us + std::max<std::int64_t>(timeout, 0) <= now_us();
  }
  [[nodiscard]] double score(const Batch& batch) const {
    const double boost =
        static_cast<double>(options_.full_batch_scheduling_boost_micros * batch.size());
    return static_cast<double>(batch.created_us) -
           boost / static_cast<double>(options_of(batch.queue).max_batch_size);
  }

  void next() {
    if (list_.empty() || static_cast<double>(in_flight_) >= limit_) {
      return;
    }
    const double room = limit_ - static_cast<double>(in_flight_);
    if (room < 1) {
      ++outcome_.draws;
      const double draw = static_cast<double>(draws_.next() >> 11) / 9007199254740992.0;
      if (draw > room) {
        return;
      }
    }
    Place best = list_.end();
    if (options_.fifo_scheduling) {
      best = is_ready(list_.front()) ? list_.begin() : list_.end();
    } else {
      for (Place place = list_.begin(); place != list_.end(); ++place) {
        if (is_ready(*place) && (best == list_.end() || score(*place) < score(*best))) {
          best = place;
        }
      }
    }
    if (best != list_.end()) {
      ++in_flight_;
      release(best, false);
    }
  }

  void express() {
    std::int64_t idle = options_.num_batch_threads - in_flight_ - in_flight_express_;
    for (Place place = list_.begin(); place != list_.end() && idle > 0;) {
      if (place->closed) {
        ++in_flight_express_;
        --idle;
        place = release(place, true);
      } else if (options_.fifo_scheduling) {
        return;
      } else {
        ++place;
      }
    }
  }

  Place release(Place place, bool express) {
    place->express = express;
    pool_.push_back(*place);
    return list_.erase(place);
  }

  void occupy_lanes() {
    while (!pool_.empty() &&
           static_cast<std::int64_t>(running_.size()) < options_.num_batch_threads) {
      std::uint32_t lane = 0;
      while (std::any_of(running_.begin(), running_.end(),
                         [&](const Running& running) { return running.lane == lane; })) {
        ++lane;
      }
      const Batch batch = pool_.front();
      pool_.erase(pool_.begin());
      std::string text = "@" + std::to_string(ns_of(now_)) + " q" + std::to_string(batch.queue) +
                         " lane" + std::to_string(lane) + (batch.express ? " x[" : " [");
      for (const Member& member : batch.members) {
        text += (text.ends_with('[') ? "" : ",") + std::to_string(member.request) + ":" +
                std::to_string(member.rows);
      }
      const SimDuration duration = durations_[outcome_.dispatches.size() % durations_.size()];
      outcome_.dispatches.push_back(text + "]");
      running_.push_back({now_ + duration, lane, batch});
    }
  }

  void complete(std::vector<Running>::iterator ends) {
    const Batch batch = ends->batch;
    running_.erase(ends);
    if (batch.express) {
      --in_flight_express_;
      express();
      return;
    }
    --in_flight_;
    latencies_us_.push_back(now_us() - batch.created_us);
    if (static_cast<std::int64_t>(latencies_us_.size()) == options_.batches_to_average_over) {
      adjust();
    }
    next();
  }

  void adjust() {
    std::int64_t sum = 0;
    for (const std::int64_t latency : latencies_us_) {
      sum += latency;
    }
    const double average =
        static_cast<double>(sum) / 1000.0 / static_cast<double>(latencies_us_.size());
    latencies_us_.clear();
    const bool improved = average < last_average_;
    if (improved) {
      step_ = std::max(std::min(step_ * (last_improved_ ? 2 : 0.5), 1.0 / 8), 1.0 / 128);
    } else {
      direction_ = -direction_;
    }
    limit_ = limit_ + direction_ * limit_ * step_;
    limit_ = std::min(limit_, static_cast<double>(options_.num_batch_threads));
    limit_ = std::max(limit_, static_cast<double>(options_.min_in_flight_batches_limit));
    last_average_ = average;
    last_improved_ = improved;
  }

  const TfAdaptiveOptions& options_;
  Prng draws_;
  std::span<const SimDuration> durations_;
  SimTime now_{};
  std::vector<Batch> list_;
  std::vector<Batch> fresh_;
  std::multiset<SimTime> timers_;
  std::vector<Batch> pool_;  // released, without a thread
  std::vector<Running> running_;
  std::int64_t in_flight_ = 0;
  std::int64_t in_flight_express_ = 0;
  double limit_ = 0;
  double step_ = 0.125;
  double last_average_ = 0;
  bool last_improved_ = false;
  int direction_ = 1;
  std::vector<std::int64_t> latencies_us_;
  AdaptiveOutcome outcome_;
};

}  // namespace

AdaptiveOutcome run_adaptive(const TfAdaptiveOptions& options, std::uint64_t seed,
                             std::span<const AdaptiveArrival> arrivals,
                             std::span<const SimDuration> durations) {
  return Model(options, seed, durations).run(arrivals);
}

}  // namespace lockstep::reference

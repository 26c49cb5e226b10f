#include "core/schedulers/tf_adaptive.h"

#include <algorithm>
#include <utility>

#include "core/deadline_heap.h"
#include "core/prng.h"
#include "core/ring.h"
#include "core/schedulers/idle_lanes.h"
#include "core/schedulers/tf_adaptive_options.h"
#include "core/schedulers/tf_adaptive_queue.h"
#include "core/schedulers/tf_waiting_batches.h"

namespace lockstep {
namespace {

class TfAdaptive final : public Scheduler {
 public:
  TfAdaptive(const TfAdaptiveOptions& options, std::uint64_t seed)
      : common_(options.queue),
        thread_count_(options.num_batch_threads),
        boost_us_(options.full_batch_scheduling_boost_micros),
        fifo_(options.fifo_scheduling),
        limit_(
            TfAdaptiveLimit::Options{.initial = options.initial_in_flight_batches_limit,
                                     .smallest = options.min_in_flight_batches_limit,
                                     .largest = options.num_batch_threads,
                                     .batches_to_average_over = options.batches_to_average_over}),
        draws_(seed, "tf-adaptive in-flight limit"),
        lanes_(static_cast<std::size_t>(options.num_batch_threads)),
        idle_lanes_(static_cast<std::uint32_t>(options.num_batch_threads)) {
    for (const TfAdaptiveQueueOptions& queue : options.queues) {
      queues_.emplace_back(queue);
    }
    timers_.resize(queues_.size());
    deadlines_.resize(static_cast<std::uint32_t>(queues_.size()));
  }

  void step(const Input& input, const RequestTable& requests, Decisions& out) override {
    now_ = input.now;
    switch (input.kind) {
      case InputKind::kArrive: {
        const std::uint32_t size = requests.at(input.request).arrival.size;
        if (raw(input.queue) < queues_.size() &&
            queues_[raw(input.queue)].joins_quietly(batches_, input.request, size)) [[likely]] {
          return;
        }
        arrive(input, size, out);
        break;
      }
      case InputKind::kTimer:
        wake_ = kForever;
        fire_timers();
        break;
      case InputKind::kBatchDone:
        finish(input, out);
        break;
      case InputKind::kLaneDown:
      case InputKind::kLaneUp:
        idle_lanes_.note(input);
        break;
      default:
        break;  // closing flushes nothing; a cancel is too late; steps do not occur
    }
    start_released(out);
    plan_wake(out);
  }

  [[nodiscard]] QueueCounters counters(QueueId id) const override {
    return (raw(id) < queues_.size() ? queues_[raw(id)] : common_).counters(batches_);
  }
  // A ready batch waits only while another is in flight, whose end asks NEXT, or behind one that is
  // not ready, whose timer does.
  [[nodiscard]] Promises promises() const override {
    return Promises{.fifo_per_queue = fifo_ || boost_us_ == 0, .starvation_free = true};
  }
  [[nodiscard]] Needs needs() const override { return Needs{.empty_requests = true}; }
  [[nodiscard]] std::string in_flight_limit() const override { return limit_.text(); }

 private:
  struct Lane {
    std::int64_t created_us = 0;  // of its batch
    bool express = false;
  };
  struct Released {
    std::uint32_t batch = 0;
    bool express = false;
  };

  // --- queues

  void arrive(const Input& input, std::uint32_t size, Decisions& out) {
    if (batches_.empty()) {
      forget_timers();
    }
    while (raw(input.queue) >= queues_.size()) {
      queues_.push_back(common_);
      timers_.emplace_back();
      deadlines_.resize(static_cast<std::uint32_t>(queues_.size()));
    }
    TfAdaptiveQueue& queue = queues_[raw(input.queue)];
    if (const Reason refusal = queue.refusal(batches_, size); refusal != Reason::kNone) {
      out.finish(input.request,
                 refusal == Reason::kTooLarge ? Status::kInvalidArgument : Status::kUnavailable,
                 refusal);
      return;
    }
    fresh_.clear();
    const bool closed_a_batch = queue.take(
        batches_,
        {.request = input.request, .size = size, .queue = raw(input.queue), .now = input.now},
        fresh_);
    for (const std::uint32_t batch : fresh_) {
      batches_.add(batch);
      if (queue.timeout() == SimDuration{0}) {
        next();
      } else {
        arm_timer(raw(input.queue));
      }
    }
    if (closed_a_batch) {
      express();
    }
  }

  // --- timers

  void arm_timer(std::uint32_t index) {
    Ring<SimTime>& timers = timers_[index];
    timers.push_back(after(now_, queues_[index].timeout()));
    if (timers.size() == 1) {
      deadlines_.set(index, timers.front());
    }
  }
  void pop_timer() {
    const std::uint32_t index = deadlines_.earliest_index();
    Ring<SimTime>& timers = timers_[index];
    timers.pop_front();
    deadlines_.clear(index);
    if (!timers.empty()) {
      deadlines_.set(index, timers.front());
    }
  }
  void fire_timers() {
    while (!deadlines_.empty() && deadlines_.earliest() <= now_) {
      pop_timer();
      next();
    }
  }
  // Nothing came of those that passed while no batch waited; they were not waited for.
  void forget_timers() {
    while (!deadlines_.empty() && deadlines_.earliest() <= now_) {
      pop_timer();
    }
  }
  void plan_wake(Decisions& out) {
    const SimTime wanted =
        batches_.empty() || deadlines_.empty() ? kForever : deadlines_.earliest();
    if (wanted != wake_) {
      wake_ = wanted;
      out.wake(wanted);
    }
  }

  // --- batches

  // NEXT of TF 3.1.
  void next() {
    if (batches_.empty() || !limit_.admits(in_flight_, draws_)) {
      return;
    }
    const std::int64_t now_us = tf_clock_us(now_);
    std::uint32_t batch = TfWaitingBatches::kNone;
    if (!fifo_) {
      batch = batches_.take_best(now_us, boost_us_);
    } else if (batches_.at(batches_.listed(0)).ready_us <= now_us) {
      batch = batches_.take(0);
    }
    if (batch != TfWaitingBatches::kNone) {
      ++in_flight_;
      release(batch, false);
    }
  }

  // EXPRESS of TF 3.1.
  void express() {
    std::int64_t free = thread_count_ - in_flight_ - in_flight_express_;
    for (std::size_t place = 0; free > 0 && batches_.any_closed() && place < batches_.size();) {
      if (batches_.at(batches_.listed(place)).closed) {
        ++in_flight_express_;
        --free;
        release(batches_.take(place), true);
      } else if (fifo_) {
        return;
      } else {
        ++place;
      }
    }
  }

  // From here on it is not enqueued any more, thread or no thread.
  void release(std::uint32_t batch, bool express) {
    const TfWaitingBatch& leaving = batches_.at(batch);
    queues_[leaving.queue].forget(batch, leaving);
    released_.push_back(Released{batch, express});
  }

  void start_released(Decisions& out) {
    while (!released_.empty() && !idle_lanes_.empty()) {
      const Released released = released_.front();
      released_.pop_front();
      const LaneId lane = idle_lanes_.take_lowest();
      const TfWaitingBatch& batch = batches_.at(released.batch);
      lanes_[raw(lane)] = Lane{.created_us = batch.created_us, .express = released.express};
      out.start(Start{.batch = BatchId{next_batch_++},
                      .lane = lane,
                      .queue = QueueId{batch.queue},
                      .opened = batch.opened,
                      .due = std::min(batch.due, now_),
                      .reason = released.express ? Reason::kExpress : batch.reason},
                PieceRange{batch.pieces, {}});
      batches_.recycle(released.batch);
    }
  }

  void finish(const Input& input, Decisions& out) {
    idle_lanes_.give_back(input.lane);
    out.finish_batch(input.batch, input.status, batch_end_reason(input.status));
    const Lane lane = lanes_[raw(input.lane)];
    if (lane.express) {
      --in_flight_express_;
      express();
      return;
    }
    --in_flight_;
    limit_.note_latency(tf_clock_us(now_) - lane.created_us);
    next();
  }

  TfAdaptiveQueue common_;
  std::int64_t thread_count_;  // N
  std::int64_t boost_us_;
  bool fifo_;
  TfAdaptiveLimit limit_;
  Prng draws_;

  SimTime now_{};
  std::vector<TfAdaptiveQueue> queues_;
  TfWaitingBatches batches_;
  std::vector<std::uint32_t> fresh_;  // made by this arrival; reused
  // By queue: when NEXT is asked, for each of its batches, those that have left included.
  std::vector<Ring<SimTime>> timers_;
  DeadlineHeap deadlines_;  // by queue: the earliest of its timers
  SimTime wake_ = kForever;

  Ring<Released> released_;             // waiting for a thread
  std::int64_t in_flight_ = 0;          // F
  std::int64_t in_flight_express_ = 0;  // X
  std::vector<Lane> lanes_;
  IdleLanes idle_lanes_;
  std::uint64_t next_batch_ = 0;
};

}  // namespace

Result<std::unique_ptr<Scheduler>> make_tf_adaptive(const TfAdaptiveOptions& options,
                                                    std::uint64_t seed) {
  if (Result<void> checked = check_tf_adaptive_options(options); !checked) {
    return tl::unexpected(checked.error());
  }
  return std::make_unique<TfAdaptive>(options, seed);
}

}  // namespace lockstep

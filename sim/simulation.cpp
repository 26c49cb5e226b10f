#include "sim/simulation.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/check.h"
#include "core/limits.h"
#include "sim/device_model.h"

namespace lockstep {
namespace {

// A batch that will complete: ordered by (time, start order), the total order of completions.
struct Completion {
  SimTime time{};
  std::uint64_t order = 0;  // BatchId
  LaneId lane{0};
  SimDuration service{0};
};

bool later(const Completion& a, const Completion& b) {
  return a.time != b.time ? a.time > b.time : a.order > b.order;
}

class EventLoop {
 public:
  EventLoop(const SimulationOptions& options, ArrivalSource& arrivals, Outside& outside,
            Server& server)
      : options_(options),
        arrivals_(arrivals),
        outside_(outside),
        server_(server),
        tells_pending_(server.scheduler().needs().device_pending),
        gpus_(options.gpu_count) {
    if (!options.device.is_plain()) {
      model_.emplace(options.device, DeviceOptions{.gpu_count = options.gpu_count,
                                                   .lane_count = server.lane_count(),
                                                   .seed = options.seed,
                                                   .queue_names = options.queue_names});
    }
  }

  Result<SimulationResult> run() {
    if (Result<bool> more = refill(); !more) {
      return tl::unexpected(more.error());
    }
    if (block_size_ > 0) {
      result_.first_arrival = block_[0].time;
    }
    while (true) {
      if (Result<void> arrived = arrivals_before_anything_else(); !arrived) {
        return tl::unexpected(arrived.error());
      }
      // One instant: completions, then timers, then arrivals.
      const SimTime timer = server_.wake_at();
      const SimTime outside = outside_.next();
      if (outside < std::min(next_completion_, timer)) {
        const Result<bool> acted = act_from_outside(outside);
        if (!acted) {
          return tl::unexpected(acted.error());
        }
        if (!*acted) {
          continue;  // started() is still what the last input said
        }
      } else if (next_completion_ == kForever && timer == kForever) {
        break;  // nothing will ever happen again
      } else if (next_completion_ <= timer) {
        if (!model_) [[likely]] {
          complete();
        } else if (Result<bool> completed = step_model(); !completed) {
          return tl::unexpected(completed.error());
        } else if (!*completed) {
          continue;  // the server has not heard of anything
        }
      } else {
        advance(timer);
        server_.timer(timer);
      }
      if (Result<void> executed = execute_started(); !executed) {
        return tl::unexpected(executed.error());
      }
    }
    result_.end = now_;
    result_.gpu_memory_peak = model_ ? model_->memory_peak() : 0;
    result_.unanswered = server_.report_unanswered();
    return result_;
  }

 private:
  struct Gpu {
    SimTime free_at{};
    std::int64_t pending = 0;  // batches started on its lanes and not finished
  };
  [[nodiscard]] Gpu& gpu_of(LaneId lane) { return gpus_[raw(lane) % options_.gpu_count]; }

  // The common case in a tight loop: arrivals earlier than the next completion and timer.
  Result<void> arrivals_before_anything_else() {
    while (block_next_ < block_size_) {
      const Arrival& arrival = block_[block_next_];
      if (arrival.time >= std::min(next_completion_, server_.wake_at())) {
        break;
      }
      advance(arrival.time);
      server_.arrive(arrival);
      if (!server_.started().empty()) {
        if (Result<void> executed = execute_started(); !executed) {
          return executed;
        }
      }
      if (++block_next_ == block_size_) {
        if (Result<bool> more = refill(); !more) {
          return tl::unexpected(more.error());
        }
      }
    }
    return {};
  }

  // Whether the server got an input.
  Result<bool> act_from_outside(SimTime time) {
    advance(time);
    if (server_.totals().arrived == 0) {
      result_.first_arrival = time;
    }
    const std::uint64_t inputs = server_.totals().inputs;
    if (Result<void> acted = outside_.act(server_); !acted) {
      return tl::unexpected(acted.error());
    }
    return server_.totals().inputs != inputs;
  }

  // The only place where virtual time moves.
  void advance(SimTime time) {
    LOCKSTEP_CHECK(time >= now_);
    now_ = time;
    context_.now_ns = ns_of(time);
    context_.event = server_.totals().inputs;
  }

  Result<bool> refill() {
    const Result<std::size_t> count = arrivals_.read(block_);
    if (!count) {
      return tl::unexpected(count.error());
    }
    LOCKSTEP_CHECK(*count <= block_.size());
    block_size_ = *count;
    block_next_ = 0;
    return *count > 0;
  }

  void complete() {
    const Completion done = completions_.front();
    std::pop_heap(completions_.begin(), completions_.end(), later);
    completions_.pop_back();
    note_next_completion();
    advance(done.time);
    const std::int64_t pending = --gpu_of(done.lane).pending;
    server_.batch_done(BatchDone{.now = done.time,
                                 .lane = done.lane,
                                 .device_time = done.service,
                                 .device_pending = tells_pending_ ? pending : 0});
  }

  // What happens next on a device that is not plain; false: no completion.
  Result<bool> step_model() {
    if (ns_of(next_completion_) > DeviceModel::kLatestNs) [[unlikely]] {
      return too_late("a batch");
    }
    const std::optional<DeviceCompletion> done = model_->step();
    next_completion_ = model_->next();
    if (!done) {
      return false;
    }
    advance(done->time);
    const SimTime dispatched = server_.running_on(done->lane)->dispatched;
    result_.gpu_busy_time += done->service;
    result_.gpu_queue_time += done->time - done->service - dispatched;
    const std::int64_t pending = --gpu_of(done->lane).pending;
    server_.batch_done(BatchDone{.now = done->time,
                                 .lane = done->lane,
                                 .status = done->status,
                                 .device_time = done->service,
                                 .device_pending = tells_pending_ ? pending : 0});
    return true;
  }

  Result<void> hand_to_model() {
    for (const StartedBatch& batch : server_.started()) {
      ++gpu_of(batch.lane).pending;
      switch (model_->hand_over(now_, batch)) {
        case DeviceModel::HandOver::kTaken:
          break;
        case DeviceModel::HandOver::kNotCovered:
          return not_covered(batch);
        case DeviceModel::HandOver::kTooLate:
          return too_late("batch " + std::to_string(raw(batch.batch)));
      }
    }
    next_completion_ = model_->next();
    return {};
  }

  // One compute stream per GPU: a batch begins when those handed over before it are through. It is
  // handed over when it is sealed.
  Result<void> execute_started() {
    if (model_) [[unlikely]] {
      return hand_to_model();
    }
    for (const StartedBatch& batch : server_.started()) {
      Gpu& gpu = gpu_of(batch.lane);
      ++gpu.pending;
      if (batch.rows == 0) [[unlikely]] {
        // Nothing to execute: done at this instant, whatever its GPU is busy with.
        push(Completion{.time = now_, .order = raw(batch.batch), .lane = batch.lane});
        continue;
      }
      if (batch.rows > rows_covered_) [[unlikely]] {
        if (!options_.device.covers(batch.rows)) {
          return not_covered(batch);
        }
        rows_covered_ = batch.rows;
      }
      const SimTime begin = std::max(now_, gpu.free_at);
      const SimDuration service = options_.device.compute.time(batch.rows);
      LOCKSTEP_CHECK(service > SimDuration{0});
      gpu.free_at = begin + service;
      if (ns_of(gpu.free_at) > 2 * kMaxTimeNs) [[unlikely]] {
        return too_late("batch " + std::to_string(raw(batch.batch)));
      }
      result_.gpu_busy_time += service;
      result_.gpu_queue_time += begin - now_;
      push(Completion{
          .time = gpu.free_at, .order = raw(batch.batch), .lane = batch.lane, .service = service});
    }
    note_next_completion();
    return {};
  }

  void push(const Completion& completion) {
    completions_.push_back(completion);
    std::push_heap(completions_.begin(), completions_.end(), later);
  }

  // Handlers that count requests, not rows, start batches of any number of rows.
  [[nodiscard]] tl::unexpected<Error> not_covered(const StartedBatch& batch) const {
    return bad_input("found batch " + std::to_string(raw(batch.batch)) + " of " +
                     std::to_string(batch.rows) + " rows at " + to_text(now_.time_since_epoch()) +
                     ", expected a GPU curve that covers it: " + "this one is for " +
                     options_.device.range_text() + " and is not extrapolated");
  }

  [[nodiscard]] static tl::unexpected<Error> too_late(const std::string& batch) {
    return bad_input(batch +
                     " would end beyond 73 years of virtual time: expected a faster --gpu or "
                     "fewer requests");
  }

  void note_next_completion() {
    next_completion_ = completions_.empty() ? kForever : completions_.front().time;
  }

  CheckContext& context_ = check_context();
  const SimulationOptions& options_;
  ArrivalSource& arrivals_;
  Outside& outside_;
  Server& server_;
  bool tells_pending_;
  std::array<Arrival, 128> block_;
  std::size_t block_size_ = 0;
  std::size_t block_next_ = 0;
  std::vector<Completion> completions_;  // heap, earliest first; at most one per lane
  SimTime next_completion_ = kForever;
  std::uint32_t rows_covered_ = 0;  // by the curve: the largest batch so far
  std::vector<Gpu> gpus_;
  std::optional<DeviceModel> model_;  // of a device that is not plain
  SimTime now_{};
  SimulationResult result_;
};

}  // namespace

Result<SimulationResult> simulate(const SimulationOptions& options, ArrivalSource& arrivals,
                                  Server& server) {
  LOCKSTEP_CHECK(options.gpu_count > 0 && options.gpu_count <= kMaxGpus);
  NobodyOutside nobody;
  return EventLoop(options, arrivals, nobody, server).run();
}

Result<SimulationResult> simulate(const SimulationOptions& options, Outside& outside,
                                  Server& server) {
  LOCKSTEP_CHECK(options.gpu_count > 0 && options.gpu_count <= kMaxGpus);
  NoArrivals none("queue");
  return EventLoop(options, none, outside, server).run();
}

}  // namespace lockstep

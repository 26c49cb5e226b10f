#include "sim/simulation.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "core/check.h"
#include "core/limits.h"
#include "sim/completion_heap.h"
#include "sim/device_model.h"
#include "sim/fault_storms.h"
#include "sim/fault_timers.h"
#include "sim/faulted_device.h"

namespace lockstep {
namespace {

struct NoFaults {};

// What a fault plan puts between the loop and the rest.
struct ActiveFaults {
  FaultedDevice device;
  FaultTimers timers;
};

DeviceOptions device_options(const SimulationOptions& options, const Server& server) {
  return {.gpu_count = options.gpu_count,
          .lane_count = server.lane_count(),
          .seed = options.seed,
          .queue_names = options.queue_names,
          .stages = options.stages};
}

// Without faults the loop has no trace of them.
template <bool kFaulty>
class EventLoop {
 public:
  using Outsiders = std::conditional_t<kFaulty, FaultStorms, Outside>;

  EventLoop(const SimulationOptions& options, ArrivalSource& arrivals, Outsiders& outside,
            Server& server)
      : options_(options),
        arrivals_(arrivals),
        outside_(outside),
        server_(server),
        tells_pending_(server.scheduler().needs().device_pending),
        gpus_(options.gpu_count) {
    if constexpr (kFaulty) {
      const FaultPlan& plan = *options.faults;
      faults_.emplace(
          ActiveFaults{FaultedDevice(plan, options.device, device_options(options, server)),
                       FaultTimers(plan.timer, options.seed)});
      next_completion_ = faults_->device.next();
    } else if (!options.device.is_plain()) {
      model_.emplace(options.device, device_options(options, server));
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
      const SimTime timer = next_timer();
      const SimTime outside = outside_.next();
      if (is_over(timer)) {
        break;
      }
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
        if (!kFaulty && !model_) [[likely]] {
          complete();
        } else if (Result<bool> completed = step_device(); !completed) {
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
    if constexpr (kFaulty) {
      result_.gpu_memory_peak = faults_->device.memory_peak();
      result_.faults = faults_->device.counts();
      result_.faults.timers_late = faults_->timers.late_count();
    } else {
      result_.gpu_memory_peak = model_ ? model_->memory_peak() : 0;
    }
    result_.unanswered = server_.report_unanswered();
    return result_;
  }

 private:
  struct Gpu {
    SimTime free_at{};
    std::int64_t pending = 0;  // batches started on its lanes and not finished
  };
  [[nodiscard]] Gpu& gpu_of(LaneId lane) { return gpus_[raw(lane) % options_.gpu_count]; }

  [[nodiscard]] SimTime next_timer() {
    if constexpr (kFaulty) {
      return faults_->timers.fires_at(server_.wake_at());
    } else {
      return server_.wake_at();
    }
  }

  // The traffic is over and answered: only faults are left, and nobody whom they could strike.
  [[nodiscard]] bool is_over(SimTime timer) const {
    if constexpr (kFaulty) {
      return timer == kForever && outside_.is_quiet() && block_next_ == block_size_ &&
             faults_->device.is_idle() && server_.requests().live_count() == 0;
    } else {
      return false;
    }
  }

  // When something happens that comes before arrivals of that instant.
  [[nodiscard]] SimTime before_arrivals() {
    SimTime time = std::min(next_completion_, next_timer());
    if constexpr (kFaulty) {
      time = std::min(time, outside_.next());
    }
    return time;
  }

  // The common case in a tight loop: arrivals earlier than the next completion and timer.
  Result<void> arrivals_before_anything_else() {
    while (block_next_ < block_size_) {
      const Arrival& arrival = block_[block_next_];
      if (arrival.time >= before_arrivals()) {
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
    const std::uint64_t arrived = server_.totals().arrived;
    const std::uint64_t inputs = server_.totals().inputs;
    if (Result<void> acted = outside_.act(server_); !acted) {
      return tl::unexpected(acted.error());
    }
    if (arrived == 0 && server_.totals().arrived > 0) {
      result_.first_arrival = time;
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
    const PlannedCompletion done = completions_.pop();
    next_completion_ = completions_.next();
    advance(done.time);
    const std::int64_t pending = --gpu_of(done.lane).pending;
    server_.batch_done(BatchDone{.now = done.time,
                                 .lane = done.lane,
                                 .device_time = done.service,
                                 .device_pending = tells_pending_ ? pending : 0});
  }

  // What happens next on a device that is not plain; false: nothing that the server hears of.
  Result<bool> step_device() {
    if (ns_of(next_completion_) > DeviceModel::kLatestNs) [[unlikely]] {
      return too_late("a batch");
    }
    if constexpr (kFaulty) {
      return step_faulted();
    } else {
      const std::optional<DeviceCompletion> done = model_->step();
      next_completion_ = model_->next();
      if (done) {
        advance(done->time);
        tell_completion(done->lane, done->service, done->status);
      }
      return done.has_value();
    }
  }

  Result<bool> step_faulted() {
    const std::optional<DeviceEvent> event = faults_->device.step();
    next_completion_ = faults_->device.next();
    if (!event) {
      return false;
    }
    advance(event->time);
    switch (event->kind) {
      case DeviceEvent::Kind::kCompletion:
        tell_completion(event->lane, event->service, event->status);
        return true;
      case DeviceEvent::Kind::kLaneDown:
        server_.lane_down(now_, event->lane, event->status);
        return true;
      case DeviceEvent::Kind::kLaneUp:
        server_.lane_up(now_, event->lane);
        return true;
      case DeviceEvent::Kind::kTooLate:
        break;
    }
    return too_late("batch " + std::to_string(raw(event->batch)));
  }

  void tell_completion(LaneId lane, SimDuration service, Status status) {
    const SimTime dispatched = server_.running_on(lane)->dispatched;
    result_.gpu_busy_time += service;
    result_.gpu_queue_time += now_ - service - dispatched;
    const std::int64_t pending = --gpu_of(lane).pending;
    server_.batch_done(BatchDone{.now = now_,
                                 .lane = lane,
                                 .status = status,
                                 .device_time = service,
                                 .device_pending = tells_pending_ ? pending : 0});
  }

  template <typename Device>
  Result<void> hand_over_to(Device& device) {
    for (const StartedBatch& batch : server_.started()) {
      ++gpu_of(batch.lane).pending;
      switch (device.hand_over(now_, batch)) {
        case DeviceModel::HandOver::kTaken:
          break;
        case DeviceModel::HandOver::kNotCovered:
          return not_covered(batch);
        case DeviceModel::HandOver::kTooLate:
          return too_late("batch " + std::to_string(raw(batch.batch)));
      }
    }
    next_completion_ = device.next();
    return {};
  }

  // One compute stream per GPU: a batch begins when those handed over before it are through. It is
  // handed over when it is sealed.
  Result<void> execute_started() {
    if constexpr (kFaulty) {
      return hand_over_to(faults_->device);
    } else if (model_) [[unlikely]] {
      return hand_over_to(*model_);
    }
    for (const StartedBatch& batch : server_.started()) {
      Gpu& gpu = gpu_of(batch.lane);
      ++gpu.pending;
      if (batch.rows == 0) [[unlikely]] {
        // Nothing to execute: done at this instant, whatever its GPU is busy with.
        completions_.push(
            PlannedCompletion{.time = now_, .order = raw(batch.batch), .lane = batch.lane});
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
      completions_.push(PlannedCompletion{
          .time = gpu.free_at, .order = raw(batch.batch), .lane = batch.lane, .service = service});
    }
    next_completion_ = completions_.next();
    return {};
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

  CheckContext& context_ = check_context();
  const SimulationOptions& options_;
  ArrivalSource& arrivals_;
  Outsiders& outside_;
  Server& server_;
  bool tells_pending_;
  std::array<Arrival, 128> block_;
  std::size_t block_size_ = 0;
  std::size_t block_next_ = 0;
  CompletionHeap completions_;  // of a plain device
  SimTime next_completion_ = kForever;
  std::uint32_t rows_covered_ = 0;  // by the curve: the largest batch so far
  std::vector<Gpu> gpus_;
  std::optional<DeviceModel> model_;  // of a device that is not plain
  std::optional<std::conditional_t<kFaulty, ActiveFaults, NoFaults>> faults_;
  SimTime now_{};
  SimulationResult result_;
};

Result<SimulationResult> run_loop(const SimulationOptions& options, ArrivalSource& arrivals,
                                  Outside& outside, Server& server) {
  LOCKSTEP_CHECK(options.gpu_count > 0 && options.gpu_count <= kMaxGpus);
  if (options.faults == nullptr || options.faults->empty()) {
    return EventLoop<false>(options, arrivals, outside, server).run();
  }
  FaultStorms storms(*options.faults, options.queue_names, outside);
  Result<SimulationResult> result = EventLoop<true>(options, arrivals, storms, server).run();
  if (result) {
    result->faults.cancels = storms.cancels();
    result->faults.burst_arrivals = storms.arrivals();
  }
  return result;
}

}  // namespace

Result<SimulationResult> simulate(const SimulationOptions& options, ArrivalSource& arrivals,
                                  Server& server) {
  NobodyOutside nobody;
  return run_loop(options, arrivals, nobody, server);
}

Result<SimulationResult> simulate(const SimulationOptions& options, Outside& outside,
                                  Server& server) {
  NoArrivals none("queue");
  return run_loop(options, none, outside, server);
}

}  // namespace lockstep

// Random cases for the tests of single properties: every registered scheduler with many of its
// options, boundary gaps, cancels, closings, lanes that go down and come back, any order of what
// happens at one instant.
#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "core/prng.h"
#include "core/schedulers/registry.h"
#include "properties/cases/case.h"

namespace lockstep {

class CaseDrawer {
 public:
  CaseDrawer(const SchedulerInfo& info, std::uint64_t seed)
      : info_(info), prng_(seed, "drawn-cases") {
    value_.scheduler = std::string(info.name);
    value_.seed = seed;
  }

  // May be refused by its scheduler.
  [[nodiscard]] Case draw() {
    draw_sizes();
    draw_priorities();
    draw_rest();
    draw_events();
    for (std::uint64_t left = 1 + prng_.below(5); left > 0; --left) {
      const SimDuration waits = chance(4) ? gap() : SimDuration{0};
      const SimDuration takes = chance(8) ? SimDuration{0} : gap();
      const Status status = chance(10) ? Status::kInternal : Status::kOk;
      value_.executions.push_back({.waits = waits, .takes = takes, .status = status});
    }
    if (chance(4)) {
      draw_device();
    }
    for (int i = 0; i < 60; ++i) {
      value_.ties.push_back(static_cast<std::uint8_t>(prng_.below(4)));
    }
    return value_;
  }

 private:
  bool chance(std::uint64_t one_in) { return prng_.below(one_in) == 0; }

  void set(std::string_view name, const std::string& text) {
    if (find_option(info_, name) != nullptr) {
      value_.options.emplace_back(name, text);
    }
  }
  void set(std::string_view name, std::uint64_t number) { set(name, std::to_string(number)); }
  void maybe(std::string_view name, std::uint64_t one_in) {
    if (chance(one_in)) {
      set(name, "true");
    }
  }

  void draw_sizes() {
    const std::uint64_t rows = 1 + prng_.below(6);
    timeout_us_ = chance(3) ? 0 : 1 + prng_.below(40);
    const std::uint64_t lanes = 1 + prng_.below(4);
    set("max_batch_size", rows);
    set("batch_size", 1 + prng_.below(3));
    set("batch_timeout_micros", timeout_us_);
    set("max_enqueued_batches", 1 + prng_.below(4));
    set("num_batch_threads", lanes);
    set("initial_in_flight_batches_limit", 1 + prng_.below(lanes));
    if (info_.name == "tf-adaptive" && chance(2)) {
      value_.options.pop_back();
      set("initial_in_flight_batches_limit", lanes);
      set("min_in_flight_batches_limit", lanes);
    }
    if (chance(3)) {
      set("enable_large_batch_splitting", "true");
      set("max_execution_batch_size", 1 + prng_.below(rows));
    }
    if (chance(3)) {
      set("allowed_batch_sizes", rows > 3 ? "2," + std::to_string(rows) : std::to_string(rows));
      set("batch_padding_policy", chance(2)   ? "PAD_UP"
                                  : chance(2) ? "BATCH_DOWN"
                                              : "MINIMIZE_TPU_COST_PER_REQUEST");
    }
  }

  void draw_priorities() {
    maybe("rank_queues", 4);
    if (chance(4)) {
      set("enable_priority_queue", "true");
      set("mixed_priority_batching_policy", chance(3) ? "priority_merge"
                                            : chance(2)
                                                ? "priority_isolation"
                                                : "low_priority_padding_with_max_batch_size");
      set("low_priority_max_batch_size", 1 + prng_.below(4));
      set("low_priority_batch_timeout_micros", prng_.below(60));
      set("low_priority_max_enqueued_batches", 1 + prng_.below(4));
    } else if (chance(4)) {
      set("enable_priority_aware_batch_scheduler", "true");
      set("max_queue_depth", 4 + prng_.below(12));
      maybe("enable_task_resplit", 2);
      maybe("enable_lazy_cancellation_filtering", 2);
    }
  }

  void draw_rest() {
    if (chance(5)) {
      set("idle_poll_micros", 1 + prng_.below(30));
    }
    maybe("batching_session", 5);
    if (chance(6)) {
      set("retrier", "true");
      set("max_time_micros", prng_.below(100));
      set("retry_delay_micros", prng_.below(30));
    }
    maybe("fifo_scheduling", 4);
    if (chance(4)) {
      set("full_batch_scheduling_boost_micros", prng_.below(50));
    }
    set("batches_to_average_over", 1 + prng_.below(5));
    if (chance(3)) {
      set("max_tasks_per_batch", 1 + prng_.below(4));
    }
    set("max_ready_batches", prng_.below(3));
    set("max_queue_size", 1 + prng_.below(10));
    set("no_tasks_wait_time_micros", chance(2) ? 0 : 1 + prng_.below(50));
  }

  // The simulated device of docs/device.md instead, with faults of every kind.
  void draw_device() {
    value_.device = "1:10us,1000:60us";
    value_.device += chance(2) ? ",jitter=0.8@0/1@50/1.5@99" : "";
    value_.device += chance(3) ? ",h2d=1us+100ns/row,d2h=1us+50ns/row" : "";
    value_.device += chance(3) ? ",sharing=equal" : "";
    value_.gpus = static_cast<std::uint32_t>(1 + prng_.below(3));
    static constexpr std::string_view kFaults[] = {"timer latency=3us jitter=5us",
                                                   "timer grid=10us",
                                                   "stall lane=0 at=20us for=40us",
                                                   "slow at=10us for=90us factor=3",
                                                   "fail batch=3",
                                                   "oom batch=2",
                                                   "late batch=1 by=30us",
                                                   "duplicate batch=2 by=5us",
                                                   "lost gpu=0 at=50us for=80us",
                                                   "sticky gpu=0 at=40us reset=60us",
                                                   "cancel at=60us share=50%",
                                                   "burst at=45us requests=5",
                                                   "watchdog after=100us reset=50us",
                                                   "drop batch=4"};
    std::size_t kind = prng_.below(std::size(kFaults));
    for (std::uint64_t left = chance(2) ? 0 : 1 + prng_.below(3); left > 0; --left) {
      value_.faults += std::string(value_.faults.empty() ? "" : "; ");
      value_.faults += kFaults[kind];
      kind = (kind + 2 + prng_.below(3)) % std::size(kFaults);
    }
  }

  // Where mistakes sit: nothing, one nanosecond, about the time-out; else anything.
  SimDuration gap() {
    const auto timeout = static_cast<std::int64_t>(timeout_us_ * 1000);
    switch (prng_.below(8)) {
      case 0:
      case 1:
        return SimDuration{0};
      case 2:
        return SimDuration{1};
      case 3:
        return SimDuration{timeout};
      case 4:
        return SimDuration{timeout + 1};
      case 5:
        return SimDuration{timeout > 0 ? timeout - 1 : 0};
      case 6:
        return SimDuration{static_cast<std::int64_t>(prng_.below(5)) * 1000};
      default:
        return SimDuration{static_cast<std::int64_t>(prng_.below(60'000))};
    }
  }

  void draw_events() {
    const bool faults = chance(3);
    const bool closes = chance(3);
    const bool cancels = chance(3);
    const std::uint64_t queues = 1 + prng_.below(4);
    const std::uint64_t rows_max = 1 + prng_.below(7);
    for (std::uint64_t left = 1 + prng_.below(60); left > 0; --left) {
      CaseEvent event{.gap = gap()};
      event.queue = static_cast<std::uint32_t>(prng_.below(queues));
      event.rows = static_cast<std::uint32_t>(chance(20) ? 0 : 1 + prng_.below(rows_max));
      event.priority = static_cast<std::uint8_t>(chance(2) ? 0 : prng_.below(6));
      event.timeout = chance(3) ? gap() : SimDuration{0};
      if (cancels && chance(8)) {
        event.kind = CaseEventKind::kCancel;
        event.request = static_cast<std::uint32_t>(prng_.below(4));
      } else if (closes && chance(25)) {
        event.kind = CaseEventKind::kCloseQueue;
      } else if (faults && chance(8)) {
        event.kind = chance(2) ? CaseEventKind::kLaneDown : CaseEventKind::kLaneUp;
        event.lane = static_cast<std::uint32_t>(prng_.below(4));
        event.lost = chance(12);
      }
      value_.events.push_back(event);
    }
  }

  const SchedulerInfo& info_;
  Prng prng_;
  Case value_;
  std::uint64_t timeout_us_ = 0;
};

}  // namespace lockstep

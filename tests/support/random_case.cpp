#include "tests/support/random_case.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "core/prng.h"

namespace lockstep {
namespace {

// Values at which the rules turn; small, so that limits are met.
std::string drawn_sizes(Prng& prng) {
  std::string text;
  std::uint64_t size = 0;
  for (std::uint64_t i = 0, count = 1 + prng.below(4); i < count; ++i) {
    size += 1 + prng.below(3);
    text += (text.empty() ? "" : ",") + std::to_string(size);
  }
  return text;
}

std::string drawn_number(std::string_view name, Prng& prng) {
  const auto ends_with = [&](std::string_view end) { return name.ends_with(end); };
  if (name == "num_batch_threads" || name == "batch_size") {
    return std::to_string(1 + prng.below(3));
  }
  if (name == "max_batch_size") {
    return std::to_string(1 + prng.below(8));
  }
  if (name == "max_execution_batch_size") {
    return std::to_string(1 + prng.below(4));
  }
  if (name == "low_priority_max_batch_size" || name == "low_priority_max_enqueued_batches" ||
      name == "max_enqueued_batches" || name == "max_queue_size" || name == "max_ready_batches") {
    return std::to_string(prng.below(5));
  }
  if (name == "max_queue_depth") {
    return std::to_string(1 + prng.below(20));
  }
  if (name == "batches_to_average_over") {
    return std::to_string(1 + prng.below(5));
  }
  if (name == "max_tasks_per_batch" || name == "max_input_task_size") {
    return std::to_string(prng.below(2) * (1 + prng.below(10)));
  }
  if (ends_with("_micros")) {
    constexpr std::uint64_t kMicros[] = {0, 1, 5, 20, 60};
    return std::to_string(kMicros[prng.below(5)]);
  }
  return std::to_string(1 + prng.below(3));
}

std::string drawn_value(const OptionInfo& option, Prng& prng) {
  switch (option.type) {
    case OptionType::kInteger:
      return drawn_number(option.name, prng);
    case OptionType::kFlag:
      return prng.below(2) == 0 ? "false" : "true";
    case OptionType::kSizes:
      return drawn_sizes(prng);
    case OptionType::kChoice:
      return std::string(option.choices[prng.below(option.choices.size())]);
    case OptionType::kDecimal:
      return "1";
  }
  return {};
}

CaseEvent drawn_event(Prng& prng, std::uint64_t mask) {
  CaseEvent event{.queue = static_cast<std::uint32_t>(prng.below(3))};
  constexpr std::int64_t kGaps[] = {0, 1, 999, 1000, 5000, 19'999, 20'000, 20'001};
  event.gap = SimDuration{prng.below(2) == 0 ? kGaps[prng.below(8)]
                                             : static_cast<std::int64_t>(prng.below(30'000))};
  const std::uint64_t what = prng.below(40);
  if (what == 0 && (mask & 1) != 0) {
    event.kind = CaseEventKind::kCloseQueue;
  } else if (what < 3 && (mask & 2) != 0) {
    event.kind = what == 1 ? CaseEventKind::kLaneDown : CaseEventKind::kLaneUp;
    event.lane = static_cast<std::uint32_t>(prng.below(3));
    event.lost = (mask & 4) != 0 && prng.below(4) == 0;
  } else if (what < 8 && (mask & 8) != 0) {
    event.kind = CaseEventKind::kCancel;
    event.request = static_cast<std::uint32_t>(prng.below(6));
  } else {
    event.rows =
        static_cast<std::uint32_t>(prng.below(16) == 0 ? 0 : 1 + prng.below(1 + prng.below(6)));
    event.priority = static_cast<std::uint8_t>((mask & 16) != 0 ? prng.below(5) : 0);
    event.timeout =
        SimDuration{static_cast<std::int64_t>((mask & 32) != 0 ? prng.below(60'000) : 0)};
  }
  return event;
}

// Some faults of each kind (sim/fault_plan.h), of both regimes.
std::string drawn_faults(Prng& prng) {
  static constexpr std::string_view kFaults[] = {
      "timer latency=3us jitter=2us",
      "watchdog after=200us reset=50us; drop at=0us count=3",
      "watchdog after=200us; drop at=20us count=1",
      "drop at=20us count=1",
      "cancel at=100us share=50%",
      "burst at=50us requests=9",
      "burst at=400us requests=9 size=3",
      "lost gpu=0 at=100us for=200us",
      "lost gpu=0 at=100us",
      "fail at=0us count=2",
      "oom at=10us count=1",
      "late at=0us count=2 by=30us",
      "duplicate at=0us count=3 by=10us",
      "sticky gpu=0 at=100us reset=80us",
      "stall at=30us for=100us",
      "slow at=30us for=300us factor=3"};
  std::string text;
  for (std::uint64_t i = 0, count = 1 + prng.below(3); i < count; ++i) {
    const std::string_view fault = kFaults[prng.below(std::size(kFaults))];
    const bool twice = fault.starts_with("timer") || fault.starts_with("watchdog");
    if (!twice || text.empty()) {
      text += std::string(text.empty() ? "" : "; ") + std::string(fault);
    }
  }
  return text;
}

}  // namespace

Case random_case(const SchedulerInfo& info, std::uint64_t seed) {
  Prng prng(seed, "random-case");
  Case value{.scheduler = std::string(info.name), .seed = seed};
  // What belongs together comes together.
  const bool low = prng.below(3) == 0;
  const bool aware = !low && prng.below(3) == 0;
  const auto in_group = [&](std::string_view name) {
    const bool of_low = name.starts_with("low_priority_") || name == "enable_priority_queue" ||
                        name == "mixed_priority_batching_policy";
    const bool of_aware = name == "enable_priority_aware_batch_scheduler" ||
                          name == "max_queue_depth" || name == "enable_task_resplit" ||
                          name == "enable_lazy_cancellation_filtering";
    return (low && of_low) || (aware && of_aware);
  };
  for (const OptionInfo& option : info.options) {
    const bool always = option.name == "max_batch_size" || option.name == "num_batch_threads" ||
                        option.name == "initial_in_flight_batches_limit" ||
                        option.name == "batch_size";
    const bool drawn = prng.below(3) == 0;
    const std::string text =
        option.name == "initial_in_flight_batches_limit" ? "1" : drawn_value(option, prng);
    if (always || drawn || in_group(option.name)) {
      const bool switches =
          in_group(option.name) && (option.name == "enable_priority_queue" ||
                                    option.name == "enable_priority_aware_batch_scheduler");
      value.options.emplace_back(option.name, switches ? "true" : text);
    }
  }
  const std::uint64_t mask = prng.next();
  for (std::uint64_t i = 0, count = 1 + prng.below(80); i < count; ++i) {
    value.events.push_back(drawn_event(prng, mask));
  }
  for (std::uint64_t i = 0, count = prng.below(6); i < count; ++i) {
    constexpr Status kStatuses[] = {Status::kInternal, Status::kUnavailable,
                                    Status::kResourceExhausted, Status::kDeadlineExceeded};
    CaseExecution execution;
    execution.waits = SimDuration{static_cast<std::int64_t>(prng.below(2) * prng.below(9000))};
    execution.takes = SimDuration{static_cast<std::int64_t>(prng.below(60'000))};
    if ((mask & 64) != 0 && prng.below(4) == 0) {
      execution.status = kStatuses[prng.below(4)];
    }
    if (prng.below(8) == 0) {
      execution.takes = SimDuration{static_cast<std::int64_t>(prng.below(4'000'000))};
    }
    value.executions.push_back(execution);
  }
  for (std::uint64_t i = 0, count = (mask & 128) != 0 ? prng.below(60) : 0; i < count; ++i) {
    value.ties.push_back(static_cast<std::uint8_t>(prng.below(3)));
  }
  if ((mask & 768) == 0) {
    value.device = "1:40us,8:90us";
    value.gpus = static_cast<std::uint32_t>(1 + prng.below(2));
    value.faults = drawn_faults(prng);
  }
  return value;
}

}  // namespace lockstep

#include "sim/fault_plan.h"

#include <algorithm>
#include <array>

#include "sim/quantiles.h"

namespace lockstep {
namespace {

using Names = std::string_view;

constexpr std::array<Names, 4> kStallOptions = {"lane", "gpu", "!at", "!for"};
constexpr std::array<Names, 5> kSlowOptions = {"lane", "gpu", "!at", "!for", "!factor"};
constexpr std::array<Names, 6> kFailOptions = {"lane", "gpu", "batch", "at", "count", "status"};
constexpr std::array<Names, 5> kBatchOptions = {"lane", "gpu", "batch", "at", "count"};
constexpr std::array<Names, 6> kByOptions = {"lane", "gpu", "batch", "at", "count", "!by"};
constexpr std::array<Names, 4> kStickyOptions = {"!gpu", "!at", "reset", "fence"};
constexpr std::array<Names, 3> kLostOptions = {"!gpu", "!at", "for"};
constexpr std::array<Names, 3> kCancelOptions = {"!at", "share", "queue"};
constexpr std::array<Names, 4> kBurstOptions = {"!at", "!requests", "queue", "size"};
constexpr std::array<Names, 2> kWatchdogOptions = {"!after", "reset"};
constexpr std::array<Names, 3> kTimerOptions = {"latency", "jitter", "grid"};

// In the order of FaultKind; then what is no fault by itself.
constexpr std::array<FaultKindInfo, kFaultKindCount + 2> kFaultKinds = {
    FaultKindInfo{"stall", "stall lane=1 at=2s for=50ms",
                  "a batch thread hangs: its completions and hand-overs wait", kStallOptions},
    FaultKindInfo{"slow", "slow gpu=0 at=2s for=1s factor=3",
                  "batches compute longer: a clock that throttles", kSlowOptions},
    FaultKindInfo{"fail", "fail at=2s count=2", "batches are computed and end with INTERNAL",
                  kFailOptions},
    FaultKindInfo{"oom", "oom lane=0 at=2s",
                  "batches find no memory and end at once with RESOURCE_EXHAUSTED", kBatchOptions},
    FaultKindInfo{"drop", "drop at=2s", "a completion is lost: only a watchdog gives the lane back",
                  kBatchOptions},
    FaultKindInfo{"late", "late at=2s by=20ms", "a completion is told later", kByOptions},
    FaultKindInfo{"duplicate", "duplicate batch=17 by=1ms",
                  "a completion is told twice; the second is dropped", kByOptions},
    FaultKindInfo{"sticky", "sticky gpu=0 at=5s reset=300ms",
                  "every batch on the device fails until its reset; fence=off: lanes stay up",
                  kStickyOptions},
    FaultKindInfo{"lost", "lost gpu=0 at=5s for=300ms",
                  "the device is gone, with what runs on it, and comes back empty", kLostOptions},
    FaultKindInfo{"cancel", "cancel at=2s share=50%",
                  "a storm: clients cancel requests that have no answer yet", kCancelOptions},
    FaultKindInfo{"burst", "burst at=2s requests=500",
                  "arrivals at one instant, beyond what queues take", kBurstOptions},
    FaultKindInfo{"watchdog", "watchdog after=100ms reset=50ms",
                  "a batch that takes longer is given up, and its lane fenced until the reset",
                  kWatchdogOptions},
    FaultKindInfo{"timer", "timer latency=1ms jitter=200us grid=4ms",
                  "wake-ups come late, and only at multiples of the grid", kTimerOptions},
};

std::string time_option(std::string_view name, SimDuration value) {
  return " " + std::string(name) + "=" + to_decimal_text(value);
}

void append_target(const Fault& fault, std::string& text) {
  text += fault.lane ? " lane=" + std::to_string(*fault.lane) : "";
  text += fault.gpu ? " gpu=" + std::to_string(*fault.gpu) : "";
  if (fault.batch) {
    text += " batch=" + std::to_string(*fault.batch);
  } else {
    text += time_option("at", fault.at.time_since_epoch());
  }
}

std::string fault_text(const Fault& fault) {
  std::string text(kFaultKinds.at(static_cast<std::size_t>(fault.kind)).name);
  append_target(fault, text);
  switch (fault.kind) {
    case FaultKind::kStall:
    case FaultKind::kSlow:
    case FaultKind::kLost:
      text += fault.lasts ? time_option("for", *fault.lasts) : "";
      text += fault.kind == FaultKind::kSlow ? " factor=" + decimal_text(fault.factor_millionths, 6)
                                             : "";
      return text;
    case FaultKind::kFail:
    case FaultKind::kOutOfMemory:
    case FaultKind::kDrop:
    case FaultKind::kLate:
    case FaultKind::kDuplicate:
      text += fault.count != 1 ? " count=" + std::to_string(fault.count) : "";
      if (fault.kind == FaultKind::kLate || fault.kind == FaultKind::kDuplicate) {
        text += time_option("by", fault.by);
      }
      text += fault.status != Status::kInternal
                  ? " status=" + std::string(status_name(fault.status))
                  : "";
      return text;
    case FaultKind::kSticky:
      text += fault.lasts ? time_option("reset", *fault.lasts) : "";
      return text + (fault.fence ? "" : " fence=off");
    case FaultKind::kCancel:
      text += fault.share_millionths != 1'000'000
                  ? " share=" + decimal_text(fault.share_millionths, 4) + "%"
                  : "";
      return text + (fault.queue.empty() ? "" : " queue=" + fault.queue);
    case FaultKind::kBurst:
      text += " requests=" + std::to_string(fault.count);
      text += fault.queue.empty() ? "" : " queue=" + fault.queue;
      return text + (fault.size != 1 ? " size=" + std::to_string(fault.size) : "");
  }
  return text;
}

}  // namespace

std::span<const FaultKindInfo> fault_kinds() {
  return kFaultKinds;
}

FaultRegime regime_of(const FaultPlan& plan) {
  const bool given_up = plan.watchdog && plan.watchdog->reset;
  const bool ends = std::all_of(plan.faults.begin(), plan.faults.end(), [&](const Fault& fault) {
    switch (fault.kind) {
      case FaultKind::kSticky:
      case FaultKind::kLost:
        return fault.lasts.has_value();
      case FaultKind::kDrop:
        return given_up;
      default:
        return true;
    }
  });
  // Whatever is too slow for such a watchdog costs a lane.
  const bool costs_lanes = plan.watchdog && !plan.watchdog->reset;
  return ends && !costs_lanes ? FaultRegime::kInside : FaultRegime::kBeyond;
}

std::string_view regime_name(FaultRegime regime) {
  return regime == FaultRegime::kInside ? "inside the promise" : "beyond the promise";
}

Result<void> check_fault_plan(const FaultPlan& plan, std::uint32_t lane_count,
                              std::uint32_t gpu_count) {
  const auto refuse = [](const Fault& fault, std::string_view what, std::uint32_t number,
                         std::uint32_t count) {
    return bad_input(fault.place + ": found " + std::string(what) + "=" + std::to_string(number) +
                     ", expected 0 to " + std::to_string(count - 1) + ": this run has " +
                     std::to_string(count) + (what == "gpu" ? " GPU" : " lane") +
                     (count == 1 ? "" : "s"));
  };
  for (const Fault& fault : plan.faults) {
    if (fault.lane && *fault.lane >= lane_count) {
      return refuse(fault, "lane", *fault.lane, lane_count);
    }
    if (fault.gpu && *fault.gpu >= gpu_count) {
      return refuse(fault, "gpu", *fault.gpu, gpu_count);
    }
  }
  return {};
}

std::string fault_plan_text(const FaultPlan& plan) {
  std::string text;
  const auto append = [&](const std::string& entry) {
    text += text.empty() ? "" : "; ";
    text += entry;
  };
  for (const Fault& fault : plan.faults) {
    append(fault_text(fault));
  }
  if (plan.watchdog) {
    append("watchdog" + time_option("after", plan.watchdog->after) +
           (plan.watchdog->reset ? time_option("reset", *plan.watchdog->reset) : ""));
  }
  if (!plan.timer.none()) {
    const TimerFaults& timer = plan.timer;
    append("timer" + (timer.latency > SimDuration{0} ? time_option("latency", timer.latency) : "") +
           (timer.jitter > SimDuration{0} ? time_option("jitter", timer.jitter) : "") +
           (timer.grid > SimDuration{1} ? time_option("grid", timer.grid) : ""));
  }
  return text;
}

}  // namespace lockstep

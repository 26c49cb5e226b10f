#include "cli/diagram_faults.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/run_plan.h"
#include "reports/format.h"
#include "sim/fault_plan.h"

namespace lockstep {
namespace {

bool strikes(const Fault& fault, const RunLog& run, std::uint32_t lane) {
  return (!fault.lane || *fault.lane == lane) && (!fault.gpu || *fault.gpu == lane % run.gpu_count);
}

// What took the lane down; the faults of one instant are looked at in the order of the plan.
std::string cause(const FaultPlan& plan, const RunLog& run, const LaneFault& down) {
  for (const Fault& fault : plan.faults) {
    const bool takes_down = fault.kind == FaultKind::kLost || fault.kind == FaultKind::kSticky;
    if (takes_down && fault.at == down.from && strikes(fault, run, down.lane)) {
      return fault.kind == FaultKind::kLost ? "GPU lost" : "GPU error";
    }
  }
  return plan.watchdog ? "watchdog" : "";
}

std::string slow_text(const Fault& fault) {
  return fmt::format("{}x slower", ratio_text(fault.factor_millionths, 1'000'000, 1));
}

}  // namespace

Result<void> name_faults(const RunLog& run, RunEvents& events) {
  const Result<FaultPlan> plan =
      parse_fault_plan(kFaultPlanSetting, run.setting(kFaultPlanSetting));
  if (!plan) {
    return tl::unexpected(plan.error());
  }
  for (LaneFault& down : events.faults) {
    if (const std::string why = cause(*plan, run, down); !why.empty()) {
      down.text = why + ", " + down.text;
    }
  }
  for (const Fault& fault : plan->faults) {
    if (fault.kind != FaultKind::kStall && fault.kind != FaultKind::kSlow) {
      continue;
    }
    for (std::uint32_t lane = 0; lane < run.lane_count; ++lane) {
      if (strikes(fault, run, lane)) {
        events.faults.push_back(
            {.lane = lane,
             .from = fault.at,
             .to = after(fault.at, fault.lasts.value_or(SimDuration{0})),
             .text = fault.kind == FaultKind::kStall ? "stall" : slow_text(fault)});
      }
    }
  }
  std::stable_sort(events.faults.begin(), events.faults.end(),
                   [](const LaneFault& a, const LaneFault& b) { return a.from < b.from; });
  return {};
}

}  // namespace lockstep

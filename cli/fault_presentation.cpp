#include <array>
#include <string_view>

#include <fmt/format.h>

#include "cli/presentation.h"

namespace lockstep {

std::string faults_text(const RunOutcome& run, const std::string& name) {
  const FaultPlan& plan = run.run.faults;
  if (plan.empty()) {
    return "";
  }
  const FaultRegime regime = regime_of(plan);
  std::string text = fmt::format(
      "{}faults: {} in the plan, {}: {} must hold\n", name, plan.faults.size(), regime_name(regime),
      regime == FaultRegime::kInside ? "safety and liveness" : "safety alone");
  struct Line {
    std::uint64_t count;
    std::string_view one;
    std::string_view many;
  };
  const FaultCounts& counts = run.faults;
  const std::array<Line, 16> lines = {{
      {counts.delayed_by_stall, "completion or hand-over waited for a stalled lane",
       "completions and hand-overs waited for stalled lanes"},
      {counts.slowed, "batch was slowed down", "batches were slowed down"},
      {counts.failed, "batch failed", "batches failed"},
      {counts.out_of_memory, "batch found no memory", "batches found no memory"},
      {counts.completions_lost, "completion was lost", "completions were lost"},
      {counts.completions_late, "completion was late", "completions were late"},
      {counts.completions_duplicated, "completion was told twice", "completions were told twice"},
      {counts.completions_dropped, "completion was dropped: its batch had ended",
       "completions were dropped: their batches had ended"},
      {counts.devices_lost, "device error", "device errors"},
      {counts.failed_on_device, "batch failed on a broken device",
       "batches failed on broken devices"},
      {counts.given_up, "batch was given up by the watchdog",
       "batches were given up by the watchdog"},
      {counts.lanes_down, "lane went down", "lanes went down"},
      {counts.lanes_up, "lane came back", "lanes came back"},
      {counts.cancels, "request was cancelled in a storm", "requests were cancelled in storms"},
      {counts.burst_arrivals, "request came in a burst", "requests came in bursts"},
      {counts.timers_late, "timer was late", "timers were late"},
  }};
  for (const Line& line : lines) {
    if (line.count > 0) {
      text += fmt::format("{}faults: {} {}\n", name, line.count,
                          line.count == 1 ? line.one : line.many);
    }
  }
  return text;
}

}  // namespace lockstep

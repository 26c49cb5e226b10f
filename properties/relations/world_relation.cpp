// M11: the two worlds in which cases run are one.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "properties/relations/relation.h"
#include "properties/relations/twin_runs.h"

namespace lockstep {
namespace {

std::string_view world_not_checked(const Case& value, const RunRules& rules) {
  if (rules.options.empty()) {
    return "its world is not this one";  // a plug-in that names no options may have any lanes
  }
  return value.events.empty() ? "nothing happens in it" : "";
}

// What both worlds have: arrivals, cancels, closings, in an order that nothing chooses.
Case common_part(const Case& value) {
  Case common = value;
  common.ties.clear();
  common.device.clear();
  common.faults.clear();
  common.events.clear();
  SimDuration skipped{0};
  for (CaseEvent event : value.events) {
    event.gap += skipped;
    skipped = event.gap;
    if (event.kind != CaseEventKind::kLaneDown && event.kind != CaseEventKind::kLaneUp) {
      common.events.push_back(event);
      skipped = SimDuration{0};
    }
  }
  return common;
}

// Long enough to be taken in turns, a time of the case so that much happens at one instant.
SimDuration service_of(const Case& value) {
  for (const CaseExecution& execution : value.executions) {
    if (const SimDuration time = execution.waits + execution.takes;
        time > SimDuration{0} && time < SimDuration{std::int64_t{1} << 40}) {
      return time;
    }
  }
  return SimDuration{1'000'000};
}

bool is_executed(const JournalLine& start) {
  return start.decision.reason != Reason::kExpired &&
         std::any_of(start.members.begin(), start.members.end(),
                     [](const JournalMember& member) { return member.rows > 0; });
}

// What each batch of `run` had to wait for a GPU that runs one at a time, first come first served:
// worked out from when they were handed out. A batch of no rows, or of requests whose
// deadline has passed, is none of its business.
std::vector<CaseExecution> executions_of(const RunRecord& run, std::uint32_t gpus,
                                         SimDuration service) {
  std::vector<SimTime> free_at(gpus);
  std::vector<CaseExecution> executions = {{.takes = service}};
  SimTime now{};
  for (const JournalLine& line : run.lines) {
    if (line.is_input) {
      now = line.input.now;
    } else if (line.decision.kind == DecisionKind::kStart && is_executed(line)) {
      SimTime& free = free_at[raw(line.decision.lane) % gpus];
      const SimTime begin = std::max(now, free);
      free = begin + service;
      const auto batch = static_cast<std::size_t>(raw(line.decision.batch));
      executions.resize(std::max(executions.size(), batch + 1), {.takes = service});
      executions[batch].waits = begin - now;
    }
  }
  return executions;
}

// Batches that grow on their lanes reach their GPU when they are sealed.
bool grows_on_lanes(const RunRecord& run) {
  return std::any_of(run.lines.begin(), run.lines.end(), [](const JournalLine& line) {
    return !line.is_input && line.decision.kind == DecisionKind::kStart && !line.decision.sealed;
  });
}

std::optional<Violation> check_world(const Case& value, const SchedulerMaker& maker) {
  Case scripted = common_part(value);
  const SimDuration service = service_of(value);
  Case simulated = scripted;
  simulated.device = std::to_string(service.count()) + "ns+0ns/row";
  const Result<MadeScheduler> made = maker(value);
  if (!made) {
    return std::nullopt;
  }
  const std::uint32_t lanes = std::max(made->rules.lane_count, 1u);
  // What is pending on the device is all that runs (TF 3.2): there is one.
  simulated.gpus = has_option(made->rules, "target_pending")
                       ? 1
                       : 1 + static_cast<std::uint32_t>(value.seed % std::min(lanes, 3u));
  std::optional<RunRecord> run = run_twin(simulated, maker);
  if (run && grows_on_lanes(*run)) {
    simulated.gpus = lanes;
    run = run_twin(simulated, maker);
  }
  if (!run || !run->broken_rule.empty()) {
    return std::nullopt;
  }
  scripted.gpus = simulated.gpus;
  scripted.executions = executions_of(*run, simulated.gpus, service);
  const std::optional<RunRecord> second = run_twin(scripted, maker);
  return second ? violation_of("M11", first_divergence(*run, *second)) : std::nullopt;
}

}  // namespace

Relation m11_one_world() {
  return {
      .id = "M11",
      .name = "one-world",
      .formula = "on GPUs that run one batch at a time: simulated as scripted, to the nanosecond",
      .source = "design 2; docs/determinism.md",
      .not_checked = &world_not_checked,
      .check = &check_world};
}

}  // namespace lockstep

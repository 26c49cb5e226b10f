#include "properties/cases/case_run.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/limits.h"
#include "core/schedulers/registry.h"
#include "core/server.h"
#include "properties/cases/case_outside.h"
#include "properties/cases/scripted_world.h"
#include "properties/throwing_checks.h"
#include "sim/device_text.h"
#include "sim/simulation.h"
#include "traces/arrival_source.h"

namespace lockstep {
namespace {

// Differences of one queue laid over the common options. Errors: a value that is not of its type.
Result<OptionValues> overlaid(const SchedulerInfo& info, const OptionValues& common,
                              const OptionValues& own) {
  OptionValues given;
  for (const auto& [name, value] : own) {
    const OptionInfo* option = find_option(info, name);
    if (option != nullptr && option->scope == OptionScope::kQueue) {
      given.emplace_back(name, value);
    }
  }
  return complete_queue_options(info, given, common);
}

// A lane that never comes back is beyond the promise, said to be lost or not.
void judge_lane_events(const Case& value, RunRules& rules) {
  std::vector<bool> down(rules.lane_count);
  bool lost = false;
  for (const CaseEvent& event : value.events) {
    if (event.kind == CaseEventKind::kLaneDown || event.kind == CaseEventKind::kLaneUp) {
      down[event.lane % rules.lane_count] = event.kind == CaseEventKind::kLaneDown;
      rules.has_faults = rules.has_faults || event.kind == CaseEventKind::kLaneDown;
      lost = lost || (event.kind == CaseEventKind::kLaneDown && event.lost);
    }
  }
  if (lost || std::find(down.begin(), down.end(), true) != down.end()) {
    rules.regime = FaultRegime::kBeyond;
  }
}

CaseRun run_simulated(const Case& value, Server& server) {
  const Result<DeviceDescription> device = parse_device(value.device);
  const Result<FaultPlan> faults = parse_fault_plan("faults", value.faults);
  if (!device || !faults) {
    return {CaseOutcome::kNotSimulated, (device ? faults.error() : device.error()).message};
  }
  const std::uint32_t gpus = std::clamp(value.gpus, 1u, server.lane_count());
  if (const Result<void> fits = check_fault_plan(*faults, server.lane_count(), gpus); !fits) {
    return {CaseOutcome::kNotSimulated, fits.error().message};
  }
  if (!device->sharing.covers((server.lane_count() - 1) / gpus + 1)) {
    return {CaseOutcome::kNotSimulated, "its table of sharing is for fewer lanes of one GPU"};
  }
  CaseOutside outside(value);
  const std::vector<std::string> names = case_queue_names();
  const Result<SimulationResult> result = simulate({.device = *device,
                                                    .gpu_count = gpus,
                                                    .seed = value.seed,
                                                    .queue_names = &names,
                                                    .faults = &*faults},
                                                   outside, server);
  if (!result) {
    return {CaseOutcome::kNotSimulated, result.error().message};
  }
  return {};
}

}  // namespace

Result<MadeScheduler> make_registered(const Case& value) {
  const SchedulerInfo* info = find_scheduler(value.scheduler);
  if (info == nullptr) {
    return bad_input("found scheduler '" + value.scheduler +
                     "', expected a name of `lockstep list schedulers`");
  }
  return make_from(*info, value);
}

Result<MadeScheduler> make_from(const SchedulerInfo& info, const Case& value) {
  Result<OptionValues> options = complete_options(info, value.options, /*server_cpus=*/2);
  if (!options) {
    return tl::unexpected(options.error());
  }
  SchedulerSpec spec{.values = *options, .seed = value.seed};
  std::vector<OptionValues> queues;
  for (const OptionValues& own : value.queues) {
    Result<OptionValues> whole = overlaid(info, spec.values, own);
    if (!whole) {
      return tl::unexpected(whole.error());
    }
    queues.push_back(std::move(*whole));
    spec.queues.push_back(
        {.name = "q" + std::to_string(queues.size() - 1), .values = queues.back()});
  }
  Result<std::unique_ptr<Scheduler>> made = info.make(spec);
  if (!made) {
    return tl::unexpected(made.error());
  }
  const auto lanes = static_cast<std::uint32_t>(option_integer(spec.values, info.lane_option));
  RunRules rules =
      run_rules(std::string(info.name), spec.values, queues, (*made)->promises(), lanes);
  if (const Result<FaultPlan> faults = parse_fault_plan("faults", value.faults); faults) {
    rules.regime = regime_of(*faults);
    rules.has_faults = !faults->empty();
  }
  if (value.device.empty()) {
    judge_lane_events(value, rules);
  }
  return MadeScheduler{std::move(*made), std::move(rules)};
}

CaseRun run_case(const Case& value, MadeScheduler made, RunRecord& record,
                 const RunRecorder::AfterLine& after_line) {
  record.rules = std::move(made.rules);
  RunRecorder recorder(record, after_line);
  const ThrowingChecks throwing;
  CaseRun run;
  try {
    Server server(observed(std::move(made.scheduler), recorder),
                  {.lane_count = record.rules.lane_count}, &recorder);
    if (value.device.empty()) {
      run.outcome =
          ScriptedWorld(value, server).run() ? CaseOutcome::kRan : CaseOutcome::kTooManySteps;
    } else {
      run = run_simulated(value, server);
    }
    if (run.outcome == CaseOutcome::kRan) {
      static_cast<void>(server.report_unanswered());
    }
    record.digest = server.digest();
    record.totals = server.totals();
  } catch (const CheckFailed& failed) {
    record.broken_rule = failed.what();
    record.rules.parts.complete = false;
  }
  record.rules.parts.complete = record.rules.parts.complete && run.outcome == CaseOutcome::kRan;
  return run;
}

}  // namespace lockstep

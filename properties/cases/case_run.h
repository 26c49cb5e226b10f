// Runs a case through the real core and records it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/result.h"
#include "core/scheduler.h"
#include "core/schedulers/registry.h"
#include "properties/cases/case.h"
#include "properties/record/run_record.h"
#include "properties/record/run_recorder.h"

namespace lockstep {

// A fresh scheduler for a case, and what it is held to.
struct MadeScheduler {
  std::unique_ptr<Scheduler> scheduler;
  RunRules rules;
};
// Errors: options that the scheduler refuses.
using SchedulerMaker = std::function<Result<MadeScheduler>(const Case&)>;

// Of the registry: its scheduler, whatever the case says it is.
[[nodiscard]] Result<MadeScheduler> make_from(const SchedulerInfo& info, const Case& value);
// The one that the case names. Errors: there is none.
[[nodiscard]] Result<MadeScheduler> make_registered(const Case& value);

enum class CaseOutcome : std::uint8_t {
  kRan,           // to the end, or until a rule of the server broke (RunRecord::broken_rule)
  kTooManySteps,  // stopped: more inputs at one instant than any right scheduler needs (L8)
  kNotSimulated,  // its device or faults cannot be: nothing ran
};

struct CaseRun {
  CaseOutcome outcome = CaseOutcome::kRan;
  std::string refusal{};  // kNotSimulated: why
};

// The most inputs that one instant may have, beyond those from outside (L8).
inline constexpr std::size_t kStepsAtOnceMax = 10'000;

// Runs `value` on `made` to the end into `record`, whose rules are then those of `made`.
// `after_line` hears of each line. A failed check inside ends the run and stands in
// record.broken_rule; other failures of the process are for whoever isolates it.
CaseRun run_case(const Case& value, MadeScheduler made, RunRecord& record,
                 const RunRecorder::AfterLine& after_line = {});

}  // namespace lockstep

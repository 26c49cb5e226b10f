// A run as its manifest describes it: what re-execution and a repeated simulation start from.
//
// A fresh scheduler with every option, the simulated device and the faults, all from the settings
// alone: no trace file and no device file is read, so it works wherever the run directory is.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/queue_names.h"
#include "cli/run_plan.h"
#include "cli/scheduler_spec.h"
#include "core/event_log.h"
#include "core/result.h"
#include "core/scheduler.h"
#include "core/schedulers/registry.h"
#include "properties/reexecution.h"
#include "sim/device_description.h"
#include "sim/fault_plan.h"
#include "traces/journal_csv.h"
#include "traces/manifest.h"

namespace lockstep {

// The manifest outlives this.
struct Described {
  UserScheduler user;  // goes last: the scheduler may be one of it
  const SchedulerInfo* info = nullptr;
  SpecOptions options{};                     // of the scheduler, as the settings say them
  std::unique_ptr<NamedQueueModels> models;  // of the scheduler, which goes first
  std::unique_ptr<Scheduler> scheduler;      // fresh, every option from the settings
  std::optional<DeviceDescription> device;   // of a simulated device
  FaultPlan faults;                          // of that device
};

// A scheduler of these options, and what it looks its queues up in. `queue_names` outlives both.
struct FreshScheduler {
  std::unique_ptr<NamedQueueModels> models;
  std::unique_ptr<Scheduler> scheduler;
  SchedulerSpec spec;  // complete
};
[[nodiscard]] Result<FreshScheduler> fresh_scheduler(const SchedulerInfo& info,
                                                     const SpecOptions& options,
                                                     const std::vector<std::string>& queue_names);

// Errors: settings that no run of this version can have, or that contradict each other.
// `user`: the one that decided it, when it is none of ours.
[[nodiscard]] Result<Described> describe_run(const Manifest& manifest, UserScheduler user = {});

// Feeds the journal's inputs to the fresh scheduler, which is used up; `sink`, which may be
// nullptr, hears what the fresh core does. Errors: those of `lines`; Ctrl-C.
[[nodiscard]] Result<ReexecutionReport> reexecute_run(const Manifest& manifest,
                                                      Described& described,
                                                      const JournalLineSource& lines,
                                                      EventSink* sink);

// nullopt: the run has no such setting.
[[nodiscard]] std::optional<std::string> setting_of(const Manifest& manifest,
                                                    std::string_view name);

}  // namespace lockstep

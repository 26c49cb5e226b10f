// A recorded run through the simulator again, as it was or with settings changed: "what if".
//
// Arrivals are those of the journal (times, sizes, priorities, time-outs), so no trace file is
// needed; device and faults are those of the settings; bursts of the fault plan are among the
// recorded arrivals. That this is the recorded run is not assumed: load() simulates it unchanged
// and compares the digest. Nothing is written. Owner: the verb that asks; it may be asked again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/described_run.h"
#include "cli/scheduler_spec.h"
#include "core/request.h"
#include "core/result.h"
#include "reports/summary.h"
#include "traces/manifest.h"

namespace lockstep {

// What a changed run gave.
struct WhatIf {
  RunSummary summary;                               // latencies without any --overhead
  std::vector<std::optional<SimDuration>> watched;  // latencies; nullopt: not answered
};

class RecordedRun {
 public:
  // Errors, each a sentence that says why it cannot be run again: a run on a device (its times were
  // measured), closed-loop clients (other answers, other requests), no journal, settings that no
  // run of this version has, another digest than the recorded one.
  [[nodiscard]] static Result<std::unique_ptr<RecordedRun>> load(const std::string& directory);

  // As it was, but for `changes`: options of its scheduler, NAME or NAME@QUEUE, the last of a name
  // counts. `watched`: requests by ordinal. Errors: a value that the scheduler refuses, in the
  // server's words; more rows than the device covers; Ctrl-C.
  [[nodiscard]] Result<WhatIf> simulate_with(const Settings& changes,
                                             std::span<const std::uint64_t> watched) const;

  [[nodiscard]] const SchedulerInfo& scheduler() const { return *described_.info; }
  // The value that `queue` has of option `name`, and the name that changes it for that queue.
  [[nodiscard]] std::pair<std::string, std::string> option_of(std::string_view name,
                                                              const std::string& queue) const;

 private:
  RecordedRun(Manifest manifest, Described described);
  Result<void> read_arrivals(const std::string& directory);
  [[nodiscard]] Result<WhatIf> simulate(const SpecOptions& options,
                                        std::span<const std::uint64_t> watched,
                                        std::uint64_t settings) const;

  Manifest manifest_;  // before what refers to it
  Described described_;
  FaultPlan faults_;  // without bursts
  SchedulerSpec spec_;
  std::vector<Arrival> arrivals_;
};

}  // namespace lockstep

// --slo p99=50ms: limits on a run's latency, judged after the run.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "cli/execute.h"
#include "cli/exit_code.h"
#include "core/result.h"

namespace lockstep {

struct Objective {
  std::string figure;  // "p50", "p90", "p99", "p99.9", "max", "mean"
  SimDuration limit{0};
};

[[nodiscard]] Result<std::vector<Objective>> parse_objectives(
    const std::vector<std::string>& texts);

struct JudgedObjective {
  ExitCode verdict = kExitHolds;
  std::string line;  // why it fails, or has no verdict; "" when it holds
};

// In their order, without printing.
[[nodiscard]] std::vector<JudgedObjective> judge_each(const std::vector<Objective>& objectives,
                                                      const RunSummary& summary);

// Prints a FAIL line for each objective that `run` misses, and returns the exit code: holds,
// failed, or no verdict when no request arrived, or when a figure from a histogram is too near its
// limit to tell. All requests count: one that was refused, failed or never answered is slower than
// any limit.
[[nodiscard]] ExitCode judge_objectives(const std::vector<Objective>& objectives,
                                        const RunSummary& summary, std::FILE* out);
[[nodiscard]] inline ExitCode judge_objectives(const std::vector<Objective>& objectives,
                                               const RunOutcome& run, std::FILE* out) {
  return judge_objectives(objectives, run.summary, out);
}

}  // namespace lockstep

// From a scenario file to a plan and its objectives. What the command line says comes after it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/run_plan.h"
#include "core/result.h"
#include "traces/config_scenario.h"

namespace lockstep {

struct ScenarioPlan {
  RunPlan plan;
  std::vector<std::string> objectives;  // texts of --slo
};

// Every value is parsed here once, so that a wrong one is refused at its place in the file.
// `server_cpus`: of the command line, in the place of the file's.
[[nodiscard]] Result<ScenarioPlan> scenario_plan(const ScenarioFile& scenario,
                                                 std::optional<std::int64_t> server_cpus);

// Is `text`, which stands where a trace may stand, a scenario file?
[[nodiscard]] bool names_a_scenario(const std::string& text);

}  // namespace lockstep

// What `lockstep lint` prints of a server's configuration: as a table, and as a scenario file.
#pragma once

#include <cstdint>
#include <string>

#include "cli/run_plan.h"
#include "traces/config_server.h"

namespace lockstep {

// Files, pools, queues with every setting and where it stands, models, GPU options.
[[nodiscard]] std::string lint_table(const ServerConfig& config, std::int64_t server_cpus);

// A scenario file (text) that runs as the plan does. Reads back: config_scenario.h.
[[nodiscard]] std::string scenario_text(const RunPlan& plan);

}  // namespace lockstep

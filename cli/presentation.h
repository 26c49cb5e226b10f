// What replay and demo print about runs: traffic, device, what the numbers mean, table, paths.
#pragma once

#include <string>
#include <vector>

#include "cli/execute.h"

namespace lockstep {

// The whole text for one run, or for A and B. Requires: at least one.
[[nodiscard]] std::string runs_text(const std::vector<RunOutcome>& runs);

// What only closed-loop clients know: who gave up, retried, waits for ever. A line each, after
// `name`; "" for a run without clients, or with nothing to say.
[[nodiscard]] std::string clients_text(const RunOutcome& run, const std::string& name);

// What struck of a fault plan, and what must hold under it; "" without one.
[[nodiscard]] std::string faults_text(const RunOutcome& run, const std::string& name);

// What idle threads that poll add to `ideal`, the same run without polling; with a line end.
[[nodiscard]] std::string polling_text(const RunOutcome& polling, const RunOutcome& ideal);

// "waiting longer is faster: p50 12.5 ms -> 6.29 ms, p99 18.5 ms -> 9.03 ms"; for A and B.
[[nodiscard]] std::string comparison_text(const RunOutcome& a, const RunOutcome& b);

}  // namespace lockstep

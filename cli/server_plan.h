// From a TF-Serving server's configuration to a plan: its pool, its queues, its polling threads.
//
// Settings of the configuration come before those of the command line, so that --set changes them.
// Idle threads poll as TF-Serving's do, unless --set idle_poll_micros says otherwise (TF 2.5), and
// batches have deadlines as in its sessions, unless --set batching_session=false (TF 2.13).
#pragma once

#include "cli/run_plan.h"
#include "core/result.h"
#include "traces/config_server.h"

namespace lockstep {

// TF-Serving's own interval between two looks of an idle batch thread (TF 2.5).
inline constexpr const char* kServerIdlePollMicros = "1000";

// Errors: several pools (Lockstep runs one batch scheduler); a pool that does not batch; a
// scheduler other than tf-shared.
[[nodiscard]] Result<void> apply_config(const ServerConfig& config, RunPlan& plan);

}  // namespace lockstep

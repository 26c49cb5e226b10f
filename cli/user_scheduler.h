// A scheduler of the user's own in the verbs that run one: loading it, and surviving it.
//
// A plug-in runs with everything around it in a child process under a watchdog, a program is a
// child anyway. What such a scheduler does wrong, a crash and a hang included, is a finding with
// the exit code of one: `FAIL crash ...`.
#pragma once

#include <cstdio>
#include <functional>
#include <string>

#include "cli/run_plan.h"
#include "core/result.h"

namespace lockstep {

// At most one of `plugin` and `exec` is said; with neither `info` is nullptr. `progress`: of the
// child that this runs in, or nullptr. Errors: those of load_plugin and load_exec.
[[nodiscard]] Result<UserScheduler> load_user_scheduler(const std::string& plugin,
                                                        const std::string& exec,
                                                        Progress* progress);

struct UserSchedulerRun {
  std::string plugin;  // "": no child is needed
  std::string out;     // --out, where a run that crashes leaves its files
  std::FILE* findings = stdout;
};

// Calls `work`, whose result is an exit code, and gives that, or the one of what went wrong.
[[nodiscard]] int survive_user_scheduler(const UserSchedulerRun& run,
                                         const std::function<int(Progress*)>& work);

}  // namespace lockstep

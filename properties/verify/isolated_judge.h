// Judges one case in a process of its own: for cases that may end the process.
#pragma once

#include <string>

#include "properties/cases/case_run.h"
#include "properties/verify/judge.h"

namespace lockstep {

struct IsolatedVerdict {
  std::string property;  // "R4": it crashed; "R5": it hangs; "" when all holds
  std::string found;
};

// `cpu_limit_ms`: beyond it, it hangs.
[[nodiscard]] IsolatedVerdict isolated_property(const Case& value, const SchedulerMaker& make,
                                                const JudgeOptions& options,
                                                std::uint64_t cpu_limit_ms = 1000);

}  // namespace lockstep

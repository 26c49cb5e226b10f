// Judges cases in a process of their own: for cases that may end the process, hang, or use up its
// memory, as those of a broken scheduler may.
//
// The process is made at the first case and lives on from case to case; after a death the next case
// has a new one. Same case, same verdict as judge_case(), but for what a limit of time cuts off.
// Make and use while this process has one thread: a fork copies no other.
#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

#include "core/result.h"
#include "properties/cases/case_run.h"
#include "properties/verify/judge.h"

namespace lockstep {

struct IsolatedVerdict {
  std::string property;  // "R4": it crashed; "R5": it hangs; "" when all holds
  std::string found;
};

class IsolatedJudge {
 public:
  // A case that takes more CPU time than the limit hangs. What `options` views outlives this.
  // `is_quiet`: what the process prints is lost (each of many crashes tells why).
  IsolatedJudge(SchedulerMaker make, JudgeOptions options, std::uint64_t cpu_limit_ms = 1000,
                bool is_quiet = false);
  IsolatedJudge(const IsolatedJudge&) = delete;
  IsolatedJudge& operator=(const IsolatedJudge&) = delete;
  ~IsolatedJudge();

  // Where the operating system gives no process, `found` says so and `property` is "".
  [[nodiscard]] IsolatedVerdict judge(const Case& value);

 private:
  Result<void> begin();
  std::string end(bool hangs);  // how the process ended
  Result<std::string> answer();

  SchedulerMaker make_;
  JudgeOptions options_;
  std::uint64_t cpu_limit_ms_;
  bool is_quiet_;
  pid_t process_ = 0;  // 0: none
  int socket_ = -1;
};

// One case, in a process that is gone afterwards.
[[nodiscard]] IsolatedVerdict isolated_property(const Case& value, const SchedulerMaker& make,
                                                const JudgeOptions& options,
                                                std::uint64_t cpu_limit_ms = 1000);

}  // namespace lockstep

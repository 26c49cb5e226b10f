// Runs a function in a child process, so that code which crashes or hangs there is a finding here.
//
// The child is a fork: it sees everything that was there before, and nothing that it does to its
// memory comes back but the bytes that the function returns. A watchdog ends it when foreign code
// (properties/plugin/progress.h) makes no progress: for `cpu_limit` of the child's CPU time, which
// does not depend on how busy the machine is, or, where it sleeps or waits for ever, for
// `wall_limit`. The limits only separate "hangs" from "does not": no result depends on them.
//
// Call while this process has one thread: a fork copies no other. What is buffered in stdout is
// written before. A child also ends when its parent dies.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include <sys/types.h>

#include "core/result.h"
#include "core/time.h"
#include "properties/plugin/progress.h"

namespace lockstep {

struct IsolationOptions {
  std::chrono::milliseconds cpu_limit{1000};
  std::chrono::milliseconds wall_limit{30'000};
  // Asked now and then; true: the child is told to stop with SIGTERM, once.
  std::function<bool()> interrupted{};
};

enum class ChildEnd : std::uint8_t {
  kReturned,  // `bytes` is what the function returned
  kThrew,     // `bytes` is what() of an exception that left the function
  kExited,    // it called exit: `code`
  kCrashed,   // `signal` ended it
  kHung,      // the watchdog ended it
};

struct IsolatedResult {
  ChildEnd end = ChildEnd::kReturned;
  std::string bytes;
  int code = 0;
  int signal = 0;
  pid_t process = 0;  // that it was
  // As the child last wrote them.
  std::uint64_t case_number = 0;
  bool inside_foreign_code = false;
  std::uint64_t input = 0;
  SimTime input_time{};
};

// Errors: the operating system gives no process, pipe or memory.
[[nodiscard]] Result<IsolatedResult> run_isolated(
    const std::function<std::string(Progress&)>& function, const IsolationOptions& options = {});

// "crashed with signal 11 (Segmentation fault)", "hung: no answer within 1000 ms of CPU time or
// 30000 ms", "exited with code 3"; for what did not return.
[[nodiscard]] std::string describe(const IsolatedResult& result, const IsolationOptions& options);

}  // namespace lockstep

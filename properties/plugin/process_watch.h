// A child process under watch: CPU time that it used, time slices that passed, and its end.
//
// Time is counted in slices of poll(), not read from a clock: a limit of 30 s is so many slices.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <sys/types.h>

namespace lockstep {

inline constexpr std::chrono::milliseconds kWatchSlice{10};

// The CPU time of `pid` since it began; nullopt when it is gone.
[[nodiscard]] std::optional<std::chrono::nanoseconds> cpu_time_of(pid_t pid);

// Says when nothing has happened for too long. note() whenever something did.
class HangWatch {
 public:
  struct Limits {
    std::chrono::milliseconds cpu;
    std::chrono::milliseconds wall;
  };

  HangWatch(pid_t pid, Limits limits) : pid_(pid), limits_(limits) { note(); }

  void note();
  // A slice passed without anything. True: one of the limits is reached.
  [[nodiscard]] bool slice_passed();

 private:
  pid_t pid_;
  Limits limits_;
  std::chrono::nanoseconds cpu_at_note_{0};
  std::chrono::milliseconds waited_{0};
};

// Waits for the end of `pid`, a child, after killing it if `kill_first`. Its status as waitpid
// says.
int reap(pid_t pid, bool kill_first);
// "signal 11 (Segmentation fault)".
[[nodiscard]] std::string signal_text(int signal);
// That status in words: "signal 11 (Segmentation fault)", "exit code 3".
[[nodiscard]] std::string how_it_ended(int status);
// "no answer within 5000 ms of CPU time"
[[nodiscard]] std::string no_answer_within(std::uint64_t cpu_limit_ms);

}  // namespace lockstep

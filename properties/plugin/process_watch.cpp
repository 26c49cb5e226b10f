#include "properties/plugin/process_watch.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

#include <sys/wait.h>

namespace lockstep {

std::optional<std::chrono::nanoseconds> cpu_time_of(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
    return std::nullopt;
  }
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

void HangWatch::note() {
  cpu_at_note_ = cpu_time_of(pid_).value_or(cpu_at_note_);
  waited_ = std::chrono::milliseconds{0};
}

bool HangWatch::slice_passed() {
  waited_ += kWatchSlice;
  const std::optional<std::chrono::nanoseconds> cpu = cpu_time_of(pid_);
  return waited_ >= limits_.wall || (cpu && *cpu - cpu_at_note_ >= limits_.cpu);
}

int reap(pid_t pid, bool kill_first) {
  if (kill_first) {
    ::kill(pid, SIGKILL);
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::string signal_text(int signal) {
  return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
}

std::string how_it_ended(int status) {
  return WIFSIGNALED(status) ? signal_text(WTERMSIG(status))
                             : "exit code " + std::to_string(WEXITSTATUS(status));
}

std::string no_answer_within(std::uint64_t cpu_limit_ms) {
  return "no answer within " + std::to_string(cpu_limit_ms) + " ms of CPU time";
}

}  // namespace lockstep

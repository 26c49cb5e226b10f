#include "properties/plugin/isolated.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "properties/plugin/child_process.h"
#include "properties/plugin/process_watch.h"

namespace lockstep {
namespace {

// First byte of what a child sends: did its function return or throw.
constexpr char kReturnedMark = 'r';
constexpr char kThrewMark = 't';

[[noreturn]] void run_child(const std::function<std::string(Progress&)>& function,
                            Progress& progress, int out) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::string answer;
  try {
    answer = kReturnedMark + function(progress);
  } catch (const std::exception& error) {
    answer = kThrewMark + std::string(error.what());
  }
  std::fflush(stdout);
  std::fflush(stderr);
  static_cast<void>(write_all(out, answer));
  ::_exit(0);
}

// It is no more, and waits to be reaped. A process that it left behind may hold its end of the
// pipe.
bool has_ended(pid_t child) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == child;
}

// Everything that the child sends, until it ends. False: the watchdog barked.
bool read_until_end(int in, pid_t child, const Progress& progress, const IsolationOptions& options,
                    std::string& bytes) {
  HangWatch watchdog(child, {.cpu = options.cpu_limit, .wall = options.wall_limit});
  std::uint64_t crossings = progress.crossings();
  std::array<char, 65'536> buffer{};
  bool told = false;
  while (true) {
    if (!told && options.interrupted && options.interrupted()) {
      told = true;
      ::kill(child, SIGTERM);
    }
    pollfd wanted{.fd = in, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&wanted, 1, static_cast<int>(kWatchSlice.count()));
    if (ready > 0) {
      const ssize_t count = ::read(in, buffer.data(), buffer.size());
      if (count == 0 || (count < 0 && errno != EINTR)) {
        return true;
      }
      bytes.append(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
      watchdog.note();
    } else if (ready == 0 && has_ended(child)) {
      return true;
    } else if (const std::uint64_t now = progress.crossings();
               now != crossings || now % 2 == 0) {  // it moves, or runs code of ours
      crossings = now;
      watchdog.note();
    } else if (ready == 0 && watchdog.slice_passed()) {
      return false;
    }
  }
}

}  // namespace

Result<IsolatedResult> run_isolated(const std::function<std::string(Progress&)>& function,
                                    const IsolationOptions& options) {
  const SharedMemory<Progress> shared;
  if (shared.get() == nullptr) {
    return cannot_do("share memory with a child process");
  }
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return cannot_do("make a pipe to a child process");
  }
  std::fflush(stdout);
  std::fflush(stderr);
  const pid_t child = ::fork();
  if (child < 0) {
    ::close(ends[0]);
    ::close(ends[1]);
    return cannot_do("make a child process");
  }
  if (child == 0) {
    ::close(ends[0]);
    run_child(function, *shared.get(), ends[1]);
  }
  ::close(ends[1]);
  IsolatedResult result;
  result.process = child;
  const bool ended = read_until_end(ends[0], child, *shared.get(), options, result.bytes);
  ::close(ends[0]);
  const int status = reap(child, !ended);
  result.case_number = shared.get()->case_number();
  result.inside_foreign_code = shared.get()->inside();
  result.input = shared.get()->sequence();
  result.input_time = shared.get()->now();
  if (!ended) {
    result.end = ChildEnd::kHung;
  } else if (WIFSIGNALED(status)) {
    result.end = ChildEnd::kCrashed;
    result.signal = WTERMSIG(status);
  } else if (WEXITSTATUS(status) != 0 || result.bytes.empty()) {
    result.end = ChildEnd::kExited;
    result.code = WEXITSTATUS(status);
  } else {
    result.end = result.bytes.front() == kThrewMark ? ChildEnd::kThrew : ChildEnd::kReturned;
    result.bytes.erase(0, 1);
  }
  return result;
}

std::string describe(const IsolatedResult& result, const IsolationOptions& options) {
  switch (result.end) {
    case ChildEnd::kReturned:
      return "returned";
    case ChildEnd::kThrew:
      return result.bytes;
    case ChildEnd::kExited:
      return "exited with code " + std::to_string(result.code);
    case ChildEnd::kCrashed:
      return "crashed with " + signal_text(result.signal);
    case ChildEnd::kHung:
      return "hung: no answer within " + std::to_string(options.cpu_limit.count()) +
             " ms of CPU time or " + std::to_string(options.wall_limit.count()) + " ms";
  }
  return "";
}

}  // namespace lockstep

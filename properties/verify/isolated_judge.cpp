#include "properties/verify/isolated_judge.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/check.h"
#include "properties/plugin/child_process.h"
#include "properties/plugin/process_watch.h"

namespace lockstep {
namespace {

// Beside its limit of CPU time a case has so many times that by the wall: for one that sleeps.
constexpr std::uint64_t kWallFactor = 60;

// The next line from `socket`, without its end; what is read beyond it stays in `rest`. False: the
// other side is gone.
bool read_line(int socket, std::string& rest, std::string& line) {
  std::size_t end = rest.find('\n');
  std::array<char, 65'536> buffer{};
  while (end == std::string::npos) {
    const ssize_t count = ::read(socket, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return false;
    }
    const std::size_t looked = rest.size();
    rest.append(buffer.data(), static_cast<std::size_t>(count));
    end = rest.find('\n', looked);
  }
  line = rest.substr(0, end);
  rest.erase(0, end + 1);
  return true;
}

void print_nothing() {
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    if (nowhere < 0 || ::dup2(nowhere, fd) < 0) {
      ::close(fd);
    }
  }
}

// In the process: a case a line in, a verdict a line out.
[[noreturn]] void judge_lines(int socket, const SchedulerMaker& make, const JudgeOptions& options) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::string rest;
  for (std::string line; read_line(socket, rest, line);) {
    const Result<Case> value = case_from_text("case", line);
    LOCKSTEP_CHECK(value.has_value());
    RunRecord record;
    const Verdict verdict = judge_case(*value, make, options, record);
    std::string answer;
    if (verdict.violation) {
      answer.append(verdict.property()).append(" ").append(violation_text(*verdict.violation));
    }
    if (!write_all(socket, answer.append("\n"))) {
      break;
    }
  }
  std::fflush(stdout);
  ::_exit(0);
}

}  // namespace

IsolatedJudge::IsolatedJudge(SchedulerMaker make, JudgeOptions options, std::uint64_t cpu_limit_ms,
                             bool is_quiet)
    : make_(std::move(make)),
      options_(std::move(options)),
      cpu_limit_ms_(cpu_limit_ms),
      is_quiet_(is_quiet) {}

IsolatedJudge::~IsolatedJudge() {
  if (process_ != 0) {
    static_cast<void>(end(/*hangs=*/true));
  }
}

Result<void> IsolatedJudge::begin() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return cannot_do("make a socket to a judging process");
  }
  std::fflush(stdout);
  std::fflush(stderr);
  const pid_t process = ::fork();
  if (process < 0) {
    ::close(ends[0]);
    ::close(ends[1]);
    return cannot_do("make a judging process");
  }
  if (process == 0) {
    ::close(ends[0]);
    if (is_quiet_) {
      print_nothing();
    }
    judge_lines(ends[1], make_, options_);
  }
  ::close(ends[1]);
  process_ = process;
  socket_ = ends[0];
  return {};
}

std::string IsolatedJudge::end(bool hangs) {
  ::close(std::exchange(socket_, -1));
  return how_it_ended(reap(std::exchange(process_, 0), /*kill_first=*/hangs));
}

// Errors: there is none in time ("R5"), or the process is gone ("R4").
Result<std::string> IsolatedJudge::answer() {
  const auto cpu = std::chrono::milliseconds(cpu_limit_ms_);
  HangWatch watch(process_, {.cpu = cpu, .wall = cpu * kWallFactor});
  std::string rest;
  std::string line;
  while (true) {
    pollfd wanted{.fd = socket_, .events = POLLIN, .revents = 0};
    if (::poll(&wanted, 1, static_cast<int>(kWatchSlice.count())) > 0) {
      // An answer is written in one piece: reading its end does not wait for long.
      return read_line(socket_, rest, line) ? Result<std::string>(line) : bad_input("R4");
    }
    if (watch.slice_passed()) {
      return bad_input("R5");
    }
  }
}

IsolatedVerdict IsolatedJudge::judge(const Case& value) {
  if (process_ == 0) {
    if (const Result<void> begun = begin(); !begun) {
      return {.property = "", .found = begun.error().message};
    }
  }
  Result<std::string> line =
      send_all(socket_, case_text(value) + "\n") ? answer() : bad_input("R4");
  if (!line) {
    const bool hangs = line.error().message == "R5";
    const std::string how = end(hangs);
    return {.property = line.error().message,
            .found = hangs ? no_answer_within(cpu_limit_ms_) : how};
  }
  if (line->empty()) {
    return {};
  }
  const std::size_t space = line->find(' ');
  return {.property = line->substr(0, space), .found = line->substr(space + 1)};
}

IsolatedVerdict isolated_property(const Case& value, const SchedulerMaker& make,
                                  const JudgeOptions& options, std::uint64_t cpu_limit_ms) {
  return IsolatedJudge(make, options, cpu_limit_ms).judge(value);
}

}  // namespace lockstep

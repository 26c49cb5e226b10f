#include "properties/plugin/exec_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "properties/plugin/child_process.h"

namespace lockstep {
namespace {

constexpr std::size_t kMaxAnswerBytes = std::size_t{1} << 26;
constexpr int kGraceSlices = 100;  // from the end of its input until it is killed

// After fork, before exec: nothing here allocates.
[[noreturn]] void become(const char* command, int in, int out) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setpgid(0, 0);  // Ctrl-C is for us: it ends when its input does
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ}) {
    ::signal(signal, SIG_DFL);
  }
  ::execl("/bin/sh", "sh", "-c", command, static_cast<char*>(nullptr));
  ::_exit(127);
}

}  // namespace

Result<std::unique_ptr<ExecProcess>> ExecProcess::start(const std::string& command,
                                                        Options options) {
  // Its input is a socket: a write to a program that has ended is an error there, not a signal.
  std::array<int, 2> input{};
  std::array<int, 2> output{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input.data()) != 0) {
    return cannot_do("make a socket to a program");
  }
  if (::pipe2(output.data(), O_CLOEXEC) != 0) {
    const tl::unexpected<Error> error = cannot_do("make a pipe from a program");
    ::close(input[0]);
    ::close(input[1]);
    return error;
  }
  const pid_t pid = ::fork();
  if (pid == 0) {
    become(command.c_str(), input[1], output[1]);
  }
  const tl::unexpected<Error> error = cannot_do("start a program");  // of interest when it failed
  ::close(input[1]);
  ::close(output[1]);
  if (pid < 0) {
    ::close(input[0]);
    ::close(output[0]);
    return error;
  }
  ::setpgid(pid, pid);  // whoever comes first, it or we
  return std::unique_ptr<ExecProcess>(
      new ExecProcess(pid, input[0], output[0], std::move(options)));
}

ExecProcess::~ExecProcess() {
  ::close(to_);
  int status = 0;
  for (int i = 0; pid_ != 0 && healthy_ && i < kGraceSlices; ++i) {
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = 0;
    } else {
      ::poll(nullptr, 0, static_cast<int>(kWatchSlice.count()));
    }
  }
  if (pid_ != 0) {
    ::kill(-pid_, SIGKILL);
    reap(pid_, true);
  }
  ::close(from_);
}

tl::unexpected<Error> ExecProcess::how_it_ended() {
  // Its output is closed: it is gone, or closed it itself and is as good as gone.
  bool killed = false;
  int status = 0;
  for (int i = 0; ::waitpid(pid_, &status, WNOHANG) == 0; ++i) {
    if (i == kGraceSlices) {
      ::kill(-pid_, SIGKILL);
      status = reap(pid_, true);
      killed = true;
      break;
    }
    ::poll(nullptr, 0, static_cast<int>(kWatchSlice.count()));
  }
  pid_ = 0;
  if (killed) {
    return bad_input("it closed its standard output");
  }
  return bad_input(WIFSIGNALED(status)
                       ? "it crashed with " + signal_text(WTERMSIG(status))
                       : "it exited with code " + std::to_string(WEXITSTATUS(status)));
}

Result<std::string> ExecProcess::receive() {
  HangWatch watch(pid_, options_.limits);
  std::array<char, 65'536> buffer{};
  std::size_t searched = 0;
  while (true) {
    const std::size_t end = unread_.find('\n', searched);
    if (end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    searched = unread_.size();
    if (searched > kMaxAnswerBytes) {
      return bad_input("its answer is longer than " + std::to_string(kMaxAnswerBytes) + " bytes");
    }
    if (options_.interrupted && options_.interrupted()) {
      return bad_input("it was interrupted");
    }
    pollfd wanted{.fd = from_, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&wanted, 1, static_cast<int>(kWatchSlice.count()));
    if (ready == 0 && watch.slice_passed()) {
      fault_kind_ = SchedulerFaultKind::kHang;
      return bad_input("it hangs: no answer within " + std::to_string(options_.limits.cpu.count()) +
                       " ms of CPU time or " + std::to_string(options_.limits.wall.count()) +
                       " ms");
    }
    if (ready > 0) {
      const ssize_t count = ::read(from_, buffer.data(), buffer.size());
      if (count == 0 || (count < 0 && errno != EINTR)) {
        return how_it_ended();
      }
      unread_.append(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    }
  }
}

Result<std::string> ExecProcess::send_and_receive(std::string_view line) {
  if (!send_all(to_, std::string(line) + "\n")) {
    return how_it_ended();
  }
  return receive();
}

Result<std::string> ExecProcess::ask(std::string_view line) {
  if (!healthy_) {
    return bad_input("it failed before");
  }
  Result<std::string> answer = send_and_receive(line);
  healthy_ = answer.has_value();
  return answer;
}

}  // namespace lockstep

// A program that answers lines with lines: one of its standard output for each of its standard
// input.
//
// Started once by the shell; its standard error is ours. An answer that does not come, because the
// program ended or hangs (limits as in isolated.h), is an error that says so, and the program is no
// good after it. When this goes, the program's input closes; what does not end then is killed, with
// all that it started.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <sys/types.h>

#include "core/result.h"
#include "properties/plugin/process_watch.h"
#include "properties/plugin/scheduler_fault.h"

namespace lockstep {

class ExecProcess {
 public:
  struct Options {
    HangWatch::Limits limits;
    std::function<bool()> interrupted{};  // asked now and then; true: ask() gives up
  };
  // Errors: the operating system gives no process. A command that does not exist ends with code
  // 127, which the first ask() says.
  [[nodiscard]] static Result<std::unique_ptr<ExecProcess>> start(const std::string& command,
                                                                  Options options);
  ExecProcess(const ExecProcess&) = delete;
  ExecProcess& operator=(const ExecProcess&) = delete;
  ~ExecProcess();

  // Sends `line`, which has no line end, and gives the answer without its line end. Errors: "it
  // crashed with signal 11 (Segmentation fault)", "it exited with code 1", "it hangs: ...".
  [[nodiscard]] Result<std::string> ask(std::string_view line);

  // False after an ask() that failed.
  [[nodiscard]] bool healthy() const { return healthy_; }
  // Of that ask().
  [[nodiscard]] SchedulerFaultKind fault_kind() const { return fault_kind_; }

 private:
  ExecProcess(pid_t pid, int to, int from, Options options)
      : pid_(pid), to_(to), from_(from), options_(std::move(options)) {}
  [[nodiscard]] Result<std::string> send_and_receive(std::string_view line);
  [[nodiscard]] Result<std::string> receive();
  [[nodiscard]] tl::unexpected<Error> how_it_ended();

  pid_t pid_;  // 0: reaped
  int to_;
  int from_;
  Options options_;
  std::string unread_;
  bool healthy_ = true;
  SchedulerFaultKind fault_kind_ = SchedulerFaultKind::kCrash;
};

}  // namespace lockstep

// A scheduler in any language: a program that speaks the contract as JSON lines (docs/plugins.md).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/result.h"
#include "properties/plugin/foreign_scheduler.h"
#include "properties/plugin/process_watch.h"

namespace lockstep {

struct ExecOptions {
  // Of one answer: what takes longer hangs.
  HangWatch::Limits limits{.cpu = std::chrono::milliseconds{1000},
                           .wall = std::chrono::milliseconds{30'000}};
  std::function<bool()> interrupted{};  // asked while an answer is awaited; true: that fails
};

// Starts `command` with the shell and asks what it is. One process serves one run after another;
// a second one is started only for runs that overlap. Which build decided is the command and the
// bytes of each file that one of its words names. Errors: the program ends, hangs or answers
// anything but a description that makes sense. A forked child loads its own: two processes that
// talk to one program would take each other's answers.
[[nodiscard]] Result<std::shared_ptr<const ForeignScheduler>> load_exec(
    const std::string& command, const ExecOptions& options = {});

}  // namespace lockstep

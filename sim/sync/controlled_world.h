// What the controlled mutex, condition variable, thread, clock and atomic of one program share: the
// runtime that they run on, who waits where, and the first failure.
//
// There is one world per thread at a time, from ControlledProgram's begin to its end; objects of
// <lockstep/sync/...> belong to it and are made and used on its fibers only (one made before, used
// within, is all right while it is in its initial state). A scheduling point lies before each
// operation (verification 4.4).
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "sim/controlled_runtime.h"

namespace lockstep::sync {

struct ProgramOptions {
  std::uint64_t step_limit = 100'000;  // beyond it the program counts as one that never ends
  // Condition variables wake, try_lock and compare_exchange_weak fail without reason: a choice each
  // time.
  bool spurious = true;
  // Before an operation a thread may lose its processor until the next time-out of anybody: a
  // choice each time. Else time passes only when every thread waits.
  bool delays = true;
};

// A thread that waits; lives on its stack.
struct Waiter {
  FiberId fiber{0};
  bool woken = false;
};

// In the order of their coming. Whoever wakes takes out.
class WaitList {
 public:
  [[nodiscard]] bool empty() const { return waiters_.empty(); }
  // Which one, is a choice.
  void wake_one(const char* site);
  void wake_all();

 private:
  friend class ControlledWorld;
  std::vector<Waiter*> waiters_;
};

// What a thread of the program runs.
class ThreadBody {
 public:
  ThreadBody() = default;
  ThreadBody(const ThreadBody&) = delete;
  ThreadBody& operator=(const ThreadBody&) = delete;
  virtual ~ThreadBody() = default;
  virtual void run() = 0;
};

class ControlledWorld {
 public:
  ControlledWorld(Choices& choices, const ProgramOptions& options);
  ControlledWorld(const ControlledWorld&) = delete;
  ControlledWorld& operator=(const ControlledWorld&) = delete;
  ~ControlledWorld();

  // Of this thread; a failed check when there is none.
  [[nodiscard]] static ControlledWorld& current();
  [[nodiscard]] static ControlledWorld* find_current();

  // From outside: runs `main` and all threads that it starts.
  [[nodiscard]] RunEnd run(std::unique_ptr<ThreadBody> main);
  // "" or what the program did wrong by itself.
  [[nodiscard]] const std::string& failure() const { return failure_; }
  // Who waits where: "main at thread.join, thread 1 at mutex.lock".
  [[nodiscard]] std::string waiting_text() const;
  [[nodiscard]] const ControlledRuntime& runtime() const { return runtime_; }

  // From a fiber.
  [[nodiscard]] FiberId running() const { return runtime_.running(); }
  [[nodiscard]] SimTime now() const { return runtime_.now(); }
  void point(const char* site);
  void yield();
  void sleep_until(SimTime time);
  // Until somebody wakes it, or `deadline`: whether it was woken.
  bool wait(WaitList& list, const char* site, SimTime deadline);
  // A choice; false when ProgramOptions says so.
  [[nodiscard]] bool fails_without_reason(const char* site);
  FiberId start(std::unique_ptr<ThreadBody> body);
  void join(FiberId thread);
  // The program is wrong: the run ends here, with the first such message as its failure.
  [[noreturn]] void fail(std::string message);

 private:
  friend class WaitList;
  struct Thread {
    std::unique_ptr<ThreadBody> body;
    bool ended = false;
    WaitList joining;
    const char* waits_at = nullptr;
  };

  ProgramOptions options_;
  std::string failure_;
  std::deque<Thread> threads_;  // by fiber
  ControlledRuntime runtime_;
  ControlledWorld* outer_ = nullptr;
};

}  // namespace lockstep::sync

// The runtime door on virtual time, where choices decide who runs (verification 4.2, 4.4).
//
// One fiber runs at a time. Whenever it parks, yields, ends or reaches a point(), one of those that
// are ready is chosen. Options at a park, a yield or an end: ready fibers in the order of (class,
// since when they are ready). At a point(): the running fiber goes on, then the others in that
// order. When nobody is ready, virtual time moves to the earliest park_until(); all of that instant
// become ready together. So the dullest choices keep the event loop's order.
//
// run() ends when every fiber has ended, or when nothing will ever happen again (somebody waits for
// ever), or at a limit of steps: then it says so.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/runtime.h"
#include "sim/choices.h"
#include "sim/virtual_fibers.h"

namespace lockstep {

enum class RunEnd : std::uint8_t {
  kAllEnded,
  kStuck,      // nobody is ready and nobody waits for a time: a deadlock, or a lost wake-up
  kStepLimit,  // fibers switched so often without end: a livelock
};

struct ControlledOptions {
  std::uint64_t step_limit = 1'000'000;
  bool wakes_without_reason = false;  // park() may return early: a choice each time
};

class ControlledRuntime final : public Runtime {
 public:
  ControlledRuntime(Choices& choices, const ControlledOptions& options);

  [[nodiscard]] SimTime now() const override { return now_; }
  FiberId spawn(std::string name, FiberClass of, std::function<void()> body) override;
  void park() override { park_until(kForever); }
  void park_until(SimTime time) override;
  void yield() override;
  void unpark(FiberId fiber) override;
  void point(const char* site) override;
  void notify() override;
  void on_notify(FiberId fiber) override { notified_ = fiber; }

  // From outside of all fibers. Throws what a fiber threw.
  [[nodiscard]] RunEnd run();

  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  // Names of the fibers that have not ended, in order of creation.
  [[nodiscard]] std::vector<std::string> unfinished() const;

 private:
  enum class State : std::uint8_t { kReady, kRunning, kParked, kEnded };
  struct Fiber {
    std::string name;
    FiberClass of = FiberClass::kOutside;
    State state = State::kReady;
    bool permit = false;
    SimTime deadline = kForever;    // kParked
    std::uint64_t ready_since = 0;  // kReady
    std::size_t number = 0;         // of fibers_
  };

  void make_ready(Fiber& fiber);
  void switch_away(State state);
  // Ready fibers by (class, since when); the numbers of fibers.
  void list_ready();
  [[nodiscard]] bool advance();
  Fiber& current();

  Choices& choices_;
  ControlledOptions options_;
  std::vector<Fiber> states_;
  std::vector<std::uint32_t> ready_;  // reused
  std::uint64_t next_ready_ = 0;
  std::uint64_t steps_ = 0;
  std::uint32_t running_ = 0;
  std::optional<std::uint32_t> forced_;  // chosen at a point(): runs next
  SimTime now_{};
  FiberId notified_{0};
  VirtualFibers fibers_;  // last: unwound first
};

}  // namespace lockstep

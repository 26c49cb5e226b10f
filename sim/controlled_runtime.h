// The runtime door on virtual time, where choices decide who runs (verification 4.2, 4.4).
//
// One fiber runs at a time. Whenever it parks, yields, ends or reaches a point(), one of those that
// are ready is chosen. Options at a park, a yield or an end: ready fibers in the order of (class,
// since when they are ready). At a point(): the running fiber goes on, then the others in that
// order. When nobody is ready, virtual time moves to the earliest park_until(); all of that instant
// become ready together. So the dullest choices keep the event loop's order.
//
// run() ends when every fiber has ended, or when nothing will ever happen again (somebody waits for
// ever), or at a limit of steps: then it says so. A step: somebody runs from a park, a yield or its
// beginning, or goes on at a point().
//
// Fibers that are left when the runtime goes are unwound by an exception; what they call on the way
// returns at once. Or they are abandoned (virtual_fibers.h).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/runtime.h"
#include "sim/choices.h"
#include "sim/virtual_fibers.h"

namespace lockstep {

enum class RunEnd : std::uint8_t {
  kAllEnded,
  kStuck,      // nobody is ready and nobody waits for a time: a deadlock, or a lost wake-up; or
               // somebody called stop()
  kStepLimit,  // fibers switched so often without end: a livelock
};

struct ControlledOptions {
  std::uint64_t step_limit = 1'000'000;
  bool wakes_without_reason = false;  // park() may return early: a choice each time
  bool abandons = false;              // fibers that are left at the end, instead of unwinding them
  SimTime chooses_from{};             // before it nobody is asked, the dullest option is taken
  std::uint32_t threads = 1;          // that a program is told it has: who runs next is a choice
  // At a point() of this name the fiber's thread may lose its core for so long: a choice each time.
  std::string_view stalls_at{};
  SimDuration stall{0};
};

class ControlledRuntime final : public Runtime {
 public:
  ControlledRuntime(Choices& choices, const ControlledOptions& options);

  [[nodiscard]] SimTime now() const override { return now_; }
  [[nodiscard]] std::uint32_t thread_count() const override { return options_.threads; }
  FiberId spawn_on(std::uint32_t thread, std::string name, FiberClass of,
                   std::function<void()> body) override;
  void park() override { park_until(kForever); }
  void park_until(SimTime time) override;
  void yield() override;
  void pass() override { yield(); }
  void unpark(FiberId fiber) override;
  void point(const char* site) override;
  void notify() override;
  void on_notify(FiberId fiber) override { notified_ = fiber; }

  // From outside of all fibers. Throws what a fiber threw.
  [[nodiscard]] RunEnd run();

  // From a fiber, which never goes on: ends the run.
  void stop();

  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  // Steps of each fiber, by number: what UniformWalk wants to know.
  [[nodiscard]] std::vector<std::uint32_t> events() const;
  [[nodiscard]] std::vector<std::string> names() const;  // by number
  // From a fiber: which one.
  [[nodiscard]] FiberId running() const { return FiberId{running_}; }
  [[nodiscard]] bool has_ended(FiberId fiber) const;
  // The earliest time that a parked fiber waits for; kForever: none.
  [[nodiscard]] SimTime next_deadline() const;
  // Whether fibers are being unwound.
  [[nodiscard]] bool is_unwinding() const { return fibers_.is_unwinding(); }
  [[nodiscard]] Choices& choices() { return choices_; }
  // Names of the fibers that have not ended, in order of creation.
  [[nodiscard]] std::vector<std::string> unfinished() const;

 private:
  enum class State : std::uint8_t { kReady, kRunning, kParked, kEnded };
  struct Fiber {
    std::string name;
    FiberClass of = FiberClass::kOutside;
    State state = State::kReady;
    bool permit = false;
    SimTime deadline = kForever;  // kParked
    std::size_t number = 0;       // of fibers_
    std::uint32_t events = 0;     // steps
  };

  void make_ready(std::uint32_t number);
  void switch_away(State state);
  [[nodiscard]] bool is_passing_through();
  void stall();
  // Counts it; false: that was one too many.
  [[nodiscard]] bool step(std::uint32_t fiber);
  [[nodiscard]] std::uint32_t choose(const ChoicePoint& point);
  [[nodiscard]] std::uint32_t choose_next();
  [[nodiscard]] bool advance();
  Fiber& current();

  Choices& choices_;
  ControlledOptions options_;
  std::vector<Fiber> states_;
  std::vector<std::uint32_t> ready_;             // numbers, by (class, since when)
  std::vector<std::uint32_t> options_at_point_;  // reused
  std::size_t ended_ = 0;
  bool stopped_ = false;
  std::uint64_t passed_through_ = 0;
  std::uint64_t steps_ = 0;
  std::uint32_t running_ = 0;
  std::uint32_t yielding_ = kNoFiber;
  std::optional<std::uint32_t> forced_;  // chosen at a point(): runs next
  SimTime now_{};
  FiberId notified_{0};
  VirtualFibers fibers_;  // last: unwound first
};

}  // namespace lockstep

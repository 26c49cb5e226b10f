// The door between the live driver and its world: a clock, fibers that park, a way to wake them.
//
// The driver (gpu_backend/driver.h) is written against this and nothing else, so that the same
// source runs on the steady clock with a real device, and on the virtual clock under a scheduler
// that decides who runs next (verification 4.1, 4.4). Two implementations:
// gpu_backend/real_runtime.h and sim/controlled_runtime.h.
//
// Fibers of one runtime run on one thread or on several; each stays on the one it was spawned for.
// Fibers of one thread run one at a time: between two calls of park(), park_until(), yield(),
// pass() or point() a fiber is alone there. Those and unpark() are for fibers of the runtime, on
// whatever of its threads; spawn() and on_notify() before it runs; now() and notify() for any
// thread. What was written before an unpark() is seen by whom it wakes. There are no timed waits
// but park_until(), no locks, and no fiber number but its order of creation.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "core/time.h"

namespace lockstep {

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  // Time since the runtime's start; never decreases, on whatever thread.
  [[nodiscard]] virtual SimTime now() const = 0;
};

enum class FiberId : std::uint32_t {};

// Who goes first where nothing else decides (virtual time, the dullest choice): what a device did,
// then the core, then the outside. So a driver on virtual time keeps the event loop's order of one
// instant (design 3).
enum class FiberClass : std::uint8_t { kDevice, kCore, kOutside };

class Runtime : public Clock {
 public:
  // Threads that fibers can be spawned for; 0 is the one that runs the runtime.
  [[nodiscard]] virtual std::uint32_t thread_count() const = 0;
  // A new fiber of that thread, ready to run. Its name is for messages. A body must not throw.
  // Requires: thread < thread_count().
  virtual FiberId spawn_on(std::uint32_t thread, std::string name, FiberClass of,
                           std::function<void()> body) = 0;
  FiberId spawn(std::string name, FiberClass of, std::function<void()> body) {
    return spawn_on(0, std::move(name), of, std::move(body));
  }

  // The calling fiber waits until somebody unparks it. An unpark() that came before is not lost: it
  // makes the next park() return at once (one permit, as on a thread). May return without reason.
  virtual void park() = 0;
  // The same, until `time` at the latest; kForever: park().
  virtual void park_until(SimTime time) = 0;
  // Lets others run; the calling fiber stays ready.
  virtual void yield() = 0;
  // The same for a fiber that has work left: its thread is not idle.
  virtual void pass() = 0;
  // `fiber` may go on; no effect on one that has ended.
  virtual void unpark(FiberId fiber) = 0;
  // Before an operation that another fiber, in reality another thread, can come in between: under
  // a scheduler that explores, somebody else may run here. `site` names it; nothing on a real
  // clock.
  virtual void point(const char* site) = 0;

  // From any thread: something was put where a fiber looks for it (a submission). The fiber that
  // was named by on_notify() is unparked.
  virtual void notify() = 0;
  virtual void on_notify(FiberId fiber) = 0;
};

}  // namespace lockstep

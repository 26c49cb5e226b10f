// The fibers of one thread on the steady clock: who is ready, who waits until when, and what the
// thread does when nobody is (idle_strategy.h).
//
// Fibers that are ready run in the order in which they became ready; those that yielded, because
// they poll, come again in the next round. A deadline is never early. Other threads wake a fiber by
// unpark_from_outside(), which takes no lock unless the thread sleeps.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "core/ring.h"
#include "core/runtime.h"
#include "gpu_backend/idle_strategy.h"
#include "sim/virtual_fibers.h"

namespace lockstep {

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): what others write has a line of its own
class FiberThread {
 public:
  // `clock` outlives this.
  FiberThread(const Clock& clock, IdleStrategy idle, SimDuration poll_interval);

  // Before run(): a new fiber, ready; its number, from 0.
  std::uint32_t add(std::function<void()> body);
  // On the thread whose fibers they are: until every fiber has ended. Throws what a fiber threw.
  void run();
  // That of the calling thread, nullptr outside of a run().
  [[nodiscard]] static FiberThread* here();

  // --- from the fiber that runs ---
  void park_until(SimTime time);
  void yield() { step_back(/*polls=*/true); }
  void pass() { step_back(/*polls=*/false); }

  // --- from this thread ---
  void unpark(std::uint32_t fiber);

  // --- from any thread, once every fiber was added ---
  void unpark_from_outside(std::uint32_t fiber);

 private:
  enum class State : std::uint8_t { kReady, kRunning, kParked, kEnded };
  struct Fiber {
    std::function<void()> body;
    State state = State::kReady;
    bool permit = false;
    bool polls = false;  // it is ready because it yielded
    SimTime deadline = kForever;
  };
  // From outside, and not seen yet. Others look at it whenever they submit: a line of its own.
  struct alignas(64) Woken {
    std::atomic<bool> flag{false};
  };

  void step_back(bool polls);
  void make_ready(std::uint32_t number, bool polls);
  void take_wake_ups();
  void wake_due();
  [[nodiscard]] SimTime next_deadline() const;
  void idle();
  void sleep_until(SimTime time);

  const Clock& clock_;
  IdleStrategy idle_;
  SimDuration poll_interval_;
  std::deque<Fiber> states_;
  std::deque<Woken> woken_;  // by fiber
  Ring<std::uint32_t> ready_;
  std::size_t polling_ = 0;  // of ready_: those that yielded
  std::size_t timed_ = 0;    // parked with a deadline
  std::size_t live_ = 0;
  std::uint32_t running_ = 0;
  std::optional<VirtualFibers> fibers_;  // while it runs
  std::mutex sleep_mutex_;
  std::condition_variable wake_up_;
  alignas(64) std::atomic<bool> notified_{false};  // some fiber is woken
  std::atomic<bool> sleeping_{false};
};

}  // namespace lockstep

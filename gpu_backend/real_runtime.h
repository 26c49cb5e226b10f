// The runtime door on the steady clock: fibers of one thread, woken by other threads.
//
// run() is the thread's loop: fibers that are ready run in the order in which they became ready;
// when only fibers that yielded are left (they poll) or none, the idle strategy decides what the
// thread does until something comes:
//   spin   looks again at once: the shortest latency, one core busy
//   yield  gives its time slice to other threads first
//   sleep  sleeps, at most `poll_interval` while somebody polls, else until the next deadline or a
//          notify(): the least CPU
// A deadline is never early. Costs and latencies of the three: docs/live.md.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/ring.h"
#include "core/runtime.h"
#include "gpu_backend/steady_clock.h"
#include "sim/virtual_fibers.h"

namespace lockstep {

enum class IdleStrategy : std::uint8_t { kSpin, kYield, kSleep };
[[nodiscard]] std::string_view idle_strategy_name(IdleStrategy strategy);
[[nodiscard]] Result<IdleStrategy> parse_idle_strategy(std::string_view text);

struct RealRuntimeOptions {
  IdleStrategy idle = IdleStrategy::kSleep;
  SimDuration poll_interval{20'000};
};

class RealRuntime final : public Runtime {
 public:
  // On the thread that will run(). `clock` outlives this.
  RealRuntime(const Clock& clock, const RealRuntimeOptions& options);

  [[nodiscard]] SimTime now() const override { return clock_.now(); }
  FiberId spawn(std::string name, FiberClass of, std::function<void()> body) override;
  void park() override { park_until(kForever); }
  void park_until(SimTime time) override;
  void yield() override;
  void unpark(FiberId fiber) override;
  void point(const char* /*site*/) override {}
  void notify() override;
  void on_notify(FiberId fiber) override { notified_fiber_ = fiber; }

  // Until every fiber has ended; after it notify() and now() alone may be called. Throws what a
  // fiber threw.
  void run();

 private:
  enum class State : std::uint8_t { kReady, kRunning, kParked, kEnded };
  struct Fiber {
    std::string name;
    State state = State::kReady;
    bool permit = false;
    bool polls = false;  // it is ready because it yielded
    SimTime deadline = kForever;
    std::size_t number = 0;
  };

  void make_ready(std::uint32_t number, bool polls);
  void wake_due();
  [[nodiscard]] SimTime next_deadline() const;
  void idle();
  void sleep_until(SimTime time);

  const Clock& clock_;
  RealRuntimeOptions options_;
  std::vector<Fiber> states_;
  Ring<std::uint32_t> ready_;
  std::size_t polling_ = 0;  // of ready_: those that yielded
  std::size_t live_ = 0;
  std::uint32_t running_ = 0;
  FiberId notified_fiber_{0};
  std::atomic<bool> notified_{false};
  std::atomic<bool> sleeping_{false};
  std::mutex sleep_mutex_;
  std::condition_variable wake_up_;
  std::optional<VirtualFibers> fibers_;  // until run() has ended; last: unwound first
};

}  // namespace lockstep

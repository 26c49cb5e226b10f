// The runtime door on the steady clock: fibers of one thread or several (fiber_thread.h), woken by
// each other and by threads of others.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/runtime.h"
#include "gpu_backend/fiber_thread.h"
#include "gpu_backend/idle_strategy.h"
#include "gpu_backend/steady_clock.h"

namespace lockstep {

struct RealRuntimeOptions {
  IdleStrategy idle = IdleStrategy::kSleep;  // of each thread
  SimDuration poll_interval{20'000};
  std::uint32_t threads = 1;  // > 0
};

class RealRuntime final : public Runtime {
 public:
  // `clock` outlives this.
  RealRuntime(const Clock& clock, const RealRuntimeOptions& options);

  [[nodiscard]] SimTime now() const override { return clock_.now(); }
  [[nodiscard]] std::uint32_t thread_count() const override;
  FiberId spawn_on(std::uint32_t thread, std::string name, FiberClass of,
                   std::function<void()> body) override;
  void park() override { park_until(kForever); }
  void park_until(SimTime time) override { FiberThread::here()->park_until(time); }
  void yield() override { FiberThread::here()->yield(); }
  void pass() override { FiberThread::here()->pass(); }
  void unpark(FiberId fiber) override;
  void point(const char* /*site*/) override {}
  void notify() override;
  void on_notify(FiberId fiber) override { notified_ = place_of(fiber); }

  // The calling thread becomes thread 0; returns when every fiber has ended. With one thread it
  // throws what a fiber threw; with several that ends the process.
  void run();

 private:
  struct Place {
    FiberThread* thread = nullptr;
    std::uint32_t number = 0;
  };
  [[nodiscard]] const Place& place_of(FiberId fiber) const;

  const Clock& clock_;
  std::vector<std::unique_ptr<FiberThread>> threads_;
  std::vector<Place> places_;  // by FiberId
  Place notified_;
};

}  // namespace lockstep

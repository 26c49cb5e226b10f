// A clock of tests: each look moves it on by one step, so that whoever waits for a time gets there.
// Any thread.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/runtime.h"

namespace lockstep {

class TickingClock final : public Clock {
 public:
  explicit TickingClock(SimDuration step = SimDuration{1}) : step_(step) {}

  [[nodiscard]] SimTime now() const override {
    return at_ns(step_.count() * looks_.fetch_add(1, std::memory_order_relaxed));
  }
  [[nodiscard]] std::int64_t looks() const { return looks_.load(std::memory_order_relaxed); }

 private:
  SimDuration step_;
  mutable std::atomic<std::int64_t> looks_ = 1;
};

}  // namespace lockstep

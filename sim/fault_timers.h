// When a timer fires that was asked for at a time: late, and on a grid (timer of fault_plan.h).
//
// latency, then a jitter drawn once for each wake-up that the loop sees, then up to the next
// multiple of the grid. Never early.
#pragma once

#include <cstdint>

#include "core/prng.h"
#include "core/time.h"
#include "sim/fault_plan.h"

namespace lockstep {

class FaultTimers {
 public:
  FaultTimers(const TimerFaults& faults, std::uint64_t seed)
      : faults_(faults), draws_(seed, "timer") {}

  // Requires: called again before the next wake-up is asked for.
  [[nodiscard]] SimTime fires_at(SimTime wake);
  // Of those that were asked for, how many were to fire later than that.
  [[nodiscard]] std::uint64_t late_count() const { return late_count_; }

 private:
  TimerFaults faults_;
  Prng draws_;
  SimTime wake_ = kForever;
  SimTime fires_ = kForever;
  std::uint64_t late_count_ = 0;
};

}  // namespace lockstep

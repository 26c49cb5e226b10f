// The steady clock as a Clock of ours: nanoseconds since it was made, or since it was started.
#pragma once

#include <chrono>

#include "core/runtime.h"

namespace lockstep {

class SteadyClock final : public Clock {
 public:
  [[nodiscard]] SimTime now() const override {
    return SimTime{std::chrono::duration_cast<SimDuration>(Steady::now() - start_)};
  }
  // A time of ours as a point of the steady clock, for waits of threads.
  [[nodiscard]] std::chrono::steady_clock::time_point point(SimTime time) const {
    return start_ + std::chrono::duration_cast<Steady::duration>(time.time_since_epoch());
  }

  // Its zero lies `lead` ahead: before it, times are negative. While nobody else reads it.
  void start_in(SimDuration lead) {
    start_ = Steady::now() + std::chrono::duration_cast<Steady::duration>(lead);
  }

 private:
  using Steady = std::chrono::steady_clock;
  Steady::time_point start_ = Steady::now();
};

}  // namespace lockstep

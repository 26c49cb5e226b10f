// std::chrono::steady_clock on a controlled runtime: <lockstep/sync/clock.h>.
//
// Virtual time of the program in progress, as on a machine that has been up for a million seconds:
// a time_point that was never set is long ago, as it is on a real one.
#pragma once

#include <chrono>
#include <cstdint>

#include "core/time.h"

namespace lockstep::sync {

struct ControlledClock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<ControlledClock, duration>;
  static constexpr bool is_steady = true;

  [[nodiscard]] static time_point now() noexcept;
};

// As far into the run; times before its begin are its begin. Fractions round up: a wait is never
// shorter than asked for.
[[nodiscard]] SimTime run_time_of(ControlledClock::time_point time);
template <typename Duration>
[[nodiscard]] SimTime run_time_of(const std::chrono::time_point<ControlledClock, Duration>& time) {
  return run_time_of(std::chrono::ceil<ControlledClock::duration>(time));
}
// So long from now.
[[nodiscard]] SimTime run_time_after(ControlledClock::duration span);
template <typename Rep, typename Period>
[[nodiscard]] SimTime run_time_after(const std::chrono::duration<Rep, Period>& span) {
  return run_time_after(std::chrono::ceil<ControlledClock::duration>(span));
}

}  // namespace lockstep::sync

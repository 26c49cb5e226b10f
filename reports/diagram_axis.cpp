#include "reports/diagram_axis.h"

#include <algorithm>

namespace lockstep {
namespace {

constexpr std::int64_t kMostTicks = 12;

std::int64_t step_ns(std::int64_t span) {
  std::int64_t power = 1;
  while (true) {
    for (const std::int64_t digit : {1, 2, 5}) {
      if (span / (digit * power) + 1 <= kMostTicks) {
        return digit * power;
      }
    }
    power *= 10;
  }
}

}  // namespace

int Axis::position(SimTime time) const {
  const SimTime inside = std::clamp(time, from, to);
  return left +
         static_cast<int>(scaled((inside - from).count(), right - left, (to - from).count()));
}

// The largest unit that needs at most one decimal.
TimeUnit Axis::unit() const {
  return unit_for(SimDuration{step_ns((to - from).count()) * 10});
}

std::vector<AxisTick> Axis::ticks() const {
  const std::int64_t step = step_ns((to - from).count());
  const int decimals = step % unit_ns(unit()) == 0 ? 0 : 1;
  std::vector<AxisTick> ticks;
  for (std::int64_t at = 0; at <= (to - from).count(); at += step) {
    const bool zero = at == 0;
    ticks.push_back({SimDuration{at}, zero ? "0" : time_in(SimDuration{at}, unit(), decimals)});
  }
  return ticks;
}

}  // namespace lockstep

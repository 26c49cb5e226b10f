#include "sim/sync/controlled_clock.h"

#include <algorithm>

#include "sim/sync/controlled_world.h"

namespace lockstep::sync {
namespace {

constexpr ControlledClock::duration kUpSince = std::chrono::seconds(1'000'000);

}  // namespace

ControlledClock::time_point ControlledClock::now() noexcept {
  return time_point(ControlledWorld::current().now().time_since_epoch() + kUpSince);
}

SimTime run_time_of(ControlledClock::time_point time) {
  if (time == ControlledClock::time_point::max()) {
    return kForever;
  }
  return SimTime(std::max(time.time_since_epoch(), kUpSince) - kUpSince);
}

SimTime run_time_after(ControlledClock::duration span) {
  return after(ControlledWorld::current().now(), std::max(span, SimDuration{0}));
}

}  // namespace lockstep::sync

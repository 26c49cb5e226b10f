// The realism parameter of TF 2.5 for the slow model: when each idle thread looks by itself.
#pragma once

#include <cstdint>
#include <vector>

#include "core/time.h"

namespace lockstep::full_reference {

// Thread `lane` looks at phases[lane] and then once each interval. Interval 0: threads notice what
// becomes due at once (the ideal).
struct Polls {
  SimDuration interval{0};
  std::vector<SimDuration> phases{};  // by lane, each below the interval

  [[nodiscard]] bool enabled() const { return interval > SimDuration{0}; }
  // The first tick of the lane that is later than `time`.
  [[nodiscard]] SimTime after(std::uint32_t lane, SimTime time) const {
    const SimDuration passed = time.time_since_epoch() - phases[lane];
    return passed < SimDuration{0} ? SimTime{phases[lane]} : time - passed % interval + interval;
  }
};

}  // namespace lockstep::full_reference

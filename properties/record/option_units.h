// Values of options in the checkers' units. A run that its scheduler refused is judged, too, so a
// value may be anything that was written down: one beyond every run stands for the largest there
// is.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/limits.h"
#include "core/time.h"

namespace lockstep {

// Below 0: 0, as the schedulers take a negative time-out (TF 1.4, 1.6).
[[nodiscard]] constexpr SimDuration option_micros(std::int64_t micros) {
  return SimDuration{std::clamp<std::int64_t>(micros, 0, kMaxTimeNs / 1000) * 1000};
}

// Of two sizes; at most kMaxTimeNs, more rows than any run has.
[[nodiscard]] constexpr std::int64_t option_product(std::int64_t left, std::int64_t right) {
  if (left <= 0 || right <= 0) {
    return 0;
  }
  return left > kMaxTimeNs / right ? kMaxTimeNs : left * right;
}

}  // namespace lockstep

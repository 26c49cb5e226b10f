// The value on a straight line between two points, in integers: nearest, half up.
#pragma once

#include <cstdint>

namespace lockstep {

// low + (high - low) * position / span, rounded to the nearest integer, halves up, on rising and
// falling lines alike. `position` may lie outside of [0, span]: the line goes on. A result beyond
// +-2^62 is cut there. Requires: span > 0; high - low and position fit in 63 bits.
[[nodiscard]] constexpr std::int64_t interpolated(std::int64_t low, std::int64_t high,
                                                  std::int64_t position, std::int64_t span) {
  __extension__ using Wide = __int128;
  // floor((2 rise + span) / (2 span)).
  const Wide numerator = 2 * (Wide{high} - low) * position + span;
  const Wide denominator = 2 * Wide{span};
  const Wide quotient = numerator / denominator - (numerator % denominator < 0 ? 1 : 0);
  const Wide value = low + quotient;
  constexpr Wide kMost = Wide{1} << 62;
  return static_cast<std::int64_t>(value > kMost ? kMost : value < -kMost ? -kMost : value);
}

}  // namespace lockstep

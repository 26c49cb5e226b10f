// Samples of distributions from 64-bit draws, in integers only: the same bits on every machine.
//
// No libm: its results change with the library and with the CPU's features. The logarithm is our
// own fixed-point one, from a table that the compiler computes.
#pragma once

#include <cstdint>

namespace lockstep {

// -ln((draw + 1) / 2^64) in units of 2^-58, rounded to within a few units: a sample of the unit
// exponential distribution, by inversion. Monotone (not increasing) in draw; 0 for the largest
// draw, at most 64 ln 2 < 44.4.
[[nodiscard]] std::uint64_t exponential_fixed58(std::uint64_t draw);
inline constexpr unsigned kExponentialBits = 58;

// Exponentially distributed spans of a given mean.
class ExponentialSpan {
 public:
  // Mean `total_ns` / `count`, kept to 62 significant bits. Requires: both > 0, total_ns < 2^60.
  ExponentialSpan(std::uint64_t total_ns, std::uint64_t count);

  // floor(sample * mean) in ns, at most 2^60.
  [[nodiscard]] std::int64_t ns(std::uint64_t draw) const;

 private:
  std::uint64_t mean_ = 0;  // units of 2^-fraction_bits_ ns, top bit 61
  unsigned fraction_bits_ = 0;
};

}  // namespace lockstep

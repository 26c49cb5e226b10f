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

// Exponentially distributed spans of a given mean, one after another. What rounding down to whole
// ns takes from a span the next one gets back: the sum of any number of spans is the exact sum of
// sample * mean, rounded down once. So the mean is right however short it is, far below 1 ns too.
class ExponentialSpan {
 public:
  // Mean `total_ns` / `count`, kept to 62 significant bits or to 2^-64 ns, whichever is coarser.
  // Requires: both > 0, total_ns < 2^56 (two years).
  ExponentialSpan(std::uint64_t total_ns, std::uint64_t count);

  // The next span in ns, at most 2^60 (beyond it the rest is dropped).
  [[nodiscard]] std::int64_t next_ns(std::uint64_t draw);

 private:
  __extension__ using Wide = unsigned __int128;

  std::uint64_t mean_ = 0;      // units of 2^-fraction_bits_ ns, top bit 61
  unsigned fraction_bits_ = 6;  // at least: a product has more than 64 fractional bits
  Wide rest_ = 0;               // below 1 ns, units of 2^-(kExponentialBits + fraction_bits_) ns
};

}  // namespace lockstep

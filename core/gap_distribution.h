// Gaps of a given variability: samples of mean 1 of the constant, exponential, gamma and Weibull
// distributions, in integers only.
//
// The coefficient of variation (CV) of a gap is its standard deviation over its mean: 0 is a clock,
// 1 a Poisson process, 2 and more are bursts. For gamma the shape is 1 / CV^2; for Weibull it is
// the solution of 1 + CV^2 = Gamma(1 + 2/shape) / Gamma(1 + 1/shape)^2.
//
// How: exponential by inversion. Weibull by inversion, in logarithms: ln X = ln(E)/shape - ln
// Gamma(1 + 1/shape), so that samples of 1e-300 and of 1e10 are equally exact. Gamma by Marsaglia
// and Tsang (2000): exact but for the rounding of its accept test; below shape 1 through shape + 1
// and a power of a uniform draw. Normal by Kinderman and Monahan's ratio of uniforms. Numbers of
// draws per sample: constant 0, exponential 1, Weibull 1, gamma about 4, below shape 1 about 5, a
// varying number.
#pragma once

#include <cstdint>

#include "core/prng.h"
#include "core/scaled_number.h"

namespace lockstep {

enum class GapFamily : std::uint8_t { kConstant, kExponential, kGamma, kWeibull };

// The range of a CV of gamma and Weibull gaps, in millionths: 0.01 to 10,000.
inline constexpr std::uint64_t kCvMillionthsMin = 10'000;
inline constexpr std::uint64_t kCvMillionthsMax = 10'000'000'000;

class UnitGap {
 public:
  [[nodiscard]] static UnitGap constant() { return UnitGap(GapFamily::kConstant); }
  [[nodiscard]] static UnitGap exponential() { return UnitGap(GapFamily::kExponential); }
  // Requires: a CV within the range.
  [[nodiscard]] static UnitGap gamma(std::uint64_t cv_millionths);
  [[nodiscard]] static UnitGap weibull(std::uint64_t cv_millionths);
  // By the shape itself. Requires: 0.000001 <= shape <= 10,000, in millionths.
  [[nodiscard]] static UnitGap gamma_of_shape(std::uint64_t shape_millionths);
  // Requires: 0.05 <= shape <= 1,000, in millionths.
  [[nodiscard]] static UnitGap weibull_of_shape(std::uint64_t shape_millionths);

  [[nodiscard]] GapFamily family() const { return family_; }

  // Mean 1; 0 when the sample is below 2^-4000 or so.
  [[nodiscard]] ScaledNumber next(Prng& prng) const;

 private:
  explicit UnitGap(GapFamily family) : family_(family) {}
  [[nodiscard]] static UnitGap gamma_of(ScaledNumber shape);
  [[nodiscard]] static UnitGap weibull_of(WideSigned inverse_shape);
  [[nodiscard]] ScaledNumber next_gamma(Prng& prng) const;
  [[nodiscard]] ScaledNumber next_weibull(Prng& prng) const;

  GapFamily family_;
  // Gamma: Marsaglia and Tsang's d, c of the shape raised by one when it is below 1.
  ScaledNumber shape_{};
  bool raised_ = false;
  WideSigned d_ = 0;    // units of 2^-48
  std::int64_t c_ = 0;  // units of 2^-58
  // Weibull: 1 / shape and ln Gamma(1 + 1/shape), units of 2^-58.
  WideSigned inverse_shape_ = 0;
  WideSigned ln_mean_ = 0;
};

// A sample of the standard normal distribution, in units of 2^-56; beyond 13.4 there is none.
[[nodiscard]] std::int64_t normal_fixed56(Prng& prng);

// ln Gamma(z), units of 2^-58 in and out, to within 2^-48. Requires: 1 <= z <= 64.
[[nodiscard]] WideSigned ln_gamma(WideSigned z);

// 1 / shape of the Weibull distribution with that CV, units of 2^-58: its CV is the one asked for
// to within 1e-9 of it. Requires: a CV within the range.
[[nodiscard]] WideSigned weibull_inverse_shape(std::uint64_t cv_millionths);

}  // namespace lockstep

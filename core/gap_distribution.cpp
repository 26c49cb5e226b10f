#include "core/gap_distribution.h"

#include "core/check.h"
#include "core/sampling.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kMillion = 1'000'000;
constexpr WideSigned kLogOne = static_cast<WideSigned>(1) << kLogBits;

ScaledNumber from_millionths(std::uint64_t millionths) {
  return ScaledNumber::ratio(millionths, kMillion);
}

// floor(sqrt(value)), bit by bit.
std::uint64_t whole_root(WideUnsigned value) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 63; bit != 0; bit >>= 1) {
    const std::uint64_t larger = root | bit;
    root = static_cast<WideUnsigned>(larger) * larger <= value ? larger : root;
  }
  return root;
}

// a * b in units of 2^-58, rounded down. Requires: the product is below 2^11 (a 127-bit product).
WideSigned log_product(WideSigned a, WideSigned b) {
  return (a * b) >> kLogBits;
}

}  // namespace

std::int64_t normal_fixed56(Prng& prng) {
  // sqrt(8 / e) = 1.715527769921413592960379282558..., units of 2^-56.
  constexpr WideSigned kWidth = 123'616'803'605'789'060;
  while (true) {
    const std::uint64_t first = prng.next();
    const std::uint64_t second = prng.next();
    // u in (0, 1], v in [-1/2, 1/2), both units of 2^-64.
    const WideSigned u = static_cast<WideSigned>(first) + 1;
    const WideSigned v = static_cast<WideSigned>(second) - (static_cast<WideSigned>(1) << 63);
    const WideSigned x = v * kWidth / u;
    // x^2 <= -4 ln u; |x| > 14 cannot be, and would not fit the square.
    constexpr WideSigned kFarthest = static_cast<WideSigned>(14) << 56;
    if (x > kFarthest || x < -kFarthest) {
      continue;
    }
    const WideSigned limit = static_cast<WideSigned>(exponential_fixed58(first)) * 4;
    if ((x * x) >> (112 - kLogBits) <= limit) {
      return static_cast<std::int64_t>(x);
    }
  }
}

WideSigned ln_gamma(WideSigned z) {
  LOCKSTEP_CHECK(z >= kLogOne && z <= 64 * kLogOne);
  // Gamma(z) = Gamma(z + n) / (z (z + 1) ... (z + n - 1)), so that Stirling's series begins at 16.
  ScaledNumber below = ScaledNumber::of(1);
  while (z < 16 * kLogOne) {
    below = below.times(ScaledNumber::of(static_cast<WideUnsigned>(z), kLogBits));
    z += kLogOne;
  }
  const ScaledNumber large = ScaledNumber::of(static_cast<WideUnsigned>(z), kLogBits);
  const auto inverse = static_cast<WideSigned>(
      ScaledNumber::of(1).divided_by(large).units(kLogBits, static_cast<WideUnsigned>(kLogOne)));
  const WideSigned square = log_product(inverse, inverse);
  // 1/(12 z) - 1/(360 z^3) + 1/(1260 z^5) - 1/(1680 z^7) + 1/(1188 z^9); the next is below 2^-52.
  WideSigned series = kLogOne / 1680 - square / 1188;
  series = kLogOne / 1260 - log_product(square, series);
  series = kLogOne / 360 - log_product(square, series);
  series = kLogOne / 12 - log_product(square, series);
  series = log_product(series, inverse);
  // ln(2 pi) / 2 = 0.918938533204672741780329736406..., units of 2^-58.
  constexpr WideSigned kHalfLnTwoPi = 264'865'999'085'885'076;
  return log_product(z - kLogOne / 2, ln_of(large)) - z + kHalfLnTwoPi + series - ln_of(below);
}

WideSigned weibull_inverse_shape(std::uint64_t cv_millionths) {
  LOCKSTEP_CHECK(cv_millionths >= kCvMillionthsMin && cv_millionths <= kCvMillionthsMax);
  const ScaledNumber cv = from_millionths(cv_millionths);
  const WideSigned wanted = ln_of(ScaledNumber::of(1).plus(cv.times(cv)));
  // ln(1 + CV^2) rises with 1 / shape: from 0 at 0 to more than ln(1 + 10^12) at 24.
  WideSigned low = 0;
  WideSigned high = 24 * kLogOne;
  while (high - low > 1) {
    const WideSigned middle = low + (high - low) / 2;
    const WideSigned found = ln_gamma(kLogOne + 2 * middle) - 2 * ln_gamma(kLogOne + middle);
    (found < wanted ? low : high) = middle;
  }
  return high;
}

UnitGap UnitGap::gamma_of(ScaledNumber shape) {
  UnitGap gap(GapFamily::kGamma);
  const ScaledNumber one = ScaledNumber::of(1);
  gap.shape_ = shape;
  gap.raised_ = shape < one;
  const ScaledNumber used = gap.raised_ ? shape.plus(one) : shape;
  const WideUnsigned d =
      used.units(48, static_cast<WideUnsigned>(1) << 90) - (static_cast<WideUnsigned>(1) << 48) / 3;
  gap.d_ = static_cast<WideSigned>(d);
  // c = 1 / sqrt(9 d), units of 2^-58: the root of 2^116 / (9 d).
  const ScaledNumber inverse = ScaledNumber::of(1).divided_by(ScaledNumber::of(9 * d, 48));
  gap.c_ = static_cast<std::int64_t>(
      whole_root(inverse.units(2 * kLogBits, static_cast<WideUnsigned>(1) << 118)));
  return gap;
}

UnitGap UnitGap::gamma(std::uint64_t cv_millionths) {
  LOCKSTEP_CHECK(cv_millionths >= kCvMillionthsMin && cv_millionths <= kCvMillionthsMax);
  const ScaledNumber cv = from_millionths(cv_millionths);
  return gamma_of(ScaledNumber::of(1).divided_by(cv.times(cv)));
}

UnitGap UnitGap::gamma_of_shape(std::uint64_t shape_millionths) {
  LOCKSTEP_CHECK(shape_millionths >= 1 && shape_millionths <= 10'000 * kMillion);
  return gamma_of(from_millionths(shape_millionths));
}

UnitGap UnitGap::weibull_of(WideSigned inverse_shape) {
  UnitGap gap(GapFamily::kWeibull);
  gap.inverse_shape_ = inverse_shape;
  gap.ln_mean_ = ln_gamma(kLogOne + inverse_shape);
  return gap;
}

UnitGap UnitGap::weibull(std::uint64_t cv_millionths) {
  return weibull_of(weibull_inverse_shape(cv_millionths));
}

UnitGap UnitGap::weibull_of_shape(std::uint64_t shape_millionths) {
  LOCKSTEP_CHECK(shape_millionths >= kMillion / 20 && shape_millionths <= 1'000 * kMillion);
  return weibull_of(
      static_cast<WideSigned>(ScaledNumber::ratio(kMillion, shape_millionths)
                                  .units(kLogBits, static_cast<WideUnsigned>(24 * kLogOne))));
}

ScaledNumber UnitGap::next(Prng& prng) const {
  switch (family_) {
    case GapFamily::kConstant:
      return ScaledNumber::of(1);
    case GapFamily::kExponential:
      return ScaledNumber::of(exponential_fixed58(prng.next()), kExponentialBits);
    case GapFamily::kGamma:
      return next_gamma(prng);
    case GapFamily::kWeibull:
      return next_weibull(prng);
  }
  return {};
}

ScaledNumber UnitGap::next_gamma(Prng& prng) const {
  constexpr WideSigned kOne48 = static_cast<WideSigned>(1) << 48;
  while (true) {
    const WideSigned x = normal_fixed56(prng);
    // t = 1 + c x, v = t^3 in units of 2^-48; below 6.5^3.
    const WideSigned t = kOne48 + ((x * c_) >> (56 + kLogBits - 48));
    if (t <= 0) {
      continue;
    }
    const WideSigned v = (((t * t) >> 48) * t) >> 48;
    if (v == 0) {
      continue;
    }
    const std::uint64_t draw = prng.next();
    // Accept when -E < x^2/2 + d (1 - v + ln v), all in units of 2^-58.
    const WideSigned ln_v = ln_of(ScaledNumber::of(static_cast<WideUnsigned>(v), 48));
    const WideSigned bracket = ((kOne48 - v) << (kLogBits - 48)) + ln_v;
    const WideSigned bound = ((x * x) >> (112 - kLogBits + 1)) + ((d_ * (bracket >> 6)) >> 42);
    if (-static_cast<WideSigned>(exponential_fixed58(draw)) >= bound) {
      continue;
    }
    ScaledNumber sample = ScaledNumber::of(static_cast<WideUnsigned>(v), 48)
                              .times(ScaledNumber::of(static_cast<WideUnsigned>(d_), 48));
    if (raised_) {
      // Gamma(a) = Gamma(a + 1) * U^(1 / a).
      const ScaledNumber power =
          ScaledNumber::of(exponential_fixed58(prng.next()), kExponentialBits).divided_by(shape_);
      const auto log =
          static_cast<WideSigned>(power.units(kLogBits, static_cast<WideUnsigned>(1) << 100));
      sample = sample.times(exp_of(-log));
    }
    return sample.divided_by(shape_);
  }
}

ScaledNumber UnitGap::next_weibull(Prng& prng) const {
  const std::uint64_t unit = exponential_fixed58(prng.next());
  if (unit == 0) {
    return {};
  }
  const WideSigned ln_unit = ln_of(ScaledNumber::of(unit, kExponentialBits));
  return exp_of(log_product(ln_unit, inverse_shape_) - ln_mean_);
}

}  // namespace lockstep

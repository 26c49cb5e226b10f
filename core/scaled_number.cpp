#include "core/scaled_number.h"

#include <array>
#include <bit>
#include <cstddef>

#include "core/check.h"
#include "core/sampling.h"

namespace lockstep {
namespace {

// ln 2 in units of 2^-62: 0.693147180559945309417232121458...
constexpr std::uint64_t kLogTwo62 = 0x2C5C85FDF473DE6A;
constexpr std::uint64_t kOne62 = std::uint64_t{1} << 62;
constexpr unsigned kExpCellBits = 6;
constexpr std::size_t kExpCells = 45;  // ln 2 * 64 = 44.4

constexpr std::uint64_t product62(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>((static_cast<WideUnsigned>(a) * b) >> 62);
}

// e^x in units of 2^-62 for 0 <= x < 1 given in the same units, by its series. Compile time only.
constexpr std::uint64_t exp_series62(std::uint64_t x) {
  std::uint64_t term = kOne62;
  std::uint64_t sum = 0;
  for (std::uint64_t k = 1; term != 0; ++k) {
    sum += term;
    term = product62(term, x) / k;
  }
  return sum;
}

constexpr std::array<std::uint64_t, kExpCells> make_exp_table() {
  std::array<std::uint64_t, kExpCells> table{};
  for (std::size_t i = 0; i < kExpCells; ++i) {
    table[i] = exp_series62(static_cast<std::uint64_t>(i) << (62 - kExpCellBits));
  }
  return table;
}
constexpr std::array<std::uint64_t, kExpCells> kExpTable = make_exp_table();

unsigned leading_zeros(WideUnsigned value) {
  const auto upper = static_cast<std::uint64_t>(value >> 64);
  return upper != 0
             ? static_cast<unsigned>(std::countl_zero(upper))
             : 64 + static_cast<unsigned>(std::countl_zero(static_cast<std::uint64_t>(value)));
}

}  // namespace

ScaledNumber ScaledNumber::of(WideUnsigned units, int fraction_bits) {
  ScaledNumber number;
  if (units == 0) {
    return number;
  }
  const unsigned zeros = leading_zeros(units);
  number.mantissa_ = static_cast<std::uint64_t>((units << zeros) >> 64);
  number.exponent_ = 127 - static_cast<int>(zeros) - fraction_bits;
  return number;
}

ScaledNumber ScaledNumber::ratio(std::uint64_t numerator, std::uint64_t denominator) {
  return of(numerator).divided_by(of(denominator));
}

ScaledNumber ScaledNumber::plus(ScaledNumber other) const {
  if (is_zero() || other.is_zero()) {
    return is_zero() ? other : *this;
  }
  const ScaledNumber& large = exponent_ >= other.exponent_ ? *this : other;
  const ScaledNumber& small = exponent_ >= other.exponent_ ? other : *this;
  const int shift = large.exponent_ - small.exponent_;
  WideUnsigned sum = static_cast<WideUnsigned>(large.mantissa_) << 62;
  if (shift < 126) {
    sum += (static_cast<WideUnsigned>(small.mantissa_) << 62) >> shift;
  }
  return of(sum, 125 - large.exponent_);
}

ScaledNumber ScaledNumber::minus(ScaledNumber other) const {
  if (*this <= other) {
    return {};
  }
  WideUnsigned difference = static_cast<WideUnsigned>(mantissa_) << 62;
  if (const int shift = exponent_ - other.exponent_; !other.is_zero() && shift < 126) {
    difference -= (static_cast<WideUnsigned>(other.mantissa_) << 62) >> shift;
  }
  return of(difference, 125 - exponent_);
}

ScaledNumber ScaledNumber::times(ScaledNumber other) const {
  const WideUnsigned product = static_cast<WideUnsigned>(mantissa_) * other.mantissa_;
  return of(product, 126 - exponent_ - other.exponent_);
}

ScaledNumber ScaledNumber::divided_by(ScaledNumber other) const {
  LOCKSTEP_CHECK(!other.is_zero());
  const WideUnsigned quotient = (static_cast<WideUnsigned>(mantissa_) << 64) / other.mantissa_;
  return of(quotient, 64 - exponent_ + other.exponent_);
}

WideUnsigned ScaledNumber::units(int fraction_bits, WideUnsigned most) const {
  const std::int64_t shift = std::int64_t{exponent_} - 63 + fraction_bits;
  if (is_zero() || shift <= -64) {
    return 0;
  }
  if (shift > 64) {
    return most;
  }
  const auto wide = static_cast<WideUnsigned>(mantissa_);
  const WideUnsigned value = shift >= 0 ? wide << shift : wide >> -shift;
  return value < most ? value : most;
}

WideSigned ln_of(ScaledNumber value) {
  LOCKSTEP_CHECK(!value.is_zero());
  // -ln(mantissa / 2^64) is what a draw of mantissa - 1 gives.
  const WideSigned powers = static_cast<WideSigned>(value.exponent() + 1) * kLogTwo62;
  return (powers >> 4) - static_cast<WideSigned>(exponential_fixed58(value.mantissa() - 1));
}

ScaledNumber exp_of(WideSigned log) {
  constexpr WideSigned kMost = static_cast<WideSigned>(2800) << kLogBits;
  LOCKSTEP_CHECK(log <= kMost);
  if (log < -kMost) {
    return {};
  }
  // log = power * ln 2 + rest, 0 <= rest < ln 2, in units of 2^-62.
  const WideSigned fine = log * 16;
  WideSigned power = fine / kLogTwo62;
  power -= power * kLogTwo62 > fine ? 1 : 0;
  const auto rest = static_cast<std::uint64_t>(fine - power * kLogTwo62);
  const std::size_t cell = rest >> (62 - kExpCellBits);
  const std::uint64_t x = rest & ((std::uint64_t{1} << (62 - kExpCellBits)) - 1);
  // e^x for x < 1/64: the next term is below 2^-66.
  std::uint64_t series = kOne62;
  for (std::uint64_t k = 8; k >= 1; --k) {
    series = kOne62 + product62(x, series) / k;
  }
  return ScaledNumber::of(product62(kExpTable[cell], series), 62 - static_cast<int>(power));
}

}  // namespace lockstep

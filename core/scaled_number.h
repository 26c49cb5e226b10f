// Positive numbers of any magnitude with 64 significant bits, in integers only, and their exp, ln.
//
// What a sampler needs between a draw and a time: gaps of coefficient of variation 1000 span some
// hundred powers of two, more than one fixed-point format holds. A number is
// mantissa * 2^(exponent - 63), the mantissa's top bit set; zero has mantissa 0. Every operation
// rounds towards zero at the last bit (relative error below 2^-63), so the same operations give
// the same bits on every compiler and CPU. No infinity, no sign, no not-a-number; exponents stay
// within what an int32 holds because exp_of() gives 0 below 2^-4096 and its argument is capped.
#pragma once

#include <compare>
#include <cstdint>

namespace lockstep {

__extension__ using WideUnsigned = unsigned __int128;
__extension__ using WideSigned = __int128;

class ScaledNumber {
 public:
  constexpr ScaledNumber() = default;  // zero
  // `units` * 2^-fraction_bits, its upper 64 significant bits.
  [[nodiscard]] static ScaledNumber of(WideUnsigned units, int fraction_bits = 0);
  // Requires: denominator > 0.
  [[nodiscard]] static ScaledNumber ratio(std::uint64_t numerator, std::uint64_t denominator);

  [[nodiscard]] constexpr bool is_zero() const { return mantissa_ == 0; }
  [[nodiscard]] constexpr std::uint64_t mantissa() const { return mantissa_; }
  [[nodiscard]] constexpr int exponent() const { return exponent_; }

  [[nodiscard]] ScaledNumber plus(ScaledNumber other) const;
  // 0 when `other` is larger. Its error is below 2^-62 of this number, not of the difference.
  [[nodiscard]] ScaledNumber minus(ScaledNumber other) const;
  [[nodiscard]] ScaledNumber times(ScaledNumber other) const;
  // Requires: `other` is not zero.
  [[nodiscard]] ScaledNumber divided_by(ScaledNumber other) const;

  // floor(value * 2^fraction_bits), or `most` when that is smaller.
  [[nodiscard]] WideUnsigned units(int fraction_bits, WideUnsigned most) const;

  [[nodiscard]] constexpr std::strong_ordering operator<=>(const ScaledNumber& other) const {
    if (is_zero() || other.is_zero()) {
      return mantissa_ <=> other.mantissa_;
    }
    return exponent_ != other.exponent_ ? exponent_ <=> other.exponent_
                                        : mantissa_ <=> other.mantissa_;
  }
  [[nodiscard]] constexpr bool operator==(const ScaledNumber& other) const = default;

 private:
  std::uint64_t mantissa_ = 0;
  std::int32_t exponent_ = 0;
};

// Logarithms are signed, in units of 2^-58.
inline constexpr int kLogBits = 58;

// ln(value), to within a few units. Requires: value is not zero.
[[nodiscard]] WideSigned ln_of(ScaledNumber value);

// e^log. Relative error below 2^-54 for |log| <= 64, and 2^-50 up to |log| = 2800; 0 below that.
// Requires: log <= 2800.
[[nodiscard]] ScaledNumber exp_of(WideSigned log);

}  // namespace lockstep

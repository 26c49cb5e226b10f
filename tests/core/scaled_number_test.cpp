#include "core/scaled_number.h"

#include <cmath>
#include <cstdint>

#include <gtest/gtest.h>

#include "core/prng.h"

namespace lockstep {
namespace {

long double value_of(ScaledNumber number) {
  return ldexpl(static_cast<long double>(number.mantissa()), number.exponent() - 63);
}

// Random bits of a random magnitude from 2^-100 to 2^100.
ScaledNumber any_number(Prng& prng) {
  const int magnitude = static_cast<int>(prng.below(200)) - 100;
  return ScaledNumber::of(prng.next() | (std::uint64_t{1} << 63), 63 - magnitude);
}

TEST(ScaledNumber, CalculatesLikeRealNumbers) {
  Prng prng(1, "numbers");
  for (int i = 0; i < 100'000; ++i) {
    const ScaledNumber a = any_number(prng);
    const ScaledNumber b = any_number(prng);
    const long double x = value_of(a);
    const long double y = value_of(b);
    ASSERT_NEAR(static_cast<double>(value_of(a.times(b)) / (x * y) - 1), 0, 4e-19);
    ASSERT_NEAR(static_cast<double>(value_of(a.divided_by(b)) / (x / y) - 1), 0, 4e-19);
    ASSERT_NEAR(static_cast<double>(value_of(a.plus(b)) / (x + y) - 1), 0, 4e-19);
    const long double difference = x > y ? x - y : 0;
    ASSERT_LE(fabsl(value_of(a.minus(b)) - difference), 4e-19L * x);
    ASSERT_EQ(a < b, x < y);
  }
}

TEST(ScaledNumber, KnowsZero) {
  const ScaledNumber zero;
  const ScaledNumber two = ScaledNumber::of(2);
  EXPECT_EQ(zero.plus(two), two);
  EXPECT_EQ(two.plus(zero), two);
  EXPECT_EQ(two.minus(zero), two);
  EXPECT_TRUE(two.minus(two).is_zero());
  EXPECT_TRUE(zero.minus(two).is_zero());
  EXPECT_TRUE(zero.times(two).is_zero());
  EXPECT_TRUE(zero.divided_by(two).is_zero());
  EXPECT_LT(zero, ScaledNumber::of(1, 1000));
  EXPECT_EQ(zero.units(64, 5), 0u);
}

TEST(ScaledNumber, GivesWholeUnitsRoundedDownAndCapped) {
  const ScaledNumber third = ScaledNumber::ratio(10, 3);
  EXPECT_EQ(static_cast<std::uint64_t>(third.units(0, 1000)), 3u);
  EXPECT_EQ(static_cast<std::uint64_t>(third.units(8, 1000)), 853u);  // 3.333 * 256
  EXPECT_EQ(static_cast<std::uint64_t>(third.units(8, 852)), 852u);
  EXPECT_EQ(static_cast<std::uint64_t>(third.units(8, 853)), 853u);
  EXPECT_EQ(static_cast<std::uint64_t>(third.units(2000, 7)), 7u);
  EXPECT_EQ(static_cast<std::uint64_t>(third.units(-2, 7)), 0u);
  EXPECT_EQ(ScaledNumber::of(1).units(0, 9), 1u);
}

TEST(ScaledLogarithm, AgreesWithTheLibrarys) {
  Prng prng(2, "numbers");
  for (int i = 0; i < 100'000; ++i) {
    const ScaledNumber a = any_number(prng);
    const long double ours = static_cast<long double>(ln_of(a)) / exp2l(kLogBits);
    ASSERT_LT(fabsl(ours - logl(value_of(a))), 5e-17L);
  }
  EXPECT_EQ(static_cast<std::int64_t>(ln_of(ScaledNumber::of(1))), 0);
}

TEST(ScaledExponential, AgreesWithTheLibrarys) {
  Prng prng(3, "numbers");
  for (int i = 0; i < 100'000; ++i) {
    const auto log = static_cast<std::int64_t>(prng.next()) >> prng.below(60);  // |log| <= 32
    const long double exact = expl(static_cast<long double>(log) / exp2l(kLogBits));
    ASSERT_LT(fabsl(value_of(exp_of(log)) / exact - 1), 5.5e-17L) << log;  // 2^-54
  }
  EXPECT_EQ(exp_of(0), ScaledNumber::of(1));
}

TEST(ScaledExponential, ReachesFarAndEndsInZero) {
  const auto far = [](int whole) { return static_cast<WideSigned>(whole) << kLogBits; };
  for (const int whole : {-2800, -1000, 1000, 2800}) {
    const long double ratio = value_of(exp_of(far(whole))) / expl(static_cast<long double>(whole));
    EXPECT_LT(fabsl(ratio - 1), 9e-16L) << whole;  // 2^-50
  }
  EXPECT_FALSE(exp_of(far(-2800)).is_zero());
  EXPECT_TRUE(exp_of(far(-2800) - 1).is_zero());
}

}  // namespace
}  // namespace lockstep

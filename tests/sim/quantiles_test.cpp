#include "sim/quantiles.h"

#include <gtest/gtest.h>

#include "sim/interpolation.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kHalf = std::uint64_t{1} << 63;

TEST(Interpolation, RoundsHalvesUpOnEveryLine) {
  EXPECT_EQ(interpolated(5, 10, 1, 2), 8);  // 7.5
  EXPECT_EQ(interpolated(10, 5, 1, 2), 8);
  EXPECT_EQ(interpolated(-5, -10, 1, 2), -7);
}

TEST(Interpolation, GoesOnBeyondBothPoints) {
  EXPECT_EQ(interpolated(10, 20, 3, 2), 25);
  EXPECT_EQ(interpolated(10, 20, -1, 2), 5);
}

TEST(Quantiles, AreMetAtTheirShares) {
  const Quantiles quantiles({{0, 100}, {500'000, 200}, {1'000'000, 1000}});
  EXPECT_EQ(quantiles.at(0), 100);
  EXPECT_EQ(quantiles.at(kHalf), 200);
  EXPECT_EQ(quantiles.at(kHalf / 2), 150);
  EXPECT_EQ(quantiles.at(kHalf + kHalf / 2), 600);
  EXPECT_EQ(quantiles.at(UINT64_MAX), 1000);  // to the nearest
}

TEST(Quantiles, MakeNothingUpBelowTheFirstAndAboveTheLast) {
  const Quantiles quantiles({{250'000, 100}, {750'000, 300}});
  EXPECT_EQ(quantiles.at(0), 100);
  EXPECT_EQ(quantiles.at(kHalf / 2), 100);
  EXPECT_EQ(quantiles.at(kHalf / 2 + (std::uint64_t{1} << 60)), 125);
  EXPECT_EQ(quantiles.at(kHalf + kHalf / 2), 300);
  EXPECT_EQ(quantiles.at(UINT64_MAX), 300);
}

TEST(Decimal, IsReadWithItsDigitsAndNoMore) {
  EXPECT_EQ(*parse_decimal("99.9", 4, 1'000'000), 999'000u);
  EXPECT_EQ(*parse_decimal("100", 4, 1'000'000), 1'000'000u);
  EXPECT_FALSE(parse_decimal("100.0001", 4, 1'000'000));
  EXPECT_EQ(*parse_decimal("0.0001", 4, 1'000'000), 1u);
  EXPECT_FALSE(parse_decimal("0.00001", 4, 1'000'000));
  for (const char* text : {"", ".", "1.", ".5", "-1", "1e3", "1,5", " 1"}) {
    EXPECT_FALSE(parse_decimal(text, 4, 1'000'000)) << text;
  }
}

TEST(Decimal, IsWrittenAsItIsRead) {
  EXPECT_EQ(decimal_text(999'000, 4), "99.9");
  EXPECT_EQ(decimal_text(1'000'000, 4), "100");
  EXPECT_EQ(decimal_text(1, 4), "0.0001");
}

}  // namespace
}  // namespace lockstep

#include "traces/decimal_time.h"

#include <string>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

// The nanoseconds of `text` seconds as text, or what is wrong with it.
std::string seconds(std::string_view text, DecimalUnit step = DecimalUnit::kNanosecond) {
  std::int64_t ns = -1;
  const std::string_view problem = parse_decimal_time(text, DecimalUnit::kSecond, step, ns);
  return problem.empty() ? std::to_string(ns) : std::string(problem);
}

TEST(DecimalTime, IsExactToTheNanosecond) {
  EXPECT_EQ(seconds("0"), "0");
  EXPECT_EQ(seconds("0.0"), "0");
  EXPECT_EQ(seconds("1.000000001"), "1000000001");
  EXPECT_EQ(seconds("0000012.5"), "12500000000");
}

TEST(DecimalTime, RoundsHalfUp) {
  EXPECT_EQ(seconds("0.0000000004999999999999999999999"), "0");
  EXPECT_EQ(seconds("0.0000000005"), "1");
  EXPECT_EQ(seconds("0.0000014999", DecimalUnit::kMicrosecond), "1000");
  EXPECT_EQ(seconds("0.0000015", DecimalUnit::kMicrosecond), "2000");
  EXPECT_EQ(seconds("9.9999999999"), "10000000000");
}

TEST(DecimalTime, RoundsTheDigitsOfBinaryFloatsToWhatTheyStandFor) {
  EXPECT_EQ(seconds("5.8926549999999995", DecimalUnit::kMicrosecond), "5892655000");
  EXPECT_EQ(seconds("138.57600300000001", DecimalUnit::kMicrosecond), "138576003000");
}

TEST(DecimalTime, TakesExponents) {
  EXPECT_EQ(seconds("5.2e-05"), "52000");
  EXPECT_EQ(seconds("1E3"), "1000000000000");
  EXPECT_EQ(seconds("1.5e+1"), "15000000000");
  EXPECT_EQ(seconds("1e-99"), "0");
  EXPECT_EQ(seconds("0e99"), "0");
}

TEST(DecimalTime, ConvertsUnits) {
  std::int64_t ns = 0;
  for (const auto& [name, factor] : {std::pair{"ns", 1}, std::pair{"us", 1'000},
                                     std::pair{"ms", 1'000'000}, std::pair{"s", 1'000'000'000}}) {
    const auto unit = decimal_unit(name);
    ASSERT_TRUE(unit) << name;
    EXPECT_EQ(parse_decimal_time("3", *unit, DecimalUnit::kNanosecond, ns), "");
    EXPECT_EQ(ns, 3 * std::int64_t{factor}) << name;
  }
  EXPECT_FALSE(decimal_unit("min"));
}

TEST(DecimalTime, RefusesWhatIsNoNumber) {
  for (const std::string_view bad : {"", ".5", "5.", "-1", "+1", " 1", "1 ", "1e", "1e+", "1e1234",
                                     "1e-+5", "nan", "inf", "0x1p3", "1,5", "1.5s", "1.2.3"}) {
    EXPECT_EQ(seconds(bad), "it is no decimal number") << bad;
  }
}

TEST(DecimalTime, RefusesWhatDoesNotFit64Bits) {
  EXPECT_EQ(seconds("922337203.685477579"), "922337203685477579");
  EXPECT_EQ(seconds("1752346656"), "1752346656000000000");  // a Unix time
  EXPECT_EQ(seconds("99999999999"), "it is too large");
  EXPECT_EQ(seconds("1e99"), "it is too large");
  EXPECT_EQ(seconds("9300000000", DecimalUnit::kMicrosecond), "it is too large");
}

}  // namespace
}  // namespace lockstep

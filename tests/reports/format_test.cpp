#include "reports/format.h"

#include <gtest/gtest.h>

#include "reports/text_width.h"

namespace lockstep {
namespace {

TEST(Format, PrintsTimesWithThreeDigitsRoundedHalfUp) {
  EXPECT_EQ(short_time(SimDuration{0}), "0 ns");
  EXPECT_EQ(short_time(SimDuration{999}), "999 ns");
  EXPECT_EQ(short_time(SimDuration{1'000}), "1.00 us");
  EXPECT_EQ(short_time(SimDuration{1'234}), "1.23 us");
  EXPECT_EQ(short_time(SimDuration{1'235}), "1.24 us");
  EXPECT_EQ(short_time(SimDuration{9'994}), "9.99 us");
  EXPECT_EQ(short_time(SimDuration{9'995}), "10.0 us");
  EXPECT_EQ(short_time(SimDuration{99'949}), "99.9 us");
  EXPECT_EQ(short_time(SimDuration{99'950}), "100 us");
  EXPECT_EQ(short_time(SimDuration{12'500'000}), "12.5 ms");
}

TEST(Format, MovesToTheNextUnitWhereRoundingWouldGiveFourDigits) {
  EXPECT_EQ(short_time(SimDuration{999'499}), "999 us");
  EXPECT_EQ(short_time(SimDuration{999'500}), "1.00 ms");
  EXPECT_EQ(short_time(SimDuration{1'234'567'000'000}), "1235 s");
}

TEST(Format, KeepsEveryDigitOfExactTimes) {
  EXPECT_EQ(exact_time(SimDuration{2'000'000}), "2 ms");
  EXPECT_EQ(exact_time(SimDuration{1'234'567}), "1.234567 ms");
  EXPECT_EQ(exact_time(SimDuration{1'000'000'001}), "1.000000001 s");
  EXPECT_EQ(exact_time(SimDuration{0}), "0 ns");
}

TEST(Format, DoesNotOverflowAtTheLargestTimes) {
  EXPECT_EQ(short_time(SimDuration{std::int64_t{1} << 60}), "1152921505 s");
  EXPECT_EQ(scaled(std::int64_t{1} << 60, 1060, std::int64_t{1} << 60), 1060);
}

TEST(Format, RoundsScaledValuesHalfUp) {
  EXPECT_EQ(scaled(1, 1, 2), 1);
  EXPECT_EQ(scaled(1, 49, 100), 0);
  EXPECT_EQ(scaled(-1, 1, 2), 0);
  EXPECT_EQ(scaled(-3, 1, 4), -1);
}

TEST(Format, ReplacesWhatCannotBeShown) {
  EXPECT_EQ(displayable("a\nb\x7f\x1b[31m", 40), "a?b??[31m");
  EXPECT_EQ(displayable("caf\xc3\xa9 \xff\xc3", 40), "caf\xc3\xa9 ??");
  EXPECT_EQ(displayable("\xed\xa0\x80", 40), "???");  // a surrogate is not UTF-8
  EXPECT_EQ(displayable("\xc2\x85", 40), "?");        // a control character of two bytes
}

TEST(Format, CutsLongNamesAtWholeCharacters) {
  EXPECT_EQ(displayable("abcdef", 6), "abcdef");
  EXPECT_EQ(displayable("abcdefg", 6), "abcd..");
  EXPECT_EQ(displayable("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 3), "\xc3\xa9..");
}

TEST(TextWidth, GrowsWithTheTextAndItsSize) {
  EXPECT_EQ(text_width("", 80), 0);
  EXPECT_EQ(text_width("0", 100), 7);  // 6.36 points, rounded up
  EXPECT_LT(text_width("ii", 80), text_width("WW", 80));
  EXPECT_EQ(text_width("\xc3\xa9", 100), 10);  // one em, counted once
}

}  // namespace
}  // namespace lockstep

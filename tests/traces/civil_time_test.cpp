#include "traces/civil_time.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(CivilTime, KnowsLeapYears) {
  EXPECT_TRUE(is_leap_year(2024));
  EXPECT_FALSE(is_leap_year(2023));
  EXPECT_FALSE(is_leap_year(1900));
  EXPECT_TRUE(is_leap_year(2000));
}

TEST(CivilTime, CountsEveryDayOnceFor2000Years) {
  std::int64_t expected = 0;
  for (std::int64_t year = 1; year <= 2000; ++year) {
    for (std::int64_t month = 1; month <= 12; ++month) {
      for (std::int64_t day = 1; day <= days_in_month(year, month); ++day) {
        ASSERT_EQ(day_number(year, month, day), expected) << year << "-" << month << "-" << day;
        ++expected;
      }
    }
  }
}

TEST(CivilTime, AgreesWithTheUnixEpoch) {
  // 1970-01-01 to 2023-11-16 are 19677 days.
  EXPECT_EQ(day_number(2023, 11, 16) - day_number(1970, 1, 1), 19'677);
}

TEST(CivilTime, ReadsFractionsOfOneToNineDigits) {
  CivilTime time;
  EXPECT_EQ(parse_civil_time("0001-01-01 00:00:01", time), "");
  EXPECT_EQ(time.seconds, 1);
  EXPECT_EQ(time.nanos, 0);
  EXPECT_EQ(parse_civil_time("0001-01-01 00:00:01.5", time), "");
  EXPECT_EQ(time.nanos, 500'000'000);
  EXPECT_EQ(parse_civil_time("0001-01-01 00:00:01.000000001", time), "");
  EXPECT_EQ(time.nanos, 1);
  EXPECT_NE(parse_civil_time("0001-01-01 00:00:01.0000000010", time), "");
  EXPECT_NE(parse_civil_time("0000-01-01 00:00:01", time), "");
}

TEST(CivilTime, CountsZonesIn) {
  CivilTime utc;
  EXPECT_EQ(parse_civil_time("2024-05-10 00:00:00.5Z", utc), "");
  EXPECT_TRUE(utc.has_zone);
  for (const char* const same : {"2024-05-10 00:00:00.5+00:00", "2024-05-10T01:30:00.5+01:30",
                                 "2024-05-09 12:00:00.5-12:00", "2024-05-10 00:00:00.5-0000"}) {
    CivilTime time;
    EXPECT_EQ(parse_civil_time(same, time), "") << same;
    EXPECT_TRUE(time.has_zone);
    EXPECT_EQ(time.seconds, utc.seconds) << same;
    EXPECT_EQ(time.nanos, 500'000'000);
  }
  for (const char* const bad :
       {"2024-05-10 00:00:00+24:00", "2024-05-10 00:00:00+00:60", "2024-05-10 00:00:00+1:00",
        "2024-05-10 00:00:00 +01:00", "2024-05-10 00:00:00z", "2024-05-10 00:00:00+01:00x"}) {
    CivilTime time;
    EXPECT_NE(parse_civil_time(bad, time), "") << bad;
  }
}

}  // namespace
}  // namespace lockstep

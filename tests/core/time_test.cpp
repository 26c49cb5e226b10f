#include "core/time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

std::int64_t parsed(std::string_view text) {
  const Result<SimDuration> span = parse_duration(text);
  return span ? span->count() : -1;
}

TEST(Duration, ParsesUnitsFractionsAndSums) {
  EXPECT_EQ(parsed("0ns"), 0);
  EXPECT_EQ(parsed("5ms"), 5'000'000);
  EXPECT_EQ(parsed("1.5us"), 1'500);
  EXPECT_EQ(parsed("0.143800ms"), 143'800);
  EXPECT_EQ(parsed("1s200us"), 1'000'200'000);
  EXPECT_EQ(parsed("2min"), 120'000'000'000);
  EXPECT_EQ(parsed("1h"), 3'600'000'000'000);
}

TEST(Duration, RefusesWhatIsNotATimeWithAUnit) {
  for (const char* text : {"", "5", "ms", "-1ms", "1.ms", ".5ms", "5 ms", "5msx", "5MS", "1e3ns",
                           "+5ms", "0x1ns", "1,5ms"}) {
    const Result<SimDuration> span = parse_duration(text);
    ASSERT_FALSE(span) << text;
    EXPECT_THAT(span.error().message, HasSubstr("expected a time with a unit")) << text;
  }
}

TEST(Duration, RefusesFractionsOfANanosecond) {
  EXPECT_EQ(parsed("1.234567ms"), 1'234'567);
  EXPECT_EQ(parsed("1.2345670ms"), 1'234'567);
  EXPECT_EQ(parsed("1.2345671ms"), -1);
  EXPECT_EQ(parsed("0.1ns"), -1);
}

TEST(Duration, RefusesWhatOverflowsAndAcceptsTheLongest) {
  EXPECT_EQ(parsed(std::to_string(kMaxTimeNs) + "ns"), kMaxTimeNs);
  EXPECT_EQ(parsed(std::to_string(kMaxTimeNs + 1) + "ns"), -1);
  EXPECT_EQ(parsed("9223372036854775807h"), -1);
  EXPECT_EQ(parsed("99999999999999999999ns"), -1);
}

TEST(Duration, TextReadsBackEqual) {
  for (const std::int64_t ns :
       {std::int64_t{1}, std::int64_t{999}, std::int64_t{1'000}, std::int64_t{1'000'200'000},
        std::int64_t{3'661'001'001'001}, kMaxTimeNs}) {
    EXPECT_EQ(parsed(to_text(SimDuration{ns})), ns) << to_text(SimDuration{ns});
  }
  EXPECT_EQ(to_text(SimDuration{1'000'200'000}), "1s200us");
  EXPECT_EQ(to_text(SimDuration{-3'000}), "-3us");
  EXPECT_EQ(to_decimal_text(SimDuration{1'887'400}), "1.8874ms");
  EXPECT_EQ(to_decimal_text(SimDuration{999}), "999ns");
  EXPECT_EQ(to_decimal_text(SimDuration{1'000}), "1us");
  EXPECT_EQ(to_decimal_text(SimDuration{7'200'000'000'001}), "7200.000000001s");
  EXPECT_EQ(parsed(to_decimal_text(SimDuration{7'200'000'000'001})), 7'200'000'000'001);
  EXPECT_EQ(to_text(SimDuration{0}), "0ns");
  EXPECT_EQ(to_text(SimDuration::min()).substr(0, 1), "-");
}

TEST(Time, AfterStopsAtForever) {
  EXPECT_EQ(ns_of(after(at_ns(5), SimDuration{7})), 12);
  EXPECT_EQ(after(at_ns(5), SimDuration::max()), kForever);
  EXPECT_EQ(after(at_ns(1), SimDuration::max() - SimDuration{1}), kForever);
  // Before the zero nothing passes the end; an overflow would not compile.
  static_assert(after(at_ns(-5), SimDuration{7}) == at_ns(2));
  static_assert(after(at_ns(-1), SimDuration::max()) == at_ns(INT64_MAX - 1));
  static_assert(after(at_ns(0), SimDuration::max()) == kForever);
}

}  // namespace
}  // namespace lockstep

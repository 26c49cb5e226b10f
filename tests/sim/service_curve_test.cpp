#include "sim/service_curve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/device_text.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

std::int64_t time_of(const char* spec, std::uint32_t rows) {
  const Result<ServiceCurve> curve = parse_service_curve(spec);
  return curve ? curve->time(rows).count() : -1;
}

TEST(ServiceCurve, AffineIsBasePlusRows) {
  EXPECT_EQ(time_of("1ms+50us/row", 1), 1'050'000);
  EXPECT_EQ(time_of("1ms+50us/row", 32), 2'600'000);
  EXPECT_EQ(time_of("0ns+50us/row", 2), 100'000);
}

TEST(ServiceCurve, BundledNamesAreInouesFits) {
  const ServiceCurve v100 = parse_device("v100-resnet50")->compute;
  EXPECT_EQ(v100.time(1).count(), 1'887'400 + 143'800);
  EXPECT_EQ(v100.time(16).count(), 1'887'400 + 16 * 143'800);
  EXPECT_EQ(parse_device("p4-resnet50")->compute.time(1).count(), 1'428'400 + 583'300);
}

TEST(ServiceCurve, TableIsLinearBetweenPointsAndExactAtThem) {
  const char* spec = "1:2.0ms,8:3.0ms,32:6.5ms";
  EXPECT_EQ(time_of(spec, 1), 2'000'000);
  EXPECT_EQ(time_of(spec, 2), 2'142'857);  // 2 ms + 1/7 ms, to the nearest ns
  EXPECT_EQ(time_of(spec, 5), 2'571'429);
  EXPECT_EQ(time_of(spec, 8), 3'000'000);
  EXPECT_EQ(time_of(spec, 9), 3'145'833);
  EXPECT_EQ(time_of(spec, 32), 6'500'000);
}

TEST(ServiceCurve, TimesMayFallWithRowsAndRoundTheSameWay) {
  EXPECT_EQ(time_of("1:10ns,3:5ns", 2), 8);  // 7.5: half up
  EXPECT_EQ(time_of("1:5ns,3:10ns", 2), 8);
  EXPECT_EQ(time_of("1:10ns,4:9ns", 2), 10);  // 9.67
  EXPECT_EQ(time_of("1:10ns,4:9ns", 3), 9);   // 9.33
}

TEST(ServiceCurve, LongestTableDoesNotOverflow) {
  // 2^24 of 2^26 rows, an hour at the end: a quarter of it, less what the first row takes away.
  EXPECT_EQ(time_of("1:1ns,67108864:1h", 1u << 24), 899'999'959'768);
  EXPECT_EQ(time_of("1:1h,67108864:1ns", 1u << 24), 2'700'000'040'233);
}

TEST(ServiceCurve, ABatchOfNoRowsTakesTheBaseOfAnAffineCurve) {
  EXPECT_EQ(time_of("1ms+50us/row", 0), 1'000'000);
  EXPECT_FALSE(parse_service_curve("0ns+50us/row")->covers(0));
  EXPECT_FALSE(parse_service_curve("1:2ms,8:3ms")->covers(0));
}

TEST(ServiceCurve, TableDoesNotExtrapolate) {
  const Result<ServiceCurve> curve = parse_service_curve("2:2ms,8:3ms");
  ASSERT_TRUE(curve);
  EXPECT_FALSE(curve->covers(1));
  EXPECT_TRUE(curve->covers(2));
  EXPECT_TRUE(curve->covers(8));
  EXPECT_FALSE(curve->covers(9));
  EXPECT_EQ(curve->range_text(), "rows 2 to 8");
}

TEST(ServiceCurve, ExtrapolatesWhenAskedAlongItsLastTwoPoints) {
  ServiceCurve curve = *parse_service_curve("2:20ns,4:30ns,8:10ns");
  curve.extrapolate();
  EXPECT_EQ(curve.time(1).count(), 15);
  EXPECT_EQ(curve.time(9).count(), 5);
  EXPECT_EQ(curve.time(10).count(), 1);  // not 0
  EXPECT_FALSE(curve.covers(0));
  EXPECT_TRUE(curve.covers(1u << 26));
  EXPECT_FALSE(curve.covers((1u << 26) + 1));
  EXPECT_FALSE(parse_service_curve("2:20ns")->can_extrapolate());
}

TEST(ServiceCurve, InterpolatesEachQuantileByItself) {
  const ServiceCurve curve = *parse_service_curve("1:10ns@0/20ns@100,3:30ns@0/80ns@100,5:40ns");
  EXPECT_TRUE(curve.is_random());
  EXPECT_EQ(curve.time(2, 0).count(), 20);
  EXPECT_EQ(curve.time(2, UINT64_MAX).count(), 50);
  EXPECT_EQ(curve.time(4, UINT64_MAX).count(), 60);  // towards a time that is certain
  EXPECT_EQ(curve.time(5, 0).count(), 40);
  EXPECT_FALSE(parse_service_curve("1:10ns,3:30ns")->is_random());
}

TEST(ServiceCurve, TextReadsBackAsTheSameCurve) {
  for (const char* spec : {"1.8874ms+143.8us/row", "1:2ms,8:3ms,32:6.5ms", "1ms+0ns/row",
                           "1:2ms@50/3.5ms@99.9,8:4ms"}) {
    const Result<ServiceCurve> curve = parse_service_curve(spec);
    ASSERT_TRUE(curve);
    EXPECT_EQ(curve->text(), spec);
  }
}

TEST(ServiceCurve, RefusesWhatIsNotACurve) {
  for (const char* spec : {"",
                           "fast",
                           "1ms",
                           "1ms+50us",
                           "1+2/row",
                           "0ns+0ns/row",
                           "1:2",
                           "1:2ms,1:3ms",
                           "8:2ms,1:3ms",
                           "0:2ms",
                           "1:0ms",
                           "1:2ms,",
                           ":2ms",
                           "-1:2ms",
                           "1:-2ms",
                           "1:2h",
                           "99999999999:1ms",
                           "1:2ms@",
                           "1:2ms@50/",
                           "1:2ms@50/1ms@99",
                           "1:2ms@50/3ms@50",
                           "1:2ms@101",
                           "1:@50",
                           "1:0ms@50"}) {
    const Result<ServiceCurve> curve = parse_service_curve(spec);
    ASSERT_FALSE(curve) << spec;
    EXPECT_THAT(curve.error().message, HasSubstr("found GPU curve '" + std::string(spec) + "'"));
  }
}

}  // namespace
}  // namespace lockstep

#include "reports/diagram_axis.h"

#include <gtest/gtest.h>

#include "core/prng.h"

namespace lockstep {
namespace {

Axis axis_of(std::int64_t span) {
  return Axis{at_ns(0), at_ns(span), 84, 1144};
}

std::string tick_texts(const Axis& axis) {
  std::string text;
  for (const AxisTick& tick : axis.ticks()) {
    text += tick.text + " ";
  }
  return text + std::string(unit_name(axis.unit()));
}

TEST(DiagramAxis, CountsInOneTwoOrFiveOfOneUnit) {
  EXPECT_EQ(tick_texts(axis_of(11'000'000)), "0 1 2 3 4 5 6 7 8 9 10 11 ms");
  EXPECT_EQ(tick_texts(axis_of(12'000'000)), "0 2 4 6 8 10 12 ms");
  EXPECT_EQ(tick_texts(axis_of(40'000'000)), "0 5 10 15 20 25 30 35 40 ms");
  EXPECT_EQ(tick_texts(axis_of(3'000'000)), "0 0.5 1.0 1.5 2.0 2.5 3.0 ms");
  EXPECT_EQ(tick_texts(axis_of(7)), "0 1 2 3 4 5 6 7 ns");
}

TEST(DiagramAxis, HasAtMostTwelveTicksForAnySpan) {
  Prng random(11, "spans");
  for (int i = 0; i < 2'000; ++i) {
    const auto span = static_cast<std::int64_t>(random.next() >> (4 + random.below(59)));
    const Axis axis = axis_of(span + 1);
    const auto ticks = axis.ticks();
    ASSERT_LE(ticks.size(), 12u) << span;
    ASSERT_GE(ticks.size(), 2u) << span;
    ASSERT_LE(axis.position(at_ns(ticks.back().offset.count())), 1144);
  }
}

TEST(DiagramAxis, HoldsInstantsOutsideOfTheWindowAtItsEdges) {
  const Axis axis{at_ns(1'000), at_ns(2'000), 84, 1144};
  EXPECT_EQ(axis.position(at_ns(0)), 84);
  EXPECT_EQ(axis.position(at_ns(1'500)), 614);
  EXPECT_EQ(axis.position(kForever), 1144);
}

}  // namespace
}  // namespace lockstep

// From a device's event times to the runtime's clock: bounds, drift, resolution.
#include "gpu_backend/cuda/time_mapping.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// The anchor lies at 1 ms on the host's clock; the host asked 4 us before and saw it 4 us after.
TimeMapping anchored() {
  TimeMapping mapping;
  mapping.set_anchor(at_ns(996'000), at_ns(1'004'000));
  return mapping;
}

TEST(TimeMapping, PlacesABatchByTheMiddleOfTheAnchorsBounds) {
  TimeMapping mapping = anchored();
  EXPECT_EQ(mapping.error_max(), SimDuration{4'500});  // half of 8 us, and the events' resolution
  // The batch says less about the anchor than is known: it had 100 us on both sides.
  const auto placed = mapping.place({.launched = at_ns(1'100'000),
                                     .noticed = at_ns(1'400'000),
                                     .begin = microseconds{200},
                                     .length = microseconds{100}});
  EXPECT_EQ(placed.begin, at_ns(1'200'000));
  // 396 us since the anchor was seen: 39 ns of drift on both sides, and 1 for rounding.
  EXPECT_EQ(placed.error, SimDuration{4'000 + 40 + 500});
}

TEST(TimeMapping, ABatchTightensTheBounds) {
  TimeMapping mapping = anchored();
  // Launched 1 us before it began, seen 1 us after it ended: the anchor is known to 1 us, give or
  // take the resolution.
  const auto placed = mapping.place({.launched = at_ns(1'199'000),
                                     .noticed = at_ns(1'301'000),
                                     .begin = microseconds{200},
                                     .length = microseconds{100}});
  EXPECT_EQ(placed.begin, at_ns(1'200'000));
  EXPECT_EQ(placed.error, SimDuration{1'500 + 500});
}

TEST(TimeMapping, NeverLeavesTheTimeBetweenLaunchAndNotice) {
  TimeMapping mapping = anchored();
  // By the anchor's middle it began at 1.2 ms, which was before its launch: within the error.
  const auto early = mapping.place({.launched = at_ns(1'203'000),
                                    .noticed = at_ns(1'400'000),
                                    .begin = microseconds{200},
                                    .length = microseconds{100}});
  EXPECT_GE(early.begin, at_ns(1'203'000));
  // And one that ended, by the middle, after it was seen.
  const auto late = mapping.place({.launched = at_ns(1'400'000),
                                   .noticed = at_ns(1'599'000),
                                   .begin = microseconds{500},
                                   .length = microseconds{100}});
  EXPECT_LE(late.begin + microseconds{100}, at_ns(1'599'000));
}

TEST(TimeMapping, DriftWidensTheBoundsWithTime) {
  TimeMapping mapping = anchored();
  // Ten seconds without a batch: 100 ppm are 1 ms. The next one's own bounds are far tighter.
  const SimTime begin = at_ns(1'000'000) + seconds{10} + microseconds{900};
  const auto placed = mapping.place({.launched = begin - microseconds{10},
                                     .noticed = begin + microseconds{110},
                                     .begin = seconds{10},
                                     .length = microseconds{100}});
  EXPECT_EQ(mapping.reanchored(), 0u);  // 900 us are within what 10 s allow
  EXPECT_LE(placed.error, microseconds{10} + SimDuration{2 * (500 + 1'192) + 1});
  EXPECT_LE(std::chrono::abs(placed.begin - begin), placed.error);
}

TEST(TimeMapping, MoreDriftThanAllowedStartsAnew) {
  TimeMapping mapping = anchored();
  const SimTime begin = at_ns(1'000'000) + seconds{10} + microseconds{1'100};
  const auto placed = mapping.place({.launched = begin - microseconds{10},
                                     .noticed = begin + microseconds{110},
                                     .begin = seconds{10},
                                     .length = microseconds{100}});
  EXPECT_EQ(mapping.reanchored(), 1u);
  EXPECT_LE(std::chrono::abs(placed.begin - begin), placed.error);
}

TEST(TimeMapping, MovesToAnotherAnchorAndLosesItsResolution) {
  TimeMapping mapping = anchored();
  mapping.move_anchor(milliseconds{5});
  EXPECT_EQ(mapping.anchor(), at_ns(6'000'000));
  const auto placed = mapping.place({.launched = at_ns(6'100'000),
                                     .noticed = at_ns(6'400'000),
                                     .begin = microseconds{200},
                                     .length = microseconds{100}});
  EXPECT_EQ(placed.begin, at_ns(6'200'000));
  EXPECT_EQ(placed.error, SimDuration{4'000 + 500 + 540 + 500});  // 540: drift of 5.396 ms
}

TEST(TimeMapping, TheLargestErrorIsThatOfTheBatches) {
  TimeMapping mapping = anchored();
  const auto tight = mapping.place({.launched = at_ns(1'199'000),
                                    .noticed = at_ns(1'301'000),
                                    .begin = microseconds{200},
                                    .length = microseconds{100}});
  EXPECT_EQ(mapping.error_max(), tight.error);  // the anchor's own 4.5 us placed nothing
}

TEST(TimeMapping, AFloatOfMillisecondsLosesWithDistance) {
  EXPECT_EQ(event_resolution(SimDuration{0}), SimDuration{500});
  EXPECT_EQ(event_resolution(seconds{1}), SimDuration{500 + 119});
  EXPECT_EQ(event_resolution(-seconds{1}), SimDuration{500 + 119});
  EXPECT_EQ(from_milliseconds(0.125f), microseconds{125});
  // The float next to 1000 ms is 61 ns away.
  EXPECT_EQ(from_milliseconds(1000.00006103515625f), seconds{1} + SimDuration{61});
}

}  // namespace
}  // namespace lockstep

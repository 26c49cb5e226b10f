// Slow-downs from the times at which batches were in compute.
#include "gpu_backend/contention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using ::testing::ElementsAre;

StageTimes in_compute(std::int64_t from_ns, std::int64_t to_ns) {
  StageTimes times;
  times.launched = times.to_device_from = times.compute_from = at_ns(from_ns);
  times.to_host_from = times.finished = at_ns(to_ns);
  return times;
}

std::vector<std::int64_t> counts_of(const std::vector<StageTimes>& batches) {
  std::vector<std::int64_t> by_count;
  for (const SimDuration time : time_by_count(batches)) {
    by_count.push_back(time.count());
  }
  return by_count;
}

TEST(Contention, TimeIsSplitByHowManyAreInCompute) {
  EXPECT_THAT(counts_of({in_compute(0, 10), in_compute(4, 12)}), ElementsAre(0, 6, 6));
  EXPECT_THAT(counts_of({in_compute(0, 10), in_compute(10, 20)}), ElementsAre(0, 20))
      << "one ends as the other begins";
  EXPECT_THAT(counts_of({in_compute(0, 10), in_compute(20, 30)}), ElementsAre(0, 20)) << "a gap";
  EXPECT_THAT(counts_of({in_compute(5, 5), in_compute(0, 10)}), ElementsAre(0, 10)) << "no time";
  EXPECT_THAT(counts_of({in_compute(0, 9), in_compute(1, 8), in_compute(2, 7)}),
              ElementsAre(0, 2, 2, 5));
  EXPECT_THAT(counts_of({}), ElementsAre(0));
}

TEST(Contention, SharesAreOfTheTimeInCompute) {
  const auto by_count = time_by_count(std::vector{in_compute(0, 10), in_compute(5, 20)});
  EXPECT_EQ(overlap_share(by_count), 250'000u);
  EXPECT_EQ(busy_share(by_count, SimDuration{40}), 500'000u);
  EXPECT_EQ(overlap_share(std::vector<SimDuration>(1)), 0u);
}

// Two batches of 100 alone. The second comes at 40; together each runs at 1 / 1.5 of its speed.
// Left of the first: 60, so it ends at 40 + 90; by then the second has done 60, and ends 40 later.
TEST(Contention, FindsTheFactorThatSlowedTwoBatchesDown) {
  const std::vector batches = {in_compute(0, 130), in_compute(40, 170)};
  EXPECT_EQ(next_slow_down(batches, SimDuration{100}, {}), 1'500'000u);
}

TEST(Contention, FindsTheThirdFactorWithTheSecondKnown) {
  // All three at once from 0 to 250 at s(3) = 2.5 do 100 each.
  const std::vector together = {in_compute(0, 250), in_compute(0, 250), in_compute(0, 250)};
  const std::vector<std::uint32_t> second = {1'500'000};
  EXPECT_EQ(next_slow_down(together, SimDuration{100}, second), 2'500'000u);
  // The third comes at 75, when the two have done 50 each; with three they end at 200. By then it
  // has done 50, and the other 50 take it 50 alone.
  const std::vector later = {in_compute(0, 200), in_compute(0, 200), in_compute(75, 250)};
  EXPECT_EQ(next_slow_down(later, SimDuration{100}, second), 2'500'000u);
}

TEST(Contention, IsNeverASpeedUp) {
  const std::vector batches = {in_compute(0, 90), in_compute(0, 90)};
  EXPECT_EQ(next_slow_down(batches, SimDuration{100}, {}), 1'000'000u);
}

TEST(Contention, NeedsATenthOfTheTimeTogether) {
  EXPECT_FALSE(
      next_slow_down(std::vector{in_compute(0, 100), in_compute(100, 200)}, SimDuration{100}, {}))
      << "one after another";
  // Together for 10 of 100, and for 9 of 100.
  EXPECT_TRUE(
      next_slow_down(std::vector{in_compute(0, 55), in_compute(45, 100)}, SimDuration{55}, {}));
  EXPECT_FALSE(
      next_slow_down(std::vector{in_compute(0, 55), in_compute(46, 100)}, SimDuration{55}, {}));
}

TEST(Contention, WithoutAMeasurementOneMoreGainsNothing) {
  EXPECT_EQ(slow_down_without_gain(2, 1'000'000), 2'000'000u);
  EXPECT_EQ(slow_down_without_gain(3, 1'600'000), 2'400'000u);
}

}  // namespace
}  // namespace lockstep

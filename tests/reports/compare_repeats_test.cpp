// What repeats of a run say of the real thing's spread, and of a prediction held against it.
#include "reports/compare_repeats.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

// How often batches of 1, 2, 3, ... rows are there.
using BatchCounts = std::vector<std::size_t>;

RepeatFigures repeat_of(const BatchCounts& in_a, const BatchCounts& in_run, std::int64_t latency) {
  RepeatFigures repeat{.directory = "live", .latency = {latency, latency, latency, latency}};
  for (std::size_t i = 0; i < std::max(in_a.size(), in_run.size()); ++i) {
    const RowsShare share{.rows = static_cast<std::uint32_t>(i + 1),
                          .in_a = i < in_a.size() ? in_a[i] : 0,
                          .in_b = i < in_run.size() ? in_run[i] : 0};
    if (share.in_a + share.in_b > 0) {
      repeat.by_rows.push_back(share);
    }
  }
  return repeat;
}

TEST(CompareRepeats, DistancesAreOfAFromEachRunAndOfTheRunsFromEachOther) {
  // Of 10 batches each: A and the first agree; the second has two of another size, the third four.
  const BatchCounts a = {5, 5};
  const RowsSpread spread =
      rows_spread({repeat_of(a, {5, 5}, 1), repeat_of(a, {7, 3}, 1), repeat_of(a, {1, 9}, 1)});
  EXPECT_EQ(spread.a_least, 0u);
  EXPECT_EQ(spread.a_most, 400'000u);
  EXPECT_EQ(spread.repeats_most, 600'000u);  // of the second and the third
}

TEST(CompareRepeats, ASizeThatOnlyOneRunHasCountsAsNoneInTheOthers) {
  const BatchCounts a = {4};
  const RowsSpread spread = rows_spread({repeat_of(a, {4}, 1), repeat_of(a, {3, 0, 1}, 1)});
  ASSERT_EQ(spread.by_rows.size(), 2u);
  EXPECT_EQ(spread.by_rows[1].rows, 3u);
  EXPECT_EQ(spread.by_rows[1].in_a, 0u);
  EXPECT_EQ(spread.by_rows[1].in_repeats.mean, 125'000);  // 0 % and 25 %
  // Student's t with one degree of freedom, 12.706, times 12.5 %.
  ASSERT_TRUE(spread.by_rows[1].in_repeats.half_width);
  EXPECT_NEAR(static_cast<double>(*spread.by_rows[1].in_repeats.half_width), 1'588'250, 100);
  EXPECT_EQ(spread.repeats_most, 250'000u);
}

TEST(CompareRepeats, OfRunsWithoutBatchesNothingDiffers) {
  const RowsSpread spread = rows_spread({repeat_of({}, {}, 1), repeat_of({}, {}, 1)});
  EXPECT_EQ(spread.a_most, 0u);
  EXPECT_EQ(spread.repeats_most, 0u);
  EXPECT_TRUE(spread.by_rows.empty());
  const RowsSpread none_in_runs = rows_spread({repeat_of({4}, {}, 1), repeat_of({4}, {}, 1)});
  EXPECT_EQ(none_in_runs.a_least, 1'000'000u);
  EXPECT_EQ(none_in_runs.repeats_most, 0u);
}

TEST(CompareRepeats, SpreadIsLargestLessSmallestOfTheMean) {
  const BatchCounts a = {1};
  std::vector<RepeatFigures> repeats = {repeat_of(a, a, 900), repeat_of(a, a, 1'000),
                                        repeat_of(a, a, 1'100)};
  EXPECT_THAT(repeated_spread(repeats)[3], Optional(200'000));
  EXPECT_EQ(repeated_figures(repeats)[3]->mean, 1'000);
  repeats[1].latency[3].reset();  // a request was never answered
  EXPECT_EQ(repeated_spread(repeats)[3], std::nullopt);
  EXPECT_THAT(repeated_spread(repeats)[0], Optional(200'000));
}

TEST(CompareRepeats, ThePredictionStandsBelowTheSpread) {
  const BatchCounts a = {97, 2, 1};
  const std::vector<RepeatFigures> repeats = {repeat_of(a, {97, 2, 1}, 990'000),
                                              repeat_of(a, {97, 3}, 1'010'000)};
  const std::string text =
      repeats_text({980'000, 1'000'000, 1'020'000, std::nullopt}, repeats, true);
  EXPECT_THAT(text, HasSubstr("measured, 2 runs "));
  EXPECT_THAT(text, HasSubstr("\nspread of the runs               2.00 %"));
  EXPECT_THAT(text, HasSubstr(" -2.00 %    0.00 %   +2.00 %         -\n"));
  EXPECT_THAT(text, HasSubstr("\ntotal variation distance of A from a run 0.000 to 0.010, of two "
                              "runs at most 0.010\n"));
  // Sizes with at least 2 % in either; 1 % is among the rarer.
  EXPECT_THAT(text, HasSubstr("\n2                 2.00 %   2.50 %"));
  EXPECT_THAT(text, HasSubstr("\n1 rarer           1.00 %   0.50 %                -\n"));
  EXPECT_THAT(repeats_text({}, repeats, false), HasSubstr("\nA against the mean"));
  EXPECT_THAT(repeats_text({}, repeats, false), HasSubstr("B, 2 runs "));
}

}  // namespace
}  // namespace lockstep

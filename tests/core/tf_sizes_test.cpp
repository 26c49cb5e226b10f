// The pure functions against their table of cases (TF 4.3, F01 to F08).
#include "core/schedulers/tf_sizes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schedulers/tf_low_priority_fifo.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using Sizes = std::vector<std::uint32_t>;

Sizes split(std::uint32_t size, std::uint32_t room, std::uint32_t limit) {
  Sizes sizes;
  for_each_split_size(size, room, limit, [&](std::uint32_t rows) { sizes.push_back(rows); });
  return sizes;
}

TEST(TfSizes, SplittingFillsTheRoomThenWholeBatchesThenTheRest) {
  EXPECT_THAT(split(5, 1, 1), ElementsAre(1, 1, 1, 1, 1));
  EXPECT_THAT(split(10, 3, 4), ElementsAre(3, 4, 3));
  EXPECT_THAT(split(20, 5, 6), ElementsAre(5, 6, 6, 3));
  EXPECT_THAT(split(30, 0, 11), ElementsAre(11, 11, 8));
  EXPECT_THAT(split(5, 6, 8), ElementsAre(5));
  EXPECT_THAT(split(6, 6, 8), ElementsAre(6));
  EXPECT_THAT(split(7, 6, 8), ElementsAre(6, 1));
  EXPECT_THAT(split(8, 0, 4), ElementsAre(4, 4));
}

TEST(TfSizes, NextAllowedSizeRoundsUpOrLeavesAlone) {
  const TfAllowedSizes allowed({2, 4, 8}, false);
  EXPECT_EQ(allowed.next(3), 4u);
  EXPECT_EQ(allowed.next(2), 2u);
  EXPECT_EQ(allowed.next(10), 10u);
  EXPECT_EQ(TfAllowedSizes({}, false).next(3), 3u);
  EXPECT_EQ(TfAllowedSizes({2, 4, 8}, true).next(3), 3u);
}

TEST(TfSizes, PreviousAllowedSizeRoundsDownOrLeavesAlone) {
  const TfAllowedSizes allowed({1, 2, 4, 8}, false);
  EXPECT_EQ(allowed.previous(3), 2u);
  EXPECT_EQ(allowed.previous(2), 2u);
  EXPECT_EQ(TfAllowedSizes({2, 4, 8}, false).previous(10), 8u);
  EXPECT_EQ(TfAllowedSizes({4, 8}, false).previous(3), 3u);
  EXPECT_EQ(TfAllowedSizes({}, false).previous(3), 3u);
  EXPECT_EQ(TfAllowedSizes({1, 2, 4, 8}, true).previous(3), 3u);
}

TEST(TfSizes, BatchDownAimsAtThePreviousSizeUnlessAnEdgeFits) {
  const TfAllowedSizes all({1, 2, 4, 8}, false);
  const TfBatchCosts none;
  EXPECT_EQ(trim_target(3, TfPaddingPolicy::kPadUp, all, none), 3u);
  EXPECT_EQ(trim_target(3, TfPaddingPolicy::kBatchDown, all, none), 2u);
  EXPECT_EQ(trim_target(4, TfPaddingPolicy::kBatchDown, all, none), 4u);
  EXPECT_EQ(trim_target(3, TfPaddingPolicy::kBatchDown, TfAllowedSizes({4, 8}, false), none), 3u);
  EXPECT_EQ(trim_target(0, TfPaddingPolicy::kBatchDown, TfAllowedSizes({2, 4}, false), none), 0u);
}

TEST(TfSizes, TheCheaperSizePerRequestIsTaken) {
  const TfAllowedSizes allowed({2, 4}, false);
  const auto target = [&](std::int64_t cost_of_four) {
    TfBatchCosts costs;
    // Two samples each: the mean counts, not the last.
    costs.add({2, std::chrono::milliseconds(1000)});
    costs.add({2, std::chrono::milliseconds(3000)});
    if (cost_of_four > 0) {
      costs.add({4, std::chrono::milliseconds(cost_of_four - 500)});
      costs.add({4, std::chrono::milliseconds(cost_of_four + 500)});
    }
    return trim_target(3, TfPaddingPolicy::kMinimizeCost, allowed, costs);
  };
  EXPECT_EQ(target(3100), 2u);
  EXPECT_EQ(target(3000), 2u);  // equal cost per request: trimmed
  EXPECT_EQ(target(2999), 3u);
  EXPECT_EQ(target(0), 3u);
}

TEST(TfSizes, ATrimMovesTheStartInWholeMicroseconds) {
  const auto start = [](std::int64_t start_ns, std::int64_t now_ns) {
    return ns_of(start_after_trim(at_ns(start_ns), at_ns(now_ns), 2, 1));
  };
  EXPECT_EQ(start(0, 10'000), 6'000);
  EXPECT_EQ(start(0, 9'000), 6'000);
  EXPECT_EQ(start(0, 8'999), 5'000);
  EXPECT_EQ(start(5'000, 5'000), 5'000);
  // The largest spans do not overflow.
  EXPECT_EQ(ns_of(start_after_trim(at_ns(0), at_ns(std::int64_t{3} << 50), 1u << 26, 1u << 26)),
            (std::int64_t{3} << 50) / 1000 / 2 * 1000);
}

// F08.
TEST(TfLowPriorityFifo, TakesFromTheFrontWhileTheNextFits) {
  const auto taken = [](std::uint64_t budget) {
    TfLowPriorityFifo fifo;
    for (std::uint32_t rows = 1; rows <= 3; ++rows) {
      fifo.push_back(TfTask{.rows = rows});
    }
    Sizes sizes;
    fifo.take_up_to(budget, [&](const TfTask& task) { sizes.push_back(task.rows); });
    return sizes;
  };
  EXPECT_THAT(taken(3), ElementsAre(1, 2));
  EXPECT_THAT(taken(5), ElementsAre(1, 2));
  EXPECT_THAT(taken(6), ElementsAre(1, 2, 3));
  EXPECT_THAT(taken(0), ElementsAre());
}

TEST(TfLowPriorityFifo, ACutLeavesWholeLimitsInFrontOfTheRemainder) {
  TfLowPriorityFifo fifo;
  fifo.push_back(TfTask{.rows = 10, .arrived = at_ns(7)});
  fifo.push_back(TfTask{.rows = 1});
  EXPECT_EQ(fifo.cut_front(3, 4).rows, 3u);
  Sizes sizes;
  Sizes rows;
  EXPECT_EQ(fifo.front().arrived, at_ns(7));
  fifo.take_up_to(100, [&](const TfTask& task) {
    sizes.push_back(task.rows);
    rows.push_back(task.first_row);
  });
  EXPECT_THAT(sizes, ElementsAre(4, 3, 1));
  EXPECT_THAT(rows, ElementsAre(3, 7, 0));
  EXPECT_EQ(fifo.rows(), 0u);
}

}  // namespace
}  // namespace lockstep

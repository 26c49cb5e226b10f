// tf-shared with all its options against the slow reference, on random scenarios; and the
// reference's arithmetic against the table of pure functions (TF 4.3).
#include <cstdint>
#include <cstdio>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "properties/reference/tf_full_sizes.h"
#include "tests/reference/tf_full_campaign.h"

namespace lockstep::full_reference {
namespace {

using ::testing::ElementsAre;

constexpr std::uint64_t kScenarioCount = 6000;

// 0 unless a campaign says otherwise: --gtest_random_seed=N draws another set of scenarios.
TEST(TfFullReference, AgreesOnRandomScenarios) {
  Campaign campaign(static_cast<std::uint64_t>(GTEST_FLAG_GET(random_seed)));
  campaign.run(0, kScenarioCount);
  std::printf("%s", campaign.coverage().histogram().c_str());
  EXPECT_EQ(campaign.coverage().shortfalls(), "");
  EXPECT_EQ(campaign.report(), "");
}

// F01
TEST(TfFullReferenceSizes, PiecesFillTheRoomThenWholeBatches) {
  EXPECT_THAT(cut_sizes(5, 1, 1), ElementsAre(1, 1, 1, 1, 1));
  EXPECT_THAT(cut_sizes(10, 3, 4), ElementsAre(3, 4, 3));
  EXPECT_THAT(cut_sizes(20, 5, 6), ElementsAre(5, 6, 6, 3));
  EXPECT_THAT(cut_sizes(30, 0, 11), ElementsAre(11, 11, 8));
  EXPECT_THAT(cut_sizes(5, 6, 8), ElementsAre(5));
}

// F02, F03
TEST(TfFullReferenceSizes, NextAndPreviousAllowed) {
  const std::vector<std::int64_t> sizes = {2, 4, 8};
  EXPECT_EQ(next_size(3, sizes), 4);
  EXPECT_EQ(next_size(2, sizes), 2);
  EXPECT_EQ(next_size(10, sizes), 10);
  EXPECT_EQ(next_size(3, {}), 3);
  EXPECT_EQ(previous_size(3, sizes), 2);
  EXPECT_EQ(previous_size(2, sizes), 2);
  EXPECT_EQ(previous_size(10, sizes), 8);
  EXPECT_EQ(previous_size(3, std::vector<std::int64_t>{4, 8}), 3);
  EXPECT_EQ(previous_size(3, {}), 3);
}

TfQueueExtras padding(TfPaddingPolicy policy, std::vector<std::int64_t> sizes) {
  TfQueueExtras extras;
  extras.batch_padding_policy = policy;
  extras.allowed_batch_sizes = std::move(sizes);
  return extras;
}

// F04, F06
TEST(TfFullReferenceSizes, BatchDownGoesToTheAllowedSizeBelow) {
  Marks marks;
  EXPECT_EQ(size_by_policy(3, padding(TfPaddingPolicy::kPadUp, {1, 2, 4, 8}), {}, marks), 3);
  EXPECT_EQ(size_by_policy(3, padding(TfPaddingPolicy::kBatchDown, {1, 2, 4, 8}), {}, marks), 2);
  EXPECT_EQ(size_by_policy(3, padding(TfPaddingPolicy::kBatchDown, {4, 8}), {}, marks), 3);
  EXPECT_EQ(size_by_policy(4, padding(TfPaddingPolicy::kBatchDown, {1, 2, 4, 8}), {}, marks), 4);
  EXPECT_EQ(size_by_policy(0, padding(TfPaddingPolicy::kBatchDown, {2, 4}), {}, marks), 0);
  TfQueueExtras disabled = padding(TfPaddingPolicy::kBatchDown, {1, 2, 4, 8});
  disabled.disable_padding = true;
  EXPECT_EQ(size_by_policy(3, disabled, {}, marks), 3);
}

// F05
TEST(TfFullReferenceSizes, MeasuredCostsDecide) {
  Marks marks;
  const TfQueueExtras extras = padding(TfPaddingPolicy::kMinimizeCost, {2, 4});
  const auto size = [&](const std::vector<TfBatchCost>& costs) {
    return size_by_policy(3, extras, costs, marks);
  };
  using std::chrono::milliseconds;
  EXPECT_EQ(size({{2, milliseconds(2000)}, {4, milliseconds(3100)}}), 2);
  EXPECT_EQ(size({{2, milliseconds(2000)}, {4, milliseconds(2900)}}), 3);
  EXPECT_EQ(size({{2, milliseconds(2000)}, {4, milliseconds(3000)}}), 2);
  EXPECT_EQ(size({{2, milliseconds(2000)}, {4, milliseconds(2900)}, {4, milliseconds(3300)}}), 2);
  EXPECT_EQ(size({{2, milliseconds(2000)}}), 3);
  EXPECT_EQ(size({}), 3);
}

// F04, F07
TEST(TfFullReferenceSizes, OnlyWholeTasksAreTrimmed) {
  EXPECT_EQ(tasks_to_keep(std::vector<std::int64_t>{1, 1, 1}, 2), 2u);
  EXPECT_EQ(tasks_to_keep(std::vector<std::int64_t>{1, 2}, 2), 2u);
  EXPECT_EQ(tasks_to_keep(std::vector<std::int64_t>{3, 5, 7, 9}, 8), 2u);
  EXPECT_EQ(tasks_to_keep(std::vector<std::int64_t>{3, 5}, 4), 2u);
}

}  // namespace
}  // namespace lockstep::full_reference

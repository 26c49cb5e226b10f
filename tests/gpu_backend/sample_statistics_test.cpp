// Quantiles, how sure a median is, and what disturbs measurements.
#include "gpu_backend/sample_statistics.h"

#include <numeric>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/prng.h"

namespace lockstep {
namespace {

using Samples = std::vector<std::int64_t>;

// 1, 2, ..., count: a value is its own rank.
Samples ranks(std::int64_t count) {
  Samples samples(static_cast<std::size_t>(count));
  std::iota(samples.begin(), samples.end(), 1);
  return samples;
}

std::pair<std::int64_t, std::int64_t> interval_ranks(std::int64_t count, std::uint32_t confidence) {
  const auto interval = median_interval(ranks(count), confidence);
  return interval ? std::pair{interval->low, interval->high}
                  : std::pair<std::int64_t, std::int64_t>{};
}

TEST(SampleQuantile, IsLinearBetweenSamples) {
  const Samples samples = {10, 20, 40};
  EXPECT_EQ(sample_quantile(samples, 0), 10);
  EXPECT_EQ(sample_quantile(samples, 250'000), 15);
  EXPECT_EQ(sample_quantile(samples, 500'000), 20);
  EXPECT_EQ(sample_quantile(samples, 750'000), 30);
  EXPECT_EQ(sample_quantile(samples, 1'000'000), 40);
  EXPECT_EQ(sample_quantile(Samples{7}, 990'000), 7);
}

// From tables of the sign test: 2 * P(B < k) of B(n, 1/2).
TEST(MedianInterval, LeavesOutAsManyAsTheBinomialAllows) {
  using Pair = std::pair<std::int64_t, std::int64_t>;
  EXPECT_EQ(interval_ranks(5, 950'000), (Pair{0, 0})) << "2 / 2^5 = 6.25 %";
  EXPECT_EQ(interval_ranks(6, 950'000), (Pair{1, 6})) << "2 / 2^6 = 3.1 %";
  EXPECT_EQ(interval_ranks(8, 950'000), (Pair{1, 8}));
  EXPECT_EQ(interval_ranks(9, 950'000), (Pair{2, 8}));
  EXPECT_EQ(interval_ranks(20, 950'000), (Pair{6, 15}));
  EXPECT_EQ(interval_ranks(100, 950'000), (Pair{40, 61}));
  EXPECT_EQ(interval_ranks(100, 990'000), (Pair{37, 64}));
  EXPECT_EQ(interval_ranks(1, 500'000), (Pair{0, 0}));
  EXPECT_EQ(interval_ranks(2, 500'000), (Pair{1, 2})) << "exactly half";
  EXPECT_EQ(interval_ranks(2, 500'001), (Pair{0, 0}));
}

TEST(MedianInterval, OfManySamplesIsAboutTheNormalOne) {
  // 1.96 * sqrt(n) / 2 to each side of the middle.
  const auto [low, high] = interval_ranks(10'000, 950'000);
  EXPECT_NEAR(static_cast<double>(low), 5'000 - 98, 2);
  EXPECT_NEAR(static_cast<double>(high), 5'001 + 98, 2);
}

TEST(MedianInterval, HoldsTheMedianAsOftenAsItSays) {
  Prng random(5, "median interval");
  constexpr int kTrials = 4'000;
  int held = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    Samples samples;
    for (int i = 0; i < 20; ++i) {
      const auto value = static_cast<std::int64_t>(random.below(1'000));
      samples.push_back(value * value);  // a long tail; its median is 500^2
    }
    std::sort(samples.begin(), samples.end());
    const auto interval = median_interval(samples, 950'000);
    held += interval->low <= 250'000 && interval->high >= 249'000 ? 1 : 0;
  }
  // Of 20 samples the ranks 6 and 15 hold it in 95.9 %; four standard deviations are 1.3 %.
  EXPECT_GT(held, kTrials * 946 / 1000);
  EXPECT_LT(held, kTrials * 972 / 1000);
}

TEST(MedianInterval, WidthIsThatOfTheFartherEnd) {
  EXPECT_EQ(half_width({990, 1'020}, 1'000), 20'000u);
  EXPECT_EQ(half_width({970, 1'020}, 1'000), 30'000u);
  EXPECT_EQ(half_width({999, 1'000}, 999), 1'002u) << "rounded up";
}

TEST(Disturbances, OfEvenSamplesThereIsNone) {
  Prng random(6, "even");
  Samples samples;
  for (int i = 0; i < 300; ++i) {
    samples.push_back(1'000 + static_cast<std::int64_t>(random.below(100)));
  }
  EXPECT_FALSE(find_disturbance(samples).any());
  EXPECT_EQ(disturbance_text(find_disturbance(samples), samples.size()), "");
  EXPECT_FALSE(find_disturbance({}).any());
}

TEST(Disturbances, DriftIsBetweenTheFirstThirdAndTheLast) {
  Samples samples(30, 1'000);
  std::fill(samples.begin() + 20, samples.end(), 1'050);
  EXPECT_EQ(find_disturbance(samples).drift, 0) << "exactly 5 %";
  std::fill(samples.begin() + 20, samples.end(), 1'060);
  EXPECT_EQ(find_disturbance(samples).drift, 60'000);
  EXPECT_EQ(disturbance_text(find_disturbance(samples), 30),
            "6 % slower in the last third than in the first");
  std::fill(samples.begin() + 20, samples.end(), 800);
  EXPECT_EQ(find_disturbance(samples).drift, -200'000);
  EXPECT_EQ(find_disturbance(Samples(samples.begin() + 16, samples.end())).drift, 0)
      << "14 are too few";
}

TEST(Disturbances, OutliersAreMoreThanThreeMediansInMoreThanOneOfAHundred) {
  Samples samples(200, 1'000);
  samples[50] = samples[100] = 3'001;
  EXPECT_EQ(find_disturbance(samples).outliers, 0u) << "exactly one of a hundred";
  samples[150] = 3'000;
  EXPECT_EQ(find_disturbance(samples).outliers, 0u) << "exactly three times";
  samples[150] = 5'000'000;
  EXPECT_EQ(find_disturbance(samples).outliers, 3u);
  EXPECT_THAT(disturbance_text(find_disturbance(samples), 200),
              ::testing::HasSubstr("3 of 200 took more than three times the median, up to 5ms"));
}

TEST(Disturbances, TwoGroupsAreFarApartAndBothLarge) {
  Samples samples;
  for (std::int64_t i = 0; i < 60; ++i) {
    samples.push_back((i % 3 == 0 ? 1'500 : 1'000) + i % 7);
  }
  const Disturbance found = find_disturbance(samples);
  ASSERT_TRUE(found.groups);
  EXPECT_NEAR(static_cast<double>(found.groups->low), 1'003, 3);
  EXPECT_NEAR(static_cast<double>(found.groups->high), 1'503, 3);
  EXPECT_EQ(found.drift, 0);
  for (std::int64_t& value : samples) {
    value = value > 1'400 ? value - 350 : value;  // 15 % apart
  }
  EXPECT_FALSE(find_disturbance(samples).groups);
}

TEST(Disturbances, AGroupIsATenthOrMore) {
  for (const std::int64_t other : {500, 2'000}) {
    Samples samples(20, 1'000);
    samples[4] = other;
    EXPECT_FALSE(find_disturbance(samples).groups) << other;
    samples[14] = other;
    EXPECT_TRUE(find_disturbance(samples).groups) << other;
  }
}

}  // namespace
}  // namespace lockstep

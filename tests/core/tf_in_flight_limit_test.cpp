// The arithmetic of limits and scores, to the last bit (TF 3.1, 3.2).
#include "core/schedulers/tf_in_flight_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Texts = std::vector<std::string>;

std::string real(std::string_view text) {
  const Result<TfReal> parsed = TfReal::parse(text);
  return parsed ? parsed->text() : parsed.error().message;
}

TEST(TfReal, IsWrittenAsTheShortestNumberThatIsTheSame) {
  EXPECT_EQ(TfReal{3}.text(), "3");
  EXPECT_EQ(TfReal{-100'000}.text(), "-100000");
  EXPECT_EQ(real("0.50"), "0.5");
  EXPECT_EQ(real("3.2"), "3.2");
  EXPECT_EQ(real("0.1000000000000000055511151231257827"), "0.1");
  EXPECT_EQ(real("0.30000000000000004"), "0.30000000000000004");
  EXPECT_EQ(real("9007199254740991"), "9007199254740991");
  EXPECT_EQ(*TfReal::parse("2.0"), TfReal{2});
  EXPECT_LT(*TfReal::parse("1.9999999999999998"), TfReal{2});
}

TEST(TfReal, RefusesWhatIsNoDecimalNumber) {
  for (const char* text : {"", "x", "1.5x", " 1", "1e3", "nan", "inf", "-inf", "+1",
                           "9007199254740992", "-9007199254740992"}) {
    EXPECT_THAT(real(text), HasSubstr("expected a decimal number below 2^53")) << text;
  }
}

// Latencies, one batch per adjustment, and the limits that follow.
Texts limits_after(const TfAdaptiveLimit::Options& options,
                   const std::vector<std::int64_t>& latencies_us) {
  TfAdaptiveLimit limit(options);
  Texts texts;
  for (const std::int64_t latency_us : latencies_us) {
    limit.note_latency(latency_us);
    texts.push_back(limit.text());
  }
  return texts;
}

// A03 of TF 4.5.
TEST(TfAdaptiveLimit, GoesDownFirstThenWhereLatencyFalls) {
  EXPECT_THAT(limits_after({.initial = TfReal{2}, .largest = 8, .batches_to_average_over = 1},
                           {10, 15, 10, 11}),
              ElementsAre("1.75", "1.96875", "2.091796875", "1.9610595703125"));
}

TEST(TfAdaptiveLimit, TakesEqualLatencyForWorse) {
  EXPECT_THAT(limits_after({.initial = TfReal{16}, .largest = 64, .batches_to_average_over = 1},
                           {10, 10, 10}),
              ElementsAre("14", "15.75", "13.78125"));
}

// 1/8, halved by each improvement after a worsening, down to 1/128 and no further.
TEST(TfAdaptiveLimit, HalvesItsStepWhenItTurnsBackAndNotBelowItsSmallest) {
  EXPECT_THAT(limits_after({.initial = TfReal{1024}, .largest = 4096, .batches_to_average_over = 1},
                           {10, 9, 10, 9, 10, 9, 10, 9, 10, 9}),
              ElementsAre("896", "840", "892.5", "920.390625", "891.62841796875",
                          "877.6967239379883", "891.4107352495193", "898.3748816186562",
                          "891.3563278560105", "884.3926065446353"));
}

TEST(TfAdaptiveLimit, DoublesItsStepWhileItImprovesUpToItsLargest) {
  EXPECT_THAT(limits_after({.initial = TfReal{16}, .largest = 64, .batches_to_average_over = 1},
                           {40, 30, 20, 10}),
              ElementsAre("14", "13.125", "11.484375", "10.048828125"));
}

TEST(TfAdaptiveLimit, StaysBetweenItsEnds) {
  EXPECT_THAT(limits_after(
                  {.initial = TfReal{2}, .smallest = 2, .largest = 3, .batches_to_average_over = 1},
                  {1, 2, 1, 0, 0}),
              ElementsAre("2", "2.25", "2.390625", "2.689453125", "2.353271484375"));
  EXPECT_THAT(
      limits_after({.initial = TfReal{8}, .largest = 8, .batches_to_average_over = 1}, {1, 2, 1}),
      ElementsAre("7", "7.875", "8"));
}

// The average is over all batches since the last adjustment: 2.5 against 2.0 us.
TEST(TfAdaptiveLimit, AveragesOverItsNumberOfBatches) {
  EXPECT_THAT(limits_after({.initial = TfReal{4}, .largest = 8, .batches_to_average_over = 2},
                           {1, 4, 2, 2, 5, 1}),
              ElementsAre("4", "3.5", "3.5", "3.28125", "3.28125", "3.486328125"));
}

TEST(TfAdaptiveLimit, DrawsOnlyBetweenYesAndNo) {
  const TfAdaptiveLimit limit({.initial = *TfReal::parse("3.2"), .largest = 8});
  Prng draws(7, "test");
  Prng untouched(7, "test");
  EXPECT_TRUE(limit.admits(0, draws));
  EXPECT_TRUE(limit.admits(2, draws));  // 1.2 below the limit
  EXPECT_FALSE(limit.admits(4, draws));
  EXPECT_EQ(draws.next(), untouched.next());
  static_cast<void>(limit.admits(3, draws));  // 0.2 below
  static_cast<void>(untouched.next());
  EXPECT_EQ(draws.next(), untouched.next());
  // A whole number is no question of chance.
  const TfAdaptiveLimit whole({.initial = TfReal{3}, .largest = 8});
  EXPECT_TRUE(whole.admits(2, draws));
  EXPECT_FALSE(whole.admits(3, draws));
  EXPECT_EQ(draws.next(), untouched.next());
}

TEST(TfAdaptiveLimit, LetsAFourthStartOnceInFiveAtThreePointTwo) {
  const TfAdaptiveLimit limit({.initial = *TfReal::parse("3.2"), .largest = 8});
  Prng draws(1, "test");
  int started = 0;
  for (int i = 0; i < 100'000; ++i) {
    started += limit.admits(3, draws) ? 1 : 0;
  }
  // Binomial(100000, 0.2): standard deviation 126; within five of them.
  EXPECT_NEAR(started, 20'000, 632);
}

TEST(TfScore, PrefersOldAndFullBatches) {
  const auto score = [](std::int64_t created_us, std::int64_t boost_us, std::uint32_t rows,
                        std::uint32_t rows_max) {
    return TfScore(created_us, boost_us, rows, rows_max);
  };
  // A04 of TF 4.5: -30, -25, -20.
  EXPECT_LT(score(20, 100, 50, 100), score(65, 100, 900, 1000));
  EXPECT_LT(score(65, 100, 900, 1000), score(0, 100, 200, 1000));
  EXPECT_FALSE(score(0, 0, 1, 10) < score(0, 0, 9, 10));
  EXPECT_FALSE(score(0, 10, 5, 10) < score(5, 10, 10, 10));
  EXPECT_FALSE(score(5, 10, 10, 10) < score(0, 10, 5, 10));
  EXPECT_LT(score(0, 3, 1, 3), score(0, 3, 0, 3));
}

TEST(TfScore, IsNeverBelowItsFloor) {
  const std::int64_t largest_boost = INT64_MAX >> 24;
  for (const std::uint32_t rows_max : {1u, 3u, 1'000u, (1u << 24) - 1, 1u << 24}) {
    for (const std::int64_t boost : {std::int64_t{0}, std::int64_t{7}, largest_boost}) {
      EXPECT_LT(TfScore::floor(1'000, boost), TfScore(1'000, boost, rows_max, rows_max));
    }
  }
}

// One batch per adjustment: its execution time and what was pending; loops never idle.
TEST(TfPendingLimit, MovesByTheDistanceFromItsTarget) {
  TfPendingLimit limit(
      {.initial = 1, .largest = 6, .target_pending = TfReal{3}, .batches_to_average_over = 1});
  std::vector<std::int64_t> values;
  for (const std::int64_t pending : {3, 1, 3, 0, 0, 9, 100}) {
    limit.note_batch(100, pending);
    values.push_back(limit.value());
  }
  EXPECT_THAT(values, ElementsAre(1, 3, 3, 6, 6, 1, 1));
}

TEST(TfPendingLimit, RoundsHalvesAwayFromZero) {
  const auto after = [](std::string_view target, std::vector<std::int64_t> pending) {
    TfPendingLimit limit({.initial = 5,
                          .largest = 10,
                          .target_pending = *TfReal::parse(target),
                          .batches_to_average_over = static_cast<std::int64_t>(pending.size())});
    for (const std::int64_t count : pending) {
      limit.note_batch(1, count);
    }
    return limit.value();
  };
  EXPECT_EQ(after("2", {1, 2}), 6);  // 2 - 1.5 = 0.5
  EXPECT_EQ(after("2", {2, 3}), 4);  // -0.5
  EXPECT_EQ(after("2", {1, 4}), 4);  // -0.5
  EXPECT_EQ(after("2.4", {2}), 5);   // 0.4
  EXPECT_EQ(after("0.49999999999999994", {0}), 5);
  EXPECT_EQ(after("2.5", {5}), 2);  // -2.5
}

TEST(TfPendingLimit, StaysWhenLoopsWereIdleInATenthOfTheBatches) {
  const auto after_idle = [](std::int64_t times) {
    TfPendingLimit limit({.initial = 3, .largest = 9, .batches_to_average_over = 20});
    limit.note_idle(times);
    for (int i = 0; i < 20; ++i) {
      limit.note_batch(10, 0);
    }
    return std::to_string(limit.value()) + " " + std::to_string(limit.period_us()) + " " +
           limit.low_traffic_ratio();
  };
  EXPECT_EQ(after_idle(1), "5 3 0");
  EXPECT_EQ(after_idle(2), "3 0 0.1");
}

TEST(TfPendingLimit, ForgetsIdlenessAtEachAdjustment) {
  TfPendingLimit limit({.initial = 3, .largest = 9, .batches_to_average_over = 1});
  limit.note_idle(1);
  limit.note_batch(10, 0);
  EXPECT_EQ(limit.low_traffic_ratio(), "0.1");
  limit.note_batch(10, 0);
  EXPECT_EQ(limit.value(), 5);
  EXPECT_EQ(limit.low_traffic_ratio(), "0.09000000000000001");
}

// Sum of execution times / batches / limit before the adjustment, in whole microseconds.
TEST(TfPendingLimit, KnowsThePeriodBetweenStarts) {
  TfPendingLimit limit({.initial = 3, .largest = 9, .batches_to_average_over = 2});
  EXPECT_EQ(limit.period_us(), 0);
  limit.note_batch(20, 2);
  limit.note_batch(21, 2);
  EXPECT_EQ(limit.period_us(), 6);  // 41 / 2 = 20, 20 / 3 = 6
}

}  // namespace
}  // namespace lockstep

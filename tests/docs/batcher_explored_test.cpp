// Both planted bugs of the example batcher are found and cut down to one preemption; without them
// it passes (docs/exploring.md).
#include <algorithm>
#include <chrono>
#include <mutex>
#include <string>
#include <type_traits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docs/examples/batcher/batcher_program.h"

namespace lockstep {
namespace {

using examples::BatcherOptions;
using examples::serve_and_stop;
using std::chrono::microseconds;

static_assert(!std::is_same_v<sync::mutex, std::mutex>);

constexpr BatcherOptions kLostNotify{.max_batch_size = 2, .plant_lost_notify = true};
constexpr BatcherOptions kDoubleAnswer{.max_batch_size = 2, .plant_double_answer = true};
// Two batches of 50 us: after the second the batcher is idle.
constexpr microseconds kBusy{0};
constexpr microseconds kIdle{100};

ControlledProgram with(const BatcherOptions& options, microseconds pause) {
  return sync::controlled([options, pause] { serve_and_stop(options, pause); });
}

class ExploredBatcher : public ::testing::TestWithParam<Strategy> {};

TEST_P(ExploredBatcher, LosesANotificationWithOnePreemption) {
  const ExplorationOptions options{.strategy = GetParam(), .schedules = 10'000, .bound = 1};
  const Exploration found = explore(with(kLostNotify, kIdle), options);
  ASSERT_TRUE(found.failure.has_value());
  EXPECT_EQ(found.failure->key,
            "deadlock: main at thread.join, thread 1 at condition_variable.wait");
  EXPECT_TRUE(found.failure->repeats);
  EXPECT_EQ(preemption_count(found.failure->minimal), 1u) << to_text(found, options);
}

TEST_P(ExploredBatcher, AnswersTwiceWithOnePreemption) {
  const ExplorationOptions options{.strategy = GetParam(), .schedules = 10'000, .bound = 1};
  const Exploration found = explore(with(kDoubleAnswer, kBusy), options);
  ASSERT_TRUE(found.failure.has_value());
  EXPECT_EQ(found.failure->key, "a request is answered twice");
  EXPECT_TRUE(found.failure->repeats);
  EXPECT_EQ(preemption_count(found.failure->minimal), 1u) << to_text(found, options);
}

TEST_P(ExploredBatcher, PassesTenThousandSchedulesWithoutTheBugs) {
  for (const microseconds pause : {kBusy, kIdle}) {
    const ExplorationOptions options{.strategy = GetParam(), .schedules = 10'000};
    const Exploration all = explore(with({.max_batch_size = 2}, pause), options);
    EXPECT_EQ(all.schedules, 10'000u);
    EXPECT_FALSE(all.failure.has_value()) << to_text(all, options);
    EXPECT_GT(all.distinct, 5'000u);
  }
}

std::string name_of(const ::testing::TestParamInfo<Strategy>& strategy) {
  std::string name(strategy_name(strategy.param));
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(ByStrategy, ExploredBatcher,
                         ::testing::Values(Strategy::kRandomWalk, Strategy::kPriorities,
                                           Strategy::kUniformWalk, Strategy::kBoundedSearch),
                         name_of);

}  // namespace
}  // namespace lockstep

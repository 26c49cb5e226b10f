// What a run in real time takes from the configuration of a server, before any device is opened.
#include "cli/live_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

RunPlan plan_on(std::string device, Settings gpu_options) {
  RunPlan plan;
  plan.arrivals = "poisson:100/s";
  plan.request_count = 5;
  plan.on = std::move(device);
  plan.gpu_options = std::move(gpu_options);
  return plan;
}

TEST(LivePlan, TakesTheMemoryOfTheServersFilesForCuda) {
  const Result<PreparedRun> run = prepare_run(
      plan_on("cuda", {{"per_process_gpu_memory_fraction", "0.25"}, {"allow_growth", "false"}}));
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->live->memory_fraction, 250'000u);
  EXPECT_EQ(run->live->allow_growth, false);
  EXPECT_THAT(run->settings, Contains(Pair("per_process_gpu_memory_fraction", "0.25")));
  EXPECT_THAT(run->settings, Contains(Pair("allow_growth", "false")));
}

TEST(LivePlan, LeavesTheDevicesOwnChoiceWhereNothingIsSaid) {
  // A fraction of 0 is how TensorFlow says that nothing is said.
  for (const Settings& said : {Settings{}, Settings{{"per_process_gpu_memory_fraction", "0"}}}) {
    const Result<PreparedRun> run = prepare_run(plan_on("cuda", said));
    ASSERT_TRUE(run) << run.error().message;
    EXPECT_FALSE(run->live->memory_fraction);
    EXPECT_FALSE(run->live->allow_growth);
    EXPECT_THAT(run->settings,
                Not(Contains(Pair("per_process_gpu_memory_fraction", ::testing::_))));
  }
}

TEST(LivePlan, RefusesAFractionOfMoreThanAll) {
  EXPECT_TRUE(prepare_run(plan_on("cuda", {{"per_process_gpu_memory_fraction", "1"}})));
  const Result<PreparedRun> run =
      prepare_run(plan_on("cuda", {{"per_process_gpu_memory_fraction", "1.000001"}}));
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().message, HasSubstr("per_process_gpu_memory_fraction 1.000001"));
}

TEST(LivePlan, TakesAWatchdog) {
  const auto prepared = [](const std::string& device, const std::string& watchdog) {
    RunPlan plan = plan_on(device, {});
    plan.watchdog = watchdog;
    return prepare_run(plan);
  };
  const Result<PreparedRun> lost = prepared("cpu", "100ms");
  ASSERT_TRUE(lost) << lost.error().message;
  ASSERT_TRUE(lost->live->watchdog);
  EXPECT_EQ(lost->live->watchdog->after, SimDuration{100'000'000});
  EXPECT_FALSE(lost->live->watchdog->reset);
  const Result<PreparedRun> back = prepared("cuda", "1ns,reset=0s");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->live->watchdog->reset, SimDuration{0});
  EXPECT_THAT(back->settings, Contains(Pair("watchdog", "1ns,reset=0s")));
  for (const char* wrong : {"0ms", "100", "100ms,", "100ms,reset", "100ms,reset=x", ",reset=1ms"}) {
    const Result<PreparedRun> refused = prepared("cpu", wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_THAT(refused.error().message, HasSubstr(std::string("found --watchdog '") + wrong));
  }
  const Result<PreparedRun> simulated = prepared("sim", "100ms");
  ASSERT_FALSE(simulated);
  EXPECT_THAT(simulated.error().message, HasSubstr("--faults 'watchdog"));
}

TEST(LivePlan, TakesANumberOfThreadsAndRecordsItWhenThereAreSeveral) {
  const auto prepared = [](const std::string& device, std::uint32_t workers) {
    RunPlan plan = plan_on(device, {});
    plan.workers = workers;
    return prepare_run(plan);
  };
  const Result<PreparedRun> several = prepared("cpu", 3);
  ASSERT_TRUE(several) << several.error().message;
  EXPECT_EQ(several->live->workers, 3u);
  EXPECT_THAT(several->settings, Contains(Pair("workers", "3")));
  const Result<PreparedRun> one = prepared("cuda", 1);
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_THAT(one->settings, Not(Contains(Pair("workers", ::testing::_))));
  EXPECT_TRUE(prepared("cpu", 64));
  for (const std::uint32_t wrong : {0u, 65u}) {
    const Result<PreparedRun> refused = prepared("cpu", wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().message, "found --workers " + std::to_string(wrong) +
                                           ", expected a number of threads from 1 to 64");
  }
  const Result<PreparedRun> simulated = prepared("sim", 2);
  ASSERT_FALSE(simulated);
  EXPECT_THAT(simulated.error().message, HasSubstr("found --workers, expected it with --on cpu"));
}

TEST(LivePlan, SaysThatACpuHasNoGpuMemory) {
  const Result<PreparedRun> run = prepare_run(plan_on("cpu", {{"allow_growth", "true"}}));
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_THAT(run->notes, Contains(HasSubstr("gpu_options")));
  const Result<PreparedRun> silent = prepare_run(plan_on("cpu", {}));
  ASSERT_TRUE(silent);
  EXPECT_THAT(silent->notes, Not(Contains(HasSubstr("gpu_options"))));
}

}  // namespace
}  // namespace lockstep

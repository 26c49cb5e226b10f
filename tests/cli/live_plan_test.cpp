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

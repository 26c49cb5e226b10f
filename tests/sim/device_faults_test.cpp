// Faults of whole devices: lost and back, sticky errors with lanes fenced or not, and what happens
// when no lane is left. A batch takes 100 ns on its device.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schedulers/tf_serial_device.h"
#include "core/schedulers/tf_shared.h"
#include "core/schedulers/tf_streaming.h"
#include "tests/support/fault_run.h"
#include "tests/support/vector_arrivals.h"

namespace lockstep {
namespace {

using support::FaultRun;
using support::FaultRunOptions;
using support::run_with_faults;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LostDevice, WhatRunsOnItFailsAndTheRestWaitsForIt) {
  const auto run = run_with_faults({.faults = "lost gpu=0 at=99ns for=50ns"}, {0, 10, 120});
  EXPECT_THAT(run->answers, ElementsAre("r0 UNAVAILABLE device-lost 99", "r1 OK answered 249",
                                        "r2 OK answered 349"));
  EXPECT_THAT(run->lanes, ElementsAre("99 lane-down 0 UNAVAILABLE", "149 lane-up 0"));
  EXPECT_EQ(run->result.faults.devices_lost, 1u);
  EXPECT_EQ(run->result.faults.failed_on_device, 1u);
}

TEST(LostDevice, ACompletionAtItsVeryInstantCounts) {
  const auto run = run_with_faults({.faults = "lost gpu=0 at=100ns for=50ns"}, {0});
  EXPECT_THAT(run->answers, ElementsAre("r0 OK answered 100"));
}

TEST(LostDevice, AllItsLanesGoDownBeforeTheirBatchesFail) {
  const auto run =
      run_with_faults({.faults = "lost gpu=1 at=50ns for=100ns", .lane_count = 4, .gpu_count = 2},
                      {0, 0, 0, 0, 10});
  // Lanes 1 and 3. The request that waited does not start on a lane that fails at that instant.
  EXPECT_THAT(run->lanes, ElementsAre("50 lane-down 1 UNAVAILABLE", "50 lane-down 3 UNAVAILABLE",
                                      "150 lane-up 1", "150 lane-up 3"));
  EXPECT_THAT(run->answers,
              ElementsAre("r1 UNAVAILABLE device-lost 50", "r3 UNAVAILABLE device-lost 50",
                          "r0 OK answered 100", "r2 OK answered 200", "r4 OK answered 300"));
}

TEST(LostDevice, ComesBackEmptyAndCold) {
  const auto run =
      run_with_faults({.faults = "lost gpu=0 at=1us for=50ns", .gpu = "100ns+0ns/row,first=30ns"},
                      {0, 500, 2000, 3000});
  EXPECT_THAT(run->answers, ElementsAre("r0 OK answered 130", "r1 OK answered 600",
                                        "r2 OK answered 2130", "r3 OK answered 3100"));
}

TEST(LostDevice, MemoryOfWhatWasOnItIsFreeAgain) {
  const auto run = run_with_faults(
      {.faults = "lost gpu=0 at=50ns for=50ns", .gpu = "100ns+0ns/row,memory=10B,row_bytes=10B"},
      {0, 10});
  EXPECT_THAT(run->answers, ElementsAre("r0 UNAVAILABLE device-lost 50", "r1 OK answered 200"));
}

TEST(LostDevice, LostAgainMeanwhileStaysDownForTheLongerOfBoth) {
  const auto run =
      run_with_faults({.faults = "lost gpu=0 at=10ns for=100ns; lost gpu=0 at=50ns for=10ns; "
                                 "lost gpu=0 at=60ns for=200ns"},
                      {0, 0});
  EXPECT_THAT(run->lanes, ElementsAre("10 lane-down 0 UNAVAILABLE", "260 lane-up 0"));
  EXPECT_EQ(run->answers.back(), "r1 OK answered 360");
}

TEST(LostDevice, WithSharedComputeNothingOfItIsLeft) {
  const auto run = run_with_faults({.faults = "lost gpu=0 at=50ns for=50ns",
                                    .gpu = "100ns+0ns/row,sharing=equal",
                                    .lane_count = 2},
                                   {0, 0, 60});
  EXPECT_EQ(run->answers.back(), "r2 OK answered 200");
}

TEST(StickyError, FencesTheLanesUntilTheReset) {
  const auto run = run_with_faults({.faults = "sticky gpu=0 at=50ns reset=70ns"}, {0, 10});
  EXPECT_THAT(run->answers, ElementsAre("r0 INTERNAL batch-failed 50", "r1 OK answered 220"));
  EXPECT_THAT(run->lanes, ElementsAre("50 lane-down 0 UNAVAILABLE", "120 lane-up 0"));
}

TEST(StickyError, WithoutAFenceTheDeviceIsABlackHoleUntilTheReset) {
  const auto run =
      run_with_faults({.faults = "sticky gpu=0 at=50ns reset=70ns fence=off"}, {0, 10, 119, 120});
  EXPECT_THAT(run->answers,
              ElementsAre("r0 INTERNAL batch-failed 50", "r1 INTERNAL batch-failed 50",
                          "r2 INTERNAL batch-failed 119", "r3 OK answered 220"));
  EXPECT_THAT(run->lanes, IsEmpty());
}

TEST(StickyError, TheBlackHoleTakesMoreThanItsShareFromAGoodDevice) {
  std::vector<std::int64_t> arrivals;
  for (int i = 0; i < 100; ++i) {
    arrivals.push_back(i * 60);
  }
  const auto failures = [&](const std::string& faults) {
    const auto run = run_with_faults({.faults = faults, .lane_count = 2, .gpu_count = 2}, arrivals);
    EXPECT_EQ(run->answers.size(), arrivals.size());
    return std::count_if(run->answers.begin(), run->answers.end(), [](const std::string& answer) {
      return answer.find("INTERNAL") != std::string::npos;
    });
  };
  EXPECT_EQ(failures("sticky gpu=0 at=50ns"), 1);
  EXPECT_GT(failures("sticky gpu=0 at=50ns fence=off"), 90);
}

TEST(StickyError, TheOtherDeviceServesOnWhenOneIsLostForGood) {
  const auto run = run_with_faults(
      {.faults = "sticky gpu=0 at=50ns", .lane_count = 2, .gpu_count = 2}, {0, 0, 10, 20});
  EXPECT_THAT(run->answers, ElementsAre("r0 INTERNAL batch-failed 50", "r1 OK answered 100",
                                        "r2 OK answered 200", "r3 OK answered 300"));
  EXPECT_THAT(run->lanes, ElementsAre("50 lane-down 0 INTERNAL"));
}

TEST(NoLaneLeft, EverybodyIsAnsweredAtOnceAndSoIsWhoStillComes) {
  const auto run = run_with_faults(
      {.faults = "sticky gpu=0 at=50ns; sticky gpu=1 at=80ns", .lane_count = 2, .gpu_count = 2},
      {0, 0, 10, 20, 500});
  EXPECT_THAT(run->answers, ElementsAre("r0 INTERNAL batch-failed 50",
                                        "r1 INTERNAL batch-failed 80", "r2 UNAVAILABLE no-lane 80",
                                        "r3 UNAVAILABLE no-lane 80", "r4 UNAVAILABLE no-lane 500"));
  EXPECT_EQ(run->result.unanswered, 0u);
}

TEST(NoLaneLeft, ALaneThatMayComeBackKeepsThemWaiting) {
  const auto run = run_with_faults({.faults = "sticky gpu=0 at=50ns; lost gpu=1 at=80ns for=20ns",
                                    .lane_count = 2,
                                    .gpu_count = 2},
                                   {0, 0, 10});
  EXPECT_EQ(run->answers.back(), "r2 OK answered 200");
}

TEST(NoLaneLeft, TemporaryLossBecomesOneForGood) {
  const auto run =
      run_with_faults({.faults = "lost gpu=0 at=50ns for=1us; lost gpu=0 at=60ns"}, {0, 10});
  EXPECT_THAT(run->lanes, ElementsAre("50 lane-down 0 UNAVAILABLE", "60 lane-down 0 INTERNAL"));
  EXPECT_EQ(run->answers.back(), "r1 UNAVAILABLE no-lane 60");
}

// --- schedulers that have more to do with a lane than to leave it alone

TEST(LaneDown, ABatchThatFillsThereIsSealedAndFailsWithIt) {
  Result<std::unique_ptr<Scheduler>> streaming =
      make_tf_streaming({.max_batch_size = 4, .batch_timeout_micros = 1, .num_batch_threads = 2});
  const auto run =
      run_with_faults(std::move(*streaming),
                      {.faults = "lost gpu=0 at=50ns for=9us", .lane_count = 2, .gpu_count = 2},
                      VectorArrivals::at({0, 10, 60, 70}));
  EXPECT_THAT(run->answers,
              ElementsAre("r0 UNAVAILABLE device-lost 50", "r1 UNAVAILABLE device-lost 50",
                          "r2 OK answered 1160", "r3 OK answered 1160"));
}

TEST(LaneDown, AStreamingSchedulerWithoutAnUpLaneRefuses) {
  Result<std::unique_ptr<Scheduler>> streaming =
      make_tf_streaming({.max_batch_size = 4, .batch_timeout_micros = 1, .num_batch_threads = 1});
  const auto run = run_with_faults(std::move(*streaming), {.faults = "lost gpu=0 at=50ns for=50ns"},
                                   VectorArrivals::at({0, 99, 100}));
  EXPECT_THAT(run->answers, ElementsAre("r0 UNAVAILABLE device-lost 50",
                                        "r1 UNAVAILABLE lanes-busy 99", "r2 OK answered 1200"));
}

TEST(LaneDown, ALoopOfTheSerialDeviceSchedulerWaitsForALane) {
  Result<std::unique_ptr<Scheduler>> serial =
      make_tf_serial_device({.num_batch_threads = 2,
                             .initial_in_flight_batches_limit = 2,
                             .queue = {.max_batch_size = 1, .max_enqueued_batches = 10}});
  const auto run = run_with_faults(std::move(*serial),
                                   {.faults = "lost gpu=1 at=500us for=5ms",
                                    .gpu = "2ms+0ns/row",
                                    .lane_count = 2,
                                    .gpu_count = 2},
                                   VectorArrivals::at({0, 10, 20, 30}));
  EXPECT_EQ(run->result.unanswered, 0u);
  EXPECT_EQ(run->answers.size(), 4u);
  EXPECT_THAT(run->lanes, ElementsAre("500000 lane-down 1 UNAVAILABLE", "5500000 lane-up 1"));
}

}  // namespace
}  // namespace lockstep

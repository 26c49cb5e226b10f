// Faults that strike batches and lanes' threads: stall, slow, fail, oom, drop, late, duplicate and
// the watchdog. A batch takes 100 ns on its device.
#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schedulers/tf_shared.h"
#include "tests/support/fault_run.h"

namespace lockstep {
namespace {

using support::FaultRunOptions;
using support::run_with_faults;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string first_answer(const std::string& faults, std::int64_t arrival = 0) {
  const auto run = run_with_faults({.faults = faults}, {arrival});
  return run->answers.empty() ? "" : run->answers.front();
}

TEST(Stall, ACompletionWithinItWaitsForItsEnd) {
  EXPECT_EQ(first_answer("stall lane=0 at=101ns for=50ns"), "r0 OK answered 100");
  EXPECT_EQ(first_answer("stall lane=0 at=100ns for=50ns"), "r0 OK answered 150");
  EXPECT_EQ(first_answer("stall lane=0 at=60ns for=41ns"), "r0 OK answered 101");
  EXPECT_EQ(first_answer("stall lane=0 at=60ns for=40ns"), "r0 OK answered 100");
}

TEST(Stall, ABatchThatStartsWithinItGetsToTheDeviceAtItsEnd) {
  EXPECT_EQ(first_answer("stall at=0ns for=50ns", 49), "r0 OK answered 150");
  EXPECT_EQ(first_answer("stall at=0ns for=50ns", 50), "r0 OK answered 150");
  EXPECT_EQ(first_answer("stall at=0ns for=50ns", 0), "r0 OK answered 150");
  const auto run = run_with_faults({.faults = "stall at=10ns for=50ns"}, {20});
  EXPECT_THAT(run->batches, ElementsAre("B0 lane 0 20..60..160"));
  EXPECT_EQ(run->result.faults.delayed_by_stall, 1u);
}

TEST(Stall, StallsThatMeetAreOneLongStall) {
  EXPECT_EQ(first_answer("stall at=150ns for=20ns; stall at=90ns for=60ns"), "r0 OK answered 170");
  EXPECT_EQ(first_answer("stall at=151ns for=20ns; stall at=90ns for=60ns"), "r0 OK answered 150");
}

TEST(Stall, HoldsItsLaneAlone) {
  const auto run = run_with_faults(
      {.faults = "stall lane=1 at=0ns for=1us", .lane_count = 2, .gpu_count = 2}, {0, 0});
  EXPECT_THAT(run->answers, ElementsAre("r0 OK answered 100", "r1 OK answered 1100"));
}

TEST(Slow, BatchesThatStartWithinItComputeLonger) {
  const std::string slow = "slow gpu=0 at=10ns for=10ns factor=2.5";
  EXPECT_EQ(first_answer(slow, 9), "r0 OK answered 109");
  EXPECT_EQ(first_answer(slow, 10), "r0 OK answered 260");
  EXPECT_EQ(first_answer(slow, 19), "r0 OK answered 269");
  EXPECT_EQ(first_answer(slow, 20), "r0 OK answered 120");
}

TEST(Slow, OfTwoTheSlowerHolds) {
  EXPECT_EQ(first_answer("slow at=0ns for=9ns factor=2; slow at=0ns for=1s factor=3"),
            "r0 OK answered 300");
  EXPECT_EQ(first_answer("slow at=0ns for=9ns factor=4; slow at=0ns for=1s factor=3", 9),
            "r0 OK answered 309");
  EXPECT_EQ(first_answer("slow at=0ns for=1s factor=3; slow at=0ns for=9ns factor=4", 9),
            "r0 OK answered 309");
}

TEST(Slow, TheGpuIsBusyThatLongForOtherLanesToo) {
  const auto run =
      run_with_faults({.faults = "slow lane=0 at=0ns for=1ns factor=3", .lane_count = 2}, {0, 0});
  EXPECT_THAT(run->answers, ElementsAre("r0 OK answered 300", "r1 OK answered 400"));
  EXPECT_EQ(run->result.faults.slowed, 1u);
}

TEST(Fail, StrikesTheFirstBatchesFromItsTimeOn) {
  EXPECT_EQ(first_answer("fail at=10ns", 9), "r0 OK answered 109");
  EXPECT_EQ(first_answer("fail at=10ns", 10), "r0 INTERNAL batch-failed 110");
  const auto run = run_with_faults({.faults = "fail at=50ns count=2"}, {0, 100, 200, 300});
  EXPECT_THAT(run->answers, ElementsAre("r0 OK answered 100", "r1 INTERNAL batch-failed 200",
                                        "r2 INTERNAL batch-failed 300", "r3 OK answered 400"));
  EXPECT_EQ(run->result.faults.failed, 2u);
}

TEST(Fail, StrikesTheNumberedBatchOrTheLane) {
  const auto numbered = run_with_faults({.faults = "fail batch=1 status=UNAVAILABLE"}, {0, 0, 0});
  EXPECT_THAT(numbered->answers, ElementsAre("r0 OK answered 100", "r1 UNAVAILABLE device-lost 200",
                                             "r2 OK answered 300"));
  const auto of_lane = run_with_faults(
      {.faults = "fail lane=1 at=0ns", .lane_count = 2, .gpu_count = 2}, {0, 0, 200, 200});
  EXPECT_THAT(of_lane->answers, ElementsAre("r0 OK answered 100", "r1 INTERNAL batch-failed 100",
                                            "r2 OK answered 300", "r3 OK answered 300"));
}

TEST(OutOfMemory, EndsTheBatchAtOnceAndTheDeviceStaysFree) {
  const auto run = run_with_faults({.faults = "oom at=0ns"}, {0, 0});
  EXPECT_THAT(run->answers,
              ElementsAre("r0 RESOURCE_EXHAUSTED out-of-memory 0", "r1 OK answered 100"));
  EXPECT_EQ(run->result.faults.out_of_memory, 1u);
}

TEST(Drop, WithoutAWatchdogTheLaneIsBusyForEver) {
  const auto run = run_with_faults({.faults = "drop at=0ns", .lane_count = 2}, {0, 10, 20});
  EXPECT_THAT(run->answers,
              ElementsAre("r1 OK answered 200", "r2 OK answered 300", "r0 unanswered"));
  EXPECT_EQ(run->result.unanswered, 1u);
  EXPECT_THAT(run->lanes, IsEmpty());
}

TEST(Watchdog, ACompletionAtItsVeryInstantIsInTime) {
  EXPECT_EQ(first_answer("watchdog after=100ns reset=10ns"), "r0 OK answered 100");
  EXPECT_EQ(first_answer("watchdog after=99ns reset=10ns"), "r0 DEADLINE_EXCEEDED watchdog 99");
}

TEST(Watchdog, GivesALostCompletionUpAndTheLaneBackAfterItsReset) {
  const auto run =
      run_with_faults({.faults = "drop at=0ns; watchdog after=150ns reset=30ns"}, {0, 10});
  EXPECT_THAT(run->answers, ElementsAre("r0 DEADLINE_EXCEEDED watchdog 150", "r1 OK answered 280"));
  EXPECT_THAT(run->lanes, ElementsAre("150 lane-down 0 UNAVAILABLE", "180 lane-up 0"));
  EXPECT_EQ(run->result.faults.completions_lost, 1u);
  EXPECT_EQ(run->result.faults.given_up, 1u);
  EXPECT_EQ(run->result.faults.completions_dropped, 0u);
}

TEST(Watchdog, TheLaneComesBackNoSoonerThanTheDeviceIsDoneWithTheOldBatch) {
  const auto run = run_with_faults({.faults = "watchdog after=50ns reset=10ns"}, {0, 10});
  // The first: given up at 50, done on the device at 100; the second runs into the same limit.
  EXPECT_THAT(run->answers,
              ElementsAre("r0 DEADLINE_EXCEEDED watchdog 50", "r1 DEADLINE_EXCEEDED watchdog 150"));
  EXPECT_EQ(run->lanes[1], "100 lane-up 0");
  EXPECT_GE(run->result.faults.completions_dropped, 1u);
}

TEST(Watchdog, CountsFromTheHandOverAndNotFromTheDevicesBegin) {
  const auto run =
      run_with_faults({.faults = "watchdog after=150ns reset=10ns", .lane_count = 2}, {0, 0});
  EXPECT_THAT(run->answers, ElementsAre("r0 OK answered 100", "r1 DEADLINE_EXCEEDED watchdog 150"));
}

TEST(Watchdog, WithoutAResetTheLaneIsLostForGood) {
  const auto run =
      run_with_faults({.faults = "drop at=0ns; watchdog after=150ns", .lane_count = 2}, {0, 1, 2});
  EXPECT_THAT(run->lanes, ElementsAre("150 lane-down 0 INTERNAL", "151 lane-down 1 INTERNAL"));
  EXPECT_THAT(run->answers,
              ElementsAre("r0 DEADLINE_EXCEEDED watchdog 150", "r1 DEADLINE_EXCEEDED watchdog 151",
                          "r2 UNAVAILABLE no-lane 151"));
}

TEST(Late, ACompletionIsToldLaterAndCountsAsWaiting) {
  const auto run = run_with_faults({.faults = "late at=0ns by=20ns"}, {0, 0});
  EXPECT_THAT(run->answers, ElementsAre("r0 OK answered 120", "r1 OK answered 220"));
  EXPECT_THAT(run->batches, ElementsAre("B0 lane 0 0..20..120", "B1 lane 0 120..120..220"));
}

TEST(Late, AfterTheWatchdogItIsDropped) {
  const auto in_time =
      run_with_faults({.faults = "late at=0ns by=20ns; watchdog after=120ns reset=50ns"}, {0});
  EXPECT_THAT(in_time->answers, ElementsAre("r0 OK answered 120"));
  const auto run =
      run_with_faults({.faults = "late at=0ns by=20ns; watchdog after=119ns reset=50ns"}, {0, 1});
  EXPECT_THAT(run->answers, ElementsAre("r0 DEADLINE_EXCEEDED watchdog 119", "r1 OK answered 269"));
  EXPECT_EQ(run->result.faults.completions_dropped, 1u);
}

TEST(Duplicate, TheSecondIsDroppedWhateverRunsThere) {
  const auto run = run_with_faults({.faults = "duplicate at=0ns by=50ns"}, {0, 0});
  EXPECT_THAT(run->answers, ElementsAre("r0 OK answered 100", "r1 OK answered 200"));
  EXPECT_EQ(run->result.faults.completions_duplicated, 1u);
  EXPECT_EQ(run->result.faults.completions_dropped, 1u);
}

TEST(BatchFaults, OneOfEachKindMayStrikeABatch) {
  const auto run = run_with_faults(
      {.faults = "fail at=0ns; fail at=0ns; late at=0ns by=5ns; slow at=0ns for=1ns factor=2"},
      {0, 1, 2});
  EXPECT_THAT(run->answers, ElementsAre("r0 INTERNAL batch-failed 205",
                                        "r1 INTERNAL batch-failed 305", "r2 OK answered 405"));
}

TEST(BatchFaults, ABatchThatExpiredOnItsLaneUsesNoFaultUp) {
  Result<std::unique_ptr<Scheduler>> session = make_tf_shared({.max_batch_size = 1,
                                                               .batch_timeout_micros = 0,
                                                               .max_enqueued_batches = 9,
                                                               .num_batch_threads = 1,
                                                               .batching_session = true});
  const auto run = run_with_faults(
      std::move(*session), {.faults = "fail at=100ns"},
      {Arrival{.time = at_ns(0)}, Arrival{.time = at_ns(1), .timeout = SimDuration{10}},
       Arrival{.time = at_ns(2)}});
  EXPECT_THAT(run->answers, ElementsAre("r0 OK answered 100", "r1 RESOURCE_EXHAUSTED expired 100",
                                        "r2 INTERNAL batch-failed 200"));
}

}  // namespace
}  // namespace lockstep

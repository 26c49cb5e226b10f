// The driver's watchdog: at which nanosecond it strikes, what becomes of the lane, who is answered
// what; and that it feeds the core what a simulated watchdog does.
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schedulers/registry.h"
#include "core/schedulers/tf_shared.h"
#include "gpu_backend/driver.h"
#include "properties/live_scenarios.h"
#include "properties/live_world.h"
#include "sim/device_text.h"
#include "sim/simulation.h"
#include "tests/support/dull_run.h"
#include "tests/support/vector_arrivals.h"

namespace lockstep {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr SimDuration kLong{10'000};  // what a batch takes here

// Each request a batch of its own, 10 us on the device.
LiveScenario one_by_one(std::uint32_t lanes, Watchdog watchdog, std::vector<Arrival> arrivals) {
  return {.scheduler =
              [lanes] {
                return std::move(*make_tf_shared({.max_batch_size = 1,
                                                  .batch_timeout_micros = 0,
                                                  .max_enqueued_batches = 100,
                                                  .num_batch_threads = lanes}));
              },
          .lanes = lanes,
          .gpus = lanes,
          .gpu = "10us+0ns/row",
          .arrivals = std::move(arrivals),
          .watchdog = watchdog};
}

TEST(DriverWatchdog, StrikesOneNanosecondBeforeTheCompletionAndNotAtIt) {
  const auto at = run_dull(one_by_one(1, {.after = kLong}, VectorArrivals::at({0})));
  EXPECT_THAT(at->statuses, ElementsAre(Status::kOk));
  EXPECT_EQ(at->driver.given_up, 0u);
  const auto before =
      run_dull(one_by_one(1, {.after = kLong - SimDuration{1}}, VectorArrivals::at({0})));
  EXPECT_THAT(before->statuses, ElementsAre(Status::kDeadlineExceeded));
  EXPECT_THAT(before->reasons, ElementsAre(Reason::kWatchdog));
  EXPECT_EQ(before->answered[0], at_ns(9'999));
  EXPECT_EQ(before->driver.given_up, 1u);
}

// The device is asked before it strikes: who has his turn first does not matter.
TEST(DriverWatchdog, TakesACompletionOfItsVeryInstantUnderAnySchedule) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    RandomWalk walk(seed);
    PriorityWalk priorities(seed, 3, 60);
    Choices& strategy = seed % 2 == 0 ? static_cast<Choices&>(walk) : priorities;
    const LiveScenario scenario = one_by_one(2, {.after = kLong}, VectorArrivals::at({0, 5, 5}));
    const auto run = run_live(scenario, strategy, {.wakes_without_reason = true});
    ASSERT_THAT(run->statuses, Each(Status::kOk)) << seed;
    ASSERT_EQ(live_failure(scenario, *run), "") << seed;
  }
}

TEST(DriverWatchdog, IsOffForABatchThatIsDone) {
  // The second batch of the lane runs when the first one's time would be over.
  const auto run =
      run_dull(one_by_one(1, {.after = kLong + SimDuration{1}}, VectorArrivals::at({0, 1, 2})));
  EXPECT_THAT(run->statuses, Each(Status::kOk));
  EXPECT_EQ(run->driver.given_up, 0u);
}

TEST(DriverWatchdog, FencesTheLaneUntilTheDeviceIsDone) {
  // The first is slow: 20 us. Given up at 12 us; the second waits for the lane.
  for (const std::int64_t reset : {0, 7'999, 8'000, 8'001}) {
    LiveScenario scenario = one_by_one(
        1, {.after = SimDuration{12'000}, .reset = SimDuration{reset}}, VectorArrivals::at({0, 1}));
    scenario.slow_launch = SlowLaunch{.launch = 0, .factor = 2};
    const auto run = run_dull(scenario);
    EXPECT_THAT(run->statuses, ElementsAre(Status::kDeadlineExceeded, Status::kOk));
    EXPECT_EQ(run->answered[0], at_ns(12'000));
    EXPECT_EQ(run->answered[1], at_ns(reset == 8'001 ? 30'001 : 30'000));
    EXPECT_THAT(run->answers, Each(1));
    EXPECT_EQ(run->driver.late, 1u);
  }
}

TEST(DriverWatchdog, GoesOnWithTheOtherLanes) {
  LiveScenario scenario =
      one_by_one(2, {.after = SimDuration{12'000}}, VectorArrivals::at({0, 1, 2, 3}));
  scenario.lost_launch = 0;
  const auto run = run_dull(scenario);
  EXPECT_THAT(run->statuses,
              ElementsAre(Status::kDeadlineExceeded, Status::kOk, Status::kOk, Status::kOk));
  EXPECT_EQ(run->answered[3], at_ns(30'001));  // all three on the other lane
  EXPECT_EQ(run->driver.late, 0u);
}

TEST(DriverWatchdog, AnswersEverybodyWhenItsLastLaneIsLost) {
  LiveScenario scenario =
      one_by_one(1, {.after = SimDuration{12'000}}, VectorArrivals::at({0, 1, 2, 20'000}));
  scenario.lost_launch = 0;
  const auto run = run_dull(scenario);
  EXPECT_THAT(run->statuses, ElementsAre(Status::kDeadlineExceeded, Status::kUnavailable,
                                         Status::kUnavailable, Status::kUnavailable));
  EXPECT_THAT(run->reasons,
              ElementsAre(Reason::kWatchdog, Reason::kNoLane, Reason::kNoLane, Reason::kNoLane));
  EXPECT_THAT(run->answered,
              ElementsAre(at_ns(12'000), at_ns(12'000), at_ns(12'000), at_ns(20'000)));
}

TEST(DriverWatchdog, DoesNotWaitForEverForALaneThatMightComeBack) {
  // Twice the watchdog's time after the hand-over nobody waits any more: 24 us. A batch that is
  // done at 20 us gives its lane back before, one at 30 us does not.
  for (const std::uint64_t factor : {2u, 3u}) {
    LiveScenario scenario = one_by_one(1, {.after = SimDuration{12'000}, .reset = SimDuration{0}},
                                       VectorArrivals::at({0, 1}));
    scenario.slow_launch = SlowLaunch{.launch = 0, .factor = factor};
    const auto run = run_dull(scenario);
    EXPECT_EQ(run->statuses[1], factor == 2 ? Status::kOk : Status::kUnavailable);
    EXPECT_EQ(run->answered[1], at_ns(factor == 2 ? 30'000 : 24'000));
  }
}

// --- the same inputs as of a simulated watchdog --------------------------------------------------

TEST(DriverWatchdogAndEventLoop, DecideTheSameForEveryScheduler) {
  std::uint64_t given_up = 0;
  std::uint64_t late = 0;
  for (const SchedulerInfo& info : all_schedulers()) {
    for (std::uint64_t seed = 0; seed < 120; ++seed) {
      // At most 12 rows: 5.6 us to 12.2 us, less than twice the watchdog's time.
      LiveScenario scenario = drawn_live_scenario(info, seed, LiveDraw::kPlain);
      scenario.gpu = "5us+600ns/row";
      scenario.gpus = scenario.lanes;
      scenario.watchdog = Watchdog{.after = SimDuration{seed % 2 == 0 ? 8000 : 7700}};
      if (seed % 3 > 0) {
        scenario.watchdog->reset = SimDuration{seed % 3 == 1 ? 1 : 9000};
      }
      DullChoices dull;
      const auto run = run_live(scenario, dull);
      const std::string where = std::string(info.name) + " seed " + std::to_string(seed);
      ASSERT_EQ(live_failure(scenario, *run), "") << where;
      given_up += run->driver.given_up;
      late += run->driver.late;

      const FaultPlan plan{.watchdog = scenario.watchdog};
      VectorArrivals source(scenario.arrivals);
      Server server = fresh_core(scenario);
      const auto result = simulate(
          {.device = *parse_device(scenario.gpu), .gpu_count = scenario.gpus, .faults = &plan},
          source, server);
      ASSERT_TRUE(result) << where;
      ASSERT_EQ(run->digest, server.digest()) << where;
      ASSERT_EQ(run->driver.given_up, result->faults.given_up) << where;
    }
  }
  EXPECT_GT(given_up, 500u);
  EXPECT_GT(late, 300u);
}

}  // namespace
}  // namespace lockstep

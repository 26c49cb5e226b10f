// The live driver on virtual time decides as the event loop does; under any schedule every request
// is answered once, with its own rows, and its inputs re-execute to the same digest.
#include "gpu_backend/driver.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schedulers/naive_full_batch.h"
#include "core/schedulers/registry.h"
#include "core/schedulers/tf_shared.h"
#include "properties/live_scenarios.h"
#include "properties/live_world.h"
#include "sim/device_text.h"
#include "sim/simulation.h"
#include "tests/support/vector_arrivals.h"

namespace lockstep {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

std::function<std::unique_ptr<Scheduler>()> shared(const TfSharedOptions& options) {
  return [options] { return std::move(*make_tf_shared(options)); };
}

// The same arrivals through the event loop.
std::uint64_t event_loop_digest(const LiveScenario& scenario) {
  VectorArrivals source(scenario.arrivals);
  Server server = fresh_core(scenario);
  const Result<SimulationResult> result =
      simulate({.device = *parse_device(scenario.gpu), .gpu_count = scenario.gpus}, source, server);
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return server.digest();
}

TEST(LiveDriver, ExecutesABatchAndAnswersItsRequestsWithTheirOwnRows) {
  DullChoices dull;
  LiveScenario scenario{
      .scheduler = shared({.max_batch_size = 4, .batch_timeout_micros = 1, .num_batch_threads = 1}),
      .gpu = "10us+0ns/row",
      .arrivals = VectorArrivals::at({0, 100, 200})};
  scenario.arrivals[1].size = 2;
  const auto run = run_live(scenario, dull);
  EXPECT_EQ(run->end, RunEnd::kAllEnded);
  EXPECT_THAT(run->answers, Each(1));
  EXPECT_EQ(run->wrong_rows, 0u);
  EXPECT_EQ(run->driver.launched, 1u);
  EXPECT_EQ(run->driver.rows, 4u);
  // Full at 200 ns, 10 us on the device.
  EXPECT_THAT(run->answered, ElementsAre(at_ns(10'200), at_ns(10'200), at_ns(10'200)));
}

TEST(LiveDriver, LeavesPartialBatchesToTheirTimeoutAtTheNanosecond) {
  for (const std::int64_t second : {999, 1000}) {
    DullChoices dull;
    const LiveScenario scenario{
        .scheduler =
            shared({.max_batch_size = 4, .batch_timeout_micros = 1, .num_batch_threads = 2}),
        .lanes = 2,
        .gpu = "10us+0ns/row",
        .arrivals = VectorArrivals::at({0, second})};
    const auto run = run_live(scenario, dull);
    // Joined one nanosecond before the time-out; exactly at it the batch has left.
    EXPECT_EQ(run->driver.launched, second == 999 ? 1u : 2u);
    EXPECT_EQ(run->digest, event_loop_digest(scenario));
  }
}

TEST(LiveDriver, FlushesWhatWaitsWhenItCloses) {
  for (const bool flushes : {true, false}) {
    DullChoices dull;
    const LiveScenario scenario{
        .scheduler = shared(
            {.max_batch_size = 4, .batch_timeout_micros = 1'000'000, .num_batch_threads = 1}),
        .gpu = "10us+0ns/row",
        .arrivals = VectorArrivals::at({0, 5}),
        .flushes = flushes};
    const auto run = run_live(scenario, dull);
    EXPECT_THAT(run->answers, ElementsAre(1, 1));
    EXPECT_EQ(run->answered[1], flushes ? at_ns(10'005) : at_ns(1'000'010'000));
  }
}

TEST(LiveDriver, EndsAndSaysSoWhenItsSchedulerForgetsRequests) {
  DullChoices dull;
  const LiveScenario scenario{
      .scheduler = [] { return std::move(*make_naive_full_batch({.batch_size = 4})); },
      .gpu = "10us+0ns/row",
      .arrivals = VectorArrivals::at({0, 1, 2, 3, 4, 5})};
  const auto run = run_live(scenario, dull);
  EXPECT_EQ(run->end, RunEnd::kAllEnded);
  EXPECT_EQ(run->abandoned, 2u);
  EXPECT_THAT(run->statuses, ElementsAre(Status::kOk, Status::kOk, Status::kOk, Status::kOk,
                                         Status::kUnavailable, Status::kUnavailable));
}

TEST(LiveDriver, AnswersARefusedRequestAtOnce) {
  DullChoices dull;
  LiveScenario scenario{.scheduler = shared({.max_batch_size = 4, .num_batch_threads = 1}),
                        .gpu = "10us+0ns/row",
                        .arrivals = VectorArrivals::at({7})};
  scenario.arrivals[0].size = 5;
  const auto run = run_live(scenario, dull);
  EXPECT_THAT(run->statuses, ElementsAre(Status::kInvalidArgument));
  EXPECT_EQ(run->answered[0], at_ns(7));
}

// --- the same decisions as the event loop -------------------------------------------------------

// 10,000 scenarios, shared out among all registered schedulers.
TEST(LiveDriverAndEventLoop, DecideTheSameForEverySchedulerInTenThousandScenarios) {
  constexpr std::uint64_t kScenarios = 10'000;
  const std::span<const SchedulerInfo> schedulers = all_schedulers();
  std::map<std::string_view, std::uint64_t> compared;
  std::set<std::uint64_t> digests;
  std::uint64_t answered = 0;
  for (std::uint64_t number = 0; number < kScenarios; ++number) {
    const SchedulerInfo& info = schedulers[number % schedulers.size()];
    const std::uint64_t seed = number / schedulers.size();
    const LiveScenario scenario = drawn_live_scenario(info, seed, LiveDraw::kPlain);
    DullChoices dull;
    const auto run = run_live(scenario, dull);
    ASSERT_EQ(run->digest, event_loop_digest(scenario)) << info.name << " seed " << seed;
    ASSERT_EQ(live_failure(scenario, *run), "") << info.name << " seed " << seed;
    ++compared[info.name];
    digests.insert(run->digest);
    answered += run->totals.answered;
  }
  std::uint64_t all = 0;
  for (const SchedulerInfo& info : schedulers) {
    EXPECT_GE(compared[info.name], kScenarios / schedulers.size()) << info.name;
    all += compared[info.name];
  }
  EXPECT_EQ(all, kScenarios);
  EXPECT_EQ(compared.size(), schedulers.size());
  // They are not the same few over and over, and requests are really executed.
  EXPECT_GT(digests.size(), kScenarios * 9 / 10);
  EXPECT_GT(answered, 10 * kScenarios);
  RecordProperty("compared", static_cast<int>(all));
  std::printf("compared %llu scenarios, %zu different ones, of %zu schedulers\n",
              static_cast<unsigned long long>(all), digests.size(), compared.size());
}

// --- any schedule -------------------------------------------------------------------------------

TEST(LiveDriverUnderAnySchedule, AnswersEachRequestOnceWithItsOwnRows) {
  std::uint64_t cancels = 0;  // that reached the core before the answer
  std::uint64_t failed = 0;
  for (const SchedulerInfo& info : all_schedulers()) {
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
      const LiveScenario scenario = drawn_live_scenario(info, seed, LiveDraw::kHostile);
      RandomWalk walk(seed);
      PriorityWalk priorities(seed, 3, 200);
      Choices& strategy = seed % 2 == 0 ? static_cast<Choices&>(walk) : priorities;
      RecordingChoices recorded(strategy);
      const auto run = run_live(scenario, recorded, {.wakes_without_reason = true});
      const std::string where = std::string(info.name) + " seed " + std::to_string(seed);
      ASSERT_EQ(live_failure(scenario, *run), "") << where;
      failed += run->driver.batches_failed;
      for (std::size_t i = 0; i < run->inputs.size(); ++i) {
        cancels += run->inputs[i].kind == InputKind::kCancel ? 1U : 0U;
      }
      // The same choices, the same run.
      std::vector<std::uint32_t> chosen;
      for (const RecordedChoice& choice : recorded.choices()) {
        chosen.push_back(choice.chosen);
      }
      ReplayedChoices again(chosen);
      ASSERT_EQ(run_live(scenario, again, {.wakes_without_reason = true})->digest, run->digest)
          << where;
    }
  }
  EXPECT_GT(failed, 100u);
  EXPECT_GT(cancels, 100u);
}

}  // namespace
}  // namespace lockstep

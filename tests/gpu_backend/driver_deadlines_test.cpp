// Clients of the driver that give up: at which nanosecond, what the core hears, and that the
// clients of a simulation do the same.
#include <algorithm>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schedulers/naive_full_batch.h"
#include "core/schedulers/registry.h"
#include "core/schedulers/tf_shared.h"
#include "gpu_backend/driver.h"
#include "gpu_backend/request_deadlines.h"
#include "properties/live_scenarios.h"
#include "properties/live_world.h"
#include "sim/clients.h"
#include "sim/device_text.h"
#include "sim/simulation.h"
#include "tests/support/dull_run.h"
#include "tests/support/vector_arrivals.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;

LiveScenario of_shared(const TfSharedOptions& options, std::vector<Arrival> arrivals) {
  return {.scheduler = [options] { return std::move(*make_tf_shared(options)); },
          .gpu = "10us+0ns/row",
          .arrivals = std::move(arrivals)};
}

TEST(DriverDeadlines, AnAnswerAtExactlyTheDeadlineIsInTime) {
  for (const std::int64_t timeout : {10'000, 9'999}) {
    LiveScenario scenario =
        of_shared({.max_batch_size = 1, .num_batch_threads = 1}, VectorArrivals::at({0}));
    scenario.arrivals[0].timeout = SimDuration{timeout};
    const auto run = run_dull(scenario);
    const bool in_time = timeout == 10'000;
    EXPECT_THAT(run->statuses, ElementsAre(in_time ? Status::kOk : Status::kDeadlineExceeded));
    EXPECT_THAT(run->reasons, ElementsAre(in_time ? Reason::kAnswered : Reason::kNone));
    EXPECT_EQ(run->answered[0], at_ns(timeout));
    EXPECT_EQ(run->driver.gave_up, in_time ? 0u : 1u);
    EXPECT_EQ(run->totals.answered, 1u);  // the device had it: the core answers nobody
  }
}

TEST(DriverDeadlines, CountFromTheIntendedArrival) {
  LiveScenario scenario =
      of_shared({.max_batch_size = 4, .batch_timeout_micros = 1'000'000, .num_batch_threads = 1},
                VectorArrivals::at({300}));
  scenario.arrivals[0].timeout = SimDuration{700};
  EXPECT_EQ(run_dull(scenario)->answered[0], at_ns(1000));
}

TEST(DriverDeadlines, AreKeptWhereTheSchedulerForgets) {
  LiveScenario scenario{
      .scheduler = [] { return std::move(*make_naive_full_batch({.batch_size = 4})); },
      .gpu = "10us+0ns/row",
      .arrivals = VectorArrivals::at({0, 1})};
  scenario.arrivals[1].timeout = SimDuration{5000};
  const auto run = run_dull(scenario);
  EXPECT_THAT(run->statuses, ElementsAre(Status::kUnavailable, Status::kDeadlineExceeded));
  EXPECT_EQ(run->answered[1], at_ns(5001));
  EXPECT_EQ(run->abandoned, 1u);
}

TEST(DriverDeadlines, OfAnsweredRequestsAreForgotten) {
  class Nobody final : public LiveRequest {
    void done(const LiveAnswer& /*answer*/) override {}
  } request;
  LiveTable live;
  RequestDeadlines deadlines;
  for (std::uint64_t id = 0; id < 10'000; ++id) {
    live.add(RequestId{id}, request, id);
    deadlines.add(at_ns(1'000'000), RequestId{id}, live);
    if (id % 100 > 0) {
      live.take(RequestId{id});
    }
  }
  EXPECT_LE(deadlines.size(), 200u);
  EXPECT_EQ(deadlines.next(live), at_ns(1'000'000));
  EXPECT_EQ(deadlines.take(), RequestId{0});
}

// --- the same as the clients of a simulation -----------------------------------------------------

// One client for each arrival. Those that act at one instant take turns in the order in which that
// was decided: these decide to send one nanosecond before, after those who wait for a deadline
// then.
std::uint64_t digest_with_clients(const LiveScenario& scenario) {
  Clients clients(1, nullptr);
  for (const Arrival& arrival : scenario.arrivals) {
    clients.add(
        [&arrival](Client& client) {
          client.think(arrival.time - client.now());
          static_cast<void>(client.call({.size = arrival.size,
                                         .queue = arrival.queue,
                                         .priority = arrival.priority,
                                         .timeout = arrival.timeout}));
        },
        std::max(SimTime{}, arrival.time - SimDuration{1}));
  }
  Server server(scenario.scheduler(), {.lane_count = scenario.lanes, .settings_digest = 42},
                &clients);
  const Result<SimulationResult> result = simulate(
      {.device = *parse_device(scenario.gpu), .gpu_count = scenario.gpus}, clients, server);
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return server.digest();
}

TEST(DriverDeadlinesAndClients, DecideTheSameForEveryScheduler) {
  std::uint64_t gave_up = 0;
  for (const SchedulerInfo& info : all_schedulers()) {
    for (std::uint64_t seed = 0; seed < 120; ++seed) {
      LiveScenario scenario = drawn_live_scenario(info, seed, LiveDraw::kPlain);
      for (std::size_t i = 0; i < scenario.arrivals.size(); ++i) {
        const std::vector<std::int64_t> timeouts = {0, 2, 1000, 4999, 5000, 20'000};
        scenario.arrivals[i].client = ClientId{i};
        scenario.arrivals[i].timeout = SimDuration{timeouts[(i * 7 + seed) % timeouts.size()]};
      }
      DullChoices dull;
      const auto run = run_live(scenario, dull);
      const std::string where = std::string(info.name) + " seed " + std::to_string(seed);
      ASSERT_EQ(live_failure(scenario, *run), "") << where;
      ASSERT_EQ(run->digest, digest_with_clients(scenario)) << where;
      gave_up += run->driver.gave_up;
    }
  }
  EXPECT_GT(gave_up, 1000u);
}

}  // namespace
}  // namespace lockstep

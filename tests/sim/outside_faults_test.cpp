// Faults from outside of the device: storms of cancels, bursts, late timers; and where a run ends.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schedulers/tf_shared.h"
#include "sim/client_traffic.h"
#include "sim/device_text.h"
#include "sim/fault_timers.h"
#include "tests/support/fault_run.h"
#include "tests/support/puppet_scheduler.h"
#include "tests/support/vector_arrivals.h"

namespace lockstep {
namespace {

using support::run_with_faults;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Keeps everybody, and honours each cancel.
std::unique_ptr<Scheduler> keeper() {
  return std::make_unique<PuppetScheduler>([](const Input& input, Decisions& out) {
    if (input.kind == InputKind::kCancel) {
      out.finish(input.request, Status::kCancelled, Reason::kCancelled);
    }
  });
}

TEST(CancelStorm, CancelsAnEvenShareOfThoseWhoAreAliveThen) {
  const auto run = run_with_faults(keeper(), {.faults = "cancel at=10ns share=50%"},
                                   VectorArrivals::at({0, 1, 2, 9, 10}));
  // The last one comes at that instant: after the storm.
  EXPECT_THAT(run->answers, ElementsAre("r1 CANCELLED cancelled 10", "r3 CANCELLED cancelled 10",
                                        "r0 unanswered", "r2 unanswered", "r4 unanswered"));
  EXPECT_EQ(run->result.faults.cancels, 2u);
}

TEST(CancelStorm, SharesAreExact) {
  const auto cancelled = [](const std::string& share, std::size_t live) {
    return run_with_faults(keeper(), {.faults = "cancel at=10ns share=" + share},
                           VectorArrivals::at(std::vector<std::int64_t>(live, 0)))
        ->result.faults.cancels;
  };
  EXPECT_EQ(cancelled("100%", 7), 7u);
  EXPECT_EQ(cancelled("34%", 2), 0u);
  EXPECT_EQ(cancelled("34%", 3), 1u);
  EXPECT_EQ(cancelled("0.1%", 999), 0u);
  EXPECT_EQ(cancelled("0.1%", 1000), 1u);
}

TEST(CancelStorm, MeetsOneQueueWhenItNamesIt) {
  const auto run =
      run_with_faults(keeper(), {.faults = "cancel at=10ns queue=queue"},
                      {Arrival{.time = at_ns(0)}, Arrival{.time = at_ns(0), .queue = QueueId{1}}});
  EXPECT_THAT(run->answers, ElementsAre("r0 CANCELLED cancelled 10", "r1 unanswered"));
}

TEST(CancelStorm, IsNoAnswerWhereTheSchedulerSaysTooLate) {
  const auto run = run_with_faults({.faults = "cancel at=10ns"}, {0, 0});
  EXPECT_THAT(run->answers, ElementsAre("r0 OK answered 100", "r1 OK answered 200"));
  EXPECT_EQ(run->result.faults.cancels, 2u);
}

TEST(Burst, ComesBeforeTheTrafficOfItsInstantAndIsRefusedBeyondTheLimit) {
  const auto run =
      run_with_faults(std::move(*make_tf_shared({.max_batch_size = 1,
                                                 .batch_timeout_micros = 0,
                                                 .max_enqueued_batches = 2,
                                                 .num_batch_threads = 1})),
                      {.faults = "burst at=10ns requests=4"}, VectorArrivals::at({0, 10}));
  // One runs, one is full and waits, one opens; the fourth and the trace's own find no room.
  EXPECT_THAT(run->answers,
              ElementsAre("r3 UNAVAILABLE queue-full 10", "r4 UNAVAILABLE queue-full 10",
                          "r5 UNAVAILABLE queue-full 10", "r0 OK answered 100",
                          "r1 OK answered 200", "r2 OK answered 300"));
  EXPECT_EQ(run->result.faults.burst_arrivals, 4u);
}

TEST(Burst, OfAQueueThatTheTrafficDoesNotNameEndsTheRun) {
  const FaultPlan plan = *parse_fault_plan("p", "burst at=10ns requests=1 queue=bert");
  Server server(keeper(), {}, nullptr);
  VectorArrivals source(VectorArrivals::at({0, 20}));
  const Result<SimulationResult> result = simulate({.device = *parse_device("1ms+0ns/row"),
                                                    .queue_names = &source.queue_names(),
                                                    .faults = &plan},
                                                   source, server);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message,
            "p:1:1: found queue=bert, expected a queue of the traffic up to then: queue");
}

TEST(FaultyRun, EndsWithItsTraffic) {
  const auto run = run_with_faults(
      {.faults = "lost gpu=0 at=1s for=1s; burst at=101ns requests=9; cancel at=2s"}, {0});
  EXPECT_THAT(run->answers, ElementsAre("r0 OK answered 100"));
  EXPECT_EQ(ns_of(run->result.end), 100);
  const auto longer = run_with_faults({.faults = "burst at=100ns requests=2"}, {0});
  EXPECT_EQ(longer->answers.size(), 1u);
  const auto during = run_with_faults({.faults = "burst at=99ns requests=2"}, {0});
  EXPECT_EQ(during->answers.size(), 3u);
}

// Sends one request at 10 ns.
class OneCaller final : public Outside {
 public:
  [[nodiscard]] SimTime next() const override { return sent_ ? kForever : at_ns(10); }
  [[nodiscard]] Result<void> act(Server& server) override {
    sent_ = true;
    server.arrive(Arrival{.time = at_ns(10)});
    return {};
  }

 private:
  bool sent_ = false;
};

TEST(CancelStorm, ComesBeforeWhoeverElseActsAtThatInstant) {
  const auto cancels = [](const std::string& faults) {
    const FaultPlan plan = *parse_fault_plan("p", faults);
    OneCaller caller;
    Server server(keeper(), {}, nullptr);
    const Result<SimulationResult> result =
        simulate({.device = *parse_device("1ms+0ns/row"), .faults = &plan}, caller, server);
    return result->faults.cancels;
  };
  EXPECT_EQ(cancels("cancel at=10ns"), 0u);
  EXPECT_EQ(cancels("cancel at=11ns"), 1u);
}

TEST(FaultyRun, ClientsAndFaultsGoTogether) {
  const FaultPlan plan =
      *parse_fault_plan("p", "lost gpu=0 at=2ms for=3ms; cancel at=8ms; burst at=9ms requests=5");
  const auto digest = [&] {
    Clients clients(1, nullptr);
    ClientCounts counts;
    add_client_traffic(clients, *parse_client_traffic("clients:4,think=100us,retry=1ms,retries=9"),
                       QueueId{0}, 100, counts);
    Server server(std::move(*make_tf_shared({.max_batch_size = 2,
                                             .batch_timeout_micros = 100,
                                             .max_enqueued_batches = 50,
                                             .num_batch_threads = 2})),
                  {.lane_count = 2}, &clients);
    const Result<SimulationResult> result =
        simulate({.device = *parse_device("1ms+0ns/row"), .faults = &plan}, clients, server);
    EXPECT_TRUE(result);
    EXPECT_EQ(result->unanswered, 0u);
    EXPECT_EQ(result->faults.burst_arrivals, 5u);
    return server.digest();
  };
  EXPECT_EQ(digest(), digest());
}

// --- timers

SimTime fires(const TimerFaults& faults, std::int64_t wake) {
  return FaultTimers(faults, 1).fires_at(at_ns(wake));
}

TEST(LateTimers, WaitForTheLatencyAndThenForTheGrid) {
  EXPECT_EQ(fires({.latency = SimDuration{7}}, 100), at_ns(107));
  EXPECT_EQ(fires({.grid = SimDuration{50}}, 100), at_ns(100));
  EXPECT_EQ(fires({.grid = SimDuration{50}}, 101), at_ns(150));
  EXPECT_EQ(fires({.latency = SimDuration{50}, .grid = SimDuration{50}}, 100), at_ns(150));
  EXPECT_EQ(fires({.latency = SimDuration{51}, .grid = SimDuration{50}}, 100), at_ns(200));
  EXPECT_EQ(fires({.latency = SimDuration{51}}, ns_of(kForever)), kForever);
}

TEST(LateTimers, JitterIsDrawnOncePerWakeUpAndStaysInItsRange) {
  FaultTimers timers({.jitter = SimDuration{3}}, 9);
  std::vector<int> seen(4);
  for (int wake = 0; wake < 400; ++wake) {
    const SimTime fired = timers.fires_at(at_ns(wake * 10));
    EXPECT_EQ(timers.fires_at(at_ns(wake * 10)), fired);
    ++seen.at(static_cast<std::size_t>(ns_of(fired) - wake * 10));
  }
  for (const int count : seen) {
    EXPECT_GT(count, 50);
  }
  EXPECT_EQ(timers.late_count(), static_cast<std::uint64_t>(400 - seen[0]));
}

TEST(LateTimers, AnUnderFullBatchWaitsLonger) {
  const auto answer = [](const std::string& faults, const std::vector<std::int64_t>& arrivals) {
    return run_with_faults(std::move(*make_tf_shared({.max_batch_size = 4,
                                                      .batch_timeout_micros = 1,
                                                      .max_enqueued_batches = 2,
                                                      .num_batch_threads = 1})),
                           {.faults = faults}, VectorArrivals::at(arrivals))
        ->answers;
  };
  EXPECT_THAT(answer("timer latency=500ns", {0}), ElementsAre("r0 OK answered 1600"));
  // Whoever comes before it fires finds the batch due, and starts it.
  EXPECT_THAT(answer("timer latency=500ns", {0, 1499}),
              ElementsAre("r0 OK answered 1599", "r1 OK answered 1599"));
  EXPECT_THAT(answer("timer latency=500ns", {0, 1500})[0], HasSubstr("r0 OK answered 1600"));
}

TEST(LateTimers, PollingThreadsLookAtTheTicksThatALateTimerMissed) {
  const auto run = run_with_faults(std::move(*make_tf_shared({.max_batch_size = 4,
                                                              .batch_timeout_micros = 1000,
                                                              .max_enqueued_batches = 2,
                                                              .num_batch_threads = 2,
                                                              .idle_poll_micros = 1000})),
                                   {.faults = "timer latency=1500us", .lane_count = 2},
                                   VectorArrivals::at({0, 10, 20}));
  EXPECT_EQ(run->result.unanswered, 0u);
  EXPECT_EQ(run->answers.size(), 3u);
}

}  // namespace
}  // namespace lockstep

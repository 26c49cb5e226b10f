// The streaming scheduler: batches that are on a thread while they fill (TF 2.14; T01 to T05 are
// the scenarios of TF 4.7). Its timer's sleeping thread has a file of its own.
#include "core/schedulers/tf_streaming.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.h"
#include "tests/support/scenario.h"

namespace lockstep {
namespace {

using support::retrying;
using support::Scenario;
using support::tf_streaming;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

// With an ideal timer.
TfStreamingOptions options(std::int64_t rows, std::int64_t timeout, std::int64_t threads) {
  return {.max_batch_size = rows,
          .batch_timeout_micros = timeout,
          .num_batch_threads = threads,
          .no_tasks_wait_time_micros = 0};
}

std::string refusal(const TfStreamingOptions& options) {
  const Result<std::unique_ptr<Scheduler>> made = make_tf_streaming(options);
  return made ? "" : made.error().message;
}

TEST(TfStreaming, ABatchGathersUntilItIsClosed) {  // T01
  Scenario s(tf_streaming(options(10, 100'000, 1)));
  s.at(0us).arrive("a", {.rows = 3}).at(1us).arrive("b", {.rows = 5}).at(9us).close_queue(0).run();
  EXPECT_THAT(s.lane_use(), ElementsAre("lane0 @0ns..@9us q0[a,b] flush"));
  EXPECT_THAT(s.answers(), ElementsAre("@9us a OK answered", "@9us b OK answered"));
}

TEST(TfStreaming, ClosesWhatIsFullOrDoesNotFitAndAlwaysHasAnOpenBatch) {  // T02
  Scenario s(tf_streaming(options(10, 100'000, 2)));
  s.at(0us).arrive("a", {.rows = 3}).at(1us).arrive("b", {.rows = 5});
  s.at(2us).arrive("c", {.rows = 3}).at(3us).arrive("d").at(4us).arrive("e", {.rows = 6});
  s.at(9us).close_queue(0).run();
  EXPECT_THAT(s.lane_use(),
              ElementsAre("lane0 @0ns..@2us q0[a,b] overflow", "lane1 @2us..@4us q0[c,d,e] full",
                          "lane0 @4us..@9us q0[] flush"));
}

TEST(TfStreaming, ClosingExecutesTheFinalUnderfullBatch) {  // T04
  Scenario s(tf_streaming(options(10, 100'000, 1)));
  s.every_batch_takes(7us).at(0us).arrive("a", {.rows = 3}).at(2us).close_queue(0).run();
  EXPECT_THAT(s.answers(), ElementsAre("@9us a OK answered"));
  EXPECT_THAT(s.drained(), ElementsAre("@9us q0"));
}

TEST(TfStreaming, ABatchIsHandedToItsThreadWhenItIsOpened) {  // T05
  Scenario s(tf_streaming(options(100, 0, 1)));
  s.keep_journal().at(3us).arrive("a").run();
  EXPECT_THAT(s.lane_use(), ElementsAre("lane0 @3us.. q0[a]"));
  EXPECT_EQ(s.journal_lines().at(1),
            "start batch 0 of queue 0 on lane 0: no requests, opened 3us, due 3us, none, unsealed");
  EXPECT_EQ(s.journal_lines().at(2), "add to batch 0: requests 0:1");
}

TEST(TfStreaming, NothingHappensBeforeTheFirstRequest) {
  Scenario s(tf_streaming(options(10, 5, 1)));
  s.at(3us).close_queue(0).run();
  EXPECT_THAT(s.lane_use(), IsEmpty());
}

// --- size

TEST(TfStreaming, RefusesOneRowMoreThanABatchHas) {
  Scenario s(tf_streaming(options(4, 5, 1)));
  s.at(0us).arrive("larger", {.rows = 5}).at(1us).arrive("largest", {.rows = 4}).run();
  EXPECT_THAT(s.refusals(), ElementsAre("@0ns larger INVALID_ARGUMENT too-large"));
  // It left no trace: the batch was opened by the other one.
  EXPECT_EQ(s.lane_use().at(0), "lane0 @1us..@1us q0[largest] full");
}

TEST(TfStreaming, ARequestThatFitsToTheRowMakesTheBatchFullAndOneMoreOverflows) {
  const auto first_batch = [](std::uint32_t rows) {
    Scenario s(tf_streaming(options(4, 100, 2)));
    s.at(0us).arrive("a", {.rows = 2}).at(1us).arrive("b", {.rows = rows}).run();
    return s.lane_use().at(0);
  };
  EXPECT_EQ(first_batch(1), "lane0 @0ns..@100us q0[a,b] timeout");
  EXPECT_EQ(first_batch(2), "lane0 @0ns..@1us q0[a,b] full");
  EXPECT_EQ(first_batch(3), "lane0 @0ns..@1us q0[a] overflow");
}

// --- time-out

TEST(TfStreaming, TheTimeOutCountsFromTheFirstRequestOfTheBatch) {
  Scenario s(tf_streaming(options(4, 10, 3)));
  s.at(0us).arrive("a").at(30us).arrive("b").at(39us).arrive("c").run();
  EXPECT_THAT(s.lane_use(),
              ElementsAre("lane0 @0ns..@10us q0[a] timeout", "lane1 @10us..@40us q0[b,c] timeout",
                          "lane0 @40us.. q0[]"));
  EXPECT_EQ(s.batches().at(1).record.opened, at_ns(30'000));
}

TEST(TfStreaming, ARequestAtTheDeadlineIsTooLateForTheBatch) {
  const auto first_batch = [](std::chrono::nanoseconds second) {
    Scenario s(tf_streaming(options(4, 10, 3)));
    s.at(0us).arrive("a").at(second).arrive("b").run();
    return s.lane_use().at(0);
  };
  EXPECT_EQ(first_batch(9'999ns), "lane0 @0ns..@10us q0[a,b] timeout");
  EXPECT_EQ(first_batch(10us), "lane0 @0ns..@10us q0[a] timeout");
}

TEST(TfStreaming, ArmingTheTimerAgainSupersedes) {
  // "b" overflows at 9 us, so that nothing happens at 10 us, and its own batch closes at 19 us.
  Scenario s(tf_streaming(options(4, 10, 3)));
  s.at(0us).arrive("a", {.rows = 2}).at(9us).arrive("b", {.rows = 3}).run();
  EXPECT_THAT(s.lane_use(), ElementsAre("lane0 @0ns..@9us q0[a] overflow",
                                        "lane1 @9us..@19us q0[b] timeout", "lane0 @19us.. q0[]"));
}

TEST(TfStreaming, TheTimerOfABatchThatBecameFullClosesNoOther) {
  // Full at 4 us; the empty batch behind it gets its first request at 9 us.
  Scenario s(tf_streaming(options(2, 10, 3)));
  s.at(0us).arrive("a").at(4us).arrive("b").at(9us).arrive("c").run();
  EXPECT_THAT(s.lane_use(), ElementsAre("lane0 @0ns..@4us q0[a,b] full",
                                        "lane1 @4us..@19us q0[c] timeout", "lane0 @19us.. q0[]"));
}

TEST(TfStreaming, AnEmptyOpenBatchHasNoTimer) {
  Scenario s(tf_streaming(options(1, 10, 2)));
  s.at(0us).arrive("a").run();
  EXPECT_EQ(s.server().wake_at(), kForever);
  EXPECT_THAT(s.lane_use(), ElementsAre("lane0 @0ns..@0ns q0[a] full", "lane1 @0ns.. q0[]"));
}

TEST(TfStreaming, WithoutATimeOutABatchWaitsForEver) {
  for (const std::int64_t timeout : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN}) {
    Scenario s(tf_streaming(options(2, timeout, 2)));
    s.at(0us).arrive("a").at(1us).arrive("b").at(2us).arrive("c").run();
    EXPECT_THAT(s.members_at(), ElementsAre("@1us q0[a,b]"));
    EXPECT_THAT(s.unanswered(), ElementsAre("c"));
  }
}

// --- lanes

TEST(TfStreaming, RefusesWhileTheFreshBatchWaitsForALane) {
  // One thread: "a" fills the batch, which executes until 10 us.
  const auto outcome = [](std::chrono::nanoseconds second) {
    Scenario s(tf_streaming(options(1, 5, 1)));
    s.batch_takes(0, 10us).at(0us).arrive("a").at(second).arrive("b").run();
    return s.refusals().empty() ? s.lane_use().at(1) : s.refusals().at(0);
  };
  EXPECT_EQ(outcome(0us), "@0ns b UNAVAILABLE lanes-busy");
  EXPECT_EQ(outcome(9'999ns), "@9us999ns b UNAVAILABLE lanes-busy");
  EXPECT_EQ(outcome(10us), "lane0 @10us..@10us q0[b] full");
}

TEST(TfStreaming, ARefusedRequestClosesTheBatchThatItDidNotFit) {
  // "a" would have waited until 100 us for more.
  Scenario s(tf_streaming(options(4, 100, 1)));
  s.batch_takes(0, 10us).at(0us).arrive("a", {.rows = 3}).at(1us).arrive("b", {.rows = 2});
  s.at(2us).arrive("c").at(11us).arrive("d").run();
  EXPECT_THAT(s.refusals(),
              ElementsAre("@1us b UNAVAILABLE lanes-busy", "@2us c UNAVAILABLE lanes-busy"));
  EXPECT_THAT(s.lane_use(),
              ElementsAre("lane0 @0ns..@1us q0[a] overflow", "lane0 @11us..@111us q0[d] timeout",
                          "lane0 @111us.. q0[]"));
}

TEST(TfStreaming, ARefusedRequestArmsNoTimer) {
  // Were it armed by "b" at 1 us, the batch of "c" would close at 11 us.
  Scenario s(tf_streaming(options(4, 10, 1)));
  s.batch_takes(0, 7us).at(0us).arrive("a", {.rows = 4}).at(1us).arrive("b").at(8us).arrive("c");
  s.run();
  EXPECT_EQ(s.lane_use().at(1), "lane0 @7us..@18us q0[c] timeout");
}

TEST(TfStreaming, TheLowestIdleLaneTakesTheFreshBatch) {
  Scenario s(tf_streaming(options(1, 0, 3)));
  s.hold_all_batches().at(0us).arrive("a").arrive("b").at(5us).release(1).at(6us).release(0);
  s.at(7us).arrive("c").at(8us).arrive("d").run();
  EXPECT_THAT(s.lane_use(),
              ElementsAre("lane0 @0ns..@0ns q0[a] full", "lane1 @0ns..@0ns q0[b] full",
                          "lane2 @0ns..@7us q0[c] full", "lane0 @7us..@8us q0[d] full",
                          "lane1 @8us.. q0[]"));
}

TEST(TfStreaming, CapacityIsThatOfTheLanesWithoutABatchAndTheRoomOfTheOpenOne) {
  for (const std::int64_t threads : {1, 2, 3}) {
    Scenario s(tf_streaming(options(2, 1'000'000, threads)));
    s.hold_all_batches();
    for (std::int64_t i = 0; i < threads; ++i) {
      s.probe(0).arrive(std::to_string(i) + "a").probe(0).arrive(std::to_string(i) + "b");
    }
    s.probe(0).arrive("refused").probe(0);
    for (std::int64_t i = 0; i < threads; ++i) {
      s.at(9us).release(static_cast<std::uint64_t>(i));
    }
    s.at(10us).probe(0).run();
    std::vector<std::int64_t> room;
    for (const support::SeenProbe& probe : s.seen_probes()) {
      room.push_back(probe.counters.capacity_rows);
      EXPECT_EQ(probe.counters.enqueued_requests, 0u);
    }
    std::vector<std::int64_t> expected;
    for (std::int64_t left = 2 * threads; left > 0; --left) {
      expected.push_back(left);
    }
    expected.insert(expected.end(), {0, 0, 2 * threads});
    EXPECT_EQ(room, expected);
    EXPECT_EQ(s.refusals().size(), 1u);
  }
}

// --- closing

TEST(TfStreaming, AnOpenBatchThatIsClosedWhileItWaitsForALaneRunsEmptyWhenItGetsOne) {
  Scenario s(tf_streaming(options(1, 5, 1)));
  s.batch_takes(0, 10us).at(0us).arrive("a").at(3us).close_queue(0).run();
  EXPECT_THAT(s.lane_use(),
              ElementsAre("lane0 @0ns..@0ns q0[a] full", "lane0 @10us..@10us q0[] flush"));
  const BatchRecord& empty = s.batches().at(1).record;
  EXPECT_EQ(empty.opened, at_ns(0));
  EXPECT_EQ(empty.due, at_ns(3'000));
}

TEST(TfStreaming, ARequestAfterTheCloseOpensANewBatch) {
  Scenario s(tf_streaming(options(4, 5, 1)));
  s.at(0us).arrive("a").at(1us).close_queue(0).at(2us).arrive("b").run();
  EXPECT_THAT(s.lane_use(), ElementsAre("lane0 @0ns..@1us q0[a] flush",
                                        "lane0 @2us..@7us q0[b] timeout", "lane0 @7us.. q0[]"));
}

TEST(TfStreaming, BatchesClosedWithoutALaneTakeOneInOrderBeforeTheOpenOne) {
  // At 3 and 5 us an empty batch is closed while lane 0 is busy; "d" is refused and opens a third.
  Scenario s(tf_streaming(options(1, 5, 1)));
  s.batch_takes(0, 10us).at(0us).arrive("a").at(3us).close_queue(0).at(4us).arrive("b");
  s.at(5us).close_queue(0).at(6us).arrive("c").at(11us).arrive("d").run();
  EXPECT_THAT(s.refusals(),
              ElementsAre("@4us b UNAVAILABLE lanes-busy", "@6us c UNAVAILABLE lanes-busy"));
  EXPECT_THAT(s.lane_use(),
              ElementsAre("lane0 @0ns..@0ns q0[a] full", "lane0 @10us..@10us q0[] flush",
                          "lane0 @10us..@10us q0[] flush", "lane0 @10us..@11us q0[d] full",
                          "lane0 @11us.. q0[]"));
}

TEST(TfStreaming, ClosingTwiceClosesOnce) {
  Scenario s(tf_streaming(options(4, 5, 1)));
  s.at(0us).arrive("a").at(1us).close_queue(0).close_queue(0).run();
  EXPECT_THAT(s.lane_use(), ElementsAre("lane0 @0ns..@1us q0[a] flush"));
  EXPECT_EQ(s.server().wake_at(), kForever);
}

// --- several queues: one open batch for all

TEST(TfStreaming, ARequestOfAnotherQueueDoesNotFit) {
  Scenario s(tf_streaming(options(4, 10, 3)));
  s.at(0us).arrive("a").at(1us).arrive("p", {.queue = 1}).at(2us).arrive("q", {.queue = 1}).run();
  EXPECT_THAT(s.lane_use(), ElementsAre("lane0 @0ns..@1us q0[a] overflow",
                                        "lane1 @1us..@11us q1[p,q] timeout", "lane0 @11us.. q1[]"));
}

TEST(TfStreaming, AnEmptyOpenBatchIsOfNoQueueYet) {
  Scenario s(tf_streaming(options(2, 10, 1)));
  s.at(0us).arrive("a", {.rows = 2}).at(1us).arrive("p", {.queue = 1}).run();
  EXPECT_THAT(s.refusals(), IsEmpty());
  EXPECT_EQ(s.lane_use().at(1), "lane0 @0ns..@11us q1[p] timeout");
}

TEST(TfStreaming, TheOpenBatchHasRoomForItsOwnQueueOnly) {
  Scenario s(tf_streaming(options(4, 10, 2)));
  s.probe(1).arrive("a").probe(0).probe(1).run();
  EXPECT_THAT(s.probes(), ElementsAre("@0ns q1: 0 requests, 0 rows, 0 batches, room 8",
                                      "@0ns q0: 0 requests, 0 rows, 0 batches, room 7",
                                      "@0ns q1: 0 requests, 0 rows, 0 batches, room 4"));
}

TEST(TfStreaming, ClosingAnotherQueueLeavesTheOpenBatchUnlessItIsEmpty) {
  Scenario s(tf_streaming(options(4, 10, 1)));
  s.at(0us).arrive("a").at(1us).close_queue(1).at(11us).close_queue(1).run();
  EXPECT_THAT(s.lane_use(),
              ElementsAre("lane0 @0ns..@10us q0[a] timeout", "lane0 @10us..@11us q0[] flush"));
}

// --- with the retrier, as upstream's convenience function combines them

TEST(TfStreaming, ARetriedRequestGetsIntoTheBatchThatFoundALane) {
  Scenario s(retrying(tf_streaming(options(2, 100, 1)), {.max_time_micros = 1000}));
  s.batch_takes(0, 150us).at(0us).arrive("a", {.rows = 2}).at(1us).arrive("b").run();
  EXPECT_THAT(s.lane_use(),
              ElementsAre("lane0 @0ns..@0ns q0[a] full", "lane0 @150us..@301us q0[b] timeout",
                          "lane0 @301us.. q0[]"));
}

// --- options and promises

TEST(TfStreaming, ChecksItsOptionsInUpstreamsOrderAndWords) {
  EXPECT_EQ(refusal({}), "");
  EXPECT_EQ(refusal({.max_batch_size = 0, .num_batch_threads = 0}),
            "max_batch_size must be positive; was 0");
  EXPECT_EQ(refusal({.num_batch_threads = 0}), "num_batch_threads must be positive; was 0");
  EXPECT_EQ(refusal({.num_batch_threads = -2}), "num_batch_threads must be positive; was -2");
  EXPECT_EQ(refusal({.batch_timeout_micros = -1}), "");
  EXPECT_EQ(refusal({.no_tasks_wait_time_micros = 0}), "");
}

TEST(TfStreaming, ChecksOurLimits) {
  EXPECT_EQ(refusal({.max_batch_size = std::int64_t{kMaxRequestRows}}), "");
  EXPECT_EQ(refusal({.max_batch_size = std::int64_t{kMaxRequestRows} + 1}),
            "max_batch_size must be at most 16777216; was 16777217");
  EXPECT_EQ(refusal({.num_batch_threads = std::int64_t{kMaxLanes} + 1}),
            "num_batch_threads must be at most 4096; was 4097");
  EXPECT_EQ(refusal({.batch_timeout_micros = kMaxTimeNs / 1000}), "");
  EXPECT_EQ(refusal({.batch_timeout_micros = kMaxTimeNs / 1000 + 1}),
            "batch_timeout_micros must be at most 1152921504606846; was 1152921504606847");
  EXPECT_EQ(refusal({.no_tasks_wait_time_micros = -1}),
            "no_tasks_wait_time_micros must be non-negative; was -1");
}

TEST(TfStreaming, PromisesNothingAboutTimeWithoutATimeOutOrWithASleepingCloser) {
  const auto promises = [](const TfStreamingOptions& options) {
    return (*make_tf_streaming(options))->promises();
  };
  const Promises ideal = promises(options(4, 10, 1));
  EXPECT_TRUE(ideal.fifo_per_queue && ideal.work_conserving && ideal.timeout_bound &&
              ideal.starvation_free && ideal.drains_on_close);
  EXPECT_FALSE(ideal.cancellable);
  const Promises sleeping = promises({.batch_timeout_micros = 10});
  EXPECT_TRUE(sleeping.fifo_per_queue && sleeping.starvation_free && sleeping.drains_on_close);
  EXPECT_FALSE(sleeping.timeout_bound || sleeping.work_conserving);
  const Promises untimed = promises(options(4, 0, 1));
  EXPECT_TRUE(untimed.fifo_per_queue && untimed.drains_on_close);
  EXPECT_FALSE(untimed.timeout_bound || untimed.work_conserving || untimed.starvation_free);
}

}  // namespace
}  // namespace lockstep

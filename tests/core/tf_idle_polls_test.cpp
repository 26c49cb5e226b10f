// TF-Serving's idle threads look each millisecond; nothing wakes them for a deadline (TF 2.5).
#include "core/schedulers/tf_idle_polls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scenario.h"

namespace lockstep {
namespace {

using support::Scenario;
using support::tf_shared;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using namespace std::chrono_literals;

// With seed 1 the only thread ticks at 0.4 ms and a bit, 1.4 ms, ...: `ticks()` says where exactly.
constexpr std::uint64_t kSeed = 1;

TfSharedOptions polling(std::int64_t threads) {
  return TfSharedOptions{.max_batch_size = 4,
                         .batch_timeout_micros = 100,
                         .max_enqueued_batches = 10,
                         .num_batch_threads = threads,
                         .idle_poll_micros = 1000,
                         .seed = kSeed};
}
TfIdlePolls ticks(std::uint32_t threads) {
  return TfIdlePolls(threads, 1ms, kSeed);
}
SimTime dispatched(const Scenario& s, std::size_t batch) {
  return s.batches().at(batch).record.dispatched;
}

TEST(TfIdlePolls, TickOnceAnIntervalWithAPhaseBelowIt) {
  const TfIdlePolls polls(3, 1ms, 7);
  for (std::uint32_t lane = 0; lane < 3; ++lane) {
    const SimTime first = polls.next_tick(lane, SimTime{});
    EXPECT_LT(first, SimTime{1ms});
    EXPECT_EQ(polls.next_tick(lane, first), first);  // exactly at a tick
    EXPECT_EQ(polls.next_tick(lane, first + 1ns), first + 1ms);
    EXPECT_EQ(polls.next_tick(lane, first + 1ms - 1ns), first + 1ms);
    EXPECT_EQ(polls.next_tick(lane, first + 5ms), first + 5ms);
  }
  EXPECT_NE(polls.next_tick(0, SimTime{}), polls.next_tick(1, SimTime{}));
}

TEST(TfIdlePolls, HavePhasesFromTheSeedAlone) {
  const auto phase = [](std::uint64_t seed) {
    return TfIdlePolls(2, 1ms, seed).next_tick(1, SimTime{});
  };
  EXPECT_EQ(phase(7), phase(7));
  EXPECT_NE(phase(7), phase(8));
  // More threads do not move the phases of the first ones.
  EXPECT_EQ(TfIdlePolls(9, 1ms, 7).next_tick(1, SimTime{}), phase(7));
}

TEST(TfPolling, ATimeoutIsSeenAtTheFirstTickFromThenOn) {
  const SimTime tick = ticks(1).next_tick(0, SimTime{5ms});
  for (const SimDuration before : {1ns, 0ns}) {  // due one nanosecond before the tick, and at it
    Scenario s(tf_shared(polling(1)));
    s.at(tick.time_since_epoch() - before - 100us).arrive("a").run();
    EXPECT_THAT(s.batches(), SizeIs(1));
    EXPECT_EQ(dispatched(s, 0), tick);
    EXPECT_EQ(s.batches().at(0).record.due, tick - before);
  }
  Scenario late(tf_shared(polling(1)));  // due one nanosecond after it
  late.at(tick.time_since_epoch() + 1ns - 100us).arrive("a").run();
  EXPECT_EQ(dispatched(late, 0), tick + 1ms);
}

TEST(TfPolling, ABatchThatFillsUpWakesAThreadAtOnce) {
  Scenario s(tf_shared(polling(1)));
  s.at(7us).arrive("a", {.rows = 3}).at(9us).arrive("b").run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@9us q0[a,b] full lane0"));
}

TEST(TfPolling, ASecondBatchOfAQueueKnownToHaveOneWakesNobody) {
  Scenario s(tf_shared(polling(2)));
  s.hold_all_batches();
  s.at(7us).arrive("a", {.rows = 4}).at(8us).arrive("b", {.rows = 4}).run();
  EXPECT_THAT(s.batches(), SizeIs(2));
  EXPECT_EQ(dispatched(s, 0), SimTime{7us});
  EXPECT_EQ(dispatched(s, 1), ticks(2).next_tick(1, SimTime{8us}));
  EXPECT_EQ(s.batches().at(1).record.lane, LaneId{1});
}

TEST(TfPolling, AQueueThatWasAskedInVainWakesAThreadAgain) {
  // Lane 0 finishes "a" at once, asks again, gets nothing: the next full batch notifies.
  Scenario s(tf_shared(polling(2)));
  s.at(7us).arrive("a", {.rows = 4}).at(8us).arrive("b", {.rows = 4}).run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@7us q0[a] full lane0", "@8us q0[b] full lane0"));
}

// Nothing is to be found at lane 1's tick, so nobody sets a timer for it; but it is a look in vain.
TEST(TfPolling, AnIdleThreadsTickForgetsThatABatchWasKnown) {
  const SimTime tick = ticks(2).next_tick(1, SimTime{1ms});
  const auto second_full_at = [&](SimTime time) {
    Scenario s(tf_shared(polling(2)));
    s.hold_all_batches();
    s.at(tick.time_since_epoch() - 1us).arrive("a", {.rows = 4});
    s.at(time.time_since_epoch()).arrive("b", {.rows = 4}).run();
    EXPECT_THAT(s.batches(), SizeIs(2));
    return dispatched(s, 1);
  };
  EXPECT_EQ(second_full_at(tick - 1ns), tick);  // known to have a batch: it waits for the tick
  EXPECT_EQ(second_full_at(tick), tick);        // ticks come before arrivals
  EXPECT_EQ(second_full_at(tick + 1ns), tick + 1ns);
}

// "a" is cut: lane 0 finishes the first piece at once and takes the rest. Lane 1's tick of that
// instant came before "a" did; it does not come again after the completion.
TEST(TfPolling, ATickComesOnceThoughACompletionFollowsAnArrival) {
  const SimTime tick = ticks(2).next_tick(1, SimTime{1ms});
  for (const SimDuration later : {0ns, 1ns}) {
    TfSharedOptions options = polling(2);
    options.batch_timeout_micros = 0;
    options.extras.enable_large_batch_splitting = true;
    options.extras.max_execution_batch_size = 2;
    Scenario s(tf_shared(options));
    s.hold_batch(1).at(tick.time_since_epoch() + later).arrive("a", {.rows = 3}).arrive("b");
    s.run();
    EXPECT_THAT(s.batches(), SizeIs(3));
    EXPECT_EQ(dispatched(s, 2), tick + 1ms);
  }
}

// TF 2.11: ready is ready, also when the padding policy then leaves nothing of the batch.
TEST(TfPolling, AReadyQueueWakesAThreadForABatchOfNothing) {
  TfSharedOptions options = polling(2);
  options.batch_timeout_micros = 0;
  options.extras.enable_priority_aware_batch_scheduler = true;
  options.extras.max_queue_depth = 100;
  options.extras.allowed_batch_sizes = {1, 4};
  options.extras.batch_padding_policy = TfPaddingPolicy::kBatchDown;
  Scenario s(tf_shared(options));
  s.hold_all_batches();
  // "b" is known to wait and wakes nobody. "c", too large for the size below its own, does: the
  // thread finds "b" first.
  s.at(1us).arrive("a").at(2us).arrive("b").at(3us).arrive("c", {.rows = 2, .queue = 1}).run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@1us q0[a] greedy lane0", "@3us q0[b] greedy lane1"));
}

TEST(TfPolling, AThreadThatFinishesLooksByItself) {
  Scenario s(tf_shared(polling(1)));
  s.hold_batch(0).at(0us).arrive("x", {.rows = 4}).at(1us).arrive("a").at(150us).release(0).run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@0ns q0[x] full lane0", "@150us q0[a] timeout lane0"));
}

TEST(TfPolling, LowPriorityRequestsWakeNobody) {
  TfSharedOptions options = polling(1);
  options.extras.enable_priority_queue = true;
  options.extras.low = TfLowPriorityOptions{
      .max_execution_batch_size = 2, .batch_timeout_micros = 0, .max_enqueued_batches = 5};
  Scenario s(tf_shared(options));
  s.at(3us).arrive("low", {.rows = 2, .priority = 1}).run();
  EXPECT_EQ(dispatched(s, 0), ticks(1).next_tick(0, SimTime{3us}));
}

TEST(TfPolling, ACloseIsFoundByTheNextTick) {
  TfSharedOptions options = polling(1);
  options.batch_timeout_micros = 1'000'000;
  Scenario s(tf_shared(options));
  s.at(3us).arrive("a").at(4us).close_queue(0).run();
  EXPECT_EQ(dispatched(s, 0), ticks(1).next_tick(0, SimTime{4us}));
}

// A starved class has no key: ticks must not go on for ever (quirk 6).
TEST(TfPolling, EndsWhenNobodyCanFindAnything) {
  TfSharedOptions options = polling(2);
  options.rank_queues = true;
  options.extras.enable_priority_queue = true;
  options.extras.low = TfLowPriorityOptions{
      .max_execution_batch_size = 2, .batch_timeout_micros = 10, .max_enqueued_batches = 5};
  Scenario s(tf_shared(options));
  s.at(0us).arrive("low", {.priority = 1}).run();
  EXPECT_THAT(s.unanswered(), ElementsAre("low"));
}

TEST(TfPolling, RefusesAnIntervalThatIsNone) {
  TfSharedOptions options = polling(1);
  options.idle_poll_micros = -1;
  const Result<void> checked = check_tf_options(options);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().message, "idle_poll_micros must be non-negative; was -1");
}

}  // namespace
}  // namespace lockstep

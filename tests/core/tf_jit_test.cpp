// The just-in-time scheduler: what waits is one priority order, what is ready is out of it
// (TF 2.16; J01 and J02 are the scenarios of TF 4.7).
#include "core/schedulers/tf_jit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.h"
#include "tests/support/scenario.h"

namespace lockstep {
namespace {

using support::RequestOptions;
using support::Scenario;
using support::tf_jit;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr RequestOptions kSheddable{.priority = 1};
constexpr RequestOptions kCritical{.priority = 3};
constexpr RequestOptions kCriticalPlus{.priority = 4};

RequestOptions of_queue(std::uint32_t queue, std::uint8_t priority = 3) {
  return {.queue = queue, .priority = priority};
}

std::string refusal(const TfJitOptions& options) {
  const Result<std::unique_ptr<Scheduler>> made = make_tf_jit(options);
  return made ? "" : made.error().message;
}

TEST(TfJit, ReadyBatchesAreOutOfReachOfMoreCriticalRequests) {  // J01
  Scenario s(tf_jit({.num_batch_threads = 1, .max_batch_size = 1, .max_ready_batches = 1}));
  s.hold_batch(0).at(0us).arrive("S0", kSheddable).arrive("S1", kSheddable);
  s.at(1us).arrive("S2", kSheddable).at(2us).arrive("C3", kCritical).at(9us).release(0).run();
  EXPECT_THAT(s.members_at(),
              ElementsAre("@0ns q0[S0]", "@9us q0[S1]", "@9us q0[C3]", "@9us q0[S2]"));
}

TEST(TfJit, AFullQueueGivesPlacesToMoreCriticalRequestsOnly) {  // J02
  Scenario s(tf_jit(
      {.num_batch_threads = 1, .max_batch_size = 1, .max_queue_size = 2, .max_ready_batches = 0}));
  s.at(0us).arrive("S1", kSheddable).arrive("S2", kSheddable);
  s.at(1us).arrive("C3", kCritical).probe(0).at(2us).arrive("C4", kCritical).probe(0);
  s.at(3us).arrive("S5", kSheddable).probe(0).run();
  EXPECT_THAT(s.refusals(),
              ElementsAre("@1us S2 UNAVAILABLE evicted", "@2us S1 UNAVAILABLE evicted",
                          "@3us S5 UNAVAILABLE queue-full"));
  EXPECT_THAT(s.probes(), ElementsAre("@1us q0: 2 requests, 2 rows, 0 batches, room 0",
                                      "@2us q0: 2 requests, 2 rows, 0 batches, room 0",
                                      "@3us q0: 2 requests, 2 rows, 0 batches, room 0"));
  EXPECT_THAT(s.unanswered(), ElementsAre("C3", "C4"));
}

TEST(TfJit, EqualCriticalityNeverEvicts) {
  Scenario s(tf_jit({.num_batch_threads = 1, .max_queue_size = 1, .max_ready_batches = 0}));
  s.at(0us).arrive("a", kCritical).at(1us).arrive("same", kCritical);
  s.at(2us).arrive("more", kCriticalPlus).run();
  EXPECT_THAT(s.refusals(),
              ElementsAre("@1us same UNAVAILABLE queue-full", "@2us a UNAVAILABLE evicted"));
}

// What upstream leaves open: the youngest of the least critical class goes.
TEST(TfJit, TheVictimIsTheYoungestOfTheLeastCriticalClassInAllQueues) {
  Scenario s(tf_jit({.num_batch_threads = 1, .max_queue_size = 4, .max_ready_batches = 0}));
  s.at(0us).arrive("S0", of_queue(2, 1)).arrive("S1", of_queue(0, 1)).arrive("P2", of_queue(1, 2));
  s.arrive("C3", of_queue(1));
  s.at(1us).arrive("C4", of_queue(0)).at(2us).arrive("C5", of_queue(0));
  s.at(3us).arrive("C6", of_queue(2)).at(4us).arrive("C7", of_queue(2)).run();
  EXPECT_THAT(s.refusals(),
              ElementsAre("@1us S1 UNAVAILABLE evicted", "@2us S0 UNAVAILABLE evicted",
                          "@3us P2 UNAVAILABLE evicted", "@4us C7 UNAVAILABLE queue-full"));
}

TEST(TfJit, OneRequestFitsBelowTheQueueSizeAndNoneAtIt) {
  Scenario s(tf_jit({.num_batch_threads = 1, .max_queue_size = 2, .max_ready_batches = 0}));
  s.at(0us).arrive("a").probe(0).arrive("b").probe(0).arrive("c").run();
  EXPECT_THAT(s.probes(), ElementsAre("@0ns q0: 1 requests, 1 rows, 0 batches, room 1",
                                      "@0ns q0: 2 requests, 2 rows, 0 batches, room 0"));
  EXPECT_THAT(s.refusals(), ElementsAre("@0ns c UNAVAILABLE queue-full"));
}

TEST(TfJit, TheQueueSizeCountsRequestsThatAreNotInAReadyBatch) {
  // One runs, one is ready, one waits: the fourth finds the queue full.
  Scenario s(tf_jit({.num_batch_threads = 1, .max_batch_size = 1, .max_queue_size = 1}));
  s.every_batch_takes(10us).at(0us).arrive("run").arrive("ready").arrive("waits").arrive("full");
  s.probe(0).run();
  EXPECT_THAT(s.refusals(), ElementsAre("@0ns full UNAVAILABLE queue-full"));
  EXPECT_THAT(s.probes(), ElementsAre("@0ns q0: 1 requests, 1 rows, 1 batches, room 0"));
  EXPECT_THAT(s.members_at(), ElementsAre("@0ns q0[run]", "@10us q0[ready]", "@20us q0[waits]"));
}

TEST(TfJit, TheRequestThatDoesNotFitEndsTheBatchAndNothingSkipsIt) {
  // Waiting behind the running and the ready batch: 3 + 1 fit, 2 does not, the last 1 would.
  Scenario s(tf_jit({.num_batch_threads = 1, .max_batch_size = 5}));
  s.every_batch_takes(10us).at(0us).arrive("x").arrive("y");
  s.at(1us).arrive("a", {.rows = 3}).arrive("b").arrive("c", {.rows = 2}).arrive("d").run();
  EXPECT_THAT(
      s.dispatches_with_due_times(),
      ElementsAre("@0ns q0[x] greedy due 0ns lane0", "@10us q0[y] greedy due 0ns lane0",
                  "@20us q0[a,b] greedy due 1us lane0", "@30us q0[c,d] greedy due 1us lane0"));
}

TEST(TfJit, ABatchMayBeFullToTheRow) {
  for (const std::uint32_t rows : {2u, 3u}) {
    Scenario s(tf_jit({.num_batch_threads = 1, .max_batch_size = 4}));
    s.every_batch_takes(10us).at(0us).arrive("x").arrive("y");
    s.at(1us).arrive("a", {.rows = 2}).arrive("b", {.rows = rows}).run();
    EXPECT_EQ(s.members_at().at(2), rows == 2 ? "@20us q0[a,b]" : "@20us q0[a]");
  }
}

TEST(TfJit, RefusesOneRowMoreThanABatchHas) {
  Scenario s(tf_jit({.num_batch_threads = 1, .max_batch_size = 4}));
  s.at(0us).arrive("largest", {.rows = 4}).arrive("larger", {.rows = 5}).run();
  EXPECT_THAT(s.members_at(), ElementsAre("@0ns q0[largest]"));
  EXPECT_THAT(s.refusals(), ElementsAre("@0ns larger INVALID_ARGUMENT too-large"));
}

TEST(TfJit, WithinAClassTheOrderIsThatOfArrivalAndNotSetIsCritical) {
  Scenario s(tf_jit({.num_batch_threads = 1, .max_batch_size = 9}));
  s.every_batch_takes(10us).at(0us).arrive("x").arrive("y");
  s.at(1us).arrive("S", kSheddable).arrive("C1", kCritical).arrive("plain");
  s.arrive("C2", kCritical).arrive("+", kCriticalPlus).run();
  EXPECT_EQ(s.members_at().at(2), "@20us q0[+,C1,plain,C2,S]");
  // The batch is open since the first of its members came, whoever leaves first.
  EXPECT_EQ(s.batches().at(2).record.opened, at_ns(1'000));
}

TEST(TfJit, TheOldestReadyBatchTakesTheLowestIdleLane) {
  Scenario s(tf_jit({.num_batch_threads = 2, .max_batch_size = 1, .max_ready_batches = 2}));
  s.hold_all_batches().at(0us).arrive("a").arrive("b").arrive("S", kSheddable);
  s.arrive("C", kCritical).arrive("late", kCriticalPlus);
  s.at(5us).release(1).at(6us).release(0).at(7us).release(2).release(3).release(4);
  s.at(8us).arrive("again").release(5).run();
  EXPECT_THAT(s.dispatches(),
              ElementsAre("@0ns q0[a] greedy lane0", "@0ns q0[b] greedy lane1",
                          "@5us q0[S] greedy lane1", "@6us q0[C] greedy lane0",
                          "@7us q0[late] greedy lane1", "@8us q0[again] greedy lane0"));
}

TEST(TfJit, ANegativeNumberOfReadyBatchesIsNoLimit) {
  // Everything is assembled at once, so the last, most critical one comes last.
  for (const std::int64_t ready : {-1, 1}) {
    Scenario s(tf_jit({.num_batch_threads = 1, .max_batch_size = 1, .max_ready_batches = ready}));
    s.every_batch_takes(10us).at(0us).arrive("x").arrive("y").arrive("z", kSheddable);
    s.arrive("+", kCriticalPlus).run();
    EXPECT_EQ(s.members_at().at(2), ready == 1 ? "@20us q0[+]" : "@20us q0[z]");
  }
}

TEST(TfJit, WithoutReadyBatchesNothingEverLeaves) {
  Scenario s(tf_jit({.num_batch_threads = 4, .max_ready_batches = 0}));
  s.at(0us).arrive("a").run();
  EXPECT_THAT(s.dispatches(), IsEmpty());
  EXPECT_THAT(s.unanswered(), ElementsAre("a"));
  EXPECT_FALSE((*make_tf_jit({.max_ready_batches = 0}))->promises().work_conserving);
  EXPECT_TRUE((*make_tf_jit({}))->promises().work_conserving);
}

TEST(TfJit, ABatchHoldsTheQueueOfItsFirstRequestAndOthersKeepTheirPlaces) {
  Scenario s(tf_jit({.num_batch_threads = 1, .max_batch_size = 8}));
  s.every_batch_takes(10us).at(0us).arrive("x").arrive("y");
  s.at(1us).arrive("a", of_queue(0)).arrive("p", of_queue(1)).arrive("b", of_queue(0));
  s.arrive("q", of_queue(1)).arrive("S", of_queue(0, 1)).run();
  EXPECT_THAT(s.members_at(),
              ElementsAre("@0ns q0[x]", "@10us q0[y]", "@20us q0[a,b,S]", "@30us q1[p,q]"));
}

TEST(TfJit, TheMoreCriticalQueueComesFirst) {
  Scenario s(tf_jit({.num_batch_threads = 1, .max_batch_size = 8}));
  s.every_batch_takes(10us).at(0us).arrive("x").arrive("y");
  s.at(1us).arrive("a", of_queue(0)).arrive("+", of_queue(1, 4)).arrive("p", of_queue(1)).run();
  EXPECT_THAT(s.members_at(),
              ElementsAre("@0ns q0[x]", "@10us q0[y]", "@20us q1[+,p]", "@30us q0[a]"));
}

TEST(TfJit, ClosingAbandonsWhatWaitsAndWhatIsReady) {
  Scenario s(tf_jit({.num_batch_threads = 1, .max_batch_size = 1, .max_ready_batches = 2}));
  s.every_batch_takes(10us).at(0us).arrive("runs").arrive("ready").arrive("p", of_queue(1));
  s.arrive("waits").at(1us).close_queue(0).probe(0).at(2us).arrive("after").probe(0).run();
  EXPECT_THAT(s.members_at(), ElementsAre("@0ns q0[runs]", "@10us q1[p]"));
  EXPECT_THAT(s.unanswered(), ElementsAre("ready", "waits", "after"));
  // They no longer count.
  EXPECT_THAT(s.probes(), ElementsAre("@1us q0: 0 requests, 0 rows, 0 batches, room 1000",
                                      "@2us q0: 0 requests, 0 rows, 0 batches, room 1000"));
  const Promises promises = (*make_tf_jit({}))->promises();
  EXPECT_FALSE(promises.starvation_free || promises.drains_on_close || promises.fifo_per_queue ||
               promises.timeout_bound || promises.cancellable);
}

TEST(TfJit, AFreedPlaceOfAClosedQueueIsTakenAtOnce) {
  // The ready batch is of queue 0; closing it lets the request of queue 1 get ready, so that one
  // more fits.
  for (const bool closed : {true, false}) {
    Scenario s(tf_jit({.num_batch_threads = 1, .max_batch_size = 1, .max_queue_size = 1}));
    s.every_batch_takes(10us).at(0us).arrive("x").arrive("y").arrive("p", of_queue(1));
    if (closed) {
      s.at(1us).close_queue(0);
    }
    s.at(2us).arrive("q", of_queue(1)).run();
    EXPECT_EQ(s.refusals().empty(), closed);
  }
}

TEST(TfJit, ChecksItsOptionsInUpstreamsOrderAndWords) {
  EXPECT_EQ(refusal({}), "");
  EXPECT_EQ(refusal({.num_batch_threads = 0, .max_batch_size = 0, .max_queue_size = 0}),
            "num_batch_threads must be positive; was 0");
  EXPECT_EQ(refusal({.max_batch_size = 0, .max_queue_size = 0}),
            "max_batch_size must be positive; was 0");
  EXPECT_EQ(refusal({.max_queue_size = -3}), "max_queue_size must be positive; was -3");
  EXPECT_EQ(refusal({.num_batch_threads = 1, .max_batch_size = 1, .max_queue_size = 1}), "");
  EXPECT_EQ(refusal({.max_ready_batches = -7}), "");
}

TEST(TfJit, ChecksOurLimits) {
  EXPECT_EQ(refusal({.num_batch_threads = std::int64_t{kMaxLanes}}), "");
  EXPECT_EQ(refusal({.num_batch_threads = std::int64_t{kMaxLanes} + 1}),
            "num_batch_threads must be at most 4096; was 4097");
  EXPECT_EQ(refusal({.max_batch_size = std::int64_t{kMaxRequestRows}}), "");
  EXPECT_EQ(refusal({.max_batch_size = std::int64_t{kMaxRequestRows} + 1}),
            "max_batch_size must be at most 16777216; was 16777217");
  EXPECT_EQ(refusal({.max_queue_size = std::int64_t{kMaxLiveRequests}}), "");
  EXPECT_EQ(refusal({.max_queue_size = std::int64_t{kMaxLiveRequests} + 1}),
            "max_queue_size must be at most 2147483648; was 2147483649");
}

}  // namespace
}  // namespace lockstep

// Sizes and capacity at enqueue (TF 2.1 steps 2 to 6, 2.17 items 1 to 3).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scenario.h"

namespace lockstep {
namespace {

using support::Scenario;
using support::tf_shared;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

// Ten rows, a millisecond, two batches may be enqueued, one lane.
constexpr TfSharedOptions kTenRows{.max_batch_size = 10,
                                   .batch_timeout_micros = 1000,
                                   .max_enqueued_batches = 2,
                                   .num_batch_threads = 1};

TEST(TfSharedSize, AcceptsARequestAsLargeAsABatch) {
  Scenario s(tf_shared(kTenRows));
  s.at(0us).arrive("a", {.rows = 10}).run();
  EXPECT_THAT(s.dispatches_with_due_times(), ElementsAre("@0ns q0[a] full due 0ns lane0"));
  EXPECT_THAT(s.refusals(), IsEmpty());
}

TEST(TfSharedSize, RefusesARequestOneRowLarger) {
  Scenario s(tf_shared(kTenRows));
  s.at(3us).arrive("a", {.rows = 11}).run();
  EXPECT_THAT(s.refusals(), ElementsAre("@3us a INVALID_ARGUMENT too-large"));
  EXPECT_THAT(s.dispatches(), IsEmpty());
}

TEST(TfSharedSize, TooLargeIsSaidEvenWhenTheQueueIsFullToo) {
  Scenario s(tf_shared(kTenRows));
  s.hold_all_batches().at(0us).arrive("x", {.rows = 10});
  s.at(1us).arrive("a", {.rows = 10}).arrive("b", {.rows = 10}).arrive("c", {.rows = 11}).run();
  EXPECT_THAT(s.refusals(), ElementsAre("@1us c INVALID_ARGUMENT too-large"));
}

TEST(TfSharedSize, OneRowShortOfFullWaitsForTheTimeout) {
  Scenario s(tf_shared(kTenRows));
  s.at(0us).arrive("a", {.rows = 4}).at(1us).arrive("b", {.rows = 5}).run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@1ms q0[a,b] timeout lane0"));
}

TEST(TfSharedSize, ExactlyFullLeavesAtOnce) {
  Scenario s(tf_shared(kTenRows));
  s.at(0us).arrive("a", {.rows = 4}).at(1us).arrive("b", {.rows = 6}).run();
  EXPECT_THAT(s.dispatches_with_due_times(), ElementsAre("@1us q0[a,b] full due 1us lane0"));
}

TEST(TfSharedSize, OverflowSendsTheUnderfullBatchAndKeepsTheNewcomer) {
  Scenario s(tf_shared(kTenRows));
  s.at(0us).arrive("a", {.rows = 4}).at(1us).arrive("b", {.rows = 7}).run();
  EXPECT_THAT(s.dispatches_with_due_times(), ElementsAre("@1us q0[a] overflow due 1us lane0",
                                                         "@1ms1us q0[b] timeout due 1ms1us lane0"));
}

TEST(TfSharedSize, OverflowByAFullRequestSendsBothAtOnce) {
  Scenario s(tf_shared(kTenRows));
  s.at(0us).arrive("a", {.rows = 4}).at(1us).arrive("b", {.rows = 10}).run();
  EXPECT_THAT(s.dispatches_with_due_times(),
              ElementsAre("@1us q0[a] overflow due 1us lane0", "@1us q0[b] full due 1us lane0"));
}

// A later request that would fit an earlier under-full batch must not: batches leave in order.
TEST(TfSharedSize, AClosedUnderfullBatchTakesNoMore) {
  Scenario s(tf_shared(kTenRows));
  s.hold_batch(0).at(0us).arrive("x", {.rows = 10});
  s.at(1us).arrive("a", {.rows = 6}).arrive("b", {.rows = 5}).arrive("c", {.rows = 4});
  s.at(2us).release(0).run();
  EXPECT_THAT(s.members_at(), ElementsAre("@0ns q0[x]", "@2us q0[a]", "@1ms1us q0[b,c]"));
}

TEST(TfSharedCapacity, AcceptsWhatOpensTheLastAllowedBatch) {
  Scenario s(tf_shared(kTenRows));  // one batch is enqueued: M - 1
  s.hold_all_batches().at(0us).arrive("x", {.rows = 10});
  s.at(1us).arrive("a", {.rows = 8}).arrive("b", {.rows = 8}).run();
  EXPECT_THAT(s.refusals(), IsEmpty());
}

TEST(TfSharedCapacity, RefusesWhatWouldOpenOneMore) {
  Scenario s(tf_shared(kTenRows));  // two batches are enqueued: M
  s.hold_all_batches().at(0us).arrive("x", {.rows = 10});
  s.at(1us).arrive("a", {.rows = 8}).arrive("b", {.rows = 8}).arrive("c", {.rows = 3}).run();
  EXPECT_THAT(s.refusals(), ElementsAre("@1us c UNAVAILABLE queue-full"));
}

// X03: the test depends on the newcomer's size.
TEST(TfSharedCapacity, ASmallRequestFitsAfterALargeOneWasRefused) {
  Scenario s(tf_shared(kTenRows));
  s.hold_batch(0).at(0us).arrive("x", {.rows = 10});
  s.at(1us).arrive("a", {.rows = 8}).arrive("b", {.rows = 8});
  s.arrive("large", {.rows = 3}).arrive("small", {.rows = 2}).arrive("last", {.rows = 1});
  s.at(2us).release(0).run();
  EXPECT_THAT(s.members_at(), ElementsAre("@0ns q0[x]", "@2us q0[a]", "@2us q0[b,small]"));
  EXPECT_THAT(s.refusals(),
              ElementsAre("@1us large UNAVAILABLE queue-full", "@1us last UNAVAILABLE queue-full"));
}

TEST(TfSharedCapacity, DoesNotCountBatchesOnLanes) {
  Scenario s(tf_shared({.max_batch_size = 1,
                        .batch_timeout_micros = 0,
                        .max_enqueued_batches = 1,
                        .num_batch_threads = 3}));
  s.hold_all_batches().at(0us).arrive("a").arrive("b").arrive("c").arrive("d").arrive("e").run();
  EXPECT_THAT(s.members_at(), ElementsAre("@0ns q0[a]", "@0ns q0[b]", "@0ns q0[c]"));
  EXPECT_THAT(s.refusals(), ElementsAre("@0ns e UNAVAILABLE queue-full"));
  EXPECT_THAT(s.unanswered(), ElementsAre("a", "b", "c", "d"));
}

TEST(TfSharedCapacity, IsFreedByThePullNotByTheCompletion) {
  Scenario s(tf_shared(kTenRows));
  s.hold_all_batches().at(0us).arrive("x", {.rows = 10});
  s.at(1us).arrive("a", {.rows = 10}).arrive("b", {.rows = 10}).arrive("refused");
  s.at(2us).release(0).at(2us).arrive("accepted").run();  // the release comes first, "a" leaves
  EXPECT_THAT(s.refusals(), ElementsAre("@1us refused UNAVAILABLE queue-full"));
  EXPECT_THAT(s.members_at(), ElementsAre("@0ns q0[x]", "@2us q0[a]"));
}

TEST(TfSharedCapacity, IsPerQueue) {
  Scenario s(tf_shared(kTenRows));
  s.hold_all_batches().at(0us).arrive("x", {.rows = 10});
  s.at(1us).arrive("a", {.rows = 10}).arrive("b", {.rows = 10}).arrive("c");
  s.arrive("other", {.rows = 10, .queue = 1}).run();
  EXPECT_THAT(s.refusals(), ElementsAre("@1us c UNAVAILABLE queue-full"));
}

TEST(TfSharedCapacity, OfZeroBatchesActsAsOne) {
  for (const std::int64_t batches : {0, 1}) {
    Scenario s(tf_shared({.max_batch_size = 4,
                          .batch_timeout_micros = 10,
                          .max_enqueued_batches = batches,
                          .num_batch_threads = 1}));
    s.hold_batch(0).at(0us).arrive("x", {.rows = 4});
    s.at(1us).arrive("a", {.rows = 2}).arrive("b", {.rows = 3}).arrive("c", {.rows = 2});
    s.arrive("d").at(2us).release(0).run();
    EXPECT_THAT(s.members_at(), ElementsAre("@0ns q0[x]", "@2us q0[a,c]")) << batches;
    EXPECT_THAT(s.refusals(),
                ElementsAre("@1us b UNAVAILABLE queue-full", "@1us d UNAVAILABLE queue-full"))
        << batches;
  }
}

// With M = 1 and an idle lane, an overflow has nowhere to go: the newcomer is refused, although
// a lane would have taken the batch that it closed.
TEST(TfSharedCapacity, OfOneBatchRefusesOverflowEvenWithAnIdleLane) {
  Scenario s(tf_shared({.max_batch_size = 4,
                        .batch_timeout_micros = 10,
                        .max_enqueued_batches = 1,
                        .num_batch_threads = 1}));
  s.at(0us).arrive("a", {.rows = 3}).at(1us).arrive("b", {.rows = 2}).run();
  EXPECT_THAT(s.refusals(), ElementsAre("@1us b UNAVAILABLE queue-full"));
  EXPECT_THAT(s.dispatches(), ElementsAre("@10us q0[a] timeout lane0"));
}

TEST(TfSharedCounters, FollowTheOpenBatchAndTheClosedOnes) {
  Scenario s(tf_shared(kTenRows));
  s.hold_batch(0).know_queues(1).at(0us).probe(0).arrive("x", {.rows = 10}).probe(0);
  s.at(1us).arrive("a", {.rows = 8}).probe(0).arrive("b", {.rows = 5}).probe(0);
  s.at(2us).release(0).probe(0).run();
  EXPECT_THAT(s.probes(), ElementsAre("@0ns q0: 0 requests, 0 rows, 1 batches, room 20",
                                      "@0ns q0: 0 requests, 0 rows, 1 batches, room 20",
                                      "@1us q0: 1 requests, 8 rows, 1 batches, room 12",
                                      "@1us q0: 2 requests, 13 rows, 2 batches, room 5",
                                      "@2us q0: 1 requests, 5 rows, 1 batches, room 15"));
}

TEST(TfSharedCounters, CountAnExactlyFullBatchAsTheOpenOne) {
  Scenario s(tf_shared(kTenRows));
  s.hold_all_batches().at(0us).arrive("x", {.rows = 10}).arrive("a", {.rows = 10}).probe(0).run();
  EXPECT_THAT(s.probes(), ElementsAre("@0ns q0: 1 requests, 10 rows, 1 batches, room 10"));
}

}  // namespace
}  // namespace lockstep

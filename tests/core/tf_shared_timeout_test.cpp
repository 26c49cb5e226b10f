// When the open batch is due (TF 2.2) and what happens to it while no lane is idle.
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

constexpr TfSharedOptions kFourRowsTenMicros{.max_batch_size = 4,
                                             .batch_timeout_micros = 10,
                                             .max_enqueued_batches = 2,
                                             .num_batch_threads = 1};

TEST(TfSharedTimeout, LetsAnArrivalOneNanosecondBeforeItJoin) {
  Scenario s(tf_shared(kFourRowsTenMicros));
  s.at(0us).arrive("a").at(9'999ns).arrive("b").run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@10us q0[a,b] timeout lane0"));
}

TEST(TfSharedTimeout, ComesBeforeAnArrivalAtTheSameInstant) {
  Scenario s(tf_shared(kFourRowsTenMicros));
  s.at(0us).arrive("a").at(10us).arrive("b").run();
  EXPECT_THAT(s.dispatches(),
              ElementsAre("@10us q0[a] timeout lane0", "@20us q0[b] timeout lane0"));
}

TEST(TfSharedTimeout, RunsFromTheFirstRequestNotFromTheLast) {
  Scenario s(tf_shared(kFourRowsTenMicros));
  s.at(3us).arrive("a").at(8us).arrive("b").at(12us).arrive("c").run();
  EXPECT_THAT(s.dispatches_with_due_times(), ElementsAre("@13us q0[a,b,c] timeout due 13us lane0"));
}

TEST(TfSharedTimeout, OfABatchOpenedByOverflowRunsFromItsOwnFirstRequest) {
  Scenario s(tf_shared(kFourRowsTenMicros));
  s.at(0us).arrive("a", {.rows = 3}).at(4us).arrive("b", {.rows = 2}).run();
  EXPECT_THAT(s.dispatches_with_due_times(), ElementsAre("@4us q0[a] overflow due 4us lane0",
                                                         "@14us q0[b] timeout due 14us lane0"));
}

TEST(TfSharedTimeout, OfTheNextBatchRunsFromItsOwnFirstRequestAfterAPull) {
  Scenario s(tf_shared(kFourRowsTenMicros));
  s.at(0us).arrive("a", {.rows = 4}).at(1us).arrive("b").at(11us).arrive("c").run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@0ns q0[a] full lane0", "@11us q0[b] timeout lane0",
                                          "@21us q0[c] timeout lane0"));
}

TEST(TfSharedTimeout, HoldsTheBatchWhenTheLaneIsFreedOneNanosecondBefore) {
  Scenario s(tf_shared(kFourRowsTenMicros));
  s.hold_batch(0).at(0us).arrive("x", {.rows = 4}).arrive("a");
  s.at(9'999ns).release(0).run();
  EXPECT_THAT(s.dispatches_with_due_times(),
              ElementsAre("@0ns q0[x] full due 0ns lane0", "@10us q0[a] timeout due 10us lane0"));
}

TEST(TfSharedTimeout, SendsTheBatchWhenTheLaneIsFreedExactlyThen) {
  Scenario s(tf_shared(kFourRowsTenMicros));
  s.hold_batch(0).at(0us).arrive("x", {.rows = 4}).arrive("a");
  s.at(10us).release(0).arrive("b").run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@0ns q0[x] full lane0", "@10us q0[a] timeout lane0",
                                          "@20us q0[b] timeout lane0"));
}

TEST(TfSharedTimeout, IsRememberedAsTheDueTimeWhenTheLaneComesLater) {
  Scenario s(tf_shared(kFourRowsTenMicros));
  s.hold_batch(0).at(0us).arrive("x", {.rows = 4}).arrive("a");
  s.at(10'001ns).release(0).run();
  EXPECT_THAT(s.dispatches_with_due_times(), ElementsAre("@0ns q0[x] full due 0ns lane0",
                                                         "@10us1ns q0[a] timeout due 10us lane0"));
}

// X02: the time-out closes nothing by itself.
TEST(TfSharedTimeout, DoesNotCloseTheBatchWhileNoLaneIsIdle) {
  Scenario s(tf_shared(kFourRowsTenMicros));
  s.hold_batch(0).at(0us).arrive("x", {.rows = 4}).arrive("a");
  s.at(30us).arrive("late").at(40us).release(0).run();
  EXPECT_THAT(
      s.dispatches_with_due_times(),
      ElementsAre("@0ns q0[x] full due 0ns lane0", "@40us q0[a,late] timeout due 10us lane0"));
}

TEST(TfSharedTimeout, OverdueBatchOverflowsOnlyWhenItIsFull) {
  Scenario s(tf_shared(kFourRowsTenMicros));
  s.hold_all_batches().at(0us).arrive("x", {.rows = 4}).arrive("a");
  s.at(30us).arrive("b", {.rows = 3});  // exactly full: stays open, grows no more
  s.at(31us).arrive("c").arrive("d");   // overflow opens the next one
  s.at(40us).release(0).at(40'500ns).release(1).run();
  EXPECT_THAT(s.dispatches_with_due_times(),
              ElementsAre("@0ns q0[x] full due 0ns lane0", "@40us q0[a,b] timeout due 10us lane0",
                          "@41us q0[c,d] timeout due 41us lane0"));
}

TEST(TfSharedTimeout, OverdueBatchGrowsUntilTheQueueRefuses) {
  Scenario s(tf_shared(kFourRowsTenMicros));
  s.hold_all_batches().at(0us).arrive("x", {.rows = 4}).arrive("a", {.rows = 2});
  s.at(20us).arrive("b", {.rows = 2}).arrive("c", {.rows = 4}).arrive("d");
  s.at(21us).release(0).run();
  EXPECT_THAT(s.members_at(), ElementsAre("@0ns q0[x]", "@21us q0[a,b]"));
  EXPECT_THAT(s.refusals(), ElementsAre("@20us d UNAVAILABLE queue-full"));
  EXPECT_THAT(s.unanswered(), ElementsAre("a", "b", "c"));  // their lane is held for ever
}

TEST(TfSharedTimeout, OfZeroSendsWhateverIsThereAtOnce) {
  Scenario s(tf_shared({.max_batch_size = 4,
                        .batch_timeout_micros = 0,
                        .max_enqueued_batches = 2,
                        .num_batch_threads = 1}));
  s.at(0us).arrive("a").arrive("b", {.rows = 2}).at(7ns).arrive("c").run();
  EXPECT_THAT(s.dispatches_with_due_times(),
              ElementsAre("@0ns q0[a] greedy due 0ns lane0", "@0ns q0[b] greedy due 0ns lane0",
                          "@7ns q0[c] greedy due 7ns lane0"));
}

TEST(TfSharedTimeout, OfZeroStillFillsBatchesWhileTheLaneIsBusy) {
  Scenario s(tf_shared({.max_batch_size = 4,
                        .batch_timeout_micros = 0,
                        .max_enqueued_batches = 2,
                        .num_batch_threads = 1}));
  s.every_batch_takes(10us).at(0us).arrive("a");
  s.at(1us).arrive("b").at(2us).arrive("c", {.rows = 2}).at(3us).arrive("d", {.rows = 2});
  s.run();
  EXPECT_THAT(s.dispatches_with_due_times(),
              ElementsAre("@0ns q0[a] greedy due 0ns lane0", "@10us q0[b,c] greedy due 1us lane0",
                          "@20us q0[d] greedy due 3us lane0"));
}

TEST(TfSharedTimeout, LeavesNothingBehind) {
  Scenario s(tf_shared(kFourRowsTenMicros));
  s.at(0us).arrive("a").at(50us).arrive("b").run();
  EXPECT_THAT(s.answers(), ElementsAre("@10us a OK answered", "@60us b OK answered"));
  EXPECT_THAT(s.unanswered(), IsEmpty());
  EXPECT_EQ(s.server().wake_at(), kForever);
}

TEST(TfSharedTimeout, NotAskedForWhileEveryLaneIsBusyStillHoldsAfterwards) {
  // The deadline of "b" passes under load, that of "c" does not: each leaves as early as it may.
  Scenario s(tf_shared(kFourRowsTenMicros));
  s.hold_batch(0).at(0us).arrive("x", {.rows = 4});
  s.at(1us).arrive("b", {.rows = 3}).at(8us).arrive("c", {.rows = 2});
  s.at(12us).release(0).run();
  EXPECT_THAT(s.dispatches_with_due_times(),
              ElementsAre("@0ns q0[x] full due 0ns lane0", "@12us q0[b] overflow due 8us lane0",
                          "@18us q0[c] timeout due 18us lane0"));
}

TEST(TfSharedTimeout, OfYearsDoesNotOverflow) {
  const Result<std::unique_ptr<Scheduler>> made =
      make_tf_shared({.max_batch_size = 2, .batch_timeout_micros = INT64_MAX});
  if (!made) {
    return;  // refused with a message: as good
  }
  Scenario s(
      tf_shared({.max_batch_size = 2, .batch_timeout_micros = INT64_MAX, .num_batch_threads = 1}));
  s.at(5us).arrive("a").at(1s).arrive("b").run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@1s q0[a,b] full lane0"));
}

}  // namespace
}  // namespace lockstep

// Which queue is asked, which lane takes the batch, and closing (TF 2.3 to 2.5, 2.10).
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schedulers/queue_models.h"
#include "tests/support/scenario.h"

namespace lockstep {
namespace {

using support::Scenario;
using support::tf_shared;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr TfSharedOptions two_rows(std::int64_t lanes) {
  return {.max_batch_size = 2,
          .batch_timeout_micros = 10,
          .max_enqueued_batches = 100,
          .num_batch_threads = lanes};
}

TEST(TfSharedLanes, TheLowestIdleOneTakesTheBatch) {
  Scenario s(tf_shared(two_rows(3)));
  s.hold_all_batches().at(0us).arrive("a", {.rows = 2}).arrive("b", {.rows = 2});
  s.arrive("c", {.rows = 2}).at(1us).release(2).release(1).arrive("d", {.rows = 2});
  s.at(2us).arrive("e", {.rows = 2}).run();
  EXPECT_THAT(s.dispatches(),
              ElementsAre("@0ns q0[a] full lane0", "@0ns q0[b] full lane1", "@0ns q0[c] full lane2",
                          "@1us q0[d] full lane1", "@2us q0[e] full lane2"));
}

TEST(TfSharedLanes, ACompletionIsSeenBeforeAnArrivalAtTheSameInstant) {
  Scenario s(tf_shared(two_rows(2)));
  s.batch_takes(0, 5us).batch_takes(1, 9us).at(0us).arrive("a", {.rows = 2});
  s.arrive("b", {.rows = 2}).at(5us).arrive("c", {.rows = 2}).run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@0ns q0[a] full lane0", "@0ns q0[b] full lane1",
                                          "@5us q0[c] full lane0"));
}

TEST(TfSharedLanes, OneNanosecondBeforeTheCompletionTheOtherLaneTakesIt) {
  Scenario s(tf_shared(two_rows(2)));
  s.batch_takes(0, 5us).at(0us).arrive("a", {.rows = 2});
  s.at(4'999ns).arrive("c", {.rows = 2}).run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@0ns q0[a] full lane0", "@4us999ns q0[c] full lane1"));
}

TEST(TfSharedLanes, AFreedLanePullsWaitingWorkAtOnce) {
  Scenario s(tf_shared(two_rows(2)));
  s.hold_all_batches().at(0us).arrive("a", {.rows = 2}).arrive("b", {.rows = 2});
  s.arrive("c", {.rows = 2}).arrive("d", {.rows = 2}).at(3us).release(1).at(4us).release(0).run();
  EXPECT_THAT(s.dispatches_with_due_times(),
              ElementsAre("@0ns q0[a] full due 0ns lane0", "@0ns q0[b] full due 0ns lane1",
                          "@3us q0[c] full due 0ns lane1", "@4us q0[d] full due 0ns lane0"));
}

TEST(TfSharedLanes, TwoDueBatchesAtOneInstantTakeTwoLanes) {
  Scenario s(tf_shared(two_rows(2)));
  s.hold_all_batches().at(0us).arrive("a").arrive("b", {.queue = 1}).run();
  EXPECT_THAT(s.dispatches(),
              ElementsAre("@10us q0[a] timeout lane0", "@10us q1[b] timeout lane1"));
}

TEST(TfSharedQueues, TakeTurnsOneBatchEach) {
  Scenario s(tf_shared(two_rows(1)));
  s.every_batch_takes(1us).know_queues(2).at(0us);
  for (const char* name : {"a", "b", "c", "d"}) {
    s.arrive(name, {.rows = 2});
  }
  s.arrive("p", {.rows = 2, .queue = 1}).arrive("q", {.rows = 2, .queue = 1}).run();
  EXPECT_THAT(s.members_at(), ElementsAre("@0ns q0[a]", "@1us q1[p]", "@2us q0[b]", "@3us q1[q]",
                                          "@4us q0[c]", "@5us q0[d]"));
}

TEST(TfSharedQueues, ABackloggedOneCannotStarveALateOne) {
  Scenario s(tf_shared(two_rows(1)));
  s.every_batch_takes(10us).at(0us);
  for (int i = 0; i < 50; ++i) {
    s.arrive("a" + std::to_string(i), {.rows = 2});
  }
  s.at(25us).arrive("late", {.rows = 2, .queue = 1}).run();
  // The cursor had wrapped to the only queue, so that one is served once more, then the late one.
  ASSERT_EQ(s.batches().size(), 51u);
  EXPECT_THAT(s.batches()[4].members, ElementsAre("late"));
  EXPECT_EQ(s.batches()[4].record.dispatched, at_ns(40'000));
}

TEST(TfSharedQueues, TheCursorPassesTheQueueThatYielded) {
  Scenario s(tf_shared(two_rows(1)));
  s.know_queues(3).hold_batch(0).at(0us).arrive("x", {.rows = 2, .queue = 1});
  s.arrive("a", {.rows = 2}).arrive("b", {.rows = 2, .queue = 1});
  s.arrive("c", {.rows = 2, .queue = 2}).at(1us).release(0).run();
  EXPECT_THAT(s.members_at(), ElementsAre("@0ns q1[x]", "@1us q2[c]", "@1us q0[a]", "@1us q1[b]"));
}

TEST(TfSharedQueues, TheCursorPassesQueuesThatYieldNothing) {
  Scenario s(tf_shared(two_rows(1)));
  s.know_queues(3).hold_batch(0).hold_batch(1).at(0us).arrive("x", {.rows = 2});
  s.arrive("c", {.rows = 2, .queue = 2});  // q1 stays empty and is passed
  s.at(1us).release(0).arrive("a", {.rows = 2}).arrive("b", {.rows = 2, .queue = 1});
  s.at(2us).release(1).run();
  EXPECT_THAT(s.members_at(), ElementsAre("@0ns q0[x]", "@1us q2[c]", "@2us q0[a]", "@2us q1[b]"));
}

TEST(TfSharedQueues, AScanThatFindsNothingLeavesTheCursorWhereItWas) {
  Scenario s(tf_shared(two_rows(1)));
  s.know_queues(3).at(0us).arrive("x", {.rows = 2});  // the cursor is at q1 now
  // Each of these arrivals makes the idle lane ask all three queues, in vain.
  s.at(1us).arrive("a").arrive("b", {.queue = 1}).arrive("c", {.queue = 2}).run();
  EXPECT_THAT(s.members_at(),
              ElementsAre("@0ns q0[x]", "@11us q1[b]", "@11us q2[c]", "@11us q0[a]"));
}

TEST(TfSharedQueues, ANewOneGoesToTheEndAndTheCursorHasWrapped) {
  Scenario s(tf_shared(two_rows(1)));
  s.hold_batch(0).at(0us).arrive("x", {.rows = 2});  // the only queue: the cursor wraps to it
  s.at(1us).arrive("new", {.rows = 2, .queue = 1}).arrive("old", {.rows = 2});
  s.at(2us).release(0).run();
  EXPECT_THAT(s.members_at(), ElementsAre("@0ns q0[x]", "@2us q0[old]", "@2us q1[new]"));
}

TEST(TfSharedQueues, LeaveInTheOrderOfTheCursorNotOfTheirDeadlines) {
  Scenario s(tf_shared(two_rows(1)));
  s.know_queues(3).hold_batch(0).at(0us).arrive("x", {.rows = 2});
  s.at(1us).arrive("c", {.queue = 2}).at(2us).arrive("b", {.queue = 1}).at(3us).arrive("a");
  s.at(20us).release(0).run();
  EXPECT_THAT(
      s.dispatches_with_due_times(),
      ElementsAre("@0ns q0[x] full due 0ns lane0", "@20us q1[b] timeout due 12us lane0",
                  "@20us q2[c] timeout due 11us lane0", "@20us q0[a] timeout due 13us lane0"));
}

TEST(TfSharedQueues, WithinOneBatchesLeaveInTheOrderOfCreation) {
  Scenario s(tf_shared(two_rows(1)));
  s.hold_batch(0).at(0us).arrive("x", {.rows = 2}).arrive("a").arrive("b", {.rows = 2});
  s.arrive("c").arrive("d").at(1us).release(0).run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@0ns q0[x] full lane0", "@1us q0[a] overflow lane0",
                                          "@1us q0[b] full lane0", "@1us q0[c,d] full lane0"));
}

TEST(TfSharedQueues, OfAHundredOnlyTheDueOnesLeaveAndInTheOrderOfTheCursor) {
  Scenario s(tf_shared(two_rows(1)));
  s.know_queues(100).at(0us).arrive("x", {.rows = 2, .queue = 49});  // the cursor is at q50 now
  s.at(1us);
  for (const std::uint32_t queue : {70u, 20u, 50u, 49u, 99u}) {
    s.arrive("due" + std::to_string(queue), {.queue = queue});
  }
  s.at(2us);
  for (const std::uint32_t queue : {10u, 60u}) {
    s.arrive("young" + std::to_string(queue), {.queue = queue});
  }
  s.run();
  EXPECT_THAT(s.members_at(),
              ElementsAre("@0ns q49[x]", "@11us q50[due50]", "@11us q70[due70]", "@11us q99[due99]",
                          "@11us q20[due20]", "@11us q49[due49]", "@12us q60[young60]",
                          "@12us q10[young10]"));
}

// S01 with one row more: a close makes the open batch due at once.
TEST(TfSharedClose, FlushesTheOpenBatch) {
  Scenario s(tf_shared(two_rows(1)));
  s.at(0us).arrive("a").at(3us).close_queue(0).run();
  EXPECT_THAT(s.dispatches_with_due_times(), ElementsAre("@3us q0[a] flush due 3us lane0"));
  EXPECT_THAT(s.drained(), ElementsAre("@3us q0"));
}

TEST(TfSharedClose, LeavesOtherQueuesAlone) {
  Scenario s(tf_shared(two_rows(1)));
  s.at(0us).arrive("a").arrive("b", {.queue = 1}).at(3us).close_queue(1).run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@3us q1[b] flush lane0", "@10us q0[a] timeout lane0"));
}

TEST(TfSharedClose, AtTheInstantOfTheTimeoutTheTimeoutCameFirst) {
  Scenario s(tf_shared(two_rows(1)));
  s.at(0us).arrive("a").at(10us).close_queue(0).run();
  EXPECT_THAT(s.dispatches_with_due_times(), ElementsAre("@10us q0[a] timeout due 10us lane0"));
}

TEST(TfSharedClose, OneNanosecondBeforeTheTimeoutItIsAFlush) {
  Scenario s(tf_shared(two_rows(1)));
  s.at(0us).arrive("a").at(9'999ns).close_queue(0).run();
  EXPECT_THAT(s.dispatches_with_due_times(),
              ElementsAre("@9us999ns q0[a] flush due 9us999ns lane0"));
}

TEST(TfSharedClose, DrainsEverythingThroughBusyLanes) {
  Scenario s(tf_shared(two_rows(1)));
  s.hold_all_batches().at(0us).arrive("x", {.rows = 2}).arrive("a", {.rows = 2}).arrive("b");
  s.at(1us).close_queue(0).at(5us).release(0).at(6us).release(1).at(7us).release(2).run();
  EXPECT_THAT(s.dispatches_with_due_times(),
              ElementsAre("@0ns q0[x] full due 0ns lane0", "@5us q0[a] full due 0ns lane0",
                          "@6us q0[b] flush due 1us lane0"));
  EXPECT_THAT(s.drained(), ElementsAre("@7us q0"));
}

TEST(TfSharedClose, OfAnEmptyQueueReturnsAtOnce) {
  Scenario s(tf_shared(two_rows(1)));
  s.know_queues(1).at(4us).close_queue(0).run();
  EXPECT_THAT(s.dispatches(), IsEmpty());
  EXPECT_THAT(s.drained(), ElementsAre("@4us q0"));
}

// TF 2.4: a closed, empty queue is deleted when it is asked, and the cursor then points at its
// successor: behind the last queue that is the first one, not a queue which is added later.
TEST(TfSharedClose, AQueueAddedAfterADeletionIsAskedAfterTheFirst) {
  Scenario s(tf_shared(two_rows(1)));
  s.know_queues(2).at(0us).arrive("x", {.rows = 2});  // the cursor is at q1 now
  s.at(1us).close_queue(1);                           // deleted; the cursor is at q0
  s.at(2us).arrive("new", {.queue = 2}).arrive("old").run();
  EXPECT_THAT(s.members_at(), ElementsAre("@0ns q0[x]", "@12us q0[old]", "@12us q2[new]"));
}

// q2 is a signature of q1; q3 is nobody's.
class SignatureOfTheSecond final : public QueueModels {
 public:
  [[nodiscard]] std::optional<QueueId> model_of(QueueId queue) const override {
    return raw(queue) == 2 ? std::optional(QueueId{1}) : std::nullopt;
  }
};

// One lane; the queues have room for 2, 4 and, where nothing is said, 8 rows.
TfSharedOptions two_models(const QueueModels* models) {
  return {.max_batch_size = 8,
          .batch_timeout_micros = 50,
          .max_enqueued_batches = 1,
          .num_batch_threads = 1,
          .queues = {{.max_batch_size = 2, .batch_timeout_micros = 10, .max_enqueued_batches = 1},
                     {.max_batch_size = 4, .batch_timeout_micros = 30, .max_enqueued_batches = 1}},
          .models = models};
}

TEST(TfSharedSignatures, HaveTheOptionsOfTheirModel) {
  const SignatureOfTheSecond models;
  Scenario s(tf_shared(two_models(&models)));
  s.at(0us).arrive("a", {.queue = 2}).arrive("b", {.queue = 3}).arrive("c", {.queue = 0});
  s.arrive("five", {.rows = 5, .queue = 2}).run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@10us q0[c] timeout lane0", "@30us q2[a] timeout lane0",
                                          "@50us q3[b] timeout lane0"));
  EXPECT_THAT(s.refusals(), ElementsAre("@0ns five INVALID_ARGUMENT too-large"));
}

TEST(TfSharedSignatures, WithoutAModelHaveTheCommonOptions) {
  Scenario s(tf_shared(two_models(nullptr)));
  s.at(0us).arrive("a", {.queue = 2}).arrive("five", {.rows = 5, .queue = 2}).run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@50us q2[a,five] timeout lane0"));
}

// What a client may ask of a queue that no request has reached yet.
TEST(TfSharedSignatures, HaveTheRoomOfTheirModelBeforeTheirFirstRequest) {
  const SignatureOfTheSecond models;
  Scenario s(tf_shared(two_models(&models)));
  s.at(0us).probe(2).probe(3).arrive("a", {.rows = 3, .queue = 2}).probe(2).run();
  EXPECT_THAT(s.probes(), ElementsAre("@0ns q2: 0 requests, 0 rows, 1 batches, room 4",
                                      "@0ns q3: 0 requests, 0 rows, 1 batches, room 8",
                                      "@0ns q2: 1 requests, 3 rows, 1 batches, room 1"));
}

// A pair. After x of q1 the cursor is past the last queue. One that is there already has its turn
// then; one that comes into being later does not: the cursor has wrapped to q0.
TEST(TfSharedSignatures, TakePartFromTheirFirstRequestOn) {
  const SignatureOfTheSecond models;
  const auto order = [&](bool known_before) {
    Scenario s(tf_shared(two_models(&models)));
    s.every_batch_takes(5us);
    if (known_before) {
      s.at(0us).arrive("early", {.rows = 4, .queue = 2});
    }
    s.at(10us).arrive("x", {.rows = 4, .queue = 1}).arrive("a", {.rows = 2, .queue = 0});
    s.arrive("b", {.rows = 4, .queue = 2}).run();
    return s.members_at();
  };
  EXPECT_THAT(order(false), ElementsAre("@10us q1[x]", "@15us q0[a]", "@20us q2[b]"));
  EXPECT_THAT(order(true),
              ElementsAre("@0ns q2[early]", "@10us q1[x]", "@15us q2[b]", "@20us q0[a]"));
}

}  // namespace
}  // namespace lockstep

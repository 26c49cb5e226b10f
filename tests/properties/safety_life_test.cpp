// S1, S2, S3, S3b, S5, S6, S7 and R2: records that break them are found, the nearest right ones are
// not.
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "properties/record/record_log.h"
#include "tests/support/record_builder.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

// Batches of two, two threads.
RunRules pairs() {
  return rules_for(
      "tf-shared",
      {{"max_batch_size", "2"}, {"num_batch_threads", "2"}, {"batch_timeout_micros", "1"}});
}
BatchOf pair(std::uint64_t first, std::int64_t opened, std::int64_t due) {
  return {.members = {whole(first), whole(first + 1)}, .opened = opened, .due = due};
}

TEST(SafetyOfLife, ARightRunBreaksNothing) {
  RecordBuilder run(pairs());
  run.arrive(0).arrive(10).start(pair(0, 0, 10)).answer(20, 0);
  EXPECT_EQ(run.found("all"), "");
}

TEST(EndedExactlyOnce, FindsWhoEndsTwiceOrNever) {
  RecordBuilder twice(pairs());
  twice.arrive(0).finish(0, Status::kUnavailable, Reason::kQueueFull);
  twice.finish(0, Status::kUnavailable, Reason::kQueueFull);
  EXPECT_EQ(twice.found("S1"), "ended twice");

  RecordBuilder also_by_its_batch(pairs());
  also_by_its_batch.silent().arrive(0).arrive(10).start(pair(0, 0, 10));
  also_by_its_batch.finish(0, Status::kCancelled, Reason::kCancelled).answer(20, 0);
  also_by_its_batch.hears(0, Status::kCancelled, Reason::kCancelled);
  also_by_its_batch.hears(0, Status::kOk, Reason::kAnswered);
  EXPECT_THAT(also_by_its_batch.found("S1"), HasSubstr("ended 2 times"));

  RecordBuilder unheard(pairs());
  unheard.silent().arrive(0).finish(0, Status::kUnavailable, Reason::kQueueFull);
  EXPECT_THAT(unheard.found("S1"), HasSubstr("1 requests were ended and 0 clients heard"));
}

TEST(EndedExactlyOnce, FindsTheDeadInABatch) {
  RecordBuilder run(pairs());
  run.arrive(0).arrive(10).finish(0, Status::kCancelled, Reason::kCancelled);
  run.start(pair(0, 0, 10));
  EXPECT_THAT(run.found("S1"), HasSubstr("does not live was put into a batch"));
}

TEST(AnswersComeFromWork, FindsAnswersWithoutIt) {
  RecordBuilder idle(pairs());
  idle.arrive(0).finish(0, Status::kOk, Reason::kAnswered);
  EXPECT_THAT(idle.found("S2"), HasSubstr("without having been executed"));

  RecordBuilder failed(pairs());
  failed.arrive(0).arrive(10).start(pair(0, 0, 10)).done(20, 0, Status::kInternal);
  failed.finish_batch(0, Status::kOk, Reason::kAnswered);
  EXPECT_THAT(failed.found("S2"), HasSubstr("did not end OK"));
}

TEST(AnswersComeFromWork, TellsRowsInOrderFromOthers) {
  const auto split = [](std::uint32_t first_row) {
    RecordBuilder run(rules_for("tf-shared", {{"max_batch_size", "4"},
                                              {"max_execution_batch_size", "2"},
                                              {"enable_large_batch_splitting", "true"},
                                              {"num_batch_threads", "2"}}));
    run.arrive(0, {.size = 4});
    run.start({.members = {{RequestId{0}, 0, 2}}});
    run.start({.members = {{RequestId{0}, first_row, 2}}, .lane = 1});
    run.answer(20, 1).answer(30, 0);
    return std::make_pair(run.found("S2"), run.found("S14"));
  };
  EXPECT_EQ(split(2), (std::pair<std::string, std::string>()));
  EXPECT_THAT(split(1).first, HasSubstr("out of order"));
  EXPECT_THAT(split(1).second, HasSubstr("begins at row 1, the last one ended at 2"));
  EXPECT_THAT(split(3).second, HasSubstr("begins at row 3"));
}

TEST(FifoPerClass, ComparesWithinAClassAndInsideABatch) {
  const auto run = [](std::uint8_t priority, bool swapped) {
    RecordBuilder builder(rules_for("tf-jit", {{"max_batch_size", "2"}}));
    builder.arrive(0).arrive(0, {.priority = priority});
    builder.start(
        {.members = {whole(swapped ? 1 : 0), whole(swapped ? 0 : 1)}, .reason = Reason::kGreedy});
    return builder.found("S3");
  };
  EXPECT_EQ(run(0, false), "");
  EXPECT_THAT(run(0, true), HasSubstr("left after request 1"));
  EXPECT_EQ(run(4, true), "");  // CriticalPlus overtakes
}

TEST(RepliesInOrder, AreJudgedWhereTheyAreClaimed) {
  for (const bool claimed : {false, true}) {
    RunRules rules = pairs();
    rules.promises.replies_in_order = claimed;
    RecordBuilder run(rules);
    run.arrive(0).arrive(0).start(pair(0, 0, 0)).arrive(1).arrive(1);
    BatchOf second = pair(2, 1, 1);
    second.lane = 1;
    run.start(second).answer(20, 1).answer(21, 0);
    EXPECT_EQ(run.found("S3b") == "", !claimed);
  }
}

TEST(OneBatchOneQueue, FindsStrangers) {
  RecordBuilder run(pairs());
  run.arrive(0).arrive(10, {.queue = QueueId{1}}).start(pair(0, 0, 10));
  EXPECT_THAT(run.found("S5"), HasSubstr("a request of queue 1 in a batch of queue 0"));
}

TEST(BatchLife, FindsStepsOutOfTurn) {
  const RunRules rules = rules_for("tf-streaming", {{"max_batch_size", "2"}});
  const auto replayed = [&](auto&& more) {
    RecordBuilder run(rules);
    run.arrive(0).start({.reason = Reason::kNone, .sealed = false}).add(0, {whole(0)});
    more(run);
    return run.found("S6");
  };
  EXPECT_EQ(replayed([](RecordBuilder& run) { run.close(5).seal(0, Reason::kFlush).answer(6, 0); }),
            "");
  EXPECT_THAT(replayed([](RecordBuilder& run) {
                run.close(5).seal(0, Reason::kFlush).arrive(5).add(0, {whole(1)});
              }),
              HasSubstr("joined while it is sealed"));
  EXPECT_THAT(replayed([](RecordBuilder& run) { run.answer(6, 0); }),
              HasSubstr("done while it is filling"));
  EXPECT_THAT(replayed([](RecordBuilder& run) {
                run.close(5).seal(0, Reason::kFlush).seal(0, Reason::kFlush);
              }),
              HasSubstr("sealed while it is sealed"));
  EXPECT_THAT(replayed([](RecordBuilder& run) {
                run.close(5).seal(0, Reason::kFlush).done(6, 0).close(7, 1).finish_batch(0);
              }),
              HasSubstr("answered in another step"));
}

TEST(OneBatchPerLane, FindsTheSecondAndThoseOnLanesThatAreDown) {
  RecordBuilder twice(pairs());
  twice.arrive(0).arrive(10).start(pair(0, 0, 10)).arrive(11).arrive(12).start(pair(2, 11, 12));
  EXPECT_THAT(twice.found("S7"), HasSubstr("started while batch 0 runs on its lane"));

  RecordBuilder after(pairs());
  after.arrive(0).arrive(10).start(pair(0, 0, 10)).answer(11, 0);
  after.arrive(11).arrive(12).start(pair(2, 11, 12));
  EXPECT_EQ(after.found("S7"), "");

  RecordBuilder down(pairs());
  down.lane_down(0, 0).arrive(0).arrive(10).start(pair(0, 0, 10));
  EXPECT_THAT(down.found("S7"), HasSubstr("a lane that is down"));

  RecordBuilder filling(rules_for("tf-streaming", {{"max_batch_size", "2"}}));
  filling.arrive(0).start({.reason = Reason::kNone, .sealed = false}).add(0, {whole(0)});
  filling.lane_down(5, 0).arrive(6);
  EXPECT_THAT(filling.found("S7"), HasSubstr("goes on filling"));
}

TEST(EndsAsDecided, FindsAServerWithAMindOfItsOwn) {
  RecordBuilder other(pairs());
  other.silent().arrive(0).finish(0, Status::kUnavailable, Reason::kQueueFull);
  other.hears(0, Status::kUnavailable, Reason::kEvicted);
  EXPECT_THAT(other.found("R2"), HasSubstr("its client heard UNAVAILABLE (evicted)"));

  RecordBuilder later(pairs());
  later.silent().arrive(0).finish(0, Status::kUnavailable, Reason::kQueueFull);
  later.arrive(1).hears(0, Status::kUnavailable, Reason::kQueueFull);
  EXPECT_THAT(later.found("R2"), HasSubstr("at 1ns"));

  for (const std::uint32_t rows : {0u, 1u}) {  // only who has none is refused unheard
    RecordBuilder empty(pairs());
    empty.arrive(0, {.size = rows}).hears(0, Status::kInvalidArgument, Reason::kEmpty);
    EXPECT_EQ(empty.found("R2") == "", rows == 0);
  }
  for (const bool lost : {false, true}) {  // nobody is given up while a lane may come back
    RecordBuilder lanes(pairs());
    lanes.arrive(0).lane_down(1, 0, true).lane_down(1, 1, lost);
    lanes.hears(0, Status::kUnavailable, Reason::kNoLane);
    EXPECT_EQ(lanes.found("R2") == "", lost);
  }
  for (const bool lost : {false, true}) {  // and everyone is once none will
    RecordBuilder silent(pairs());
    silent.silent().arrive(0).lane_down(1, 0, true).lane_down(1, 1, lost);
    EXPECT_EQ(silent.found("R2") == "", !lost);
  }
}

// What a server that was watched says of the only batch of a run, and counts.
TEST(EndsAsDecided, FindsAWrongReportOfABatch) {
  const auto found = [](const auto& change) {
    RecordBuilder run(pairs());
    run.arrive(0).arrive(10).start(pair(0, 0, 10)).answer(20, 0);
    run.record().totals =
        ServerTotals{.arrived = 2, .answered = 2, .batches = 1, .inputs = 3, .decisions = 2};
    run.record().batches[0].reported = batch_record_of(run.record().batches[0]);
    change(run.record());
    return run.found("R2");
  };
  EXPECT_EQ(found([](RunRecord&) {}), "");
  EXPECT_THAT(found([](RunRecord& run) { run.batches[0].reported.reset(); }),
              HasSubstr("nobody heard of it"));
  EXPECT_THAT(found([](RunRecord& run) { run.batches[0].reported->opened = at_ns(1); }),
              HasSubstr("its opening (ns) as 1, it is 0"));
  EXPECT_THAT(found([](RunRecord& run) { run.batches[0].reported->rows = 3; }),
              HasSubstr("its rows as 3, it is 2"));
  EXPECT_THAT(found([](RunRecord& run) { run.totals->answered = 1; }),
              HasSubstr("counts its answers as 1, it is 2"));
  EXPECT_THAT(found([](RunRecord& run) { run.totals->inputs = 4; }),
              HasSubstr("counts its inputs as 4, it is 3"));
}

}  // namespace
}  // namespace lockstep

// S10, S11, S12, S15 and S18: one nanosecond before, and exactly at.
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/record_builder.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

RunRules shared_rules(OptionValues more) {
  more.emplace_back("num_batch_threads", "2");
  more.emplace_back("max_batch_size", "2");
  return rules_for("tf-shared", more);
}

TEST(ClockSanity, TimersAreNotEarlyAndLieAhead) {
  for (const std::int64_t at : {999, 1000}) {
    RecordBuilder timer(shared_rules({}));
    timer.arrive(0).wake(1000).timer(at);
    EXPECT_EQ(timer.found("S10") == "", at == 1000);
    RecordBuilder wake(shared_rules({}));
    wake.arrive(999).wake(at);
    EXPECT_EQ(wake.found("S10") == "", at == 1000);
  }
  RecordBuilder unasked(shared_rules({}));
  EXPECT_EQ(unasked.arrive(0).timer(5).found("S10"), "a timer that was not asked for");
}

TEST(ClockSanity, StampsAreInOrder) {
  for (const std::int64_t due : {10, 11}) {
    RecordBuilder run(shared_rules({}));
    run.arrive(0).arrive(10);
    run.start({.members = {whole(0), whole(1)}, .due = due});
    EXPECT_EQ(run.found("S10") == "", due == 10);
  }
  for (const std::int64_t device_time : {20, 21}) {  // since it was handed over, or before
    RecordBuilder run(shared_rules({}));
    run.arrive(0).arrive(10).start({.members = {whole(0), whole(1)}, .due = 10});
    EXPECT_EQ(run.done(30, 0, Status::kOk, device_time).found("S10") == "", device_time == 20);
  }
  RecordBuilder back(shared_rules({}));
  EXPECT_THAT(back.arrive(10).arrive(9).found("S10"),
              HasSubstr("an input at 9ns after one at 10ns"));
}

OptionValues lazy() {
  return {{"enable_priority_aware_batch_scheduler", "true"},
          {"enable_lazy_cancellation_filtering", "true"}};
}

TEST(Deadlines, LazyFilteringIsExact) {
  for (const std::int64_t at : {99, 100}) {
    RecordBuilder leaves(shared_rules(lazy()));
    leaves.arrive(0, {.timeout = SimDuration{100}}).close(at, 1).start({.members = {whole(0)}});
    EXPECT_EQ(leaves.found("S11") == "", at == 99);
    RecordBuilder expires(shared_rules(lazy()));
    expires.arrive(0, {.timeout = SimDuration{100}}).close(at, 1);
    expires.finish(0, Status::kDeadlineExceeded, Reason::kExpired);
    EXPECT_EQ(expires.found("S11") == "", at == 100);
  }
}

TEST(Deadlines, ASessionSkipsABatchWhenAllHavePassed) {
  const auto run = [](std::int64_t at, bool skipped) {
    RecordBuilder builder(shared_rules({{"batching_session", "true"}}));
    builder.arrive(0, {.timeout = SimDuration{50}}).arrive(0, {.timeout = SimDuration{100}});
    builder.close(at, 1).start(
        {.members = {whole(0), whole(1)}, .reason = skipped ? Reason::kExpired : Reason::kFull});
    return builder.found("S11");
  };
  EXPECT_EQ(run(99, false), "");
  EXPECT_THAT(run(99, true), HasSubstr("skipped at 99ns"));
  EXPECT_EQ(run(100, true), "");
  EXPECT_THAT(run(100, false), HasSubstr("executed at 100ns"));
}

TEST(Deadlines, ASessionEndsWhatTakesTooLong) {
  const auto run = [](std::int64_t done, Status status, Reason reason) {
    RecordBuilder builder(shared_rules({{"batching_session", "true"}}));
    builder.arrive(0, {.timeout = SimDuration{2'500'000}}).start({.members = {whole(0)}});
    return builder.done(done, 0).finish_batch(0, status, reason).found("S11");
  };
  EXPECT_EQ(run(2'000'000, Status::kOk, Reason::kAnswered), "");  // whole milliseconds
  EXPECT_THAT(run(2'000'001, Status::kOk, Reason::kAnswered), HasSubstr("DEADLINE_EXCEEDED"));
  EXPECT_EQ(run(2'000'001, Status::kDeadlineExceeded, Reason::kExpired), "");
  EXPECT_NE(run(2'000'000, Status::kDeadlineExceeded, Reason::kExpired), "");
}

TEST(CancelledOrTooLate, DependsOnWhoPromisesWhat) {
  const auto cancelled = [](const OptionValues& options, bool asked) {
    RecordBuilder run(shared_rules(options));
    run.arrive(0);
    if (asked) {
      run.cancel(1, 0);
    }
    return run.finish(0, Status::kCancelled, Reason::kCancelled).found("S12");
  };
  EXPECT_EQ(cancelled(lazy(), true), "");
  EXPECT_THAT(cancelled(lazy(), false), HasSubstr("had not asked"));
  EXPECT_THAT(cancelled({}, true), HasSubstr("always too late"));

  for (const bool filters : {false, true}) {
    RecordBuilder leaves(shared_rules(filters ? lazy() : OptionValues{}));
    leaves.arrive(0).cancel(1, 0).start({.members = {whole(0)}});
    EXPECT_EQ(leaves.found("S12") == "", !filters);
  }
  for (const bool honoured : {false, true}) {
    RunRules rules = shared_rules({});
    rules.promises.cancellable = true;
    RecordBuilder promised(rules);
    promised.arrive(0).cancel(1, 0);
    if (honoured) {
      promised.finish(0, Status::kCancelled, Reason::kCancelled);
    }
    EXPECT_EQ(promised.arrive(2).found("S12") == "", honoured);
  }
}

TEST(FailuresStayWhereTheyAre, FindsOthersAndOtherWords) {
  const auto run = [](Status device, Status status, Reason reason) {
    RecordBuilder builder(shared_rules({}));
    builder.arrive(0).start({.members = {whole(0)}});
    return builder.done(5, 0, device).finish_batch(0, status, reason).found("S15");
  };
  EXPECT_EQ(run(Status::kInternal, Status::kInternal, Reason::kBatchFailed), "");
  EXPECT_NE(run(Status::kInternal, Status::kUnavailable, Reason::kDeviceLost), "");
  EXPECT_NE(run(Status::kOk, Status::kInternal, Reason::kBatchFailed), "");
  EXPECT_NE(run(Status::kResourceExhausted, Status::kResourceExhausted, Reason::kBatchFailed), "");
}

// Two batches fail one after another; the first failure is the request's.
TEST(FailuresStayWhereTheyAre, TheFirstOneWins) {
  RecordBuilder run(
      shared_rules({{"enable_large_batch_splitting", "true"}, {"max_execution_batch_size", "1"}}));
  run.arrive(0, {.size = 2}).start({.members = {{RequestId{0}, 0, 1}}});
  run.start({.members = {{RequestId{0}, 1, 1}}, .lane = 1}).silent();
  run.answer(5, 1, Status::kInternal).answer(6, 0, Status::kUnavailable);
  run.hears(0, Status::kUnavailable, Reason::kDeviceLost);
  EXPECT_NE(run.found("R2"), "");
}

// What a queue of tf-shared yields, to the nanosecond: batches of 2 rows, 1 us.
TEST(NoProgressWithoutCause, ATimeoutIsInclusive) {
  for (const std::int64_t at : {999, 1000}) {
    RecordBuilder run(shared_rules({{"batch_timeout_micros", "1"}}));
    run.arrive(0).close(at, 1);
    run.start({.members = {whole(0)}, .due = at, .reason = Reason::kTimeout});
    EXPECT_EQ(run.found("S18") == "", at == 1000);
  }
}

TEST(NoProgressWithoutCause, NamesTheFirstCause) {
  const auto run = [](std::int64_t second, std::int64_t due, Reason reason) {
    RecordBuilder builder(shared_rules({{"batch_timeout_micros", "1"}}));
    builder.arrive(0).arrive(second).close(5000, 1);
    builder.start({.members = {whole(0), whole(1)}, .due = due, .reason = reason});
    return builder.found("S18");
  };
  EXPECT_EQ(run(999, 999, Reason::kFull), "");
  EXPECT_NE(run(999, 1000, Reason::kFull), "");
  EXPECT_NE(run(999, 1000, Reason::kTimeout), "");
  EXPECT_EQ(run(1000, 1000, Reason::kTimeout), "");  // while no thread was idle
  EXPECT_NE(run(1000, 1000, Reason::kFull), "");
}

TEST(NoProgressWithoutCause, TakesTheWholeBatchAndNoOther) {
  const auto run = [](std::vector<JournalMember> members, Reason reason) {
    RecordBuilder builder(shared_rules({}));
    builder.arrive(0).arrive(0).arrive(0);
    builder.start({.members = std::move(members), .reason = reason});
    return builder.found("S18");
  };
  EXPECT_EQ(run({whole(0), whole(1)}, Reason::kFull), "");
  EXPECT_THAT(run({whole(0)}, Reason::kGreedy), HasSubstr("its queue yields another batch of 2"));
  EXPECT_THAT(run({whole(2)}, Reason::kGreedy), HasSubstr("from request 0 on"));
}

TEST(NoProgressWithoutCause, RefusalsHaveConditionsToo) {
  const RunRules streaming =
      rules_for("tf-streaming", {{"max_batch_size", "2"}, {"num_batch_threads", "1"}});
  RecordBuilder idle(streaming);
  idle.arrive(0).finish(0, Status::kUnavailable, Reason::kLanesBusy);
  EXPECT_THAT(idle.found("S18"), HasSubstr("while a lane is idle"));
  RecordBuilder busy(streaming);
  busy.arrive(0, {.size = 2}).start({.reason = Reason::kNone, .sealed = false});
  busy.add(0, {whole(0, 2)}).seal(0, Reason::kFull);
  busy.arrive(1).finish(1, Status::kUnavailable, Reason::kLanesBusy);
  EXPECT_EQ(busy.found("S18"), "");

  RecordBuilder late(shared_rules({}));
  late.arrive(0).close(1, 1).finish(0, Status::kUnavailable, Reason::kQueueFull);
  EXPECT_THAT(late.found("S18"), HasSubstr("in another step than it came"));
  RecordBuilder mute(shared_rules({}));
  mute.arrive(0).finish(0, Status::kInternal, Reason::kNone);
  EXPECT_THAT(mute.found("S18"), HasSubstr("ended by itself, for the reason"));
}

TEST(NoProgressWithoutCause, SealsHaveConditionsToo) {
  const auto run = [](std::int64_t at, Reason reason, std::uint32_t rows) {
    RecordBuilder builder(rules_for(
        "tf-streaming",
        {{"max_batch_size", "2"}, {"batch_timeout_micros", "1"}, {"num_batch_threads", "1"}}));
    builder.arrive(0, {.size = rows}).start({.reason = Reason::kNone, .sealed = false});
    builder.add(0, {whole(0, rows)});
    if (at > 0) {
      builder.wake(at).timer(at);
    }
    return builder.seal(0, reason).found("S18");
  };
  EXPECT_EQ(run(1000, Reason::kTimeout, 1), "");
  EXPECT_NE(run(999, Reason::kTimeout, 1), "");
  EXPECT_EQ(run(0, Reason::kFull, 2), "");
  EXPECT_NE(run(0, Reason::kFull, 1), "");
  EXPECT_NE(run(1000, Reason::kOverflow, 1), "");
}

TEST(NoProgressWithoutCause, AsksForAnotherWakeUpThanBefore) {
  const auto run = [](std::int64_t second, bool timer_between) {
    RecordBuilder builder(shared_rules({{"batch_timeout_micros", "1"}}));
    builder.arrive(0).wake(1000);
    timer_between ? builder.timer(1000) : builder.arrive(1);
    return builder.wake(second).found("S18");
  };
  EXPECT_EQ(run(2000, false), "");
  EXPECT_THAT(run(1000, false), HasSubstr("asked for the wake-up that it has"));
  EXPECT_EQ(run(2000, true), "");
  EXPECT_THAT(run(ns_of(kForever), true), HasSubstr("asked for the wake-up that it has: never"));
}

// TF 3.1 on upstream's clock of whole microseconds.
TEST(NoProgressWithoutCause, AdaptiveBatchesWaitForTheirTimeout) {
  for (const std::int64_t at : {5999, 6000}) {
    RecordBuilder run(rules_for(
        "tf-adaptive", {{"batch_timeout_micros", "5"}, {"initial_in_flight_batches_limit", "1"}}));
    run.arrive(1999).close(at);
    run.start({.members = {whole(0)}, .opened = 1999, .due = at, .reason = Reason::kTimeout});
    EXPECT_EQ(run.found("S18") == "", at == 6000);
  }
}

}  // namespace
}  // namespace lockstep

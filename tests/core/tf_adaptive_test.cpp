// The adaptive scheduler's rules where the scenario files do not reach: nanoseconds, reasons, due
// times, draws, options (TF 1.4, 3.1). Scenarios in microseconds:
// tests/conformance/tf_adaptive.jsonl.
#include "core/schedulers/tf_adaptive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.h"
#include "core/schedulers/registry.h"
#include "tests/support/scenario.h"

namespace lockstep {
namespace {

using support::Scenario;
using support::tf_adaptive;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

TfAdaptiveOptions one_at_a_time(const TfAdaptiveQueueOptions& queue, std::int64_t threads = 2) {
  return {
      .num_batch_threads = threads, .initial_in_flight_batches_limit = TfReal{1}, .queue = queue};
}

// --- reasons and due times

TEST(TfAdaptive, StartsABatchWithoutTimeoutAtOnce) {
  Scenario s(tf_adaptive(one_at_a_time({})));
  s.at(7ns).arrive("a").run();
  EXPECT_THAT(s.dispatches_with_due_times(), ElementsAre("@7ns q0[a] greedy due 7ns lane0"));
}

TEST(TfAdaptive, ABatchIsDueFromItsCreationWhileTheLimitHoldsItBack) {
  Scenario s(tf_adaptive(one_at_a_time({})));
  s.batch_takes(0, 10us).at(0us).arrive("a").at(3us).arrive("b").at(9'999ns).arrive("c").run();
  EXPECT_THAT(s.dispatches_with_due_times(),
              ElementsAre("@0ns q0[a] greedy due 0ns lane0", "@10us q0[b,c] greedy due 3us lane0"));
}

TEST(TfAdaptive, ExpressIsTheReasonOfWhatStartsBeyondTheLimit) {
  Scenario s(tf_adaptive(one_at_a_time({.max_batch_size = 4})));
  s.hold_all_batches().at(0us).arrive("a").at(3us).arrive("b", {.rows = 3}).at(5us).arrive("c");
  s.at(6us).release(0).run();
  EXPECT_THAT(s.dispatches_with_due_times(),
              ElementsAre("@0ns q0[a] greedy due 0ns lane0", "@5us q0[b,c] express due 3us lane1"));
}

TEST(TfAdaptive, AClosedBatchIsDueFromItsClosingWhenThatComesFirst) {
  // No thread is idle when it closes; its time-out lets it wait for one beside the limit.
  Scenario s(tf_adaptive(one_at_a_time({.max_batch_size = 4, .batch_timeout_micros = 20}, 1)));
  s.batch_takes(0, 30us).at(0us).arrive("a", {.rows = 4}).at(5us).arrive("b").at(12us);
  s.arrive("c", {.rows = 3}).run();
  EXPECT_THAT(s.dispatches_with_due_times(),
              ElementsAre("@0ns q0[a] express due 0ns lane0", "@30us q0[b,c] full due 12us lane0"));
}

TEST(TfAdaptive, WhatClosedABatchIsItsReason) {
  const auto reason_of_second = [](const TfAdaptiveQueueOptions& queue, std::uint32_t rows) {
    // The blocker is a regular batch, so that its end asks NEXT only, after the time-out of "b".
    TfAdaptiveOptions options = one_at_a_time(queue, 1);
    options.queues = {{}, queue};
    Scenario s(tf_adaptive(options));
    s.batch_takes(0, 40us).at(0us).arrive("a").at(5us).arrive("b", {.queue = 1}).at(12us);
    s.arrive("c", {.rows = rows, .queue = 1}).run();
    return s.dispatches_with_due_times().at(1);
  };
  EXPECT_EQ(reason_of_second({.max_batch_size = 4, .batch_timeout_micros = 20}, 3),
            "@40us q1[b,c] full due 12us lane0");
  EXPECT_EQ(reason_of_second({.max_batch_size = 4, .batch_timeout_micros = 20}, 4),
            "@40us q1[b] overflow due 12us lane0");
  EXPECT_EQ(reason_of_second(
                {.max_batch_size = 4, .batch_timeout_micros = 20, .max_tasks_per_batch = 2}, 1),
            "@40us q1[b,c] task-limit due 12us lane0");
  EXPECT_EQ(reason_of_second({.max_batch_size = 4, .batch_timeout_micros = 20}, 2),
            "@40us q1[b,c] timeout due 25us lane0");
  EXPECT_EQ(reason_of_second({.max_batch_size = 4, .batch_timeout_micros = 7}, 3),
            "@40us q1[b,c] timeout due 12us lane0");  // the time-out comes first at one instant
}

// --- time: created, ready and latency in whole microseconds, timers to the nanosecond

TEST(TfAdaptive, ATimeoutPassesAtItsNanosecond) {
  Scenario s(tf_adaptive(one_at_a_time({.batch_timeout_micros = 10})));
  s.at(300ns).arrive("a").at(10'299ns).arrive("b").at(10'300ns).arrive("c").run();
  EXPECT_THAT(s.dispatches(),
              ElementsAre("@10us300ns q0[a,b] timeout lane0", "@20us300ns q0[c] timeout lane0"));
}

// Upstream's clock shows 10 from 10,000 ns on, and a batch created at 0 is ready at 10.
TEST(TfAdaptive, AnotherCallFindsABatchReadyWithinTheMicrosecond) {
  const auto started_at = [](SimDuration other) {
    TfAdaptiveOptions options = one_at_a_time({});
    options.queues = {{.batch_timeout_micros = 10}, {}};
    Scenario s(tf_adaptive(options));
    s.at(300ns).arrive("a").at(other).arrive("b", {.queue = 1}).run();
    return s.dispatches_with_due_times();
  };
  EXPECT_THAT(started_at(9'999ns), ElementsAre("@9us999ns q1[b] greedy due 9us999ns lane0",
                                               "@10us300ns q0[a] timeout due 10us300ns lane0"));
  // NEXT for "b" takes the older "a"; the end of "a" starts "b".
  EXPECT_THAT(started_at(10'000ns), ElementsAre("@10us q0[a] timeout due 10us lane0",
                                                "@10us q1[b] greedy due 10us lane0"));
}

TEST(TfAdaptive, LatencyIsTheDifferenceOfWholeMicroseconds) {
  const auto limit_after = [](SimDuration created, SimDuration took) {
    TfAdaptiveOptions options{.num_batch_threads = 4,
                              .initial_in_flight_batches_limit = TfReal{2},
                              .batches_to_average_over = 1};
    Scenario s(tf_adaptive(options));
    s.batch_takes(0, 1us).batch_takes(1, took);
    s.at(0us).arrive("a").at(created).arrive("b").at(1ms).probe_limit().run();
    return s.limits().at(0);
  };
  // First 1 us; then 1.001 us, which the clock shows as 1 (worse: not less) or, less than a
  // microsecond that does not reach the next one, as 0 (better).
  EXPECT_EQ(limit_after(10us, 1'001ns), "@1ms 1.96875");
  EXPECT_EQ(limit_after(10us, 999ns), "@1ms 1.640625");
  EXPECT_EQ(limit_after(10'001ns, 999ns), "@1ms 1.96875");
}

// --- threads

TEST(TfAdaptive, TheLowestIdleThreadIsTaken) {
  TfAdaptiveOptions options{.num_batch_threads = 3};
  Scenario s(tf_adaptive(options));
  s.batch_takes(0, 10us).batch_takes(1, 5us).batch_takes(2, 20us);
  s.at(0us).arrive("a").at(1us).arrive("b").at(2us).arrive("c").at(7us).arrive("d").run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@0ns q0[a] greedy lane0", "@1us q0[b] greedy lane1",
                                          "@2us q0[c] greedy lane2", "@7us q0[d] greedy lane1"));
}

TEST(TfAdaptive, QueuesComeIntoBeingWithTheCommonOptions) {
  TfAdaptiveOptions options = one_at_a_time({.max_batch_size = 5, .max_enqueued_batches = 3});
  options.queues = {{.max_batch_size = 7, .max_enqueued_batches = 2}};
  Scenario s(tf_adaptive(options));
  s.at(0us).probe(0).probe(2).arrive("a", {.rows = 6, .queue = 2}).arrive("b", {.queue = 3}).run();
  EXPECT_THAT(s.probes(), ElementsAre("@0ns q0: 0 requests, 0 rows, 0 batches, room 14",
                                      "@0ns q2: 0 requests, 0 rows, 0 batches, room 15"));
  EXPECT_THAT(s.refusals(), ElementsAre("@0ns a INVALID_ARGUMENT too-large"));
  EXPECT_THAT(s.members_at(), ElementsAre("@0ns q3[b]"));
}

TEST(TfAdaptive, CountsWhatHasNotStarted) {
  Scenario s(tf_adaptive(one_at_a_time({.max_batch_size = 4}, 1)));
  s.batch_takes(0, 10us).at(0us).arrive("a").arrive("b", {.rows = 3}).arrive("c", {.rows = 2});
  s.arrive("d").probe(0).at(10us).probe(0).run();
  EXPECT_THAT(s.probes(), ElementsAre("@0ns q0: 3 requests, 6 rows, 2 batches, room 33",
                                      "@10us q0: 0 requests, 0 rows, 0 batches, room 40"));
  EXPECT_THAT(s.unanswered(), IsEmpty());
}

// --- chance

// 200 batches of 10 us, four arriving in each 10 us, at a limit that mostly stands between 1 and 3.
Scenario& play_busily(Scenario& s) {
  s.keep_journal().every_batch_takes(10us);
  for (int i = 0; i < 200; ++i) {
    s.at(SimDuration{i * 2'500}).arrive(std::to_string(i));
  }
  return s.run();
}
TfAdaptiveOptions busy() {
  return {.num_batch_threads = 4,
          .initial_in_flight_batches_limit = *TfReal::parse("1.5"),
          .batches_to_average_over = 7};
}

TEST(TfAdaptive, TheSameSeedDecidesTheSame) {
  Scenario first(tf_adaptive(busy(), 5));
  Scenario second(tf_adaptive(busy(), 5));
  EXPECT_EQ(play_busily(first).journal_lines(), play_busily(second).journal_lines());
  EXPECT_EQ(first.server().digest(), second.server().digest());
}

TEST(TfAdaptive, AnotherSeedDecidesOtherwise) {
  Scenario first(tf_adaptive(busy(), 5));
  Scenario second(tf_adaptive(busy(), 6));
  EXPECT_NE(play_busily(first).dispatches(), play_busily(second).dispatches());
  EXPECT_NE(first.server().digest(), second.server().digest());
}

TEST(TfAdaptive, WithAWholeLimitNoSeedMatters) {
  TfAdaptiveOptions options = busy();
  options.initial_in_flight_batches_limit = TfReal{2};
  options.batches_to_average_over = 1'000;
  Scenario first(tf_adaptive(options, 5));
  Scenario second(tf_adaptive(options, 6));
  EXPECT_EQ(play_busily(first).journal_lines(), play_busily(second).journal_lines());
}

// --- options

std::string refusal(const TfAdaptiveOptions& options) {
  const auto made = make_tf_adaptive(options, 1);
  return made ? "" : made.error().message;
}

TEST(TfAdaptiveOptions, OfTheSchedulerCarryUpstreamsTexts) {
  EXPECT_EQ(refusal({.num_batch_threads = 0}), "num_batch_threads must be positive; was 0");
  EXPECT_EQ(refusal({.min_in_flight_batches_limit = 0}),
            "min_in_flight_batches_limit must be >= 1; was 0");
  EXPECT_EQ(refusal({.num_batch_threads = 3, .min_in_flight_batches_limit = 5}),
            "min_in_flight_batches_limit (5) must be <= num_batch_threads (3)");
  EXPECT_EQ(refusal({.full_batch_scheduling_boost_micros = -1}),
            "full_batch_scheduling_boost_micros can't be negative; was -1");
  EXPECT_EQ(refusal({.num_batch_threads = 5, .initial_in_flight_batches_limit = TfReal{8}}),
            "initial_in_flight_batches_limit (8) should not be larger than num_batch_threads (5)");
  EXPECT_EQ(refusal({.initial_in_flight_batches_limit = *TfReal::parse("0.5")}),
            "initial_in_flight_batches_limit (0.5must be >= min_in_flight_batches_limit (1)");
  EXPECT_EQ(refusal({.batches_to_average_over = -5}),
            "batches_to_average_over should be greater than or equal to 1; was -5");
}

TEST(TfAdaptiveOptions, OfAQueueCarryUpstreamsTexts) {
  const auto of_queue = [](const TfAdaptiveQueueOptions& queue) {
    return refusal({.queue = queue});
  };
  EXPECT_EQ(of_queue({.max_batch_size = 0}), "max_batch_size must be positive; was 0");
  EXPECT_EQ(of_queue({.max_enqueued_batches = -2}),
            "max_enqueued_batches must be positive; was -2");
  EXPECT_EQ(of_queue({.max_batch_size = 10, .max_input_task_size = 9}),
            "max_input_task_size must be larger than or equal to max_batch_size;got "
            "max_input_task_size as 9 and max_batch_size as 10");
  EXPECT_EQ(of_queue({.max_batch_size = 10, .max_input_task_size = 10}), "");
  EXPECT_EQ(of_queue({.batch_timeout_micros = -1, .max_tasks_per_batch = -1}), "");
}

// Each option that is wrong hides those after it.
TEST(TfAdaptiveOptions, AreCheckedInUpstreamsOrder) {
  TfAdaptiveOptions wrong{.num_batch_threads = 0,
                          .min_in_flight_batches_limit = 0,
                          .full_batch_scheduling_boost_micros = -1,
                          .initial_in_flight_batches_limit = TfReal{9},
                          .batches_to_average_over = 0,
                          .queue = {.max_batch_size = 0, .max_enqueued_batches = 0}};
  const auto names = [&](std::string_view name) { return refusal(wrong).find(name) == 0; };
  EXPECT_TRUE(names("num_batch_threads"));
  wrong.num_batch_threads = 4;
  EXPECT_TRUE(names("min_in_flight_batches_limit must be >= 1"));
  wrong.min_in_flight_batches_limit = 5;
  EXPECT_TRUE(names("min_in_flight_batches_limit (5)"));
  wrong.min_in_flight_batches_limit = 2;
  EXPECT_TRUE(names("full_batch_scheduling_boost_micros"));
  wrong.full_batch_scheduling_boost_micros = 0;
  EXPECT_TRUE(names("initial_in_flight_batches_limit (9) should not"));
  wrong.initial_in_flight_batches_limit = TfReal{1};
  EXPECT_TRUE(names("initial_in_flight_batches_limit (1must"));
  wrong.initial_in_flight_batches_limit = TfReal{2};
  EXPECT_TRUE(names("batches_to_average_over"));
  wrong.batches_to_average_over = 1;
  EXPECT_TRUE(names("max_batch_size must be positive"));
  wrong.queue.max_batch_size = 10;
  wrong.queue.max_input_task_size = 1;
  EXPECT_TRUE(names("max_enqueued_batches"));
  wrong.queue.max_enqueued_batches = 1;
  EXPECT_TRUE(names("max_input_task_size"));
  wrong.queue.max_input_task_size = 10;
  EXPECT_EQ(refusal(wrong), "");
}

TEST(TfAdaptiveOptions, EndAtOurLimits) {
  EXPECT_EQ(refusal({.num_batch_threads = kMaxLanes}), "");
  EXPECT_NE(refusal({.num_batch_threads = std::int64_t{kMaxLanes} + 1}), "");
  EXPECT_EQ(refusal({.full_batch_scheduling_boost_micros = 549'755'813'887}), "");
  EXPECT_NE(refusal({.full_batch_scheduling_boost_micros = 549'755'813'888}), "");
  EXPECT_EQ(refusal({.queue = {.max_batch_size = kMaxRequestRows}}), "");
  EXPECT_NE(refusal({.queue = {.max_batch_size = std::int64_t{kMaxRequestRows} + 1}}), "");
  EXPECT_EQ(refusal({.queue = {.max_enqueued_batches = INT32_MAX}}), "");
  EXPECT_NE(refusal({.queue = {.max_enqueued_batches = std::int64_t{INT32_MAX} + 1}}), "");
}

TEST(TfAdaptiveOptions, ByNameHaveTheDefaultsOfTheStruct) {
  const SchedulerInfo& info = *find_scheduler("tf-adaptive");
  const auto defaults = complete_options(info, {}, 8);
  ASSERT_TRUE(defaults);
  Scenario from_names(
      {.scheduler = info.make({.values = *defaults, .seed = 5}).value(), .lane_count = 8});
  Scenario from_struct(tf_adaptive({}, 5));
  EXPECT_EQ(play_busily(from_names).journal_lines(), play_busily(from_struct).journal_lines());
  const auto wrong = complete_options(info, {{"min_in_flight_batches_limit", "9"}}, 8);
  ASSERT_TRUE(wrong);
  EXPECT_EQ(info.make({.values = *wrong}).error().message,
            "min_in_flight_batches_limit (9) must be <= num_batch_threads (8)");
}

TEST(TfAdaptivePromises, AreKeptSmallByTheBoost) {
  const auto promises = [](const TfAdaptiveOptions& options) {
    return make_tf_adaptive(options, 1).value()->promises();
  };
  EXPECT_TRUE(promises({}).fifo_per_queue);
  EXPECT_FALSE(promises({.full_batch_scheduling_boost_micros = 1}).fifo_per_queue);
  EXPECT_TRUE(
      promises({.full_batch_scheduling_boost_micros = 1, .fifo_scheduling = true}).fifo_per_queue);
  EXPECT_TRUE(promises({}).starvation_free);
  EXPECT_FALSE(promises({}).work_conserving);
  EXPECT_FALSE(promises({}).drains_on_close);
}

}  // namespace
}  // namespace lockstep

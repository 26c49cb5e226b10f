// The serial-device scheduler's rules where the scenario files do not reach: nanoseconds, lanes,
// the device's count, options (TF 1.5, 3.2). In microseconds: tests/conformance/tf_serial.jsonl.
#include "core/schedulers/tf_serial_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.h"
#include "core/schedulers/registry.h"
#include "tests/support/scenario.h"

namespace lockstep {
namespace {

using support::Scenario;
using support::tf_serial_device;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

TfSerialDeviceOptions one_loop(const TfSerialDeviceQueueOptions& queue = {}) {
  return {.num_batch_threads = 3, .initial_in_flight_batches_limit = 1, .queue = queue};
}

TEST(TfSerialDevice, ALoopThatWakesUpWithAnArrivalDoesNotSeeIt) {
  const auto started = [](SimDuration arrival) {
    Scenario s(tf_serial_device(one_loop()));
    s.at(arrival).arrive("a").run();
    return s.dispatches();
  };
  EXPECT_THAT(started(999'999ns), ElementsAre("@1ms q0[a] greedy lane0"));
  EXPECT_THAT(started(1ms), ElementsAre("@2ms q0[a] greedy lane0"));
  EXPECT_THAT(started(0ns), ElementsAre("@1ms q0[a] greedy lane0"));
}

// Its batch ends between microseconds, and it sleeps a whole millisecond from there.
TEST(TfSerialDevice, SleepsFromTheNanosecondOfItsTurn) {
  const auto second = [](SimDuration arrival) {
    Scenario s(tf_serial_device(one_loop()));
    s.batch_takes(0, 250'300ns).at(0us).arrive("a").at(arrival).arrive("b").run();
    return s.dispatches_with_due_times().at(1);
  };
  EXPECT_EQ(second(2'250'299ns), "@2ms250us300ns q0[b] greedy due 2ms250us299ns lane0");
  EXPECT_EQ(second(2'250'300ns), "@3ms250us300ns q0[b] greedy due 2ms250us300ns lane0");
}

TEST(TfSerialDevice, ABatchIsDueFromItsCreationAndGrowsUntilItIsTaken) {
  Scenario s(tf_serial_device(one_loop({.max_batch_size = 4})));
  s.at(0us).arrive("a").at(3us).arrive("b", {.rows = 3}).at(5us).arrive("c").run();
  EXPECT_THAT(s.dispatches_with_due_times(),
              ElementsAre("@1ms q0[a,b] greedy due 0ns lane0", "@1ms q0[c] greedy due 5us lane0"));
}

// 20 batches from 1 ms on; the period comes from the last ten, and the loop then sleeps that long
// at a time.
TEST(TfSerialDevice, CountsExecutionByTheTicksOfItsClock) {
  const auto next_look = [](SimDuration takes) {
    TfSerialDeviceOptions options{.num_batch_threads = 1,
                                  .initial_in_flight_batches_limit = 1,
                                  .batches_to_average_over = 10,
                                  .queue = {.max_batch_size = 1, .max_enqueued_batches = 100}};
    Scenario s(tf_serial_device(options));
    s.every_batch_takes(takes).at(0us);
    for (int i = 0; i < 20; ++i) {
      s.arrive("r" + std::to_string(i));
    }
    s.at(1'200us).arrive("late").run();
    return s.dispatches().back();
  };
  EXPECT_EQ(next_look(2us), "@1ms202us q0[late] greedy lane0");
  // 19.99 us, but from tick 1019 to tick 1039: 2 us a batch.
  EXPECT_EQ(next_look(1'999ns), "@1ms201us980ns q0[late] greedy lane0");
  // 19.49 us, from tick 1019 to tick 1038: 1 us a batch.
  EXPECT_EQ(next_look(1'949ns), "@1ms200us980ns q0[late] greedy lane0");
}

TEST(TfSerialDevice, TakesTheLowestIdleLane) {
  TfSerialDeviceOptions options{.num_batch_threads = 3, .queue = {.max_batch_size = 1}};
  Scenario s(tf_serial_device(options));
  s.batch_takes(0, 30us).batch_takes(1, 10us).batch_takes(2, 20us).at(0us);
  s.arrive("a").arrive("b").arrive("c").arrive("d").arrive("e").run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@1ms q0[a] greedy lane0", "@1ms q0[b] greedy lane1",
                                          "@1ms q0[c] greedy lane2", "@1ms10us q0[d] greedy lane1",
                                          "@1ms10us q0[e] greedy lane1"));
}

TEST(TfSerialDevice, FollowsWhatIsPendingOnTheDevice) {
  TfSerialDeviceOptions options = one_loop({.max_batch_size = 1, .max_enqueued_batches = 100});
  options.batches_to_average_over = 1;
  Scenario s(tf_serial_device(options));
  s.every_batch_takes(10us).pending_after(1, 1).pending_after(2, 4).pending_after(3, 2).at(0us);
  for (int i = 0; i < 4; ++i) {
    s.arrive("r" + std::to_string(i));
  }
  // The first adjustment is skipped: the loop was idle at 0.
  s.at(1'010us).probe_limit().at(1'019'999ns).probe_limit().at(1'020us).probe_limit();
  s.at(1'030us).probe_limit().run();
  EXPECT_THAT(s.limits(), ElementsAre("@1ms10us 1", "@1ms19us999ns 1", "@1ms20us 2", "@1ms30us 1"));
}

TEST(TfSerialDevice, QueuesComeIntoBeingWithTheCommonOptions) {
  TfSerialDeviceOptions options = one_loop({.max_batch_size = 5, .max_enqueued_batches = 3});
  options.queues = {{.max_batch_size = 7, .max_enqueued_batches = 2}};
  Scenario s(tf_serial_device(options));
  s.at(0us).probe(0).probe(2).arrive("a", {.rows = 6, .queue = 2}).arrive("b", {.queue = 3});
  s.probe(3).run();
  EXPECT_THAT(s.probes(), ElementsAre("@0ns q0: 0 requests, 0 rows, 0 batches, room 14",
                                      "@0ns q2: 0 requests, 0 rows, 0 batches, room 15",
                                      "@0ns q3: 1 requests, 1 rows, 1 batches, room 14"));
  EXPECT_THAT(s.refusals(), ElementsAre("@0ns a INVALID_ARGUMENT too-large"));
  EXPECT_THAT(s.members_at(), ElementsAre("@1ms q3[b]"));
}

TEST(TfSerialDevice, RequestsOfNoRowsAreRefused) {
  Scenario s(tf_serial_device(one_loop()));
  s.at(0us).arrive("a", {.rows = 0}).run();
  EXPECT_THAT(s.refusals(), ElementsAre("@0ns a INVALID_ARGUMENT empty"));
}

// A day without traffic is one wake-up, not 86 million.
TEST(TfSerialDevice, SleepingLoopsCostNothingWhileNothingWaits) {
  Scenario s(tf_serial_device({}));
  s.keep_journal().at(0us).arrive("a").at(24h).arrive("b").run();
  EXPECT_THAT(s.members_at(), ElementsAre("@1ms q0[a]", "@24h1ms q0[b]"));
  EXPECT_LT(s.journal_lines().size(), 20u);
  EXPECT_THAT(s.unanswered(), IsEmpty());
}

TEST(TfSerialDevice, DecidesTheSameTwice) {
  const auto play = [] {
    TfSerialDeviceOptions options{
        .num_batch_threads = 6, .batches_to_average_over = 3, .queue = {.max_batch_size = 3}};
    Scenario s(tf_serial_device(options));
    s.keep_journal().every_batch_takes(333us);
    for (int i = 0; i < 200; ++i) {
      s.pending_after(static_cast<std::uint64_t>(i), i * 7 % 5);
      s.at(SimDuration{i * 41'003}).arrive(std::to_string(i));
    }
    s.run();
    return std::pair(s.journal_lines(), s.server().digest());
  };
  EXPECT_EQ(play(), play());
}

// --- options

std::string refusal(const TfSerialDeviceOptions& options) {
  const auto made = make_tf_serial_device(options);
  return made ? "" : made.error().message;
}

TEST(TfSerialDeviceOptions, CarryUpstreamsTexts) {
  EXPECT_EQ(refusal({.num_batch_threads = 0}), "num_batch_threads must be positive; was 0");
  EXPECT_EQ(refusal({.initial_in_flight_batches_limit = 0}),
            "initial_in_flight_batches_limit must be positive; was 0");
  EXPECT_EQ(refusal({.num_batch_threads = 5, .initial_in_flight_batches_limit = 8}),
            "initial_in_flight_batches_limit (8) should not be larger than num_batch_threads (5)");
  EXPECT_EQ(refusal({.full_batch_scheduling_boost_micros = -1}),
            "full_batch_scheduling_boost_micros can't be negative; was -1");
  EXPECT_EQ(refusal({.batches_to_average_over = -5}),
            "batches_to_average_over should be greater than or equal to 1; was -5");
  EXPECT_EQ(refusal({.target_pending = TfReal{0}}),
            "target_pending should be larger than zero; was 0");
  EXPECT_EQ(refusal({.get_pending_on_serial_device = false}),
            "get_pending_on_serial_device must be specified");
  EXPECT_EQ(refusal({.queue = {.max_batch_size = -7}}), "max_batch_size must be positive; was -7");
  EXPECT_EQ(refusal({.queue = {.max_enqueued_batches = 0}}),
            "max_enqueued_batches must be positive; was 0");
}

// Each option that is wrong hides those after it.
TEST(TfSerialDeviceOptions, AreCheckedInUpstreamsOrder) {
  TfSerialDeviceOptions wrong{.num_batch_threads = 0,
                              .initial_in_flight_batches_limit = 0,
                              .full_batch_scheduling_boost_micros = -1,
                              .batches_to_average_over = 0,
                              .target_pending = *TfReal::parse("-0.5"),
                              .get_pending_on_serial_device = false,
                              .queue = {.max_batch_size = 0}};
  const auto names = [&](std::string_view name) { return refusal(wrong).find(name) == 0; };
  EXPECT_TRUE(names("num_batch_threads"));
  wrong.num_batch_threads = 4;
  EXPECT_TRUE(names("initial_in_flight_batches_limit must"));
  wrong.initial_in_flight_batches_limit = 5;
  EXPECT_TRUE(names("initial_in_flight_batches_limit (5)"));
  wrong.initial_in_flight_batches_limit = 4;
  EXPECT_TRUE(names("full_batch_scheduling_boost_micros"));
  wrong.full_batch_scheduling_boost_micros = 0;
  EXPECT_TRUE(names("batches_to_average_over"));
  wrong.batches_to_average_over = 1;
  EXPECT_TRUE(names("target_pending should be larger than zero; was -0.5"));
  wrong.target_pending = *TfReal::parse("0.001");
  EXPECT_TRUE(names("get_pending_on_serial_device"));
  wrong.get_pending_on_serial_device = true;
  EXPECT_TRUE(names("max_batch_size"));
  wrong.queue.max_batch_size = 1;
  EXPECT_EQ(refusal(wrong), "");
}

TEST(TfSerialDeviceOptions, EndAtOurLimits) {
  EXPECT_EQ(refusal({.num_batch_threads = kMaxLanes}), "");
  EXPECT_NE(refusal({.num_batch_threads = std::int64_t{kMaxLanes} + 1}), "");
  EXPECT_EQ(refusal({.target_pending = TfReal{1'000'000'000}}), "");
  EXPECT_NE(refusal({.target_pending = TfReal{1'000'000'001}}), "");
}

TEST(TfSerialDeviceOptions, ByNameHaveTheDefaultsOfTheStruct) {
  const SchedulerInfo& info = *find_scheduler("tf-serial-device");
  const auto journal_of = [](std::unique_ptr<Scheduler> scheduler) {
    Scenario s({.scheduler = std::move(scheduler), .lane_count = 8});
    s.keep_journal().every_batch_takes(2ms).at(0us).probe_limit();
    for (int i = 0; i < 100; ++i) {
      s.at(SimDuration{i * 300'000}).arrive(std::to_string(i), {.rows = 300}).probe(0);
    }
    s.run();
    std::vector<std::string> lines = s.journal_lines();
    lines.push_back(s.limits().at(0));
    for (const std::string& probe : s.probes()) {
      lines.push_back(probe);
    }
    return lines;
  };
  const auto defaults = complete_options(info, {}, 8);
  ASSERT_TRUE(defaults);
  auto by_name = info.make({.values = *defaults});
  ASSERT_TRUE(by_name);
  EXPECT_EQ(journal_of(std::move(*by_name)), journal_of(make_tf_serial_device({}).value()));
  const auto wrong = complete_options(info, {{"initial_in_flight_batches_limit", "9"}}, 8);
  ASSERT_TRUE(wrong);
  EXPECT_FALSE(info.make({.values = *wrong}));
}

TEST(TfSerialDevicePromises, AreKeptSmallByTheBoost) {
  const auto promises = [](const TfSerialDeviceOptions& options) {
    return make_tf_serial_device(options).value()->promises();
  };
  EXPECT_TRUE(promises({}).fifo_per_queue);
  EXPECT_FALSE(promises({.full_batch_scheduling_boost_micros = 1}).fifo_per_queue);
  EXPECT_TRUE(promises({}).starvation_free);
  EXPECT_FALSE(promises({}).work_conserving);
}

}  // namespace
}  // namespace lockstep

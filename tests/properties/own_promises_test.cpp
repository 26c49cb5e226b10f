// What schedulers of one's own may promise: held to it at the bound and not before, and judged by
// none of it where it is not promised.
#include <chrono>
#include <cstddef>
#include <string>

#include <gtest/gtest.h>

#include "core/promise_names.h"
#include "tests/properties/hand_log.h"

namespace lockstep {
namespace {

using namespace std::chrono_literals;

// Batches of 4 rows, time-out 2 us, one lane, two batches may wait.
RunRules own_rules(const Promises& promises, const OptionValues& more = {}) {
  OptionValues options = {
      {"max_batch_size", "4"}, {"batch_timeout_micros", "2"}, {"max_enqueued_batches", "2"}};
  options.insert(options.end(), more.begin(), more.end());
  return run_rules("mine", options, {}, promises, 1);
}

// The last of `runs` says whether it is wrong where promised; without the promise nobody does.
template <typename Run>
void expect_bites(std::string_view property, const Promises& promises, const Run& run,
                  const OptionValues& more = {}) {
  for (const bool is_wrong : {false, true}) {
    HandLog log(property, own_rules(promises, more));
    run(log, is_wrong);
    EXPECT_EQ(log.verdict() != "", is_wrong) << property;
  }
  HandLog unpromised(property, own_rules({}, more));
  run(unpromised, true);
  EXPECT_EQ(unpromised.verdict(), "") << property;
}

TEST(OwnPromises, ABatchWithRoomWaitsForItsTimeOut) {
  expect_bites("L1b", {.waits_for_timeout = true}, [](HandLog& log, bool is_wrong) {
    log.at(0ns).arrive(3).at(is_wrong ? 1999ns : 2000ns).timer().start({0}).at(9us).done(0);
  });
}

TEST(OwnPromises, NobodyStaysBehindWhoWouldHaveFitted) {
  expect_bites("L3c", {.fifo_per_queue = true, .fills_batches = true},
               [](HandLog& log, bool is_wrong) {
                 log.at(0ns).arrive(3).arrive(is_wrong ? 1 : 2).at(2us).timer().start({0});
                 log.at(9us).done(0).start({1}).at(12us).done(1);
               });
}

TEST(OwnPromises, ABatchIsAsLongAsWhatIsAheadOfItAndNoLonger) {
  expect_bites("L2", {.queue_wait_bound = true}, [](HandLog& log, bool is_wrong) {
    log.at(0ns).arrive(4).start({0}).arrive(4).at(5us).done(0);
    log.at(is_wrong ? 5001ns : 5000ns).timer().start({1}).at(is_wrong ? 10001ns : 10us).done(1);
  });
}

TEST(OwnPromises, QueuesTakeTurns) {
  expect_bites("L4", {.takes_turns = true}, [](HandLog& log, bool is_wrong) {
    log.at(0ns).arrive(4).arrive(4).arrive(4, 1).start({0}).at(5us).done(0);
    log.start({is_wrong ? 1u : 2u}).at(9us).done(1);
    log.start({is_wrong ? 2u : 1u}).at(12us).done(2);
  });
}

// A queue that does not drain is not due because it was closed.
TEST(OwnPromises, AClosedQueueIsDueWhereItDrains) {
  for (const bool drains : {false, true}) {
    HandLog log("L4", own_rules({.drains_on_close = drains, .takes_turns = true}));
    log.at(0ns).arrive(4).arrive(4).arrive(1, 1).at(10ns).close(1).start({0});
    log.at(1us).done(0);
    log.start({1}).at(1500ns).done(1).at(2us).timer().start({2}).at(9us).done(2);
    EXPECT_EQ(log.verdict() != "", drains);
  }
}

TEST(OwnPromises, AFullQueueRefusesNobodyOfAnother) {
  expect_bites("L5", {.isolates_queues = true}, [](HandLog& log, bool is_wrong) {
    log.at(0ns).arrive(4).start({0}).arrive(3, 1).arrive(is_wrong ? 1 : 2, 1);
    log.refuse(Status::kUnavailable, Reason::kQueueFull).at(9us).done(0);
    log.start({1}).at(12us).done(1);
  });
}

TEST(OwnPromises, TheMostCriticalOfAQueueLeaveFirst) {
  expect_bites("L6", {.strict_priority = true}, [](HandLog& log, bool is_wrong) {
    log.at(0ns).arrive(4, 0, 2).arrive(4, 0, is_wrong ? 4 : 2).start({0}).at(9us).done(0);
    log.start({1}).at(12us).done(1);
  });
}

// M = 2, one queue, one lane: (2 + 1) * 5 us.
TEST(OwnPromises, NobodyWaitsBeyondTheLatencyBound) {
  expect_bites("L7", {.latency_bound = true}, [](HandLog& log, bool is_wrong) {
    log.at(0ns).arrive(4).start({0}).arrive(4).arrive(4).at(5us).done(0).start({1});
    log.at(10us).done(1).at(is_wrong ? 10001ns : 10us).timer().start({2});
    log.at(is_wrong ? 15001ns : 15us).done(2);
  });
}

// Two queues of full batches; `turns` batches of queue 0 leave while queue 1 waits.
void serve_first_queue(HandLog& log, std::uint64_t turns) {
  log.at(0ns).arrive(4, 1);
  for (std::uint64_t i = 0; i < turns; ++i) {
    log.arrive(4);
  }
  for (std::uint64_t i = 0; i < turns; ++i) {
    log.at(SimDuration{static_cast<std::int64_t>(i) * 1000}).start({i + 1});
    log.at(SimDuration{static_cast<std::int64_t>(i) * 1000 + 999}).done(i);
  }
}

// Largest batch 4: |served_0 * w_1 - served_1 * w_0| <= 4 * (w_0 + w_1).
TEST(OwnPromises, RowsLeaveByWeight) {
  expect_bites("L4b", {.shares_by_weight = true},
               [](HandLog& log, bool is_wrong) { serve_first_queue(log, is_wrong ? 3 : 2); });
  expect_bites("L4b", {.shares_by_weight = true},
               [](HandLog& log, bool is_wrong) { serve_first_queue(log, is_wrong ? 5 : 4); },
               {{"queue_weights", "3,1"}});
}

// Only while both are due: queue 1 has nothing to send for a moment.
TEST(OwnPromises, SharesCountFromWhenBothAreDue) {
  for (const bool goes_on : {false, true}) {
    HandLog log("L4b", own_rules({.shares_by_weight = true}));
    serve_first_queue(log, 2);
    if (!goes_on) {
      log.at(2us).start({0}).at(2999ns).done(2);  // queue 1 is empty
      log.at(3us).arrive(4).start({3}).at(3999ns).done(3).at(4us).arrive(4, 1);
    }
    const std::uint64_t next = goes_on ? 3 : 5;
    log.arrive(4).arrive(4);
    for (std::uint64_t i = 0; i < 2; ++i) {
      log.at(5us + i * 1us).start({next + i}).at(5999ns + i * 1us).done(next - 1 + i);
    }
    EXPECT_EQ(log.verdict() != "", goes_on);
  }
}

// What an option does not say cannot be judged.
TEST(OwnPromises, NeedTheOptionsThatTheySpeakOf) {
  Promises all;
  for (const PromiseName& promise : kPromiseNames) {
    all.*promise.flag = true;
  }
  for (const std::string_view id : {"L1b", "L2", "L3c", "L4", "L4b", "L5", "L7"}) {
    const Property* property = find_property(id);
    EXPECT_NE(property->not_checked(run_rules("mine", {}, {}, all, 1)), "") << id;
    EXPECT_EQ(property->not_checked(own_rules(all)), "") << id;
  }
}

}  // namespace
}  // namespace lockstep

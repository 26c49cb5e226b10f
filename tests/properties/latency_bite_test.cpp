// Each property of latency and fairness catches a run that breaks it, at its bound and not before.
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "tests/properties/hand_log.h"

namespace lockstep {
namespace {

using namespace std::chrono_literals;

// Batches of 4 rows, time-out 2 us, one lane.
HandLog shared(std::string_view property, const OptionValues& more = {}) {
  OptionValues options = {{"max_batch_size", "4"},
                          {"batch_timeout_micros", "2"},
                          {"num_batch_threads", "1"},
                          {"max_enqueued_batches", "2"}};
  for (const auto& setting : more) {
    std::erase_if(options, [&](const auto& option) { return option.first == setting.first; });
    options.push_back(setting);
  }
  return HandLog(property, "tf-shared", options);
}

// L1: dispatched exactly at the time-out, and one nanosecond later.
TEST(L1, BitesOneNanosecondAfterTheTimeOut) {
  for (const SimDuration leaves : {2100ns, 2101ns}) {
    HandLog log = shared("L1");
    log.at(100ns).arrive().at(1500ns).arrive();
    log.at(leaves).timer().start({0, 1}).at(5us).done(0);
    EXPECT_EQ(log.verdict() == "", leaves == 2100ns) << leaves.count();
  }
}

// The time-out of the second batch runs from its own first request, however old the first batch.
TEST(L1, CountsFromTheFirstRequestOfEachBatch) {
  for (const SimDuration leaves : {3000ns, 3001ns}) {
    HandLog log = shared("L1", {{"num_batch_threads", "2"}});
    log.at(0ns).arrive(3).at(1000ns).arrive(2).start({0});  // overflow
    log.at(leaves).timer().start({1}).at(9us).done(0).done(1);
    EXPECT_EQ(log.verdict() == "", leaves == 3000ns) << leaves.count();
  }
}

// Not the scheduler's fault: it asked for the right wake-up, and the timer came late.
TEST(L1, AccusesNobodyWhileTheTimerIsLate) {
  for (const SimDuration asked : {2000ns, 2001ns}) {
    HandLog log = shared("L1");
    log.at(0ns).arrive().wake(asked).at(2500ns).timer().start({0}).at(5us).done(0);
    EXPECT_EQ(log.verdict() == "", asked == 2000ns) << asked.count();
  }
}

TEST(L1, JudgesTheSealOfABatchThatFillsOnItsLane) {
  for (const SimDuration sealed : {2000ns, 2001ns}) {
    HandLog log("L1", "tf-streaming",
                {{"max_batch_size", "4"},
                 {"batch_timeout_micros", "2"},
                 {"num_batch_threads", "1"},
                 {"no_tasks_wait_time_micros", "0"}});
    log.at(0ns).arrive().start_unsealed().add(0, 0).at(sealed).timer().seal(0);
    log.at(5us).done(0);
    EXPECT_EQ(log.verdict() == "", sealed == 2000ns) << sealed.count();
  }
}

TEST(L1b, BitesOneNanosecondBeforeTheTimeOut) {
  for (const SimDuration leaves : {2000ns, 1999ns}) {
    HandLog log = shared("L1b");
    log.at(0ns).arrive(3).at(leaves).timer().start({0}).at(9us).done(0);
    EXPECT_EQ(log.verdict() == "", leaves == 2000ns) << leaves.count();
  }
}

TEST(L1b, LetsFullOverflowedAndFlushedBatchesGo) {
  HandLog full = shared("L1b");
  full.at(0ns).arrive(4).start({0}).at(9us).done(0);
  EXPECT_EQ(full.verdict(), "");
  HandLog overflowed = shared("L1b");
  overflowed.at(0ns).arrive(3).arrive(2).start({0}).at(9us).done(0).start({1}).at(10us).done(1);
  EXPECT_EQ(overflowed.verdict(), "");
  HandLog flushed = shared("L1b");
  flushed.at(0ns).arrive(1).at(1us).close().start({0}).at(9us).done(0);
  EXPECT_EQ(flushed.verdict(), "");
}

// TF 2.11: a closing flushes no priority-aware queue; the oldest of all counts.
TEST(L1b, KnowsPriorityAwareQueues) {
  for (const SimDuration leaves : {2000ns, 1999ns}) {
    HandLog log = shared("L1b", {{"enable_priority_aware_batch_scheduler", "true"}});
    log.at(0ns).arrive(1, 0, 1).at(1us).arrive(1, 0, 4).close();
    log.at(leaves).timer().start({1, 0}).at(9us).done(0);
    EXPECT_EQ(log.verdict() == "", leaves == 2000ns) << leaves.count();
  }
}

// TF 3.1: created and ready are whole microseconds, so 1.9 us + 2 us is over at 3 us.
TEST(L1b, CountsWholeMicrosecondsOfTheAdaptiveScheduler) {
  for (const SimDuration leaves : {3000ns, 2999ns}) {
    HandLog log(
        "L1b", "tf-adaptive",
        {{"max_batch_size", "4"}, {"batch_timeout_micros", "2"}, {"num_batch_threads", "3"}});
    log.at(1900ns).arrive().at(leaves).timer().start({0}).at(9us).done(0);
    EXPECT_EQ(log.verdict() == "", leaves == 3000ns) << leaves.count();
  }
}

TEST(L1b, HoldsTheNaiveHandlerToItsFullBatches) {
  HandLog log("L1b", "naive-full-batch", {{"batch_size", "3"}});
  log.at(0ns).arrive().arrive().start({0, 1}).at(9us).done(0);
  EXPECT_NE(log.verdict(), "");
}

// One lane, batches of 10 us: the second one waits for exactly one, or a nanosecond longer.
TEST(L2, BitesBeyondTheBatchesAhead) {
  for (const SimDuration starts : {10000ns, 10001ns}) {
    HandLog log = shared("L2", {{"batch_timeout_micros", "0"}});
    log.at(0ns).arrive(4).start({0}).arrive(4).at(10us).done(0);
    log.at(starts).start({1}).at(starts + 10us).done(1);
    EXPECT_EQ(log.verdict() == "", starts == 10000ns) << starts.count();
  }
}

TEST(L3, BitesWhenTimePassesWithAFullBatchAndAnIdleLane) {
  for (const SimDuration starts : {100ns, 101ns}) {
    HandLog log = shared("L3");
    log.at(100ns).arrive(4).at(starts).arrive(1).start({0}).at(9us).done(0).start({1});
    log.at(10us).done(1);
    EXPECT_EQ(log.verdict() == "", starts == 100ns) << starts.count();
  }
}

TEST(L3, BitesWhenALaneIsFreeAgainAndNobodyLooks) {
  for (const SimDuration starts : {9000ns, 9001ns}) {
    HandLog log = shared("L3");
    log.at(0ns).arrive(4).start({0}).arrive(4).at(9us).done(0);
    log.at(starts).arrive(1).start({1}).at(20us).done(1).start({2}).at(21us).done(2);
    EXPECT_EQ(log.verdict() == "", starts == 9000ns) << starts.count();
  }
}

TEST(L3, LooksAtTheEndToo) {
  HandLog log = shared("L3");
  log.at(0ns).arrive(1);
  EXPECT_NE(log.verdict(), "");
  HandLog asked = shared("L3");
  asked.at(0ns).arrive(1).wake(2us).at(2us).timer().start({0}).at(3us).done(0);
  EXPECT_EQ(asked.verdict(), "");
}

// TF 2.8: 3 rows of which 2 are kept after 10 us: the rest counts from 0 + 10 * 2 / 3 us.
TEST(L3, FollowsTheTimeOutThatATrimMoves) {
  for (const SimDuration starts : {16000ns, 16001ns}) {
    HandLog log = shared("L3", {{"batch_timeout_micros", "10"},
                                {"num_batch_threads", "2"},
                                {"allowed_batch_sizes", "2,4"},
                                {"batch_padding_policy", "BATCH_DOWN"}});
    log.at(0ns).arrive().arrive().arrive().at(10us).timer().start({0, 1});
    log.at(starts).timer().start({2}).at(20us).done(0).done(1);
    EXPECT_EQ(log.verdict() == "", starts == 16000ns) << starts.count();
  }
}

TEST(L3c, BitesWhenAFittingRequestStaysBehind) {
  for (const std::uint32_t rows : {2u, 1u}) {
    HandLog log = shared("L3c");
    log.at(0ns).arrive(3).arrive(rows).at(2us).timer().start({0});
    log.at(9us).done(0).start({1}).at(10us).done(1);
    EXPECT_EQ(log.verdict() == "", rows == 2) << rows;
  }
}

TEST(L3c, LetsATrimLeaveExactlyAnAllowedSize) {
  for (const bool trims : {true, false}) {
    HandLog log = shared("L3c", {{"allowed_batch_sizes", "2,4"},
                                 {"batch_padding_policy", trims ? "BATCH_DOWN" : "PAD_UP"}});
    log.at(0ns).arrive().arrive().arrive().at(2us).timer().start({0, 1});
    EXPECT_EQ(log.verdict() == "", trims);
  }
  HandLog untrimmed =
      shared("L3c", {{"allowed_batch_sizes", "2,4"}, {"batch_padding_policy", "BATCH_DOWN"}});
  untrimmed.at(0ns).arrive().arrive().arrive().at(2us).timer().start({0, 1, 2});
  EXPECT_NE(untrimmed.verdict(), "");
}

// Queue 1 is due before the second batch of queue 0 leaves, or in the same step and after it.
TEST(L4, BitesWhenAQueueIsServedTwiceWhileAnotherIsDue) {
  for (const bool due_before : {false, true}) {
    HandLog log = shared("L4", {{"num_batch_threads", "2"}});
    log.at(0ns).arrive(4, 0).arrive(4, 0);
    if (due_before) {
      log.arrive(4, 1);
    }
    log.start({0});
    if (!due_before) {
      log.arrive(4, 1);
    }
    log.start({1});
    EXPECT_EQ(log.verdict() == "", !due_before);
  }
}

TEST(L4, CountsATimeOutAsDueFromItsNanosecondOn) {
  for (const SimDuration second : {1999ns, 2000ns}) {
    HandLog log = shared("L4", {{"num_batch_threads", "2"}});
    log.at(0ns).arrive(1, 1).at(second).arrive(4, 0).start({1}).at(3us).arrive(4, 0).start({2});
    EXPECT_EQ(log.verdict() == "", second == 1999ns) << second.count();
  }
}

TEST(L5, BitesWhenARequestThatFitsItsOwnQueueIsRefused) {
  for (const std::uint32_t rows : {2u, 1u}) {
    HandLog log = shared("L5");
    log.at(0ns).arrive(4, 1).arrive(3, 0).arrive(rows, 0);
    log.refuse(Status::kUnavailable, Reason::kQueueFull);
    EXPECT_EQ(log.verdict() == "", rows == 2) << rows;
  }
}

TEST(L6, BitesWhenALaterQueueGoesFirstThoughRanked) {
  for (const SimDuration other : {100ns, 99ns}) {
    HandLog log = shared("L6", {{"rank_queues", "true"}});
    log.at(99ns).arrive(1, 2).at(other == 99ns ? 99ns : 100ns).arrive(4, 1);
    log.at(100ns).arrive(4, 0).start({2});
    EXPECT_EQ(log.verdict() == "", other == 100ns) << other.count();
  }
}

TEST(L6, BitesWhenAMoreCriticalRequestStays) {
  for (const std::uint8_t priority : {std::uint8_t{2}, std::uint8_t{3}}) {
    HandLog log = shared("L6", {{"enable_priority_aware_batch_scheduler", "true"}});
    log.at(0ns).arrive(4, 0, 2).arrive(4, 0, priority).start({0});
    EXPECT_EQ(log.verdict() == "", priority == 2);
  }
}

TEST(L6, BitesWhenLowPriorityRequestsGoAloneWhileOthersWait) {
  for (const std::uint8_t priority : {std::uint8_t{2}, std::uint8_t{0}}) {
    HandLog log = shared("L6", {{"enable_priority_queue", "true"},
                                {"low_priority_max_batch_size", "1"},
                                {"low_priority_max_enqueued_batches", "4"}});
    log.at(0ns).arrive(1, 0, priority).arrive(1, 0, 1).start({1});
    EXPECT_EQ(log.verdict() == "", priority == 2);
  }
}

// One batch was assembled before it came; a second one is one too many.
TEST(L6, CountsTheBatchesThatOvertakeAMoreCriticalRequest) {
  for (const bool second : {false, true}) {
    HandLog log("L6", "tf-jit", {{"max_batch_size", "1"}, {"num_batch_threads", "2"}});
    log.at(0ns).arrive(1, 0, 1).arrive(1, 0, 1).arrive(1, 0, 4).start({0});
    if (second) {
      log.start({1});
    }
    EXPECT_EQ(log.verdict() == "", !second);
  }
}

// Two queues of two batches, one lane, batches of 10 us: (2 * 2 + 1) * 10 us at most.
TEST(L7, BitesBeyondTheGuaranteedLatency) {
  for (const SimDuration ends : {50000ns, 50001ns}) {
    HandLog log = shared("L7");
    log.at(0ns).arrive(1, 1).arrive(1, 0).start({0}).at(10us).done(0);
    log.at(ends - 10us).start({1}).at(ends).done(1);
    EXPECT_EQ(log.verdict() == "", ends == 50000ns) << ends.count();
  }
}

TEST(L8, BitesAtTheSecondTimerOfOneInstant) {
  for (const SimDuration second : {101ns, 100ns}) {
    HandLog log = shared("L8");
    log.at(0ns).arrive().at(100ns).timer().at(second).timer();
    EXPECT_EQ(log.verdict() == "", second == 101ns) << second.count();
  }
}

TEST(L8, BitesWhenBatchesWithoutRequestsKeepComing) {
  HandLog log("L8", "tf-streaming", {{"num_batch_threads", "1"}});
  log.at(0ns).arrive();  // may open two; and one lane
  for (std::uint64_t batch = 0; batch < 3; ++batch) {
    log.start_unsealed().seal(batch).done(batch);
  }
  EXPECT_EQ(log.verdict(), "");
  log.start_unsealed();
  EXPECT_NE(log.verdict(), "");
}

}  // namespace
}  // namespace lockstep

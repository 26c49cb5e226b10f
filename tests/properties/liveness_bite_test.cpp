// Each property of liveness, and each identity, catches a run that breaks it.
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "tests/properties/hand_log.h"

namespace lockstep {
namespace {

using namespace std::chrono_literals;

HandLog shared_log(std::string_view property, const OptionValues& more = {}) {
  OptionValues options = {
      {"max_batch_size", "4"}, {"batch_timeout_micros", "2"}, {"num_batch_threads", "2"}};
  for (const auto& option : more) {
    options.push_back(option);
  }
  return HandLog(property, "tf-shared", options);
}

// One batch of 10 us after the last arrival: 10 us, and two waits of 2 us.
TEST(V1, BitesBeyondTheBoundAfterTheLastEvent) {
  for (const SimDuration ends : {14000ns, 14001ns}) {
    HandLog log = shared_log("V1");
    log.at(0ns).arrive().at(ends - 10us).start({0}).at(ends).done(0);
    EXPECT_EQ(log.verdict() == "", ends == 14000ns) << ends.count();
  }
}

TEST(V1, BitesWhenSomeoneIsNeverAnswered) {
  HandLog log = shared_log("V1");
  log.at(0ns).arrive().arrive().at(2us).start({0}).at(3us).done(0);
  EXPECT_NE(log.verdict(), "");
}

TEST(V2, BitesOneNanosecondAfterTheClose) {
  for (const SimDuration starts : {1000ns, 1001ns}) {
    HandLog log = shared_log("V2");
    log.at(0ns).arrive().at(1us).close().at(starts).arrive(1, 1).start({0}).at(5us).done(0);
    EXPECT_EQ(log.verdict() == "", starts == 1000ns) << starts.count();
  }
}

TEST(V2, LetsPollingThreadsLookFirst) {
  for (const SimDuration starts : {4000ns, 4001ns}) {
    HandLog log = shared_log("V2", {{"idle_poll_micros", "3"}});
    log.at(0ns).arrive().at(1us).close().at(starts).timer().start({0}).at(5us).done(0);
    EXPECT_EQ(log.verdict() == "", starts == 4000ns) << starts.count();
  }
}

TEST(V3, BitesWhenSomeoneIsLeft) {
  HandLog log = shared_log("V3");
  log.at(0ns).arrive();
  EXPECT_NE(log.verdict(), "");
  // Nobody could: the only lanes are down.
  HandLog down = shared_log("V3");
  down.at(0ns).lane_down(0).lane_down(1).arrive();
  EXPECT_EQ(down.verdict(), "");
}

TEST(V3, LetsTheNaiveHandlerLeaveFewerThanABatch) {
  for (const int left : {2, 3}) {
    HandLog log("V3", "naive-full-batch", {{"batch_size", "3"}});
    for (int i = 0; i < left; ++i) {
      log.at(0ns).arrive();
    }
    EXPECT_EQ(log.verdict() == "", left == 2) << left;
  }
}

TEST(V3, LetsAJitQueueThatWasClosedBeAbandoned) {
  for (const bool closes : {true, false}) {
    HandLog log("V3", "tf-jit", {{"num_batch_threads", "1"}});
    log.at(0ns).arrive().start({0}).arrive();
    if (closes) {
      log.close();
    }
    log.at(1us).done(0);
    EXPECT_EQ(log.verdict() == "", closes);
  }
}

// One arrival, two lanes: 1 + 2 + 2 wake-ups may have a cause.
TEST(V4, BitesAtTheFirstWakeUpTooMany) {
  for (const int wakes : {5, 6}) {
    HandLog log = shared_log("V4");
    log.at(0ns).arrive().wake(1ns);
    for (int i = 1; i <= wakes; ++i) {
      log.at(SimDuration{i}).timer().wake(SimDuration{i + 1});
    }
    log.at(1us).timer().start({0}).at(2us).done(0);
    EXPECT_EQ(log.verdict() == "", wakes == 5) << wakes;
  }
}

TEST(V5, BitesWhenALaneThatCameBackIsPassedOver) {
  for (const std::uint32_t lane : {0u, 1u}) {
    HandLog log = shared_log("V5");
    log.at(0ns).lane_down(0).at(1us).lane_up(0);
    log.at(2us).arrive(4).start({0}, lane).at(3us).done(0);
    EXPECT_EQ(log.verdict() == "", lane == 0) << lane;
  }
}

// Triton #8870: a counter drifts, and lanes idle while batches wait.
TEST(V5, BitesWhenTheAdaptiveSchedulerLeavesAllLanesIdle) {
  for (const SimDuration starts : {3000ns, 3001ns}) {
    HandLog log("V5", "tf-adaptive", {{"batch_timeout_micros", "2"}, {"num_batch_threads", "3"}});
    log.at(0ns).arrive().at(starts).timer().start({0}).at(9us).done(0);
    EXPECT_EQ(log.verdict() == "", starts == 3000ns) << starts.count();
  }
}

TEST(V5, BitesWhenTheLoopsOfTheSerialDeviceSleepTooLong) {
  for (const SimDuration starts : {1'000'000ns, 1'000'001ns}) {
    HandLog log("V5", "tf-serial-device", {{"num_batch_threads", "3"}});
    log.at(0ns).arrive().at(starts).timer().start({0}).at(starts + 9us).done(0);
    EXPECT_EQ(log.verdict() == "", starts == 1'000'000ns) << starts.count();
  }
}

TEST(O1, BitesWhenAnAnswerIsANanosecondLate) {
  for (const SimDuration late : {0ns, 1ns}) {
    HandLog log = shared_log("O1");
    log.at(0ns).arrive(1, 1, 3).arrive().at(2us).start({0}).start({1});
    log.at(5us).done(0).at(6us).done(1, late);
    EXPECT_EQ(log.verdict() == "", late == 0ns) << late.count();
  }
}

TEST(O1, BitesWhenABatchCarriesAnotherTime) {
  HandLog log = shared_log("O1");
  log.at(0ns).arrive().at(2us).start({0}).at(5us).done(0);
  log.record().batches[0].started += 1ns;
  EXPECT_NE(log.verdict(), "");
}

TEST(O2, BitesWhenTwoBatchesShareALane) {
  for (const std::uint32_t lane : {1u, 0u}) {
    HandLog log = shared_log("O2");
    log.at(0ns).arrive(4).arrive(4).start({0}, 0).at(1us).start({1}, lane);
    log.at(5us).done(0).at(6us).done(1);
    EXPECT_EQ(log.verdict() == "", lane == 1) << lane;
  }
}

TEST(O3, BitesWhenARowIsLost) {
  HandLog right = shared_log("O3");
  right.at(0ns).arrive(3).at(2us).start({0}).at(5us).done(0);
  EXPECT_EQ(right.verdict(), "");
  HandLog lost = shared_log("O3");
  lost.at(0ns).arrive(3).at(2us).start({0}).at(5us).done(0);
  --lost.record().batches[0].pieces[0].rows;
  EXPECT_NE(lost.verdict(), "");
}

TEST(O3, BitesWhenPaddingIsBelowTheRows) {
  for (const std::uint32_t padded : {3u, 2u}) {
    HandLog log = shared_log("O3");
    log.at(0ns).arrive(3).at(2us).start({0}).at(5us).done(0);
    log.record().batches[0].padded_rows = padded;
    EXPECT_EQ(log.verdict() == "", padded == 3) << padded;
  }
}

}  // namespace
}  // namespace lockstep

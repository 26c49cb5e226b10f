// When the thread behind the streaming scheduler's timer notices a deadline: it sleeps for
// no_tasks_wait_time_micros whenever it has nothing to do (TF 1.6; spelled out in the header).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scenario.h"

namespace lockstep {
namespace {

using support::Scenario;
using support::tf_streaming;
using ::testing::ElementsAre;
using namespace std::chrono_literals;

// Batches of four, ten microseconds, three threads; the thread sleeps for 1 ms at a time.
TfStreamingOptions sleepy() {
  return {.max_batch_size = 4, .batch_timeout_micros = 10, .num_batch_threads = 3};
}

// "a" at 0 and "b" at `second`; the batch of "b".
std::string second_batch(const TfStreamingOptions& options, std::chrono::nanoseconds second) {
  Scenario s(tf_streaming(options));
  s.at(0us).arrive("a").at(second).arrive("b").run();
  return s.lane_use().at(1);
}

TEST(TfStreamingCloser, IsInTimeForTheFirstBatch) {
  Scenario s(tf_streaming(sleepy()));
  s.at(0us).arrive("a").run();
  EXPECT_EQ(s.lane_use().at(0), "lane0 @0ns..@10us q0[a] timeout");
}

TEST(TfStreamingCloser, SleepsAfterADeadlineAndNoticesTheNextBatchLate) {
  // Asleep from 10 us on: it looks at 1010, 2010, ... us.
  EXPECT_EQ(second_batch(sleepy(), 11us), "lane1 @10us..@1ms10us q0[b] timeout");
  EXPECT_EQ(second_batch(sleepy(), 1000us), "lane1 @10us..@1ms10us q0[b] timeout");
}

TEST(TfStreamingCloser, IsInTimeForADeadlineAfterItsNextLook) {
  EXPECT_EQ(second_batch(sleepy(), 1'000'001ns), "lane1 @10us..@1ms10us1ns q0[b] timeout");
  EXPECT_EQ(second_batch(sleepy(), 1'009'999ns), "lane1 @10us..@1ms19us999ns q0[b] timeout");
}

TEST(TfStreamingCloser, LooksBeforeARequestOfItsInstant) {
  EXPECT_EQ(second_batch(sleepy(), 10us), "lane1 @10us..@1ms10us q0[b] timeout");
  EXPECT_EQ(second_batch(sleepy(), 1010us), "lane1 @10us..@2ms10us q0[b] timeout");
}

TEST(TfStreamingCloser, WithoutSleepIsAlwaysInTime) {
  TfStreamingOptions ideal = sleepy();
  ideal.no_tasks_wait_time_micros = 0;
  EXPECT_EQ(second_batch(ideal, 11us), "lane1 @10us..@21us q0[b] timeout");
  EXPECT_EQ(second_batch(ideal, 1010us), "lane1 @10us..@1ms20us q0[b] timeout");
}

TEST(TfStreamingCloser, IsInTimeWhileItIsBusyWithAnEarlierDeadline) {
  // "b" overflows before the deadline of "a", so the thread is awake at 10 us and takes over "b".
  Scenario s(tf_streaming(sleepy()));
  s.at(0us).arrive("a", {.rows = 3}).at(9us).arrive("b", {.rows = 3}).run();
  EXPECT_EQ(s.lane_use().at(1), "lane1 @9us..@19us q0[b] timeout");
}

TEST(TfStreamingCloser, SleepsAlsoAfterADeadlineOfABatchThatIsLongClosed) {
  // Full at 4 us. The deadline of 10 us closes nothing, but from then on the thread sleeps.
  for (const auto second : {9'999ns, 10'000ns}) {
    Scenario s(tf_streaming(sleepy()));
    s.at(0us).arrive("a").at(4us).arrive("full", {.rows = 3}).at(second).arrive("b").run();
    EXPECT_EQ(s.lane_use().at(1), second == 10us ? "lane1 @4us..@1ms10us q0[b] timeout"
                                                 : "lane1 @4us..@19us999ns q0[b] timeout");
  }
}

TEST(TfStreamingCloser, ADeadlineThatIsReplacedDuringTheSleepIsStillNoticedAtTheLook) {
  // Asleep until 1010 us; "b" is due at 30 us and overflows, "c" is due at 40 us.
  Scenario s(tf_streaming(sleepy()));
  s.at(0us).arrive("a").at(20us).arrive("b", {.rows = 3}).at(30us).arrive("c", {.rows = 3});
  s.at(5ms).arrive("d").run();
  EXPECT_THAT(s.lane_use(),
              ElementsAre("lane0 @0ns..@10us q0[a] timeout", "lane1 @10us..@30us q0[b] overflow",
                          "lane0 @30us..@1ms10us q0[c] timeout",
                          // It slept from 1010 us on, and looks at 5010 us.
                          "lane1 @1ms10us..@5ms10us q0[d] timeout", "lane0 @5ms10us.. q0[]"));
}

}  // namespace
}  // namespace lockstep

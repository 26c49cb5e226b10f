// The scheduler that docs/adding_a_scheduler.md shows: it compiles, and does what the page says.
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scenario.h"

namespace lockstep::examples {

std::unique_ptr<Scheduler> make_fixed_size_or_timeout(std::size_t size, SimDuration timeout,
                                                      std::uint32_t lane_count);

namespace {

using support::Scenario;
using support::SchedulerUnderTest;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

// Two requests or 10 us, on one lane.
SchedulerUnderTest two_or_ten_micros(std::uint32_t lanes = 1) {
  return {.scheduler = make_fixed_size_or_timeout(2, 10us, lanes), .lane_count = lanes};
}

TEST(FixedSizeOrTimeout, SendsAFullBatchAtOnce) {
  Scenario s(two_or_ten_micros());
  s.at(0us).arrive("a").at(3us).arrive("b").run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@3us q0[a,b] full lane0"));
  EXPECT_THAT(s.answers(), ElementsAre("@3us a OK answered", "@3us b OK answered"));
}

TEST(FixedSizeOrTimeout, LetsARequestJoinOneNanosecondBeforeTheTimeout) {
  Scenario s(two_or_ten_micros());
  s.at(0us).arrive("a").at(9'999ns).arrive("b").run();
  EXPECT_THAT(s.members_at(), ElementsAre("@9us999ns q0[a,b]"));
}

TEST(FixedSizeOrTimeout, SendsWhatIsThereExactlyAtTheTimeout) {
  Scenario s(two_or_ten_micros());
  s.at(0us).arrive("a").at(10us).arrive("b").run();
  EXPECT_THAT(s.dispatches(),
              ElementsAre("@10us q0[a] timeout lane0", "@20us q0[b] timeout lane0"));
}

TEST(FixedSizeOrTimeout, KeepsTheOverdueBatchOpenWhileTheLaneIsBusy) {
  Scenario s(two_or_ten_micros());
  s.batch_takes(0, 40us).at(0us).arrive("a").arrive("b");
  s.at(5us).arrive("c").at(30us).arrive("d").arrive("e").run();
  EXPECT_THAT(s.dispatches_with_due_times(),
              ElementsAre("@0ns q0[a,b] full due 0ns lane0", "@40us q0[c,d] timeout due 15us lane0",
                          "@40us q0[e] timeout due 40us lane0"));
}

TEST(FixedSizeOrTimeout, DoesNotMixQueues) {
  Scenario s(two_or_ten_micros(2));
  s.at(0us).arrive("a").at(1us).arrive("p", {.queue = 1}).at(2us).arrive("b").run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@2us q0[a,b] full lane0", "@11us q1[p] timeout lane0"));
  EXPECT_THAT(s.unanswered(), IsEmpty());
}

}  // namespace
}  // namespace lockstep::examples

// Deadlines of whole batches, as TF-Serving's batching sessions keep them (TF 2.13).
#include "core/schedulers/tf_batching_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scenario.h"

namespace lockstep {
namespace {

using support::Scenario;
using support::tf_shared;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

TfSharedOptions session(std::int64_t batch_timeout_micros = 0) {
  return TfSharedOptions{.max_batch_size = 4,
                         .batch_timeout_micros = batch_timeout_micros,
                         .max_enqueued_batches = 10,
                         .num_batch_threads = 1,
                         .batching_session = true};
}

// Requests of up to 8 rows, cut into batches of up to 4.
TfSharedOptions splitting_session() {
  TfSharedOptions options = session();
  options.extras.enable_large_batch_splitting = true;
  options.extras.max_execution_batch_size = 4;
  options.max_batch_size = 8;
  return options;
}

// "x" keeps the only thread busy until 5 ms; what arrived meanwhile leaves then.
Scenario& behind_x(Scenario& s) {
  return s.batch_takes(0, 5ms).at(0us).arrive("x", {.rows = 4});
}

TEST(TfBatchingSession, ABatchWhoseLastDeadlineIsNowIsNotExecuted) {
  Scenario s(tf_shared(session()));
  behind_x(s).batch_takes(1, 9ms);
  s.at(1ms).arrive("a", {.timeout = 3ms}).arrive("b", {.timeout = 4ms}).run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@0ns q0[x] full lane0", "@5ms q0[a,b] expired lane0"));
  EXPECT_THAT(s.answers(), ElementsAre("@5ms x OK answered", "@5ms a RESOURCE_EXHAUSTED expired",
                                       "@5ms b RESOURCE_EXHAUSTED expired"));
}

TEST(TfBatchingSession, OneNanosecondBeforeItIsExecutedWithThoseThatAreLate) {
  Scenario s(tf_shared(session()));
  behind_x(s).batch_takes(1, 9ms);
  s.at(1ms).arrive("a", {.timeout = 3ms}).arrive("b", {.timeout = 4ms + 1ns}).run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@0ns q0[x] full lane0", "@5ms q0[a,b] greedy lane0"));
  EXPECT_THAT(s.answers(),
              ElementsAre("@5ms x OK answered", "@14ms a OK answered", "@14ms b OK answered"));
}

TEST(TfBatchingSession, ABatchThatIsNotExecutedFreesItsThreadAtOnce) {
  Scenario s(tf_shared(session()));
  behind_x(s);
  s.at(1ms).arrive("a", {.rows = 3, .timeout = 1ms}).arrive("b", {.rows = 3}).run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@0ns q0[x] full lane0", "@5ms q0[a] expired lane0",
                                          "@5ms q0[b] greedy lane0"));
  EXPECT_EQ(s.batches().at(1).record.finished, SimTime{5ms});
  EXPECT_EQ(s.batches().at(1).record.device_start, SimTime{5ms});
  EXPECT_EQ(s.batches().at(1).record.padded_rows, 0u);  // executed
}

// The latest deadline is 3.9 ms away when the batch starts: it may run for 3 ms.
TEST(TfBatchingSession, ABatchMayRunForTheWholeMillisecondsThatAreLeft) {
  for (const SimDuration more : {0ns, 1ns}) {
    Scenario s(tf_shared(session()));
    behind_x(s).batch_takes(1, 3ms + more);
    s.at(1ms).arrive("a", {.timeout = 1ms}).arrive("b", {.timeout = 7ms + 900us}).run();
    ASSERT_EQ(s.ends().size(), 3u);
    for (const std::size_t late : {1u, 2u}) {
      EXPECT_EQ(s.ends()[late].at, SimTime{8ms + more});  // the thread stays until it is through
      EXPECT_EQ(s.ends()[late].status, more == 0ns ? Status::kOk : Status::kDeadlineExceeded);
      EXPECT_EQ(s.ends()[late].reason, more == 0ns ? Reason::kAnswered : Reason::kExpired);
    }
  }
}

TEST(TfBatchingSession, LessThanAMillisecondIsNoLimit) {
  for (const SimDuration left : {SimDuration{1ms}, SimDuration{1ms - 1ns}}) {
    Scenario s(tf_shared(session()));
    behind_x(s).batch_takes(1, 1h);
    s.at(1ms).arrive("a", {.timeout = 4ms + left}).run();
    EXPECT_EQ(s.ends().at(1).status, left == 1ms ? Status::kDeadlineExceeded : Status::kOk);
  }
}

// INT_MAX us, as upstream reads "no time-out".
TEST(TfBatchingSession, WithoutATimeoutTheDeadlineIs2147SecondsAway) {
  constexpr SimDuration kNoTimeout = 2'147'483'647us;
  for (const SimDuration early : {1ns, 0ns}) {
    Scenario s(tf_shared(session()));
    s.batch_takes(0, 2h).batch_takes(1, 1us);
    s.at(0us).arrive("x", {.rows = 4}).at(2h - kNoTimeout + early).arrive("a").run();
    EXPECT_EQ(s.ends().at(1).status, early == 1ns ? Status::kOk : Status::kResourceExhausted);
  }
}

TEST(TfBatchingSession, APieceThatExpiresFailsItsRequestOnceTheOthersAreDone) {
  Scenario s(tf_shared(splitting_session()));
  s.batch_takes(0, 2ms).batch_takes(1, 3ms);
  // Pieces of 4 and 2 rows: the first runs from 0 to 2 ms, the second would start at its deadline.
  s.at(0us).arrive("a", {.rows = 6, .timeout = 2ms}).run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@0ns q0[a] full lane0", "@2ms q0[a] expired lane0"));
  EXPECT_THAT(s.answers(), ElementsAre("@2ms a RESOURCE_EXHAUSTED expired"));
  EXPECT_THAT(s.unanswered(), IsEmpty());
}

// The first piece is through too late, the second one is in time for nobody: the first error and
// its reason are the request's.
TEST(TfBatchingSession, TheReasonOfASplitRequestIsThatOfItsFirstError) {
  Scenario s(tf_shared(splitting_session()));
  s.batch_takes(0, 2ms).batch_takes(1, 3ms);
  // "late" may run for 1 ms; its second piece leaves with "b", which has no time-out.
  s.at(0us).arrive("late", {.rows = 6, .timeout = 1ms + 900us}).at(1us).arrive("b").run();
  EXPECT_THAT(s.dispatches(),
              ElementsAre("@0ns q0[late] full lane0", "@2ms q0[late,b] greedy lane0"));
  EXPECT_THAT(s.answers(),
              ElementsAre("@5ms late DEADLINE_EXCEEDED expired", "@5ms b OK answered"));
}

TEST(TfBatchingSession, OffByDefault) {
  TfSharedOptions options = session();
  options.batching_session = TfSharedOptions{}.batching_session;
  Scenario s(tf_shared(options));
  behind_x(s);
  s.at(1ms).arrive("a", {.timeout = 1ms}).run();
  EXPECT_THAT(s.answers(), ElementsAre("@5ms x OK answered", "@5ms a OK answered"));
}

}  // namespace
}  // namespace lockstep

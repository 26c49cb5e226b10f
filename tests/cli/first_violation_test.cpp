// lockstep diagram --first-violation as a person uses it.
#include "cli/first_violation.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/forged_run.h"
#include "tests/support/program.h"
#include "tests/support/run_log_builder.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class FirstViolation : public ProgramTest {
 protected:
  // Few requests, which leave with their time-outs, after 2 ms each.
  void record(const std::string& more = "") {
    const ProgramResult result =
        run("replay --arrivals poisson:300/s --requests 200 --gpu 1ms+50us/row --set "
            "batch_timeout_micros=2000 --set num_batch_threads=2 --set max_batch_size=8" +
            more);
    ASSERT_EQ(result.exit_code, 0) << result.output;
  }
  // The log says that the server was told to wait for 1 ms alone.
  void promise_less() {
    forge_settings(directory_ + "/runs/last", {{"batch_timeout_micros", "1000"}});
  }
};

TEST_F(FirstViolation, IsDrawnWithBothItsNumbers) {
  record();
  promise_less();
  const ProgramResult result = run("diagram --first-violation -o first.svg");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output,
              MatchesRegex("diagram: first.svg\n"
                           "violation: dispatch-within-timeout \\(L1\\)  a batch is due .* "
                           "request 0  queue 0  lane 0  at 8.267522ms; 3 more properties do not "
                           "hold: lockstep check runs/last --only properties\n"));
  const std::string svg = read("first.svg");
  EXPECT_THAT(svg, HasSubstr("id=\"violation&#45;0\""));
  EXPECT_THAT(svg, HasSubstr(">dispatch&#45;within&#45;timeout (L1): waited 2 ms, bound: at most "
                             "1 ms</text>"));
  EXPECT_EQ(run("check --only properties").exit_code, 1);
}

TEST_F(FirstViolation, IsWrittenAsTextToo) {
  record();
  promise_less();
  const ProgramResult result = run("diagram runs/last --first-violation --text");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, HasSubstr("\nVIOLATED dispatch-within-timeout (L1): waited 2 ms, "
                                       "bound: at most 1 ms; from 0 ns to 2 ms\n"));
  EXPECT_THAT(result.output, HasSubstr("\nviolation: dispatch-within-timeout (L1)  "));
  EXPECT_FALSE(exists("diagram.svg"));
}

TEST_F(FirstViolation, OfARunThatBreaksNothingIsNotThere) {
  record();
  const ProgramResult result = run("diagram --first-violation");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.output,
            "error: found no violation in runs/last, expected one to draw: 33 properties were "
            "judged and hold, 4 were not checked\n");
  EXPECT_FALSE(exists("diagram.svg"));
}

TEST_F(FirstViolation, OfAUsersSchedulerNeedsIt) {
  const std::string plugin = std::string(" --plugin ") + LOCKSTEP_EXAMPLE_PLUGIN;
  record(plugin);
  EXPECT_THAT(run("diagram --first-violation").output, HasSubstr("expected --plugin LIB"));
  EXPECT_THAT(run("diagram --first-violation" + plugin).output,
              HasSubstr("error: found no violation in runs/last"));
  const ProgramResult alone = run("diagram" + plugin);
  EXPECT_EQ(alone.exit_code, 2);
  EXPECT_THAT(alone.output, HasSubstr("found --plugin or --exec without --first-violation"));
}

TEST_F(FirstViolation, IsAWindowOfItsOwn) {
  record();
  const ProgramResult result = run("diagram --first-violation --worst");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("found several windows"));
}

const RunLog kLog = make_run_log({.requests = 16});

TEST(ViolationMark, SpansTheWaitOfItsRequest) {
  const SimTime arrival = kLog.requests[3].arrival;
  const DiagramViolation mark = as_mark({.property = "L1",
                                         .found = "a batch is due",
                                         .request = RequestId{3},
                                         .at = arrival + SimDuration{2'000'000},
                                         .until = arrival + SimDuration{2'000'001}},
                                        kLog);
  EXPECT_EQ(mark.rule, "dispatch-within-timeout (L1)");
  EXPECT_EQ(mark.measured, "waited 2.000001 ms");
  EXPECT_EQ(mark.bound, "at most 2 ms");
  EXPECT_EQ(mark.from, arrival);
  EXPECT_EQ(mark.to, arrival + SimDuration{2'000'001});
  EXPECT_EQ(mark.batch, kLog.requests[3].batch);
}

TEST(ViolationMark, WaitsForEverWhereNothingFollows) {
  const DiagramViolation mark = as_mark({.property = "L1",
                                         .request = RequestId{3},
                                         .at = kLog.requests[3].arrival,
                                         .until = kForever},
                                        kLog);
  EXPECT_EQ(violation_text(mark),
            "dispatch-within-timeout (L1): waits for ever, bound: at most 0 ns");
  EXPECT_EQ(mark.to, kForever);
}

TEST(ViolationMark, TellsTheNumbersOfACheckersSentenceApart) {
  const auto text = [](const std::string& found) {
    return violation_text(as_mark({.property = "S4", .found = found}, kLog));
  };
  EXPECT_EQ(text("5 > 4 rows in a batch"),
            "batch-size-bound (S4): 5, bound: at most 4 rows in a "
            "batch");
  EXPECT_EQ(text("padded to 3 rows < 4"),
            "batch-size-bound (S4): padded to 3 rows, bound: at "
            "least 4");
  EXPECT_EQ(text("an empty batch was started"),
            "batch-size-bound (S4): an empty batch was "
            "started");
}

TEST(ViolationMark, OfWhomTheLogDoesNotKnowIsAnInstant) {
  const SimTime at = kLog.requests[3].arrival;
  const DiagramViolation mark =
      as_mark({.property = "S1", .request = RequestId{99}, .batch = BatchId{99}, .at = at}, kLog);
  EXPECT_FALSE(mark.request || mark.batch);
  EXPECT_EQ(mark.from, at);
  EXPECT_EQ(mark.to, at);
  EXPECT_EQ(violation_window(mark).kind, WindowChoice::Kind::kInstant);
}

}  // namespace
}  // namespace lockstep

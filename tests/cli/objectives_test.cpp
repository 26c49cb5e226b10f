// lockstep replay --slo: verdicts and their exit codes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

class Objectives : public ProgramTest {};

TEST_F(Objectives, JudgesObjectives) {
  EXPECT_EQ(run(std::string(kSmall) + " --no-log --slo p99=19ms --slo p50=13ms").exit_code, 0);
  const ProgramResult missed = run(std::string(kSmall) + " --no-log --slo p99=18ms");
  EXPECT_EQ(missed.exit_code, 1);
  EXPECT_THAT(missed.output, HasSubstr("FAIL slo  p99 18.456576ms (within 0.1 %: no log) > 18ms"));
  const ProgramResult exact = run(std::string(kSmall) + " --slo p99=18ms");
  EXPECT_EQ(exact.exit_code, 1);
  EXPECT_THAT(exact.output, HasSubstr("FAIL slo  p99 18.461555ms > 18ms"));
}

// 83 of 100 are refused: no quantile of those that got through can hide that.
TEST_F(Objectives, ARefusedRequestIsSlowerThanAnyObjective) {
  const std::string flood =
      "replay --arrivals poisson:100000/s --requests 1000 --gpu 1ms+50us/row --no-log --set "
      "max_batch_size=4 --set num_batch_threads=1 --set max_enqueued_batches=1";
  const ProgramResult result = run(flood + " --slo p50=10s");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("FAIL slo  p50 limit 10s, but "));
  EXPECT_THAT(result.output, HasSubstr(" of 1000 requests got no answer"));
  EXPECT_EQ(run(flood + " --slo mean=10s").exit_code, 1);
}

TEST_F(Objectives, GivesNoVerdictInsideTheErrorOfTheHistogram) {
  const ProgramResult near = run(std::string(kSmall) + " --no-log --slo p99=18.46ms");
  EXPECT_EQ(near.exit_code, 4) << near.output;
  EXPECT_THAT(near.output,
              HasSubstr("no verdict on --slo p99=18.46ms: 18.456576ms is within 0.1 %"));
  EXPECT_EQ(run(std::string(kSmall) + " --slo p99=18.46ms").exit_code, 1);
}

TEST_F(Objectives, HasNoVerdictOnObjectivesWithoutAnAnswer) {
  const std::string flood = "replay --arrivals poisson:1/s --gpu 1ms+50us/row --no-log --requests ";
  EXPECT_EQ(run(flood + "1 --slo p99=1s").exit_code, 0);
  const ProgramResult nothing = run(flood + "0 --slo p99=1s");
  EXPECT_EQ(nothing.exit_code, 4);
  EXPECT_THAT(nothing.output, HasSubstr("no request arrived"));
}

TEST_F(Objectives, LeaveTheirVerdictsForCi) {
  const std::string small = "replay --arrivals poisson:1/s --gpu 1ms+50us/row --requests 3 ";
  const ProgramResult missed =
      run(small + "--no-log --slo p50=1s --slo max=1us --junit verdict.xml");
  EXPECT_EQ(missed.exit_code, 1) << missed.output;
  EXPECT_THAT(read("verdict.xml"), HasSubstr("tests=\"2\" failures=\"1\""));
  EXPECT_THAT(read("verdict.xml"), HasSubstr("name=\"p50 at most 1s\"/>"));
  EXPECT_THAT(read("verdict.xml"), HasSubstr("<failure message=\"FAIL slo  max "));
  const ProgramResult nothing_to_judge = run(small + "--no-log --junit verdict.xml");
  EXPECT_EQ(nothing_to_judge.exit_code, 2);
  EXPECT_THAT(nothing_to_judge.output, HasSubstr("found --junit without --slo"));
}

}  // namespace
}  // namespace lockstep

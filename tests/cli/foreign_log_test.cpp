// lockstep check --map: what can be said of a log that another server wrote.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

constexpr const char* kMap =
    "arrival=t_in:us,dispatched=t_start:us,finished=t_end:us,batch=batch,lane=worker,size=rows";

class ForeignLogs : public ProgramTest {
 protected:
  // Three requests of one queue, the first alone in its batch.
  void log(const std::string& second, const std::string& third) {
    write("log.csv",
          "t_in,t_start,t_end,batch,worker,rows\n0,2,6,b1,w1,1\n" + second + "\n" + third + "\n");
  }
  [[nodiscard]] ProgramResult check(const std::string& more) {
    return run("check log.csv --map " + std::string(kMap) + " " + more);
  }
};

TEST_F(ForeignLogs, HoldWhatIsClaimedOfThem) {
  log("1,6,9,b2,w1,1", "2,6,9,b2,w1,1");
  const ProgramResult result = check("--set max_batch_size=2 --claim fifo");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output,
              HasSubstr("not checked: dispatch-within-timeout (L1): the log does not"));
  EXPECT_THAT(result.output, HasSubstr("all hold"));
}

TEST_F(ForeignLogs, OneRowTooManyIsFound) {
  log("1,6,9,b2,w1,1", "2,6,9,b2,w1,2");
  const ProgramResult result = check("--set max_batch_size=2");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("FAIL batch-size-bound  3 > 2 rows in a batch  batch 1"));
}

TEST_F(ForeignLogs, OvertakingIsFoundWhereOrderIsClaimed) {
  log("1,8,9,b2,w2,1", "2,3,7,b3,w3,1");
  EXPECT_EQ(check("").exit_code, 0);
  const ProgramResult result = check("--claim fifo");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("FAIL fifo-per-class  left before request 1"));
}

TEST_F(ForeignLogs, AnUnknownClaimIsAnErrorThatNamesAllOfThem) {
  log("1,6,9,b2,w1,1", "2,6,9,b2,w1,1");
  const ProgramResult result = check("--claim fair");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output,
              HasSubstr("found --claim 'fair', expected fifo, fifo-per-queue, work-"));
  EXPECT_THAT(result.output, HasSubstr("queue-wait-bound or latency-bound"));
  EXPECT_EQ(check("--claim replies-in-order").exit_code, 0);
}

TEST_F(ForeignLogs, TwoBatchesOnOneLaneAtOnceAreFound) {
  log("1,5,9,b2,w1,1", "2,5,9,b2,w1,1");
  const ProgramResult result = check("");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("FAIL one-batch-per-lane"));
}

TEST_F(ForeignLogs, WrongFieldsHaveAPlace) {
  log("1,6,9,b2,w1,1", "x,6,9,b2,w1,2");
  const ProgramResult wrong = check("");
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.output, HasSubstr("log.csv:4:1: found \"x\", expected arrival"));
  log("1,6,9,b2,w1,1", "2,7,9,b2,w1,2");
  EXPECT_THAT(check("").output,
              HasSubstr("log.csv:4:1: found another dispatched or lane than in line "
                        "3, expected the same"));
}

}  // namespace
}  // namespace lockstep

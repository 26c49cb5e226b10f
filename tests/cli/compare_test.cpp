// lockstep compare as a person uses it.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

class CompareVerb : public ProgramTest {
 protected:
  void replay(const std::string& out, const std::string& options) {
    const ProgramResult result =
        run("replay --arrivals poisson:1500/s --requests 500 --gpu 2ms+100us/row "
            "--set max_batch_size=8 --set num_batch_threads=2 " +
            options + " --out " + out);
    ASSERT_EQ(result.exit_code, 0) << result.output;
  }
};

TEST_F(CompareVerb, JudgesTheSecondRunByTheFirst) {
  replay("a", "--set batch_timeout_micros=2000");
  replay("b", "--set batch_timeout_micros=50000");
  const ProgramResult same = run("compare a a --max-regression p99=0% --max-regression mean=0%");
  EXPECT_EQ(same.exit_code, 0) << same.output;
  EXPECT_THAT(same.output, HasSubstr("(100.0 %) are identical"));
  const ProgramResult slower = run("compare a b --max-regression p50=0.5%");
  EXPECT_EQ(slower.exit_code, 1) << slower.output;
  EXPECT_THAT(slower.output, HasSubstr("first divergence at batch "));
  EXPECT_THAT(slower.output, HasSubstr("\nFAIL regression  p50 "));
  EXPECT_EQ(run("compare a b --max-regression p50=10000%").exit_code, 0);
}

TEST_F(CompareVerb, SaysWhereTheTwoDecideDifferentlyAndWhy) {
  replay("a", "--set batch_timeout_micros=2000");
  replay("b", "--set batch_timeout_micros=50000");
  const ProgramResult result = run("compare a b");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("\nbatch_timeout_micros  2000  50000\n"));
  EXPECT_THAT(result.output, HasSubstr("\nfirst divergent decision, after 0 same ones\n  A at "));
  EXPECT_THAT(result.output, HasSubstr(", timeout\n  B at "));
  EXPECT_THAT(result.output, HasSubstr(", full\n"));
  EXPECT_THAT(result.output, HasSubstr("(95 %, 20 batch means)"));
  const ProgramResult same = run("compare a a");
  EXPECT_THAT(same.output, HasSubstr("mean of B - A by request: 0 ns +- 0 ns"));
  EXPECT_EQ(same.output.find("divergen"), std::string::npos);
}

TEST_F(CompareVerb, LeavesItsVerdictForMachines) {
  replay("a", "--set batch_timeout_micros=2000");
  replay("b", "--set batch_timeout_micros=50000");
  const ProgramResult result =
      run("compare a b --json --max-regression p99=9000% --max-regression p50=1% --junit j.xml "
          "--svg c.svg 2>/dev/null");
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_THAT(result.output, ::testing::StartsWith("{\n  \"a\": {"));
  EXPECT_THAT(result.output, HasSubstr("\"failures\": [\n    \"FAIL regression  p50 "));
  EXPECT_THAT(read("j.xml"), HasSubstr("tests=\"2\" failures=\"1\""));
  EXPECT_THAT(read("j.xml"), HasSubstr("name=\"p99 at most +9000.0 %\"/>"));
  EXPECT_THAT(read("c.svg"), ::testing::EndsWith("</svg>\n"));
  EXPECT_EQ(run("compare a b --svg no/such/c.svg").exit_code, 2);
}

// What three repeats of a run on a device say, and that their journals re-execute.
TEST_F(CompareVerb, TakesSeveralLiveRunsAsRepeats) {
  const std::string common =
      "replay --arrivals poisson:1500/s --requests 60 --set max_batch_size=8 "
      "--set num_batch_threads=2 --set batch_timeout_micros=2000 ";
  ASSERT_EQ(run(common + "--gpu 30us+1us/row --out sim").exit_code, 0);
  for (const char* name : {"l1", "l2", "l3"}) {
    // 4: the load generator lagged, which a busy machine may do to any run.
    EXPECT_THAT(run(common + "--on cpu --out " + name).exit_code, ::testing::AnyOf(0, 4));
  }
  const ProgramResult result = run("compare sim l1 l2 l3");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("\nre-executed: l3: a fresh core took the same "));
  EXPECT_THAT(result.output, HasSubstr("\npredicted: "));
  EXPECT_THAT(result.output, HasSubstr("\nmeasured, 3 runs    identical "));
  EXPECT_THAT(result.output, HasSubstr("\n95 % confidence "));
  EXPECT_THAT(result.output, HasSubstr("\nspread of the runs "));
  EXPECT_THAT(result.output, HasSubstr("\ntotal variation distance of A from a run "));
  EXPECT_THAT(result.output, HasSubstr("\nrows of a batch  "));
  EXPECT_THAT(result.output, HasSubstr("\nuntil it was seen "));
  EXPECT_THAT(run("compare sim l1").output, HasSubstr("\nmeasured: on cpu, p50 "));
  replay("other", "--set batch_timeout_micros=1");
  const ProgramResult no_repeat = run("compare sim l1 other");
  EXPECT_EQ(no_repeat.exit_code, 2);
  EXPECT_THAT(no_repeat.output, HasSubstr(", which it is to repeat\n"));
  // A decision of the live journal that its inputs do not give.
  ASSERT_EQ(shell("zstd -dq l1/journal.csv.zst -o j && sed -i '0,/,timeout,/s//,full,/' j && "
                  "zstd -qf j -o l1/journal.csv.zst")
                .exit_code,
            0);
  const ProgramResult altered = run("compare sim l1 --junit j.xml");
  EXPECT_EQ(altered.exit_code, 1) << altered.output;
  EXPECT_THAT(altered.output, HasSubstr("FAIL re-execution  l1: "));
  EXPECT_THAT(read("j.xml"), HasSubstr("failures=\"1\""));
}

TEST_F(CompareVerb, ReplayAgainstSaysWhereTheTwoPart) {
  const ProgramResult result =
      run("replay --arrivals poisson:1500/s --requests 100 --gpu 2ms+100us/row "
          "--set max_batch_size=8 --set num_batch_threads=2 --set batch_timeout_micros=2000 "
          "--against --set batch_timeout_micros=9000");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("\nfirst divergent decision, after "));
  EXPECT_THAT(result.output, HasSubstr(" compare runs/"));
  // Of other requests there is nothing to compare.
  const ProgramResult other =
      run("replay --arrivals poisson:1500/s --requests 100 --gpu 2ms+100us/row "
          "--set max_batch_size=8 --against --arrivals poisson:900/s");
  EXPECT_EQ(other.output.find("divergent"), std::string::npos);
}

TEST_F(CompareVerb, RefusesWhatCannotBeCompared) {
  replay("a", "--set batch_timeout_micros=2000");
  for (const char* limit : {"p98=5%", "p99", "p99=5", "p99=%", "p99=-5%", "p99=10001%", "=5%"}) {
    const ProgramResult result = run(std::string("compare a a --max-regression '") + limit + "'");
    EXPECT_EQ(result.exit_code, 2) << limit;
    EXPECT_EQ(result.output, std::string("error: found --max-regression '") + limit +
                                 "', expected mean, p50, p90 or p99 with a percentage: "
                                 "p99=5%\n");
  }
  EXPECT_EQ(run("compare a missing").exit_code, 2);
  EXPECT_EQ(run("compare a").exit_code, 2);
}

}  // namespace
}  // namespace lockstep

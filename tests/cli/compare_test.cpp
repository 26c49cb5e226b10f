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

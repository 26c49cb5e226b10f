// lockstep export as a person uses it.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

class ExportVerb : public ProgramTest {
 protected:
  void replay() {
    const ProgramResult result =
        run("replay --arrivals poisson:900/s --requests 200 --set max_batch_size=4 "
            "--set num_batch_threads=2 --set batch_timeout_micros=1000 "
            "--gpu 2ms+100us/row,h2d=100us+10us/row,d2h=50us+1us/row --out a");
    ASSERT_EQ(result.exit_code, 0) << result.output;
  }
};

// What we write is what we read: the GPU of the statistics is the one of the run.
TEST_F(ExportVerb, StatisticsGiveTheSimulatedGpuBack) {
  replay();
  EXPECT_EQ(run("export a --as triton-stats -o stats.json").output, "triton-stats: stats.json\n");
  const std::string load =
      "replay --arrivals poisson:500/s --requests 100 "
      "--set max_batch_size=4 --set num_batch_threads=1 ";
  const ProgramResult from_file = run(load + "--gpu stats.json --out b");
  ASSERT_EQ(from_file.exit_code, 0) << from_file.output;
  EXPECT_THAT(read("b/manifest.json"),
              HasSubstr("1:2.1ms,2:2.2ms,3:2.3ms,4:2.4ms,h2d=1:110us,2:120us,3:130us,4:140us,"
                        "d2h=1:51us,2:52us,3:53us,4:54us"));
}

TEST_F(ExportVerb, WritesEachFormatWholeAndTheSameAgain) {
  replay();
  for (const char* format : {"perfetto", "prometheus", "perf-analyzer", "triton-stats"}) {
    const std::string command = std::string("export a --as ") + format + " -o ";
    EXPECT_EQ(run(command + "one").exit_code, 0);
    EXPECT_EQ(run(command + "two").exit_code, 0);
    EXPECT_FALSE(read("one").empty());
    EXPECT_EQ(read("one"), read("two")) << format;
  }
  EXPECT_THAT(run("export a --as prometheus -o /dev/stdout").output,
              HasSubstr("\nnv_inference_request_success{model=\"queue\",version=\"1\"} 200\n"));
}

TEST_F(ExportVerb, RefusesWhatItCannotDo) {
  replay();
  const ProgramResult format = run("export a --as perfeto");
  EXPECT_EQ(format.exit_code, 2);
  EXPECT_EQ(format.output,
            "error: found --as 'perfeto', expected perfetto, triton-stats, prometheus or "
            "perf-analyzer (did you mean perfetto?)\n");
  EXPECT_EQ(run("export missing --as prometheus").exit_code, 2);
  EXPECT_EQ(run("export a --as prometheus -o no/such/folder").exit_code, 2);
  EXPECT_EQ(names_in("."), (std::vector<std::string>{"a"}));
}

}  // namespace
}  // namespace lockstep

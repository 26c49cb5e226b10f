#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

constexpr const char* kServer =
    " --gpu 1ms+50us/row --set num_batch_threads=2 --set max_batch_size=8 --seed 3";

// Two windows of 600 s, the second bursty, as ServeGen publishes them.
constexpr const char* kWindows =
    "0,0.5,1.2,Gamma,0.69,0.9\n600,4.0,30.5,Weibull,0.16,0.0001\n1200,0,0,,0,0\n";

class GeneratedTraffic : public ProgramTest {
 protected:
  // Everything of summary.json but the digest, which starts from the settings.
  std::string figures(const std::string& arguments) {
    const ProgramResult result = run("replay " + arguments + kServer + " --json --no-log");
    EXPECT_EQ(result.exit_code, 0) << arguments << "\n" << result.output;
    const std::size_t at = result.output.find("\"requests\"");
    EXPECT_NE(at, std::string::npos) << result.output;
    return at == std::string::npos ? "" : result.output.substr(at);
  }
};

TEST_F(GeneratedTraffic, OfEveryKindReplaysLikeItsFile) {
  write("w.csv", kWindows);
  write("sizes.csv", "arrival_ns,size\n0,1\n1,2\n2,8\n");
  const std::string mixed =
      "poisson:500/s,queue=a:3,b,size=geometric:2 + gamma:300/s,cv=3,priority=0..3,timeout=5ms";
  for (const char* spec :
       {"constant:900/s", "gamma:900/s,cv=2.5", "weibull:900/s,cv=2",
        "onoff:2000/s,on=200ms,off=200ms,idle=100/s", "ramp:100/s..900/s,over=2s",
        "diurnal:900/s,amplitude=0.8,period=3s", "servegen:w.csv,from=600s",
        "poisson:900/s,size=trace:sizes.csv", mixed.c_str()}) {
    const std::string quoted = "'" + std::string(spec) + "' --requests 2000";
    ASSERT_EQ(run("generate " + quoted + " --seed 3 -o t.csv").exit_code, 0) << spec;
    EXPECT_EQ(figures("--arrivals " + quoted), figures("t.csv")) << spec;
  }
}

TEST_F(GeneratedTraffic, EndsBeforeItsLength) {
  ASSERT_EQ(run("generate constant:10/s --length 1s -o t.csv").exit_code, 0);
  EXPECT_EQ(read("t.csv"),
            "# made by: lockstep generate constant:10/s --length 1s --seed 1\narrival_ns\n"
            "100000000\n200000000\n300000000\n400000000\n500000000\n600000000\n700000000\n"
            "800000000\n900000000\n");
  // The length counts after --load: twice the rate, twice the requests.
  EXPECT_THAT(run("replay --arrivals constant:10/s --length 1s --load 2x --no-log").output,
              HasSubstr("19 requests: generated, constant:10/s"));
  EXPECT_THAT(run("replay t.csv --load 2x --length 300ms --no-log").output,
              HasSubstr("5 requests: the arrival times of t.csv"));
}

class ScaledTraffic : public GeneratedTraffic {};

TEST_F(ScaledTraffic, SaysWhatWasDoneAndRecordsIt) {
  write("t.csv", "arrival_ns\n0\n10000000\n60000000\n");
  const std::string replay = std::string("replay t.csv") + kServer;
  const ProgramResult result =
      run(replay + " --repeat 3 --replicate 2 --load 2x --length 125ms --out a");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output,
              HasSubstr("18 requests: the arrival times of t.csv, repeated 3 times, 2 copies at "
                        "random offsets, seed 3, load 2x by compressing gaps, those before 125ms"));
  EXPECT_THAT(read("a/manifest.json"), HasSubstr("\"repeat\": \"3\""));
  EXPECT_THAT(read("a/manifest.json"), HasSubstr("\"replicate\": \"2\""));
  EXPECT_EQ(run("check a").exit_code, 0);
  const auto digest_with = [&](const std::string& more) {
    const std::string output = run(replay + more + " --json --no-log").output;
    return output.substr(output.find("\"digest\""), 40);
  };
  // Nothing is nothing, and the seed turns the copies.
  EXPECT_EQ(digest_with(" --repeat 1 --replicate 1"), digest_with(""));
  for (const char* seed : {"3", "4"}) {
    ASSERT_EQ(
        run(std::string("replay t.csv --replicate 2 --seed ") + seed + " --out s" + seed).exit_code,
        0);
  }
  EXPECT_NE(read("s3/requests.csv"), read("s4/requests.csv"));
}

TEST_F(ScaledTraffic, OfAScenarioFile) {
  write("t.csv", "arrival_ns\n0\n10000000\n60000000\n");
  write("s.lockstep.pbtxt",
        "workload { trace: \"t.csv\" repeat: 2 replicate: 3 length: \"150ms\" }\n");
  EXPECT_THAT(run("replay s.lockstep.pbtxt --no-log").output,
              HasSubstr("repeated 2 times, 3 copies at random offsets"));
  write("w.lockstep.pbtxt", "workload { arrivals: \"poisson:1/s\" requests: 5 repeat: 2 }\n");
  EXPECT_THAT(run("replay w.lockstep.pbtxt --no-log").output,
              HasSubstr("w.lockstep.pbtxt:1:48: found repeat without trace, expected both"));
}

TEST_F(GeneratedTraffic, IsRecordedWithoutDirectoriesAndChecked) {
  ASSERT_EQ(shell("mkdir far").exit_code, 0);
  write("far/w.csv", kWindows);
  const std::string replay =
      std::string("replay --arrivals servegen:far/w.csv,from=600s --length 300s") + kServer;
  ASSERT_EQ(run(replay + " --out a").exit_code, 0);
  const std::string manifest = read("a/manifest.json");
  EXPECT_THAT(manifest, HasSubstr("\"arrivals\": \"servegen:w.csv,from=600s\""));
  EXPECT_THAT(manifest, HasSubstr("\"length\": \"300s\""));
  EXPECT_EQ(manifest.find("far"), std::string::npos);
  EXPECT_EQ(run("check a").exit_code, 0);
  EXPECT_THAT(run(replay + " --out a").output, HasSubstr("already there, unchanged"));
  // Another content under the same name is another run.
  write("far/w.csv", std::string(kWindows) + "1800,0,0,,0,0\n");
  const ProgramResult changed = run(replay);
  ASSERT_EQ(changed.exit_code, 0) << changed.output;
  const std::string other = read("runs/last/manifest.json");
  const auto content = [](const std::string& text) {
    return text.substr(text.find("\"content_digest\""), 40);
  };
  EXPECT_NE(content(manifest), content(other));
}

// Pinned, as one run of each other kind is by `lockstep dev digests`.
TEST_F(GeneratedTraffic, OfMeasuredWindowsHasItsDigest) {
  write("w.csv", kWindows);
  const ProgramResult result =
      run("replay --arrivals 'servegen:w.csv + servegen:w.csv,by=shape' "
          "--length 1200s --no-log --json" +
          std::string(kServer));
  EXPECT_THAT(result.output, HasSubstr("\"requests\": 5400,"));
  EXPECT_THAT(result.output, HasSubstr("\"digest\": \"40f75599aab0d7af\""));
}

TEST_F(GeneratedTraffic, OfAScenarioFileFindsItsFilesBesideIt) {
  ASSERT_EQ(shell("mkdir far").exit_code, 0);
  write("far/w.csv", kWindows);
  write("far/s.lockstep.pbtxt",
        "workload { arrivals: \"servegen:w.csv,from=600s\" requests: 100 }\n");
  const ProgramResult result = run("replay far/s.lockstep.pbtxt --no-log" + std::string(kServer));
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output,
              HasSubstr("100 requests: generated, servegen:w.csv,from=600s, seed 3"));
}

TEST_F(GeneratedTraffic, OfAScenarioFileIsRefusedAtItsPlace) {
  write("s.lockstep.pbtxt", "workload {\n  arrivals: \"gama:9/s\"\n  requests: 9\n}\n");
  const ProgramResult result = run("replay s.lockstep.pbtxt --no-log");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output,
              HasSubstr("error: s.lockstep.pbtxt:2:3: arrivals:1: found \"gama\", expected a kind "
                        "of arrivals (did you mean gamma?)"));
}

}  // namespace
}  // namespace lockstep

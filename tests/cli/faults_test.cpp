// --faults as a person uses it: files, texts, drawn plans, check, and what is printed.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/golden.h"
#include "tests/support/program.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kFaultyTraffic =
    "replay --arrivals poisson:1500/s --requests 2000 --gpu 1ms+50us/row --set max_batch_size=8 "
    "--set batch_timeout_micros=2000 --set num_batch_threads=4 ";

class Faults : public ProgramTest {
 protected:
  ProgramResult replay(const std::string& options) { return run(kFaultyTraffic + options); }
};

TEST_F(Faults, APlanFileIsReadOnceAndCheckNeedsItNoMore) {
  ASSERT_EQ(shell("mkdir lab").exit_code, 0);
  write("lab/bad_day.txt",
        "# what happened on Monday\nstall lane=1 at=200ms for=50ms\nlost gpu=0 at=501ms "
        "for=100ms\n");
  const ProgramResult result = replay("--faults lab/bad_day.txt");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("faults: 2 in the plan, inside the promise: safety and "
                                       "liveness must hold\n"));
  EXPECT_THAT(result.output, HasSubstr("faults: 4 lanes came back\n"));
  EXPECT_THAT(result.output, HasSubstr("failed: device-lost\n"));
  ASSERT_EQ(shell("rm -r lab").exit_code, 0);
  EXPECT_THAT(read("runs/last/manifest.json"), HasSubstr("\"faults\": \"bad_day.txt\""));
  EXPECT_THAT(read("runs/last/manifest.json"),
              HasSubstr("\"fault_plan\": \"stall lane=1 at=200ms for=50ms; lost gpu=0 at=501ms "
                        "for=100ms\""));
  const ProgramResult check = run("check");
  EXPECT_EQ(check.exit_code, 0) << check.output;
}

TEST_F(Faults, AnEditedPlanIsFound) {
  ASSERT_EQ(replay("--faults 'lost gpu=0 at=500ms for=100ms' --out run").exit_code, 0);
  ASSERT_EQ(shell("sed -i 's/for=100ms\",/for=101ms\",/' run/manifest.json").exit_code, 0);
  EXPECT_EQ(run("check run").exit_code, 1);
}

TEST_F(Faults, ADrawnPlanIsTheSeedsAndIsAnnounced) {
  const ProgramResult first = replay("--faults random:20/s --seed 5");
  ASSERT_EQ(first.exit_code, 0) << first.output;
  EXPECT_THAT(first.output, HasSubstr("note: --faults random: without until=: drawn for the first "
                                      "1min\n"));
  EXPECT_EQ(run("check").exit_code, 0);
  EXPECT_THAT(replay("--faults random:20/s --seed 5").output, HasSubstr("already there"));
  EXPECT_THAT(replay("--faults random:20/s --seed 6").output, Not(HasSubstr("already there")));
  EXPECT_THAT(replay("--faults random:20/s,until=1s,regime=beyond --seed 5").output,
              HasSubstr("beyond the promise: safety alone must hold"));
}

TEST_F(Faults, AWrongPlanIsOneLineAndNothingIsWritten) {
  write("plan.txt", "stall lane=1 at=2s for=50ms\nlost gpu=1 at=2s\n");
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"plan.txt", "error: plan.txt:2:1: found gpu=1, expected 0 to 0: this run has 1 GPU\n"},
      {"'stall lane=4 at=1s for=1s'",
       "error: --faults:1:1: found lane=4, expected 0 to 3: this run has 4 lanes\n"},
      {"missing.txt", "error: missing.txt: cannot open it: No such file or directory\n"},
      {"'stal at=1s'", "error: --faults:1:1: found \"stal\", expected a fault: stall, slow"},
      {"'burst at=100ms requests=1 queue=bert'",
       "error: --faults:1:1: found queue=bert, expected a queue of the traffic up to then"},
      {"random:3", "error: --faults: found \"3\", expected a rate of faults"},
  };
  for (const auto& [faults, message] : wrong) {
    const ProgramResult result = replay("--faults " + faults);
    EXPECT_EQ(result.exit_code, 2) << faults;
    EXPECT_THAT(result.output, StartsWith(message));
    EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
    EXPECT_FALSE(exists("runs"));
  }
}

TEST_F(Faults, WithAndWithoutAreComparedAndTheLabelIsThePlan) {
  const ProgramResult result = replay("--against --faults 'fail at=1s count=3'");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("B: faults fail at=1s count=3\n"));
  EXPECT_THAT(result.output, HasSubstr("\nB: faults: 3 batches failed\n"));
  EXPECT_THAT(result.output, Not(HasSubstr("A: faults")));
}

TEST_F(Faults, JsonStaysJsonAndFaultsAreSaidBesideIt) {
  const ProgramResult json =
      shell(std::string(LOCKSTEP_PROGRAM) + " " + kFaultyTraffic +
            "--json --no-log --faults 'fail at=1s count=3' 2>said | head -c 1");
  EXPECT_EQ(json.output, "{");
  EXPECT_THAT(read("said"), HasSubstr("faults: 3 batches failed\n"));
}

TEST_F(Faults, AScenarioFileNamesThem) {
  ASSERT_EQ(shell("mkdir lab").exit_code, 0);
  write("lab/plan.txt", "fail at=10ms\n");
  const std::string rest =
      "workload { arrivals: \"poisson:900/s\" requests: 100 } device { gpu: \"1ms+0ns/row\" }\n";
  write("lab/s.lockstep.pbtxt", "faults: \"plan.txt\"\n" + rest);
  EXPECT_THAT(run("replay lab/s.lockstep.pbtxt").output, HasSubstr("faults: 1 batch failed\n"));
  write("lab/s.lockstep.pbtxt", "faults: \"fail at=10\"\n" + rest);
  EXPECT_THAT(run("replay lab/s.lockstep.pbtxt").output,
              StartsWith("error: lab/s.lockstep.pbtxt:1:1: --faults:1:6: found at=10, expected"));
}

// All kinds in one small run: every input and decision that a lane or a failure is part of.
TEST_F(Faults, AGoldenRunOfAllKinds) {
  write("plan.txt",
        "stall lane=1 at=10ms for=5ms\nslow gpu=0 at=20ms for=5ms factor=3\nfail at=30ms\n"
        "oom lane=0 at=35ms\ndrop at=40ms\nlate at=70ms by=4ms\nduplicate at=80ms by=1ms\n"
        "sticky gpu=1 at=90ms reset=10ms\nsticky gpu=0 at=110ms reset=5ms fence=off\n"
        "lost gpu=0 at=120ms for=10ms\ncancel at=135ms share=50%\nburst at=140ms requests=40\n"
        "watchdog after=25ms reset=5ms\ntimer latency=100us jitter=50us grid=10us\n");
  const ProgramResult result =
      run("replay --arrivals poisson:1/ms --requests 160 --gpu 2ms+100us/row --gpus 2 "
          "--set max_batch_size=4 --set batch_timeout_micros=1000 --set max_enqueued_batches=3 "
          "--set num_batch_threads=2 --faults plan.txt --out run");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_EQ(run("check run").exit_code, 0);
  const std::string shown = result.output.substr(result.output.find("\nrun "));
  const std::size_t faults = shown.find("\n\n");
  expect_golden("faults_of_all_kinds.txt", shown.substr(faults + 2) + read("run/batches.csv"));
}

TEST_F(Faults, AreListed) {
  const ProgramResult result = run("list faults");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, HasSubstr("lost gpu=0 at=5s for=300ms "));
  EXPECT_THAT(result.output, HasSubstr("random:3/s,until=60s "));
}

}  // namespace
}  // namespace lockstep

// replay and check with schedulers of the user's own: plug-ins and programs.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.h"
#include "tests/support/sanitized.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kPlugin = std::string(" --plugin ") + LOCKSTEP_EXAMPLE_PLUGIN;
const std::string kFaultyPlugin = std::string(" --plugin ") + LOCKSTEP_FAULTY_PLUGIN;
const std::string kExec =
    std::string(" --exec 'python3 ") + LOCKSTEP_SOURCE_DIR + "/docs/examples/exec_scheduler.py'";
const std::string kShort = "replay azure-conv-2023 --load 400x --gpu v100-resnet50 --length 1s";

class UserScheduler : public ProgramTest {};

TEST_F(UserScheduler, IsRunRecordedAndReexecuted) {
  const ProgramResult run = this->run(kShort + kPlugin + " --set num_batch_threads=2");
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("\nsize-or-timeout "));
  EXPECT_THAT(run.output, HasSubstr("2 batch threads (lanes)"));
  EXPECT_THAT(read("runs/last/manifest.json"), HasSubstr(R"("rules_version": "plugin )"));
  // The same again: the same bytes.
  EXPECT_THAT(this->run(kShort + kPlugin + " --set num_batch_threads=2").output,
              HasSubstr("(already there, unchanged)"));
  EXPECT_EQ(this->run("check" + kPlugin).exit_code, 0);
  const ProgramResult without = this->run("check");
  EXPECT_EQ(without.exit_code, 2);
  EXPECT_EQ(without.output,
            "error: runs/last/manifest.json: found scheduler 'size-or-timeout', expected --plugin "
            "LIB to say where it is: it is no scheduler of ours\n");
  EXPECT_THAT(this->run("check" + kFaultyPlugin).output,
              HasSubstr("found scheduler 'size-or-timeout', expected that of --plugin: faulty"));
}

// Two implementations of one rule, behind the two doors.
TEST_F(UserScheduler, InPythonDecidesAsTheOneInCpp) {
  const std::string more =
      " --set max_batch_size=8 --set num_batch_threads=2 --faults 'lost gpu=0 at=300ms for=50ms'";
  const ProgramResult a = run(kShort + kPlugin + more + " --out a");
  const ProgramResult b = run(kShort + kExec + more + " --out b");
  EXPECT_EQ(a.exit_code, 0) << a.output;
  EXPECT_EQ(b.exit_code, 0) << b.output;
  EXPECT_EQ(read("a/batches.csv"), read("b/batches.csv"));
  EXPECT_EQ(read("a/requests.csv"), read("b/requests.csv"));
  EXPECT_THAT(read("a/batches.csv"), HasSubstr("timeout"));
  EXPECT_THAT(read("a/batches.csv"), HasSubstr("full"));
  EXPECT_EQ(run("check b" + kExec).exit_code, 0);
}

TEST_F(UserScheduler, ThatCrashesIsAFindingAndLeavesNothing) {
  const ProgramResult crash = run(kShort + kFaultyPlugin + " --set fault=1 --set at=5");
  EXPECT_EQ(crash.exit_code, 1);
  if (!support::kSanitized) {  // whose handler reports and exits
    EXPECT_EQ(crash.output, std::string("FAIL crash  plug-in ") + LOCKSTEP_FAULTY_PLUGIN +
                                " crashed with signal 11 (Segmentation fault) (input 5, at "
                                "12ms817us647ns; seed 1)\n");
  }
  EXPECT_FALSE(exists("runs"));
  const ProgramResult left = run(kShort + kFaultyPlugin + " --set fault=3");
  EXPECT_EQ(left.exit_code, 1);
  EXPECT_THAT(left.output, HasSubstr("exited with code 5 (input 3, at "));
  EXPECT_EQ(run(kShort + kFaultyPlugin + " --json --set fault=11").exit_code, 1);
}

TEST_F(UserScheduler, ThatHangsIsAFinding) {
  const ProgramResult hang = run(kShort + kFaultyPlugin + " --no-log --set fault=2");
  EXPECT_EQ(hang.exit_code, 1);
  EXPECT_THAT(hang.output, StartsWith("FAIL hang  plug-in "));
  EXPECT_THAT(hang.output, HasSubstr("no answer within 1000 ms of CPU time"));
}

TEST_F(UserScheduler, ThatBreaksTheContractIsAFinding) {
  const ProgramResult wrong = run(kShort + kFaultyPlugin + " --set fault=5 --set at=0");
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_EQ(wrong.output,
            "FAIL contract  scheduler faulty: start of batch 0: found lane 7, expected 0 (input 0, "
            "arrive, at 0ns; seed 1)\n");
  EXPECT_FALSE(exists("runs"));
  const ProgramResult gone = run(kShort + " --exec 'exit 3'");
  EXPECT_EQ(gone.exit_code, 2);
  EXPECT_THAT(gone.output, StartsWith("error: --exec 'exit 3': it exited with code 3"));
}

TEST_F(UserScheduler, StandsBesideOneOfTheListInOneTable) {
  const ProgramResult both =
      run(kShort + kPlugin + " --no-log --against --scheduler tf-shared --set max_batch_size=32");
  EXPECT_EQ(both.exit_code, 0) << both.output;
  EXPECT_THAT(both.output, HasSubstr("\nA size-or-timeout "));
  EXPECT_THAT(both.output, HasSubstr("\nB tf-shared "));
  const ProgramResult other = run(kShort + " --no-log --set max_batch_size=32 --against" +
                                  kFaultyPlugin + " --set fault=5");
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.output, StartsWith("FAIL contract  scheduler faulty: "));
}

TEST_F(UserScheduler, IsRefusedWithOneLine) {
  const auto said = [&](const std::string& arguments) {
    const ProgramResult result = run(kShort + arguments);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_FALSE(exists("runs"));
    return result.output;
  };
  EXPECT_EQ(said(" --plugin none.so"), "error: none.so: no such file\n");
  EXPECT_EQ(said(" --plugin ''"), "error: found an empty --plugin, expected a library\n");
  EXPECT_EQ(said(kPlugin + " --scheduler tf-shared"),
            "error: found --scheduler with --plugin, expected one of them\n");
  EXPECT_EQ(said(kPlugin + kExec), "error: found --plugin with --exec, expected one of them\n");
  const std::string with_config =
      "error: found --config with --plugin, expected one of them: these files describe "
      "TF-Serving's "
      "scheduler\n";
  EXPECT_EQ(said(kPlugin + " --config x.txt"), with_config);
  EXPECT_EQ(said(kPlugin + " --against --config x.txt"), with_config);
  EXPECT_THAT(said(kPlugin + " --set max_batch_sice=3"),
              HasSubstr("(did you mean max_batch_size?)"));
  EXPECT_EQ(said(kPlugin + " --set batch_timeout_micros=-1"),
            "error: batch_timeout_micros must be 0 to 1 h\n");
  EXPECT_EQ(said(kExec + " --set batch_timeout_micros=-1"),
            "error: batch_timeout_micros must be 0 to 1 h\n");
  const ProgramResult live = run("replay azure-conv-2023 --on cpu" + kPlugin);
  EXPECT_EQ(live.exit_code, 2);
  EXPECT_THAT(live.output, HasSubstr("found --plugin with --on cpu"));
}

TEST_F(UserScheduler, IsNamedInEachCommandThatRepeatsACampaign) {
  if (support::kSanitized) {
    GTEST_SKIP() << "the sanitizer takes the signal";
  }
  const ProgramResult holds = run("verify --cases 64 --only S3 --junit v.xml" + kPlugin);
  EXPECT_EQ(holds.exit_code, 0) << holds.output;
  EXPECT_THAT(holds.output, HasSubstr("repeat: lockstep verify" + kPlugin +
                                      " --only S3 --seed 1 --cases 64\nno violation\n"));
  EXPECT_THAT(run("verify --case 7" + kPlugin).output,
              HasSubstr("repeat: lockstep verify" + kPlugin + " --seed 1 --case 7\n"));
  const ProgramResult broken = run("verify --cases 64 --jobs 1 --junit v.xml" + kFaultyPlugin);
  EXPECT_EQ(broken.exit_code, 1) << broken.output;
  EXPECT_THAT(broken.output,
              HasSubstr("repeat: lockstep replay findings/1" + kFaultyPlugin + "\n"));
  EXPECT_THAT(read("findings/1/README.txt"),
              HasSubstr("find it again:  lockstep verify" + kFaultyPlugin + " --seed 1 --case "));
  const ProgramResult again = run("replay findings/1" + kFaultyPlugin);
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.output, HasSubstr("repeat: lockstep replay findings/1" + kFaultyPlugin + "\n"));
  // What no campaign judges has not passed.
  EXPECT_THAT(read("v.xml"),
              HasSubstr("name=\"buffer-order (S16)\">\n      <skipped message=\"of the live"));
}

TEST_F(UserScheduler, IsListedWithItsOptions) {
  EXPECT_EQ(run("list schedulers" + kFaultyPlugin).output,
            "faulty\n    for tests\n"
            "    fault                                  0\n"
            "    at                                     3\n"
            "    lanes                                  1\n"
            "    rows                                   4\n");
  EXPECT_THAT(run("list schedulers" + kExec).output, HasSubstr("2000 us"));
  EXPECT_EQ(run("list gpus" + kFaultyPlugin).output,
            "error: found list gpus with --plugin, expected list schedulers\n");
}

TEST_F(UserScheduler, OfAnotherBuildIsJudgedAllTheSame) {
  EXPECT_EQ(shell("cp " LOCKSTEP_SOURCE_DIR
                  "/docs/examples/exec_scheduler.py . && " LOCKSTEP_PROGRAM " " +
                  kShort + " --exec 'python3 exec_scheduler.py'")
                .exit_code,
            0);
  EXPECT_EQ(shell("echo '# changed' >> exec_scheduler.py && " LOCKSTEP_PROGRAM
                  " check --exec 'python3 exec_scheduler.py'")
                .exit_code,
            0);
  const ProgramResult changed =
      shell("sed -i 's/ [*] 1000/ * 999/' exec_scheduler.py && " LOCKSTEP_PROGRAM
            " check --exec 'python3 exec_scheduler.py'");
  EXPECT_EQ(changed.exit_code, 1);
  EXPECT_THAT(changed.output, HasSubstr("note: python-size-or-timeout is another build (exec "));
  EXPECT_THAT(changed.output, HasSubstr("is the first decision that differs"));
}

}  // namespace
}  // namespace lockstep

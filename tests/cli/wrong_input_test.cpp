// Wrong input to every verb: one clear line, exit 2, nothing half-written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.h"

namespace lockstep {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

class WrongInput : public ProgramTest {};

TEST_F(WrongInput, GivesOneLineExitTwoAndNoDirectory) {
  write("cut.csv", "arrival_ns,size\n0,1\n5\n");
  write("unsorted.csv", "arrival_ns\n5\n4\n");
  write("empty_field.csv", "arrival_ns,size\n0,\n");
  write("lfs.csv", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n");
  write("overflow.csv", "arrival_ns\n99999999999999999999\n");
  write("large.csv", "arrival_ns,size\n0,3\n0,3\n");
  struct Case {
    const char* arguments;
    const char* message;
  };
  const std::vector<Case> cases = {
      {"replay missing.csv", "missing.csv"},
      {"import missing.csv", "missing.csv"},
      {"import", "trace"},
      {"import large.csv --map size=size", "found --map without a time"},
      {"import large.csv -o no/such/place.csv", "cannot write"},
      {"replay large.csv --map arrival=when:ns", "found no column \"when\""},
      {"replay large.csv --map arrival=arrival_ns:ns --format lockstep",
       "found --format with --map"},
      {"replay cut.csv", "cut.csv:3:2: found "},
      {"replay unsorted.csv", "unsorted.csv:3:1: found "},
      {"replay empty_field.csv", "empty_field.csv:2:3: found "},
      {"replay lfs.csv", "lfs.csv:1:1: found a Git LFS pointer"},
      {"replay overflow.csv", "overflow.csv:2:1: found "},
      {"replay", "found no traffic"},
      {"replay azure-conv-2023 --no-log --out x", "found --out with --no-log"},
      {"replay azure-conv-2023 --set max_batch_sise=3", "did you mean max_batch_size?"},
      {"replay azure-conv-2023 --set max_batch_size=three",
       "found max_batch_size 'three', expected a whole number of rows"},
      {"replay azure-conv-2023 --set batch_timeout_micros=-1",
       "batch_timeout_micros must be non-negative; was -1"},
      {"replay azure-conv-2023 --set num_batch_threads=0",
       "num_batch_threads must be positive; was 0"},
      {"replay azure-conv-2023 --gpu fast", "found GPU curve 'fast'"},
      {"replay azure-conv-2023 --gpu 1:2ms,8:3ms --set max_batch_size=16", "not extrapolated"},
      {"replay azure-conv-2023 --gpus 0", "--gpus"},
      {"replay azure-conv-2023 --load 2", "found load or speed '2'"},
      {"replay azure-conv-2023 --scheduler tf", "found scheduler 'tf'"},
      {"replay azure-conv-2023 --arrivals poisson:1/s --requests 5", "expected one of them"},
      {"replay --arrivals poisson:1/s", "expected --requests N"},
      {"replay azure-conv-2023 --slo p98=1ms", "found --slo 'p98=1ms'"},
      {"replay azure-conv-2023 --format nonsense", "nonsense"},
      {"replay azure-conv-2023 --frobnicate",
       "found '--frobnicate', expected an option of `lockstep replay`"},
      {"replay azure-conv-2023 --requets 5",
       "found '--requets', expected an option of `lockstep replay` (did you mean --requests?)"},
      {"replay azure-conv-2023 again.csv",
       "found 'again.csv', expected nothing more for `lockstep replay`"},
      {"replay azure-conv-2023 --on cpu --workers x", "--workers"},
      {"dev explore --strategy dfs",
       "found --strategy 'dfs', expected mixed, random-walk, uniform-walk, pct or dull"},
      {"dev frobnicate",
       "found no command of `lockstep dev`, expected digests or explore or conform"},
      {"dev conform missing.jsonl",
       "missing.jsonl: cannot be read: No such file or directory, expected a file of scenarios"},
      {"dev conform .", ".: cannot be read: Is a directory"},
      {"diagram --text -o why.svg", "found --text with -o why.svg, expected a file named .txt"},
      {"replay azure-conv-2023 --against --gpu fast", "found GPU curve 'fast'"},
      {"check nowhere", "found no manifest.json"},
      {"check --only taste", "found --only 'taste'"},
      {"generate gamma:3/s --requests 5", "arrivals:1: found gamma without cv"},
      {"generate gama:3/s,cv=2 --requests 5", "did you mean gamma?"},
      {"generate poisson:3/s", "found neither --requests nor --length"},
      {"generate poisson:3/s --length 5", "found --length '5', expected a time with its unit"},
      {"generate poisson:3/h --length 1ms", "found no arrivals, expected at least 1"},
      {"generate servegen:no.csv --requests 5", "no.csv: cannot open it"},
      {"replay --arrivals poisson:3/s,size=trace:no.csv --requests 5", "no.csv: cannot open it"},
      {"replay --arrivals ramp:9/s..0/s,over=1s --requests 50", "found arrivals that end after"},
      {"replay azure-conv-2023 --length 5", "found --length '5'"},
      {"replay azure-conv-2023 --repeat 0", "found --repeat 0, expected 1 to 1000000"},
      {"replay azure-conv-2023 --replicate 1000001", "found --replicate 1000001"},
      {"replay --arrivals poisson:1/s --requests 5 --repeat 2", "found --repeat with --arrivals"},
      {"generate poisson:3/s --requests 5 -o no/such/place.csv", "cannot write"},
      {"list colours", "found list 'colours'"},
      {"repaly",
       "found verb 'repaly', expected one of those that `lockstep help` lists (did you "
       "mean replay?)"},
      {"replay azure-conv-2023 --slo p99=50", "--slo p99=50: found '50'"},
      {"frobnicate", "found verb 'frobnicate', expected one of those that `lockstep help` lists"},
      {"", "found no verb, expected one of those that `lockstep help` lists"},
      {"replay azure-conv-2023 --requests 5", "found --requests with a trace"},
      {"replay --arrivals poisson:1/s --requests -1", "found '-1', expected a whole number"},
      {"replay --arrivals poisson:1/s --requests 5 --seed 99999999999999999999",
       "expected a whole number below 2^64"},
      {"replay azure-conv-2023 --gpus 0x2", "found '0x2', expected a whole number"},
      {"replay azure-conv-2023 --server-cpus +2", "found '+2', expected a whole number"},
      {"replay azure-conv-2023 --set max_batch_size=3 --set max_batch_size=4",
       "found --set max_batch_size twice, expected it once"},
      {"replay azure-conv-2023 --gpu ''", "found an empty --gpu"},
      {"replay azure-conv-2023 --against --help", "after --against: found --help"},
      {"replay --arrivals poisson:1/s --requests 1 --sort", "found --sort with --arrivals"},
      {"help bogus", "found verb 'bogus'"},
      {"diagram --batch -1", "found '-1', expected a whole number"},
      {"replay large.csv --scheduler naive-full-batch --set batch_size=2 --gpu 1:1ms,4:2ms",
       "found batch 0 of 6 rows at 0ns"},
  };
  for (const Case& wrong : cases) {
    const ProgramResult result = run(wrong.arguments);
    EXPECT_EQ(result.exit_code, 2) << wrong.arguments << "\n" << result.output;
    EXPECT_THAT(result.output, StartsWith("error: ")) << wrong.arguments;
    EXPECT_THAT(result.output, HasSubstr(wrong.message)) << wrong.arguments;
    EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1)
        << wrong.arguments << "\n"
        << result.output;
    EXPECT_FALSE(exists("runs")) << wrong.arguments;
  }
}

TEST_F(WrongInput, OfQueuesNamesThem) {
  write("models.csv", "arrival_ns,queue\n0,bert\n1,resnet\n2,bert:v2\n");
  const std::string replay =
      "replay models.csv --gpu 1ms+50us/row --set num_batch_threads=1 --no-log";
  struct Case {
    const char* settings;
    const char* message;
  };
  for (const Case& wrong :
       {Case{" --set max_batch_size@bert:v2=8 --set max_batch_size@resnet=4",
             "found a request for queue 'bert', expected bert:v2 or resnet"},
        Case{" --set max_batch_size@bert=8", "found a request for queue 'resnet', expected bert"},
        Case{" --set num_batch_threads@bert=8", "expected it for the whole scheduler"}}) {
    const ProgramResult result = run(replay + wrong.settings);
    EXPECT_EQ(result.exit_code, 2) << wrong.settings;
    EXPECT_THAT(result.output, HasSubstr(wrong.message));
  }
  const ProgramResult unnamed =
      run(std::string(kSmall) + " --set max_batch_size@a=8 --set max_batch_size@b=8");
  EXPECT_THAT(unnamed.output,
              HasSubstr("expected a column 'queue' (of clients, queue=) with a or b"));
}

TEST_F(WrongInput, LeavesAnOutDirectoryOfOthersAlone) {
  write("precious", "data");
  const ProgramResult result = run(std::string(kSmall) + " --out .");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("found --out . in use"));
  EXPECT_EQ(read("precious"), "data");
  ASSERT_EQ(run(std::string(kSmall) + " --out mine").exit_code, 0);
  const auto before = files_below("mine");
  const ProgramResult other = run(std::string(kSmall) + " --seed 3 --out mine");
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.output, HasSubstr("found another run in --out mine"));
  EXPECT_EQ(files_below("mine"), before);
}

TEST_F(WrongInput, AFullDiskIsReportedAndLeavesNothing) {
  const ProgramResult device = run("generate poisson:3/s --requests 100000 -o /dev/full");
  EXPECT_EQ(device.exit_code, 2);
  EXPECT_THAT(device.output, HasSubstr("cannot write"));
  // A limit of 64 KiB a file stands for a disk that fills up half-way.
  write("old.csv", "old");
  const std::string limited = "ulimit -f 64; " LOCKSTEP_PROGRAM " ";
  for (const std::string& words :
       {std::string("generate poisson:3/s --requests 100000 -o old.csv"), std::string(kSmall)}) {
    const ProgramResult result = shell(limited + words);
    EXPECT_EQ(result.exit_code, 2) << words;
    EXPECT_THAT(result.output, StartsWith("error: ")) << words;
  }
  EXPECT_EQ(read("old.csv"), "old");
  EXPECT_THAT(names_in("."), ElementsAre("old.csv"));
}

TEST_F(WrongInput, AnInterruptedRunLeavesNothing) {
  // Far more requests than any machine simulates before the signal, which comes once the run has
  // made its directory.
  for (const char* const signal : {"INT", "TERM", "HUP"}) {
    const ProgramResult result =
        shell("env --default-signal " LOCKSTEP_PROGRAM
              " replay --arrivals poisson:17230/s --requests 4000000000 & pid=$!; "
              "until ls -A runs 2>/dev/null | grep -q writing; do :; done; kill -" +
              std::string(signal) + " $pid; wait $pid");
    EXPECT_EQ(result.exit_code, 130) << signal;
    EXPECT_THAT(result.output, HasSubstr("error: interrupted; nothing was kept")) << signal;
    EXPECT_FALSE(exists("runs")) << signal;
  }
}

TEST_F(WrongInput, ARunUnderNohupIgnoresTheClosedTerminal) {
  const ProgramResult result =
      shell("env --ignore-signal=HUP " LOCKSTEP_PROGRAM
            " replay --arrivals poisson:17230/s --requests 4000000000 & pid=$!; "
            "until ls -A runs 2>/dev/null | grep -q writing; do :; done; "
            "grep SigIgn /proc/$pid/status; kill -TERM $pid; wait $pid");
  // SIGHUP is signal 1, the lowest bit.
  EXPECT_THAT(result.output, ContainsRegex("SigIgn:\t[0-9a-f]*[13579bdf]\n"));
}

}  // namespace
}  // namespace lockstep

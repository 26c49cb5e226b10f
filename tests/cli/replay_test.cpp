// lockstep replay, generate and list as a person uses them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/golden.h"
#include "tests/support/program.h"

namespace lockstep {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kSmall =
    "replay azure-conv-2023 --load 400x --gpu v100-resnet50 --set max_batch_size=16 "
    "--set batch_timeout_micros=2000 --set num_batch_threads=4";

class Replay : public ProgramTest {};

// Every kind of option at once: what the manifest keeps builds the same scheduler again.
TEST_F(Replay, OptionsOfAllKindsAndQueuesGoThroughTheManifest) {
  write("models.csv",
        "arrival_ns,queue,size,priority\n0,bert,3,1\n1000,resnet,9,0\n2000,bert,7,4\n"
        "3000,resnet,2,1\n900000,bert,1,0\n");
  const ProgramResult result = run(
      "replay models.csv --gpu 1ms+50us/row --set num_batch_threads=2 --set max_batch_size=16 "
      "--set allowed_batch_sizes=4,8 --set batch_padding_policy=BATCH_DOWN --set rank_queues=true "
      "--set enable_large_batch_splitting=1 --set max_execution_batch_size=8 "
      "--set enable_priority_queue=on --set mixed_priority_batching_policy=priority_merge "
      "--set low_priority_max_batch_size=8 --set low_priority_max_enqueued_batches=4 "
      "--set batch_timeout_micros@bert=700 --set max_batch_size@resnet=32 "
      "--set idle_poll_micros=1000 --seed 9 --out options");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  const std::string manifest = read("options/manifest.json");
  EXPECT_THAT(manifest, HasSubstr("\"allowed_batch_sizes\": \"4,8\""));
  EXPECT_THAT(manifest, HasSubstr("\"batch_timeout_micros@bert\": \"700\""));
  EXPECT_THAT(manifest, HasSubstr("\"queues\": \"bert,resnet\""));
  const ProgramResult checked = run("check options");
  EXPECT_EQ(checked.exit_code, 0) << checked.output;
}

TEST_F(Replay, TwiceGivesTheSameBytesAndSaysSo) {
  const ProgramResult first = run(kSmall);
  ASSERT_EQ(first.exit_code, 0) << first.output;
  EXPECT_THAT(first.output, Not(HasSubstr("already there")));
  const auto files = files_below("runs/last");
  EXPECT_EQ(files.size(), 5u);
  const ProgramResult second = run(kSmall);
  EXPECT_EQ(second.exit_code, 0);
  EXPECT_THAT(second.output, HasSubstr("(already there, unchanged)"));
  EXPECT_EQ(files_below("runs/last"), files);
  // And in another directory, under another name.
  ASSERT_EQ(run(std::string(kSmall) + " --out elsewhere/again").exit_code, 0);
  EXPECT_EQ(files_below("elsewhere/again"), files);
}

TEST_F(Replay, WithoutALogDecidesTheSameAndLeavesNothing) {
  const ProgramResult logged = run(std::string(kSmall) + " --json");
  const ProgramResult quiet = run(std::string(kSmall) + " --json --no-log");
  ASSERT_EQ(quiet.exit_code, 0) << quiet.output;
  EXPECT_THAT(logged.output, HasSubstr("\"quantiles\": \"exact\""));
  EXPECT_THAT(quiet.output, HasSubstr("\"quantiles\": \"approximate\""));
  const auto digest = [](const std::string& text) {
    return text.substr(text.find("\"digest\""), 28);
  };
  EXPECT_EQ(digest(logged.output), digest(quiet.output));
}

TEST_F(Replay, OfTwoSettingsPrintsOneTable) {
  const ProgramResult pair =
      run(std::string(kSmall) + " --against --set batch_timeout_micros=5000");
  ASSERT_EQ(pair.exit_code, 0) << pair.output;
  EXPECT_THAT(pair.output,
              HasSubstr("A batch_timeout 2 ms  12.5 ms  18.5 ms  20.4 ms    6.2   99%"));
  EXPECT_THAT(pair.output,
              HasSubstr("B batch_timeout 5 ms  6.33 ms  9.02 ms  9.89 ms   11.7   67%"));
  EXPECT_THAT(pair.output, HasSubstr("1 GPU shared by 4 batch threads (lanes)"));
  EXPECT_THAT(pair.output, HasSubstr("network, decoding and pre-processing are not included"));
}

TEST_F(Replay, OfTwoDevicesDescribesBoth) {
  const ProgramResult pair = run(std::string(kSmall) + " --no-log --against --gpus 4 --load 200x");
  ASSERT_EQ(pair.exit_code, 0) << pair.output;
  EXPECT_THAT(pair.output, HasSubstr("A: 1 GPU shared by 4 batch threads"));
  EXPECT_THAT(pair.output, HasSubstr("B: 4 independent GPUs for 4 batch threads"));
  EXPECT_THAT(pair.output, HasSubstr("B: 19,366 requests: the arrival times of "
                                     "azure_llm_2023_conv.csv, load 200x"));
}

TEST_F(Replay, AnnouncesWhatItAssumes) {
  const ProgramResult assumed = run("replay azure-conv-2023 --no-log");
  EXPECT_EQ(assumed.exit_code, 0);
  EXPECT_THAT(assumed.output, HasSubstr("num_batch_threads is not set: TF-Serving uses its CPU "
                                        "count; assuming 8, set --server-cpus"));
  EXPECT_THAT(assumed.output, HasSubstr("no --gpu given: assuming v100-resnet50"));
  const ProgramResult said =
      run("replay azure-conv-2023 --no-log --server-cpus 3 --gpu p4-resnet50");
  EXPECT_THAT(said.output, Not(HasSubstr("assuming")));
  EXPECT_THAT(said.output, HasSubstr("1 GPU shared by 3 batch threads"));
}

TEST_F(Replay, JudgesObjectives) {
  EXPECT_EQ(run(std::string(kSmall) + " --no-log --slo p99=19ms --slo p50=13ms").exit_code, 0);
  const ProgramResult missed = run(std::string(kSmall) + " --no-log --slo p99=18ms");
  EXPECT_EQ(missed.exit_code, 1);
  EXPECT_THAT(missed.output, HasSubstr("FAIL slo  p99 18.456576ms (within 0.1 %: no log) > 18ms"));
  const ProgramResult exact = run(std::string(kSmall) + " --slo p99=18ms");
  EXPECT_EQ(exact.exit_code, 1);
  EXPECT_THAT(exact.output, HasSubstr("FAIL slo  p99 18.461555ms > 18ms"));
}

TEST_F(Replay, HasNoVerdictOnObjectivesWithoutAnAnswer) {
  const std::string flood = "replay --arrivals poisson:1/s --gpu 1ms+50us/row --no-log --requests ";
  EXPECT_EQ(run(flood + "1 --slo p99=1s").exit_code, 0);
  const ProgramResult nothing = run(flood + "0 --slo p99=1s");
  EXPECT_EQ(nothing.exit_code, 4);
  EXPECT_THAT(nothing.output, HasSubstr("no request was answered"));
}

TEST_F(Replay, NaiveHandlerStarvesTheThirtyThirdRequest) {
  for (const int requests : {32, 33}) {
    std::string trace = "arrival_ns\n";
    for (int i = 0; i < requests; ++i) {
      trace += std::to_string(i * 1000) + "\n";
    }
    write("trace.csv", trace);
    const ProgramResult result =
        run("replay trace.csv --scheduler naive-full-batch --gpu 1ms+50us/row --json --out run" +
            std::to_string(requests));
    ASSERT_EQ(result.exit_code, 0) << result.output;
    EXPECT_THAT(result.output, HasSubstr("\"answered\": 32"));
    EXPECT_THAT(result.output, HasSubstr("\"unanswered\": " + std::to_string(requests - 32)));
  }
  EXPECT_THAT(read("run33/requests.csv"), HasSubstr("UNANSWERED"));
}

TEST_F(Replay, SaysHowManyWereRefusedAndWhy) {
  const ProgramResult flooded =
      run("replay --arrivals poisson:9/ms --requests 2000 --gpu 1ms+50us/row --no-log "
          "--set max_batch_size=4 --set max_enqueued_batches=2 --set num_batch_threads=1");
  EXPECT_EQ(flooded.exit_code, 0);
  EXPECT_THAT(flooded.output, HasSubstr("requests were refused or failed: queue-full"));
}

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
      {"replay azure-conv-2023 --load 2", "found load '2'"},
      {"replay azure-conv-2023 --scheduler tf", "found scheduler 'tf'"},
      {"replay azure-conv-2023 --arrivals poisson:1/s --requests 5", "expected one of them"},
      {"replay --arrivals poisson:1/s", "expected --requests N"},
      {"replay azure-conv-2023 --slo p98=1ms", "found --slo 'p98=1ms'"},
      {"replay azure-conv-2023 --format nonsense", "nonsense"},
      {"replay azure-conv-2023 --frobnicate", "frobnicate"},
      {"replay azure-conv-2023 --against --gpu fast", "found GPU curve 'fast'"},
      {"check nowhere", "found no manifest.json"},
      {"check --only taste", "found --only 'taste'"},
      {"generate gamma:3/s --requests 5", "expected poisson:RATE"},
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
       {Case{" --set max_batch_size@bert=8 --set max_batch_size@resnet=4",
             "found a request for queue 'bert:v2', expected options for it, as in --set "
             "max_batch_size@bert:v2=8: bert has options of its own"},
        Case{" --set max_batch_size@bert=8", "found a request for queue 'resnet', expected bert"},
        Case{" --set num_batch_threads@bert=8", "expected it for the whole scheduler"}}) {
    const ProgramResult result = run(replay + wrong.settings);
    EXPECT_EQ(result.exit_code, 2) << wrong.settings;
    EXPECT_THAT(result.output, HasSubstr(wrong.message));
  }
  const ProgramResult unnamed =
      run(std::string(kSmall) + " --set max_batch_size@a=8 --set max_batch_size@b=8");
  EXPECT_THAT(unnamed.output,
              HasSubstr("found requests without a queue, expected a column 'queue' with a or b"));
}

TEST_F(WrongInput, LeavesAnOutDirectoryOfOthersAlone) {
  write("precious", "data");
  const ProgramResult result = run(std::string(kSmall) + " --out .");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("found --out . in use"));
  EXPECT_EQ(read("precious"), "data");
  ASSERT_EQ(run(std::string(kSmall) + " --out mine").exit_code, 0);
  const auto before = files_below("mine");
  const ProgramResult other = run(std::string(kSmall) + " --set num_batch_threads=3 --out mine");
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

class Generate : public ProgramTest {};

TEST_F(Generate, WritesATraceThatReplaysLikeTheGenerator) {
  ASSERT_EQ(run("generate poisson:1200/s --requests 5000 --seed 3 -o t.csv").exit_code, 0);
  const std::string common =
      " --gpu 1ms+50us/row --set num_batch_threads=2 --set max_batch_size=8 --json --no-log";
  const ProgramResult generated =
      run("replay --arrivals poisson:1200/s --requests 5000 --seed 3" + common);
  const ProgramResult traced = run("replay t.csv" + common);
  ASSERT_EQ(traced.exit_code, 0) << traced.output;
  // All figures agree; the digest starts from the settings, which differ.
  const auto figures = [](const std::string& text) {
    return text.substr(text.find("\"requests\""));
  };
  EXPECT_EQ(figures(generated.output), figures(traced.output));
  const ProgramResult piped =
      shell(std::string(LOCKSTEP_PROGRAM) + " generate poisson:1200/s --requests 5000 --seed 3 | " +
            LOCKSTEP_PROGRAM + " replay -" + common);
  EXPECT_EQ(figures(piped.output), figures(traced.output));
}

TEST_F(Generate, LeavesFilesOfOthersAloneWhileItWrites) {
  write("t.csv.writing", "precious");
  ASSERT_EQ(run("generate poisson:1200/s --requests 5 -o t.csv").exit_code, 0);
  EXPECT_THAT(read("t.csv"), StartsWith("# made by: lockstep generate"));
  EXPECT_EQ(read("t.csv.writing"), "precious");
  EXPECT_THAT(names_in("."), ElementsAre("t.csv", "t.csv.writing"));
}

TEST_F(Generate, WritesThroughALinkAndKeepsIt) {
  write("t.csv", "old");
  ASSERT_EQ(shell("ln -s t.csv link").exit_code, 0);
  ASSERT_EQ(run("generate poisson:1200/s --requests 5 -o link").exit_code, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(directory_ + "/link"));
  EXPECT_THAT(read("t.csv"), StartsWith("# made by: lockstep generate"));
  EXPECT_THAT(names_in("."), ElementsAre("link", "t.csv"));
}

TEST_F(Generate, RefusesATraceThatCannotBeReplayed) {
  const ProgramResult none = run("generate poisson:1200/s --requests 0 -o t.csv");
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.output, HasSubstr("found --requests 0, expected at least 1"));
  EXPECT_FALSE(exists("t.csv"));
  ASSERT_EQ(run("generate poisson:1200/s --requests 1 -o t.csv").exit_code, 0);
  EXPECT_EQ(run("replay t.csv --no-log --gpu 1ms+50us/row").exit_code, 0);
}

class Diagram : public ProgramTest {};

TEST_F(Diagram, ComparesTheSameRequestsOnly) {
  const std::string replay = "replay --gpu 1ms+50us/row --set num_batch_threads=2 --arrivals ";
  ASSERT_EQ(run(replay + "poisson:900/s --requests 50 --out a").exit_code, 0);
  ASSERT_EQ(run(replay + "poisson:900/s --requests 50 --set max_batch_size=4 --out b").exit_code,
            0);
  ASSERT_EQ(run(replay + "poisson:901/s --requests 50 --out c").exit_code, 0);
  EXPECT_EQ(run("diagram a --against b -o ab.svg").exit_code, 0);
  const ProgramResult other = run("diagram a --against c -o ac.svg");
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.output,
              StartsWith("error: found runs of different requests (A: poisson:900/s, "
                         "load 1x; B: poisson:901/s, load 1x): request 0 arrives at"));
  EXPECT_FALSE(exists("ac.svg"));
}

class Digests : public ProgramTest {};

// A changed pinned digest is a commit of its own, with the reason.
TEST_F(Digests, OfFiveScenariosArePinned) {
  const ProgramResult result = run("dev digests");
  ASSERT_EQ(result.exit_code, 0);
  expect_golden("digests.txt", result.output);
}

class List : public ProgramTest {};

TEST_F(List, ShowsEveryOptionWithUnitAndDefault) {
  const ProgramResult result = run("list schedulers");
  EXPECT_EQ(result.exit_code, 0);
  expect_golden("list_schedulers.txt", result.output);
  EXPECT_THAT(run("list gpus").output, HasSubstr("arXiv 1912.06322"));
  EXPECT_THAT(run("list traces").output, HasSubstr("CC-BY 4.0"));
  EXPECT_THAT(run("list formats").output, HasSubstr("azure-llm-2023"));
}

}  // namespace
}  // namespace lockstep

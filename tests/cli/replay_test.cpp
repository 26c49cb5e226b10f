// lockstep replay, check, generate and list as a person uses them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/golden.h"
#include "tests/support/program.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

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

// Two names of one thing: who replays in real time thinks of speed.
TEST_F(Replay, AtTwiceTheSpeedIsAtTwiceTheLoad) {
  write("t.csv", "arrival_ns,size\n0,1\n1000000,2\n5000000,1\n");
  const std::string rest = " --gpu 1ms+50us/row --set max_batch_size=4 --json --no-log";
  const ProgramResult speed = run("replay t.csv --speed 2x" + rest);
  ASSERT_EQ(speed.exit_code, 0) << speed.output;
  EXPECT_EQ(speed.output, run("replay t.csv --load 2x" + rest).output);
  EXPECT_NE(speed.output, run("replay t.csv" + rest).output);
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

TEST_F(Replay, KeepsBothRunsOfAPairOrNone) {
  write("unsorted.csv", "arrival_ns\n5\n3\n");
  write("sorted.csv", "arrival_ns\n3\n5\n");
  const std::string pair =
      "replay sorted.csv --gpu 1ms+50us/row --set num_batch_threads=1 --against ";
  const ProgramResult failed = run(pair + "unsorted.csv");
  EXPECT_EQ(failed.exit_code, 2);
  EXPECT_THAT(failed.output, StartsWith("error: unsorted.csv:3:1: "));
  EXPECT_FALSE(exists("runs"));
  EXPECT_EQ(run(pair + "--seed 2").exit_code, 0);
  const ProgramResult twice = shell(std::string("cat sorted.csv | ") + LOCKSTEP_PROGRAM +
                                    " replay - --against --set num_batch_threads=1");
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_THAT(twice.output, HasSubstr("found standard input as the trace of both runs"));
}

// 10,000 a second arrive while one a ten milliseconds is answered.
TEST_F(Replay, SaysTheRateOfTheArrivalsNotOfTheAnswers) {
  const ProgramResult result =
      run("replay --arrivals poisson:10000/s --requests 1000 --gpu 10ms+0ns/row --no-log --set "
          "max_batch_size=1 --set num_batch_threads=1 --set max_enqueued_batches=1000");
  EXPECT_THAT(result.output, MatchesRegex("(.|\n)* (9|10),[0-9]{3} requests/s on average(.|\n)*"));
  EXPECT_THAT(result.output, HasSubstr(" / 0.01 s"));  // on the GPU: a part that is there shows
}

TEST_F(Replay, LostOutputIsAnError) {
  for (const char* arguments : {"list schedulers", "replay azure-conv-2023 --no-log --json"}) {
    const ProgramResult result =
        shell(std::string(LOCKSTEP_PROGRAM) + " " + arguments + " >/dev/full");
    EXPECT_EQ(result.exit_code, 2) << arguments;
    EXPECT_THAT(result.output, HasSubstr("error: standard output: cannot be written"));
  }
}

TEST_F(Replay, ABundledNameMeansTheBundledTrace) {
  write("azure-conv-2023", "arrival_ns\n1\n");
  const std::string rest = " --load 400x --no-log";
  EXPECT_THAT(run("replay azure-conv-2023" + rest).output, HasSubstr("19,366 requests"));
  EXPECT_THAT(run("replay ./azure-conv-2023" + rest).output, HasSubstr("1 request:"));
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

// One GPU of two is lost while a quarter of the clients cancel, and a lane is stalled.
constexpr const char* kFaulty =
    "replay --gpu 2ms+50us/row,h2d=300us+0ns/row --gpus 2 --set num_batch_threads=4 "
    "--set max_batch_size=8 --set batch_timeout_micros=3000 --arrivals poisson:900/s "
    "--requests 60 --faults 'lost gpu=1 at=20ms for=10ms; stall lane=0 at=30ms for=5ms; "
    "cancel at=12ms' --out run";

TEST_F(Diagram, ShowsWhatTheJournalThePlanAndTheStagesSay) {
  ASSERT_EQ(run(kFaulty).exit_code, 0);
  const ProgramResult text = run("diagram run --from 10ms --to 40ms --text");
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_THAT(text.output, HasSubstr("\n! lane 1: GPU lost, down, from 10 ms to 20 ms\n"));
  EXPECT_THAT(text.output, HasSubstr("\n! lane 3: GPU lost, down, from 10 ms to 20 ms\n"));
  EXPECT_THAT(text.output, HasSubstr("\n! lane 0: stall, from 20 ms to 25 ms\n"));
  EXPECT_THAT(text.output, HasSubstr("  * done, not told yet  c cancelled  ! lane down\n"));
  EXPECT_THAT(read("run/stages.csv"), StartsWith("batch,launched_ns,to_device_from_ns,"));
  ASSERT_EQ(run("diagram run --from 10ms --to 40ms -o run.svg").exit_code, 0);
  const std::string svg = read("run.svg");
  for (const char* part : {"class=\"node fault down\"", "class=\"node cancelled\"",
                           "copy in, compute, copy out", "GPU lost, down"}) {
    EXPECT_THAT(svg, HasSubstr(part));
  }
}

TEST_F(Diagram, WritesEveryFormatTwiceWithTheSameBytes) {
  ASSERT_EQ(run(kFaulty).exit_code, 0);
  for (const char* name : {"a.svg", "a.png", "a.pdf", "a.dot", "a.txt"}) {
    const std::string text = name == std::string("a.txt") ? " --text" : " --grey";
    const std::string draw = std::string("diagram run --batch 3 -o ") + name + text;
    ASSERT_EQ(run(draw).exit_code, 0) << name;
    const std::string first = read(name);
    EXPECT_GT(first.size(), 500u) << name;
    ASSERT_EQ(run(draw).exit_code, 0) << name;
    EXPECT_EQ(read(name), first) << name;
  }
}

TEST_F(Diagram, SaysWhatIsWrongInOneLineAndWritesNothing) {
  ASSERT_EQ(run(kFaulty).exit_code, 0);
  const auto refused = [&](const std::string& arguments) {
    const ProgramResult result = run("diagram run -o no.svg " + arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments;
    EXPECT_FALSE(exists("no.svg")) << arguments;
    return result.output;
  };
  EXPECT_EQ(refused("--batch 4000"), "error: batch 4000 is not in this run\n");
  EXPECT_EQ(refused("--request 60"), "error: request 60 is not in this run\n");
  EXPECT_THAT(refused("--batch 1 --worst"), StartsWith("error: found several windows"));
  // Beside the rows, the journal and the stages are read.
  ASSERT_EQ(shell("echo 7,1 >> run/stages.csv").exit_code, 0);
  EXPECT_THAT(refused(""), StartsWith("error: run/stages.csv:"));
  ASSERT_EQ(shell("rm run/stages.csv; head -c 300 run/journal.csv.zst > cut; "
                  "mv cut run/journal.csv.zst")
                .exit_code,
            0);
  EXPECT_THAT(refused(""), StartsWith("error: run/journal.csv.zst:"));
}

class Digests : public ProgramTest {};

// A changed pinned digest is a commit of its own, with the reason.
TEST_F(Digests, OfThePinnedScenariosAreAsRecorded) {
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
  EXPECT_THAT(run("list arrivals").output, HasSubstr("gamma:1000/s,cv=2.5"));
  EXPECT_THAT(run("list formats").output, HasSubstr("azure-llm-2023"));
}

}  // namespace
}  // namespace lockstep

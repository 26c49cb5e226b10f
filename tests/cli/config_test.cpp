// A server's own files and scenario files through replay and lint, as a person uses them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/golden.h"
#include "tests/support/program.h"

namespace lockstep {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kBatching =
    "# our server\n"
    "max_batch_size { value: 16 }\n"
    "batch_timeout_micros { value: 2000 }\n"
    "num_batch_threads { value: 4 }\n"
    "max_enqueued_batches { value: 100 }\n";
constexpr const char* kTraffic = " --load 400x --gpu v100-resnet50";

// The digest that a run prints in its table.
std::string digest_of(const std::string& output) {
  const std::size_t row = output.find("\ntf-shared ");
  const std::size_t end = output.find('\n', row + 1);
  return row == std::string::npos ? "" : output.substr(end - 10, 10);
}

class Config : public ProgramTest {
 protected:
  Config() { write("b.txt", kBatching); }
};

TEST_F(Config, SettingsOfTheFileAreThoseOfTheCommandLine) {
  const std::string by_hand =
      std::string("replay azure-conv-2023 --no-log") + kTraffic +
      " --set max_batch_size=16 --set batch_timeout_micros=2000 --set num_batch_threads=4 --set "
      "max_enqueued_batches=100 --set batching_session=true";
  const ProgramResult file = run(std::string("replay azure-conv-2023 --no-log --config b.txt") +
                                 kTraffic + " --set idle_poll_micros=0");
  ASSERT_EQ(file.exit_code, 0) << file.output;
  EXPECT_EQ(digest_of(file.output), digest_of(run(by_hand).output));
  // Without a word TF-Serving's idle threads poll, and the summary says what that adds.
  const ProgramResult polling =
      run(std::string("replay azure-conv-2023 --no-log --config b.txt") + kTraffic);
  EXPECT_EQ(digest_of(polling.output),
            digest_of(run(by_hand + " --set idle_poll_micros=1000").output));
  EXPECT_THAT(polling.output,
              HasSubstr("idle threads look each 1000 us, as TF-Serving's do: p50 is"));
  EXPECT_THAT(file.output, Not(HasSubstr("idle threads look")));
}

// TF 2.13: the thread is busy until 5 ms; then both requests that wait have passed their deadlines.
TEST_F(Config, OfAServerBringsTheDeadlinesOfItsBatches) {
  write("one.txt", "max_batch_size { value: 4 }\nnum_batch_threads { value: 1 }\n");
  write("t.csv",
        "arrival_ns,size,timeout_ns\n0,4,0\n1000000,2,3000000\n1000001,2,3999999\n"
        "1000002,4,0\n");
  const std::string replay =
      "replay t.csv --gpu 1:5ms,4:5ms --config one.txt --set idle_poll_micros=0";
  const ProgramResult result = run(replay + " --out run");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("2 requests were refused or failed: expired"));
  const std::string requests = read("run/requests.csv");
  EXPECT_THAT(requests, HasSubstr("RESOURCE_EXHAUSTED,expired\n"));
  EXPECT_THAT(requests, HasSubstr("\n3,1000002,"));
  EXPECT_EQ(run("check run").exit_code, 0);
  EXPECT_EQ(run("diagram run --text -o d.txt").exit_code, 0);
  EXPECT_THAT(read("d.txt"), HasSubstr("B1 EXPIRED 4/4"));
  const ProgramResult without = run(replay + " --set batching_session=false --no-log");
  EXPECT_THAT(without.output, Not(HasSubstr("refused or failed")));
}

TEST_F(Config, SettingsOfTheCommandLineComeAfterThoseOfTheFile) {
  const ProgramResult result =
      run(std::string("replay azure-conv-2023 --config b.txt --set max_batch_size=8 --out run") +
          kTraffic);
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(read("run/manifest.json"), HasSubstr("\"max_batch_size\": \"8\""));
  EXPECT_THAT(read("run/manifest.json"), HasSubstr("\"batch_timeout_micros\": \"2000\""));
  EXPECT_EQ(run("check run").exit_code, 0);
}

TEST_F(Config, OfRunBReplacesThatOfRunA) {
  write("c.txt", "max_batch_size { value: 8 }\nnum_batch_threads { value: 1 }\n");
  const ProgramResult result = run(std::string("replay azure-conv-2023 --no-log --config b.txt") +
                                   kTraffic + " --set idle_poll_micros=0 --against --config c.txt");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("B: 1 GPU shared by 1 batch thread "));
  EXPECT_THAT(result.output, HasSubstr("max_batch_size 8"));
}

TEST_F(Config, SeveralModelsAreSeveralQueuesOnOnePool) {
  write("models.config",
        "model_config_list { config { name: \"resnet\" base_path: \"/m/r\" model_platform: "
        "\"tensorflow\" } config { name: \"bert\" base_path: \"/m/b\" model_platform: "
        "\"tensorflow\" } }\n");
  write("t.csv", "arrival_ns,queue\n0,bert\n10,resnet\n20,bert:v2\n");
  const std::string replay =
      "replay t.csv --gpu 1ms+50us/row --config b.txt --config models.config";
  const ProgramResult result = run(replay + " --out run");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(read("run/manifest.json"), HasSubstr("\"queues\": \"resnet,bert\""));
  EXPECT_EQ(run("check run").exit_code, 0);
  write("t.csv", "arrival_ns,queue\n0,gpt\n");
  const ProgramResult unknown = run(replay + " --no-log");
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.output,
              HasSubstr("found a request for queue 'gpt', expected resnet or bert"));
}

// The server would not make a queue for a model that it does not have: a misspelt name in --set is
// not one more model.
TEST_F(Config, SettingsForAModelThatItDoesNotHaveAreRefused) {
  write("models.config",
        "model_config_list { config { name: \"resnet\" base_path: \"/m/r\" model_platform: "
        "\"tensorflow\" } }\n");
  write("t.csv", "arrival_ns\n0\n");
  const std::string replay =
      "replay t.csv --gpu 1ms+50us/row --no-log --config b.txt --config models.config --set ";
  const ProgramResult misspelt = run(replay + "max_batch_size@resnt=1");
  EXPECT_EQ(misspelt.exit_code, 2);
  EXPECT_THAT(misspelt.output,
              HasSubstr("found setting 'max_batch_size@resnt' for model 'resnt' (did you mean "
                        "resnet?), expected one of the configuration: resnet"));
  EXPECT_EQ(run(replay + "max_batch_size@resnet=1").exit_code, 0);
  write("t.csv", "arrival_ns,queue\n0,resnet:classify\n");
  EXPECT_EQ(run(replay + "max_batch_size@resnet:classify=1").exit_code, 0);
}

TEST_F(Config, SettingsNameAQueueAsFilesCanHoldIt) {
  write("t.csv", "arrival_ns\n0\n");
  for (const char* queue : {"", "'x,y'", "'a\"b'"}) {
    const ProgramResult result =
        run("replay t.csv --gpu 1ms+50us/row --no-log --set max_batch_size@" + std::string(queue) +
            "=4");
    EXPECT_EQ(result.exit_code, 2) << queue;
    EXPECT_THAT(result.output, HasSubstr("expected behind the @ a queue as 1 to 64 printable"));
  }
}

// What stops a server when it reads its file stops a run that changes the file's settings.
TEST_F(Config, SettingsWithWhichTheServerWouldNotStartAreRefused) {
  write("sizes.txt",
        "max_batch_size { value: 4 }\nnum_batch_threads { value: 1 }\nallowed_batch_sizes: 2\n"
        "allowed_batch_sizes: 4\n");
  write("t.csv", "arrival_ns\n0\n");
  const std::string replay = "replay t.csv --gpu 1ms+50us/row --no-log --config sizes.txt --set ";
  const ProgramResult alone = run(replay + "max_batch_size=8");
  EXPECT_EQ(alone.exit_code, 2);
  EXPECT_THAT(alone.output, HasSubstr("Last entry in allowed_batch_sizes must match "
                                      "max_batch_size; last entry was 4; expected 8"));
  EXPECT_EQ(run(replay + "max_batch_size=8 --set allowed_batch_sizes=2,8").exit_code, 0);
}

TEST_F(Config, AQueueOfASignatureBeginsWithTheOptionsOfItsModel) {
  write("t.csv", "arrival_ns,queue\n0,a\n5,a:sig\n9,b\n");
  const std::string replay =
      "replay t.csv --gpu 1ms+50us/row --set num_batch_threads=2 --set batch_timeout_micros@a=2000 "
      "--set batch_timeout_micros@b=3000 --set max_batch_size@a:sig=4 --out run";
  ASSERT_EQ(run(replay).exit_code, 0);
  const std::string manifest = read("run/manifest.json");
  EXPECT_THAT(manifest, HasSubstr("\"batch_timeout_micros@a:sig\": \"2000\""));
  EXPECT_THAT(manifest, HasSubstr("\"max_batch_size@a:sig\": \"4\""));
  EXPECT_EQ(run("check run").exit_code, 0);
}

// "a" has options of its own; its signature "a:new" is in no configuration, only in the traffic.
TEST_F(Config, AQueueOfASignatureIsMadeAtItsFirstRequest) {
  write("t.csv", "arrival_ns,queue,size\n0,b,1\n5,a:new,1\n6,c:new,1\n7,a:new,2\n8,a:new,5\n");
  const std::string replay =
      "replay t.csv --gpu 1ms+50us/row --set num_batch_threads=4 --set batch_timeout_micros=900 "
      "--set batch_timeout_micros@a=2000 --set max_batch_size@a=4 --set max_batch_size@c=8 "
      "--set batch_timeout_micros@b=3000 --out run";
  const ProgramResult result = run(replay);
  ASSERT_EQ(result.exit_code, 0) << result.output;
  const std::string manifest = read("run/manifest.json");
  EXPECT_THAT(manifest, HasSubstr("\"queues\": \"a,c,b\""));
  EXPECT_THAT(manifest, Not(HasSubstr("@a:new")));
  EXPECT_THAT(read("run/batches.csv"), AllOf(HasSubstr("\n1,a:new,0,0,5,2000005,2000005,2000005,"),
                                             HasSubstr("\n0,c:new,0,0,6,900006,900006,900006,")));
  EXPECT_THAT(read("run/requests.csv"), HasSubstr("INVALID_ARGUMENT,too-large\n"));
  EXPECT_EQ(run("check run").exit_code, 0);
}

TEST_F(Config, OfAScenarioNamesThePlaceOfAValueThatTheSchedulerRefuses) {
  const auto refusal = [&](const std::string& scheduler) {
    write("v.lockstep.pbtxt", "workload { arrivals: \"poisson:9/s\" requests: 9 }\n" + scheduler);
    const std::string replay = run("replay v.lockstep.pbtxt --gpu 1ms+1us/row").output;
    EXPECT_EQ(run("lint v.lockstep.pbtxt").output, replay);
    return replay;
  };
  EXPECT_EQ(refusal("scheduler {\n  set: \"max_batch_size=0\" }\n"),
            "error: v.lockstep.pbtxt:3:3: input_batch_size_limit must be positive; was 0\n");
  EXPECT_EQ(refusal("lanes: 0\n"),
            "error: v.lockstep.pbtxt:2:1: num_batch_threads must be positive; was 0\n");
  // Two lines could be meant: the file alone, rather than the wrong line.
  write("two.lockstep.pbtxt",
        "workload { arrivals: \"poisson:9/s\" requests: 9 }\n"
        "scheduler { queue { name: \"a\" set: \"max_batch_size=8\" }\n"
        "queue { name: \"b\" set: \"max_batch_size=0\" } }\n");
  EXPECT_EQ(run("lint two.lockstep.pbtxt").output,
            "error: two.lockstep.pbtxt: input_batch_size_limit must be positive; was 0\n");
  EXPECT_THAT(refusal("config: \"b.txt\"\nconfig: \"none.txt\"\n"),
              HasSubstr("(named at v.lockstep.pbtxt:3:"));
  refusal("lanes: 0\n");
  // What the command line sets stands in no file.
  EXPECT_EQ(run("replay v.lockstep.pbtxt --set num_batch_threads=-1").output,
            "error: num_batch_threads must be positive; was -1\n");
}

// What lint prints is a scenario file that replay takes, to the same decisions.
// Who reads the run later sees what was said when it was made.
TEST_F(Config, WarningsStayWithTheRun) {
  shell("mkdir conf");
  write("conf/w.txt", std::string(kBatching) + "allowed_batch_sizes: 4\nallowed_batch_sizes: 16\n");
  const std::string replay = std::string("replay azure-conv-2023 --length 1s") + kTraffic;
  const std::string text =
      "w.txt:6:1: allowed_batch_sizes has wide gaps: a batch of 1 row is padded to 4: 75 % of it "
      "is filler";
  const ProgramResult made = run(replay + " --config conf/w.txt");
  ASSERT_EQ(made.exit_code, 0) << made.output;
  EXPECT_THAT(made.output, StartsWith("warning: conf/" + text + "\n"));
  EXPECT_THAT(read("runs/last/manifest.json"), HasSubstr("\n    \"" + text + "\"\n"));
  EXPECT_EQ(run("check").exit_code, 0);
  EXPECT_THAT(run("report --text").output, HasSubstr("\nwarning: " + text + "\n"));
  EXPECT_EQ(run("report").exit_code, 0);
  EXPECT_NE(read("report.html").find("<li class=\"warning\">" + text + "</li>"), std::string::npos);
  // From another folder the same run; its settings from the command line are another directory.
  EXPECT_EQ(shell("cp -r conf moved").exit_code, 0);
  EXPECT_THAT(run(replay + " --config moved/w.txt").output,
              HasSubstr("(already there, unchanged)"));
  const ProgramResult by_hand =
      run(replay +
          " --set max_batch_size=16 --set batch_timeout_micros=2000 --set num_batch_threads=4 "
          "--set max_enqueued_batches=100 --set allowed_batch_sizes=4,16 --set "
          "batching_session=true --set idle_poll_micros=1000");
  EXPECT_EQ(by_hand.exit_code, 0) << by_hand.output;
  EXPECT_THAT(by_hand.output, Not(HasSubstr("already there")));
  EXPECT_EQ(digest_of(by_hand.output), digest_of(made.output));
  EXPECT_THAT(read("runs/last/manifest.json"), Not(HasSubstr("warnings")));
}

TEST_F(Config, WithParametersPerModelIsPrintedAsAScenarioThatRunsAlike) {
  write("blog.json",
        R"({"model_config_list": [{"config": {"name": "a", "base_path": "/m/a",
            "batching_config": {"max_batch_size": 8, "batch_timeout_micros": 500}}},
            {"config": {"name": "b", "base_path": "/m/b",
            "batching_config": {"max_batch_size": 4, "batch_timeout_micros": 900}}}]})");
  write("t.csv", "arrival_ns,queue\n0,a\n5,b\n100,b\n2000000,a\n");
  const ProgramResult lint = run("lint blog.json");
  ASSERT_EQ(lint.exit_code, 0) << lint.output;
  const std::size_t begin = lint.output.find("scheduler {");
  ASSERT_NE(begin, std::string::npos) << lint.output;
  write("blog.lockstep.pbtxt",
        lint.output.substr(begin) +
            "workload { trace: \"t.csv\" }\ndevice { gpu: \"1ms+50us/row\" }\n");
  const ProgramResult ours = run("replay blog.lockstep.pbtxt --no-log");
  ASSERT_EQ(ours.exit_code, 0) << ours.output;
  const ProgramResult theirs = run("replay t.csv --gpu 1ms+50us/row --config blog.json --no-log");
  ASSERT_EQ(theirs.exit_code, 0) << theirs.output;
  EXPECT_EQ(digest_of(ours.output), digest_of(theirs.output));
}

TEST_F(Config, AWrongFileGivesItsPlaceAndNothingRuns) {
  write("wrong.txt", "max_batch_size: 32\n");
  for (const char* verb : {"replay azure-conv-2023 --config wrong.txt", "lint wrong.txt"}) {
    const ProgramResult result = run(verb);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.output, StartsWith("error: wrong.txt:1:"));
    EXPECT_THAT(result.output, HasSubstr("write max_batch_size { value: 32 }"));
    EXPECT_FALSE(exists("runs"));
  }
  const ProgramResult other =
      run("replay azure-conv-2023 --scheduler naive-full-batch --config b.txt");
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.output, HasSubstr("expected tf-shared"));
}

TEST_F(Config, LintShowsEverySettingWithItsPlaceOrTheDefault) {
  const ProgramResult result = run("lint b.txt");
  EXPECT_EQ(result.exit_code, 0);
  expect_golden("lint_batching.txt", result.output);
}

// What lint prints as a scenario file runs as the configuration does.
TEST_F(Config, LintsScenarioRunsAsTheConfigurationDoes) {
  const ProgramResult lint = run(std::string("lint b.txt --trace azure-conv-2023") + kTraffic);
  ASSERT_EQ(lint.exit_code, 0) << lint.output;
  write("server.lockstep.pbtxt", lint.output.substr(lint.output.find("# lockstep replay")));
  const ProgramResult scenario = run("replay server.lockstep.pbtxt --no-log");
  ASSERT_EQ(scenario.exit_code, 0) << scenario.output;
  EXPECT_EQ(
      digest_of(scenario.output),
      digest_of(
          run(std::string("replay azure-conv-2023 --no-log --config b.txt") + kTraffic).output));
}

TEST_F(Config, LintTakesTheCommandLineAfterTheScenarioFile) {
  write("ten.lockstep.pbtxt", "workload { arrivals: \"poisson:100/s\" requests: 500 }\n");
  const ProgramResult lint =
      run("lint ten.lockstep.pbtxt --trace azure-conv-2023 --load 2x --gpu 1ms+50us/row --gpus 2");
  EXPECT_EQ(lint.exit_code, 0) << lint.output;
  EXPECT_THAT(lint.output, HasSubstr("\non azure-conv-2023, load 2x:\n"));
  EXPECT_THAT(lint.output, HasSubstr("  gpus                           2\n"));
  EXPECT_EQ(run("lint ten.lockstep.pbtxt --trace nowhere.csv").exit_code, 2);
}

TEST_F(Config, LintReadsTheServersCommandLine) {
  const std::string server = " -- tensorflow_model_server --batching_parameters_file=b.txt";
  EXPECT_THAT(run("lint" + server + " --enable_batching").output,
              HasSubstr("2000         b.txt:3:1"));
  const ProgramResult off = run("lint" + server);
  EXPECT_EQ(off.exit_code, 2);
  EXPECT_THAT(off.output, HasSubstr("batching_parameters_file is set without setting"));
}

// Four threads feed one GPU: the run with one says what that costs.
TEST_F(Config, LintWarnsOfWhatTheTrafficShows) {
  const ProgramResult lint =
      run(std::string("lint b.txt --trace azure-conv-2023 --slo p99=2ms") + kTraffic);
  EXPECT_THAT(lint.output, HasSubstr("warning: num_batch_threads 4 feed 1 GPU: with 1 p99 is"));
  EXPECT_THAT(lint.output, HasSubstr("as long as the objective p99=2 ms or longer"));
  write("one.txt", "max_batch_size { value: 16 }\nnum_batch_threads { value: 8 }\n");
  EXPECT_THAT(run("lint one.txt --trace azure-conv-2023 --load 20x --gpu v100-resnet50").output,
              HasSubstr("max_batch_size 16 does nothing at this load"));
  write("long.txt",
        "max_batch_size { value: 64 }\nnum_batch_threads { value: 1 }\nbatch_timeout_micros { "
        "value: 20000 }\n");
  EXPECT_THAT(run("lint long.txt --trace azure-conv-2023 --load 100x --gpu v100-resnet50").output,
              HasSubstr("batch_timeout_micros 20000: makes batches of"));
  write(
      "short.txt",
      "max_batch_size { value: 2 }\nnum_batch_threads { value: 1 }\nmax_enqueued_batches { value: "
      "1 }\n");
  EXPECT_THAT(run(std::string("lint short.txt --trace azure-conv-2023") + kTraffic).output,
              HasSubstr("max_enqueued_batches 1: "));
  write("padded.txt",
        "max_batch_size { value: 64 }\nnum_batch_threads { value: 1 }\nallowed_batch_sizes: 64\n");
  EXPECT_THAT(run("lint padded.txt --trace azure-conv-2023 --load 20x --gpu v100-resnet50").output,
              HasSubstr("% of the rows that the GPU executes are padding"));
}

TEST_F(Config, AScenarioHasItsTrafficDeviceAndObjective) {
  write("s.lockstep.pbtxt",
        "workload { arrivals: \"poisson:1000/s\" requests: 500 }\n"
        "scheduler { set: \"max_batch_size=8\" }\n"
        "device { gpu: \"1ms+50us/row\" }\n"
        "objective { slo: \"p99=1us\" }\n"
        "config: \"b.txt\"\n"
        "seed: 3\n");
  const ProgramResult result = run("replay s.lockstep.pbtxt --no-log --seed 4");
  EXPECT_EQ(result.exit_code, 1) << result.output;  // the objective is missed
  EXPECT_THAT(result.output, HasSubstr("500 requests: generated, poisson:1000/s, seed 4"));
  EXPECT_THAT(result.output, HasSubstr("FAIL slo  p99 "));
  EXPECT_THAT(result.output, HasSubstr("4 batch threads"));
  write("s.lockstep.pbtxt", "device { gpu: \"fast\" }\n");
  const ProgramResult wrong = run("replay s.lockstep.pbtxt --no-log");
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.output, StartsWith("error: s.lockstep.pbtxt:1:"));
}

}  // namespace
}  // namespace lockstep

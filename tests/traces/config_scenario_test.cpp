// Our scenario file: one schema for text and JSON, every value with its place.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/traces/config_text.h"

namespace lockstep {
namespace {

using testing::StartsWith;

std::string data(const std::string& name) {
  return std::string(LOCKSTEP_SOURCE_DIR) + "/tests/traces/data/config/" + name;
}

Result<ScenarioFile> read(const std::string& text, const std::string& name = "x.lockstep.pbtxt") {
  const ScratchDirectory directory;
  directory.write(name, text);
  Result<ScenarioFile> scenario = read_scenario_file(directory.file(name));
  if (!scenario) {
    return bad_input(without(scenario.error().message, directory.path()));
  }
  return scenario;
}

std::string error(const std::string& text) {
  const Result<ScenarioFile> scenario = read(text);
  return scenario ? "no error" : scenario.error().message;
}

void expect_production(const ScenarioFile& scenario) {
  EXPECT_EQ(scenario.description, "resnet at 400x");
  EXPECT_EQ(scenario.trace->value, "azure-conv-2023");
  EXPECT_EQ(scenario.load->value, "400x");
  EXPECT_FALSE(scenario.arrivals || scenario.requests || scenario.format || scenario.sort);
  EXPECT_EQ(scenario.scheduler->value, "tf-shared");
  ASSERT_EQ(scenario.settings.size(), 2u);
  EXPECT_EQ(scenario.settings[1].name, "batch_timeout_micros");
  EXPECT_EQ(scenario.settings[1].value, "2000");
  ASSERT_EQ(scenario.queues.size(), 1u);
  EXPECT_EQ(scenario.queues[0].name.value, "resnet");
  EXPECT_EQ(scenario.queues[0].settings[0].name, "max_enqueued_batches");
  EXPECT_EQ(scenario.lanes->value, 4u);
  EXPECT_EQ(scenario.server_cpus->value, 16u);
  EXPECT_EQ(scenario.gpu->value, "v100-resnet50");
  EXPECT_EQ(scenario.gpus->value, 1u);
  ASSERT_EQ(scenario.slos.size(), 2u);
  EXPECT_EQ(scenario.slos[1].value, "mean=10ms");
  EXPECT_EQ(scenario.seed->value, 7u);
  ASSERT_EQ(scenario.configs.size(), 2u);
  EXPECT_EQ(scenario.configs[0].value, data("throughput.txt"));
}

TEST(Scenario, SaysEverythingThatReplayTakes) {
  const Result<ScenarioFile> scenario = read_scenario_file(data("replay.lockstep.pbtxt"));
  ASSERT_TRUE(scenario) << scenario.error().message;
  expect_production(*scenario);
  EXPECT_EQ(to_text(scenario->settings[1].where), data("replay.lockstep.pbtxt") + ":7:3");
  EXPECT_EQ(to_text(scenario->slos[1].where), data("replay.lockstep.pbtxt") + ":13:29");
}

TEST(Scenario, IsTheSameAsJson) {
  const Result<ScenarioFile> scenario = read_scenario_file(data("replay.lockstep.json"));
  ASSERT_TRUE(scenario) << scenario.error().message;
  expect_production(*scenario);
  EXPECT_EQ(to_text(scenario->settings[1].where), data("replay.lockstep.json") + ":6:34");
  EXPECT_EQ(to_text(scenario->queues[0].settings[0].where), data("replay.lockstep.json") + ":7:34");
  EXPECT_EQ(to_text(scenario->seed->where), data("replay.lockstep.json") + ":13:3");
}

TEST(Scenario, ItsConfigFilesMakeAServer) {
  const Result<ScenarioFile> scenario = read_scenario_file(data("replay.lockstep.pbtxt"));
  ASSERT_TRUE(scenario) << scenario.error().message;
  std::vector<std::string> paths;
  for (const Placed<std::string>& config : scenario->configs) {
    paths.push_back(config.value);
  }
  const Result<ServerConfig> config = read_server_config(paths, {});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->pools.front().settings.size(), 4u);
  EXPECT_EQ(config->pools.front().gpu.size(), 2u);
}

TEST(Scenario, MayLeaveEverythingOut) {
  const Result<ScenarioFile> scenario = read("# all defaults\n");
  ASSERT_TRUE(scenario) << scenario.error().message;
  EXPECT_FALSE(scenario->trace || scenario->scheduler || scenario->seed);
}

TEST(Scenario, AcceptsAByteOrderMarkAndCountsIt) {
  EXPECT_TRUE(read("\xef\xbb\xbf{\"seed\": 3}"));
  EXPECT_EQ(error("\xef\xbb\xbfsedd: 3"),
            "x.lockstep.pbtxt:1:4: found field 'sedd', expected a field of Scenario (did you mean "
            "seed?)");
}

TEST(Scenario, TracesLieBesideItOrAreBundled) {
  const ScratchDirectory directory;
  directory.write("t.csv", "arrival_ns\n0\n");
  directory.write("x.lockstep.pbtxt", "workload { trace: \"t.csv\" }");
  EXPECT_EQ(read_scenario_file(directory.file("x.lockstep.pbtxt"))->trace->value,
            directory.file("t.csv"));
  directory.write("x.lockstep.pbtxt", "workload { trace: \"azure-conv-2023\" }");
  EXPECT_EQ(read_scenario_file(directory.file("x.lockstep.pbtxt"))->trace->value,
            "azure-conv-2023");
  directory.write("azure-conv-2023", "arrival_ns\n0\n");
  EXPECT_EQ(read_scenario_file(directory.file("x.lockstep.pbtxt"))->trace->value,
            directory.file("azure-conv-2023"));
  directory.write("x.lockstep.pbtxt", "workload { trace: \"/data/t.csv\" } config: \"../b.txt\"");
  const Result<ScenarioFile> scenario = read_scenario_file(directory.file("x.lockstep.pbtxt"));
  EXPECT_EQ(scenario->trace->value, "/data/t.csv");
  EXPECT_EQ(scenario->configs[0].value,
            std::filesystem::path(directory.path()).parent_path() / "b.txt");
}

TEST(Scenario, WorkloadIsATraceOrArrivals) {
  EXPECT_EQ(error("workload { trace: \"x\" arrivals: \"y\" }"),
            "x.lockstep.pbtxt:1:23: found arrivals beside trace, expected one of them");
  EXPECT_EQ(error("workload { requests: 3 }"),
            "x.lockstep.pbtxt:1:12: found requests without arrivals, expected both");
  EXPECT_EQ(error("workload { arrivals: \"poisson:1/s\" format: \"lockstep\" }"),
            "x.lockstep.pbtxt:1:36: found format without trace, expected both");
  EXPECT_EQ(error("workload { arrivals: \"poisson:1/s\" map: \"arrival=t:s\" }"),
            "x.lockstep.pbtxt:1:36: found map without trace, expected both");
  EXPECT_EQ(error("workload { trace: \"t.csv\" format: \"vidur\" map: \"arrival=t:s\" }"),
            "x.lockstep.pbtxt:1:43: found map beside format, expected one of them");
  EXPECT_EQ(error("workload { arrivals: \"poisson:1/s\" sort: true }"),
            "x.lockstep.pbtxt:1:36: found sort without trace, expected both");
}

TEST(Scenario, NamesOfSchedulersAndOptionsAreChecked) {
  EXPECT_EQ(error("scheduler { name: \"tf-shred\" }"),
            "x.lockstep.pbtxt:1:13: found scheduler 'tf-shred', expected one of those that "
            "`lockstep list schedulers` shows (did you mean tf-shared?)");
  EXPECT_EQ(error("scheduler { set: \"batch_timout_micros=3\" }"),
            "x.lockstep.pbtxt:1:13: found option 'batch_timout_micros', expected an option of "
            "scheduler tf-shared (did you mean batch_timeout_micros?)");
  EXPECT_EQ(error("scheduler { set: \"batch_timeout_micros\" }"),
            "x.lockstep.pbtxt:1:13: found set 'batch_timeout_micros', expected \"NAME=VALUE\" such "
            "as \"batch_timeout_micros=5000\"");
  EXPECT_EQ(error("scheduler { queue { name: \"a\" set: \"max_batch_size=1\" set: "
                  "\"max_batch_size=2\" } }"),
            "x.lockstep.pbtxt:1:55: found option max_batch_size a second time, expected it once");
}

TEST(Scenario, LanesAndTheSchedulersOwnLaneSettingExcludeEachOther) {
  EXPECT_EQ(error("scheduler { set: \"num_batch_threads=3\" } lanes: 3"),
            "x.lockstep.pbtxt:1:13: found num_batch_threads beside lanes, expected one of them: "
            "both set the number of lanes");
}

TEST(Scenario, QueuesHaveNamesThatTracesCanCarry) {
  EXPECT_EQ(error("scheduler { queue { name: \"a\" } queue { name: \"a\" } }"),
            "x.lockstep.pbtxt:1:41: found queue a a second time, expected it once");
  EXPECT_EQ(error("scheduler { queue { } }"),
            "x.lockstep.pbtxt:1:13: found queue name '', expected 1 to 64 printable ASCII "
            "characters without comma or quote");
}

TEST(Scenario, FaultsAreATextOfTheirOwn) {
  const Result<ScenarioFile> scenario = read("faults: \"lost gpu=0 at=3ms\"\n");
  ASSERT_TRUE(scenario);
  EXPECT_EQ(scenario->faults->value, "lost gpu=0 at=3ms");
  EXPECT_NE(error("faults { }"), "no error");
}

TEST(Scenario, NumbersAreWholeAndFit) {
  EXPECT_EQ(error("seed: 18446744073709551615"), "no error");
  EXPECT_EQ(error("seed: 18446744073709551616"),
            "x.lockstep.pbtxt:1:7: found '18446744073709551616' for seed, expected a whole number "
            "from 0 to 18446744073709551615");
  EXPECT_EQ(error("lanes: -1"),
            "x.lockstep.pbtxt:1:8: found '-1' for lanes, expected a whole number of at least 0");
}

TEST(Scenario, FieldsOfBlocksAtTheTopAreToldTheirBlock) {
  EXPECT_EQ(error("trace: \"t.csv\""),
            "x.lockstep.pbtxt:1:1: found field 'trace', expected a field of Scenario; it belongs "
            "in workload { trace ... }");
  EXPECT_EQ(error("workload { seed: 3 }"),
            "x.lockstep.pbtxt:1:12: found field 'seed', expected a field of Workload; it belongs "
            "at the top of the file");
}

TEST(Scenario, AFileOfTheServerIsNone) {
  const Result<ScenarioFile> scenario = read("max_batch_size { value: 3 }", "b.txt");
  ASSERT_FALSE(scenario);
  EXPECT_EQ(scenario.error().message,
            "b.txt:1:1: found batching parameters (--batching_parameters_file), expected a "
            "scenario of Lockstep; give it with --config");
  EXPECT_TRUE(read("seed: 3", "b.txt"));
}

TEST(Scenario, IsKnownByItsName) {
  EXPECT_TRUE(has_scenario_name("runs/a.lockstep.pbtxt"));
  EXPECT_TRUE(has_scenario_name("a.lockstep.json"));
  EXPECT_FALSE(has_scenario_name("a.pbtxt"));
}

}  // namespace
}  // namespace lockstep

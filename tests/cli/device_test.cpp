// --gpu and --overhead as a person uses them: files, terms, memory, and what check says of it.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

constexpr const char* kDeviceTraffic =
    "replay --arrivals poisson:1500/s --requests 2000 --set max_batch_size=8 "
    "--set batch_timeout_micros=2000 --set num_batch_threads=4 ";

class DeviceOption : public ProgramTest {
 protected:
  ProgramResult replay(const std::string& options) { return run(kDeviceTraffic + options); }
};

TEST_F(DeviceOption, ATableIsReadOnceAndCheckNeedsItNoMore) {
  ASSERT_EQ(shell("mkdir lab").exit_code, 0);
  write("lab/gpu.csv",
        "# source: by hand\n# first: 5ms\nrows,h2d,p50,p99\n1,20us,1ms,2ms\n"
        "8,90us,2ms,2.5ms\n");
  const ProgramResult table = replay("--gpu lab/gpu.csv");
  ASSERT_EQ(table.exit_code, 0) << table.output;
  EXPECT_THAT(table.output, HasSubstr("service time gpu.csv = 1:1ms@50/2ms@99,8:2ms@50/2.5ms@99,"
                                      "h2d=1:20us,8:90us,first=5ms"));
  ASSERT_EQ(shell("rm -r lab").exit_code, 0);
  const ProgramResult check = run("check");
  EXPECT_EQ(check.exit_code, 0) << check.output;
  EXPECT_THAT(read("runs/last/manifest.json"), HasSubstr("\"gpu\": \"gpu.csv\""));
}

TEST_F(DeviceOption, AScenarioNamesItFromItsOwnFolder) {
  ASSERT_EQ(shell("mkdir lab").exit_code, 0);
  write("lab/gpu.csv", "rows,time\n1,1ms\n16,3ms\n");
  write("lab/s.lockstep.pbtxt",
        "workload { arrivals: \"poisson:900/s\" requests: 100 }\n"
        "device { gpu: \"gpu.csv,first=1ms\" }\n"
        "overhead: \"0.8ms\"\n"
        "scheduler { set: \"max_batch_size=16\" set: \"num_batch_threads=2\" }\n");
  const ProgramResult replayed = run("replay lab/s.lockstep.pbtxt");
  ASSERT_EQ(replayed.exit_code, 0) << replayed.output;
  EXPECT_THAT(replayed.output, HasSubstr("service time gpu.csv = 1:1ms,16:3ms,first=1ms"));
  EXPECT_THAT(replayed.output, HasSubstr("800us (--overhead)"));
  write("lab/s.lockstep.pbtxt", "overhead: \"fast\"\n");
  EXPECT_THAT(run("replay lab/s.lockstep.pbtxt").output,
              HasSubstr("error: lab/s.lockstep.pbtxt:1:1: found --overhead 'fast'"));
}

TEST_F(DeviceOption, OutOfMemoryIsInTheFilesAndInThePicture) {
  const ProgramResult small = replay(
      "--gpu 3ms+100us/row,memory=1GiB,fraction=0.25,growth=true,weights=56MiB,"
      "row_bytes=12MiB");
  ASSERT_EQ(small.exit_code, 0) << small.output;
  EXPECT_THAT(small.output, HasSubstr("requests were refused or failed: out-of-memory"));
  EXPECT_THAT(small.output, HasSubstr("GPU memory: at most 248 of 256 MiB used at once; the "
                                      "process holds 248 MiB (allow_growth"));
  EXPECT_THAT(read("runs/last/requests.csv"), HasSubstr(",RESOURCE_EXHAUSTED,out-of-memory\n"));
  EXPECT_THAT(read("runs/last/batches.csv"), HasSubstr(",RESOURCE_EXHAUSTED\n"));
  const ProgramResult diagram =
      shell(std::string(LOCKSTEP_PROGRAM) +
            " diagram --text --batch $(grep -m1 EXHAUSTED runs/last/batches.csv | cut -d, -f1)");
  EXPECT_THAT(diagram.output, HasSubstr("failed: RESOURCE_EXHAUSTED"));
  EXPECT_EQ(run("check").exit_code, 0);
}

TEST_F(DeviceOption, TakesFractionAndGrowthOfTheServersOwnFile) {
  write("platform.txt",
        "platform_configs { key: \"tensorflow\" value { source_adapter_config {\n"
        "  [type.googleapis.com/tensorflow.serving.SavedModelBundleSourceAdapterConfig] {\n"
        "    legacy_config {\n"
        "      session_config { gpu_options { per_process_gpu_memory_fraction: 0.25 "
        "allow_growth: true } }\n"
        "      batching_parameters { max_batch_size { value: 8 } num_batch_threads { value: 4 } }\n"
        "} } } } }\n");
  const std::string configured =
      "replay --arrivals poisson:900/s --requests 200 --config platform.txt ";
  const ProgramResult taken = run(configured + "--gpu 1ms+9us/row,memory=1GiB,row_bytes=1MiB");
  ASSERT_EQ(taken.exit_code, 0) << taken.output;
  EXPECT_THAT(taken.output, HasSubstr("memory=1GiB,fraction=0.25,growth=true,row_bytes=1MiB"));
  EXPECT_EQ(run("check").exit_code, 0);
  EXPECT_THAT(run("lint platform.txt --trace azure-conv-2023 --gpu 1ms+9us/row,memory=1GiB").output,
              HasSubstr("gpu: \"1ms+9us/row,memory=1GiB,fraction=0.25,growth=true\""));
  // What the GPU's own text says counts more.
  EXPECT_THAT(run(configured + "--gpu 1ms+9us/row,memory=1GiB,fraction=0.5,row_bytes=1MiB").output,
              HasSubstr("memory=1GiB,fraction=0.5,growth=true,row_bytes=1MiB"));
}

// TF-Serving writes its flag's value, 0 unless given, over that of a session config (TF 1.9).
TEST_F(DeviceOption, AFractionThatTheServerOverwritesIsAllOfTheMemory) {
  write("batching.txt", "max_batch_size { value: 8 } num_batch_threads { value: 4 }\n");
  write("session.txt", "gpu_options { per_process_gpu_memory_fraction: 0.25 }\n");
  EXPECT_THAT(run("replay --arrivals poisson:900/s --requests 200 --config batching.txt --config "
                  "session.txt --gpu 1ms+9us/row,memory=1GiB,row_bytes=1MiB")
                  .output,
              HasSubstr("of 1,024 MiB used at once"));
}

TEST_F(DeviceOption, SharingIsSaidAndItsTableMustCoverTheThreads) {
  EXPECT_THAT(replay("--gpu 1ms+9us/row,sharing=equal").output,
              HasSubstr("its batches computed side by side, each at its equal share"));
  EXPECT_EQ(run("check").exit_code, 0);
  const std::string three = "--gpu 1ms+9us/row,sharing=2:1.57,3:2.2";
  EXPECT_EQ(replay(three + ",4:2.9").exit_code, 0);
  const ProgramResult uncovered = replay(three);
  EXPECT_EQ(uncovered.exit_code, 2);
  EXPECT_THAT(uncovered.output, HasSubstr("expected it for the 4 batch threads"));
  EXPECT_EQ(replay(three + " --gpus 2").exit_code, 0);  // two threads each
}

TEST_F(DeviceOption, OverheadIsAddedToWhatIsReportedAndToNothingElse) {
  ASSERT_EQ(replay("--gpu 1ms+0ns/row --out without").exit_code, 0);
  const ProgramResult with = replay("--gpu 1ms+0ns/row --overhead 0.8ms --out with");
  ASSERT_EQ(with.exit_code, 0);
  EXPECT_THAT(with.output, HasSubstr("and 800us (--overhead) for network"));
  const auto p50 = [this](const std::string& directory) {
    return std::stoll(
        shell("grep -o '\"latency_p50_ns\": [0-9]*' " + directory + "/summary.json | cut -c19-")
            .output);
  };
  EXPECT_EQ(p50("with"), p50("without") + 800'000);
  EXPECT_EQ(read("with/requests.csv"), read("without/requests.csv"));
  EXPECT_EQ(run("check with").exit_code, 0);
  EXPECT_EQ(replay("--gpu 1ms+0ns/row --overhead 0.8").exit_code, 2);
  EXPECT_EQ(replay("--gpu 1ms+0ns/row --overhead 2h").exit_code, 2);
}

TEST_F(DeviceOption, AnObjectiveIncludesTheOverhead) {
  const std::string one =
      "replay --arrivals poisson:1/s --requests 1 --set max_batch_size=1 "
      "--set num_batch_threads=1 --set batch_timeout_micros=0 "
      "--gpu 1ms+0ns/row --overhead 1ms ";
  EXPECT_EQ(run(one + "--slo max=2ms").exit_code, 0);
  EXPECT_EQ(run(one + "--slo max=1999999ns").exit_code, 1);
}

TEST_F(DeviceOption, AWrongFileIsRefusedAtItsPlaceAndNothingIsWritten) {
  write("gpu.csv", "rows,time\n1,1ms\n8,fast\n");
  const ProgramResult wrong = replay("--gpu gpu.csv");
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.output, HasSubstr("error: gpu.csv:3:3: found \"fast\""));
  EXPECT_EQ(replay("--gpu none.json").exit_code, 2);
  EXPECT_FALSE(exists("runs"));
}

TEST_F(DeviceOption, ListNamesThreeWithTheirSources) {
  const std::string list = run("list gpus").output;
  for (const char* expected : {"v100-resnet50\n", "p4-resnet50\n", "1080ti-resnet50\n",
                               "arXiv 1912.06322", "server issue 4250"}) {
    EXPECT_THAT(list, HasSubstr(expected));
  }
}

}  // namespace
}  // namespace lockstep

// Files in the place of a GPU's curve: device tables, Triton's statistics, Perf Analyzer's reports.
#include "sim/device_file.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/prng.h"
#include "sim/device_table.h"
#include "sim/device_text.h"
#include "sim/perf_analyzer.h"
#include "sim/triton_statistics.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string shown_device(const Result<DeviceDescription>& device) {
  return device ? device_text(*device) : device.error().message;
}

std::string table(const std::string& text) {
  return shown_device(read_device_table("t.csv", text));
}

// --- device table -------------------------------------------------------------------------------

TEST(DeviceTable, IsTermsAndTimesByRows) {
  EXPECT_EQ(table("# written by hand\n"
                  "# source: one V100: 1000 batches\n"
                  "# sharing: equal\n"
                  "rows,h2d,time,d2h\n"
                  "1,20us,2ms,5us\n"
                  "8,90us,3.0ms,9us\n"),
            "1:2ms,8:3ms,h2d=1:20us,8:90us,d2h=1:5us,8:9us,sharing=equal");
}

TEST(DeviceTable, TakesWhatTheHostNeeds) {
  EXPECT_EQ(table("# wake: 12us\nrows,time,host\n1,2ms,4us\n8,3ms,6us\n"),
            "1:2ms,8:3ms,host=1:4us,8:6us,wake=12us");
}

TEST(DeviceTable, TakesQuantilesInThePlaceOfATime) {
  EXPECT_EQ(table("rows,p50,p99.9\n1,2ms,2.5ms\n8,3ms,3ms\n"),
            "1:2ms@50/2.5ms@99.9,8:3ms@50/3ms@99.9");
}

TEST(DeviceTable, RefusesEachDefectAtItsPlace) {
  const std::pair<const char*, const char*> wrong[] = {
      {"# shering: equal\nrows,time\n1,1ms\n", "t.csv:1:1: found GPU term 'shering'"},
      {"#\n# first: fast\nrows,time\n1,1ms\n", "t.csv:2:1: found GPU term 'first=fast'"},
      {"# first: 1ms\n# first: 1ms\nrows,time\n1,1ms\n", "t.csv:2:1: found GPU term 'first' twice"},
      {"# weights: 1MiB\nrows,time\n1,1ms\n", "t.csv:1:1: found fraction"},
      {"rows,p50,p40\n1,1ms,1ms\n", "t.csv:1:1: found column \"p40\""},
      {"rows,speed\n1,1ms\n", "t.csv:1:1: found column \"speed\""},
      {"rows,h2d\n1,1ms\n", "t.csv:1:1: found columns rows, h2d"},
      {"rows,time,p50\n1,1ms,1ms\n", "t.csv:1:1: found columns rows, time, p50"},
      {"rows,time\n", "found no row"},
      {"rows,time\n0,1ms\n", "t.csv:2:1: found"},
      {"rows,time\n4,1ms\n4,2ms\n", "t.csv:3:1: found"},
      {"rows,time\n1,1.5\n", "t.csv:2:3: found"},
      {"rows,time\n1,0ns\n", "t.csv:2:3: found"},
      {"rows,p50,p99\n1,2ms,1.9ms\n", "t.csv:2:7: found"},
      {"rows,h2d,time\n1,x,2ms\n", "t.csv:2:3: found"},
  };
  for (const auto& [text, expected] : wrong) {
    EXPECT_THAT(table(text), HasSubstr(expected)) << text;
  }
}

// --- Triton -------------------------------------------------------------------------------------

constexpr const char* kStatistics = R"({"model_stats": [
  {"name": "resnet", "version": "2", "batch_stats": [
    {"batch_size": 8, "compute_input": {"count": 2, "ns": 3},
     "compute_infer": {"count": 2, "ns": 6000}, "compute_output": {"count": 2, "ns": 0}},
    {"batch_size": "1", "compute_input": {"count": "10", "ns": "0"},
     "compute_infer": {"count": "10", "ns": "20004"}, "compute_output": {"count": "10", "ns": "0"}},
    {"batch_size": 16, "compute_input": {"count": 0, "ns": 0},
     "compute_infer": {"count": 0, "ns": 0}, "compute_output": {"count": 0, "ns": 0}}]},
  {"name": "idle", "version": "1", "batch_stats": []}]})";

TEST(TritonStatistics, GiveTheMeanOfEachStageByBatchSize) {
  // 20004 / 10 rounds down, 3 / 2 up; at size 1 the copy took nothing: 1 ns. None back: no stage.
  for (const char* model : {"", "resnet", "resnet:2"}) {
    EXPECT_EQ(shown_device(read_triton_statistics("s.json", kStatistics, model)),
              "1:2us,8:3us,h2d=1:1ns,8:2ns");
  }
}

TEST(TritonStatistics, RefuseWhatIsNotThereOrNotAlone) {
  const auto error = [](const char* text, const char* model = "") {
    return shown_device(read_triton_statistics("s.json", text, model));
  };
  EXPECT_THAT(error(kStatistics, "bert"),
              HasSubstr("resnet:2, expected exactly one that is called"));
  EXPECT_THAT(error(kStatistics, "idle"), HasSubstr("called idle"));
  EXPECT_THAT(error("{\n  \"model_stats\": [,]}"), StartsWith("s.json:2:19: found no JSON"));
  EXPECT_THAT(error("[]"), HasSubstr("at model_stats"));
  EXPECT_THAT(error(R"({"model_stats": []})"), HasSubstr("no model with batch_stats"));
  EXPECT_THAT(error(R"({"model_stats": [{"name": "a", "batch_stats": [{"batch_size": 0}]}]})"),
              HasSubstr("model_stats[0].batch_stats[0].batch_size"));
  EXPECT_THAT(error(R"({"model_stats": [{"name": "a", "batch_stats": [{"batch_size": 1}]}]})"),
              HasSubstr("batch_stats[0].compute_input, expected a count and ns"));
  const std::string two = R"({"model_stats": [{"name": "a", "version": "1", "batch_stats": [{}]},
                             {"name": "b", "version": "1", "batch_stats": [{}]}]})";
  EXPECT_THAT(error(two.c_str()), HasSubstr("a:1, b:1, expected one: name it as s.json@MODEL"));
}

// --- Perf Analyzer ------------------------------------------------------------------------------

constexpr const char* kReportHeader =
    "Concurrency,Inferences/Second,Client Send,Network+Server Send/Recv,Server Queue,"
    "Server Compute Input,Server Compute Infer,Server Compute Output,Client Recv,p50 latency";

TEST(PerfAnalyzer, TheRowOfTheLowestLoadCounts) {
  const std::string report = std::string(kReportHeader) +
                             "\n4,420.5,1,200,9000,40,2900,9,1,9000\n"
                             "1,400,1,200,30,20,2100,5,1,2400\n";
  const Result<MeasuredBatch> batch = read_perf_analyzer_size("b1.csv", report, 1);
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->to_device.count(), 20'000);
  EXPECT_EQ(batch->compute.count(), 2'100'000);
  EXPECT_EQ(batch->to_host.count(), 5'000);
}

TEST(PerfAnalyzer, AColumnBatchJoinsSeveralReports) {
  EXPECT_EQ(
      shown_device(read_perf_analyzer(
          "all.csv",
          "Batch,Request Rate,Server Compute Input,Server Compute Infer,Server Compute Output\n"
          "8,10,0,3000.5,0\n1,10,0,2000,0\n1,20,0,9000,0\n")),
      "1:2ms,8:3.0005ms");
}

TEST(PerfAnalyzer, RefusesAReportWithoutTheServersColumnsByTheirNames) {
  const auto error = [](const char* text) {
    return shown_device(read_perf_analyzer("p.csv", text));
  };
  EXPECT_THAT(error("Concurrency,Inferences/Second,p50 latency\n1,2,3\n"),
              HasSubstr("p.csv:1:1: found a report without Server Compute Input, Server Compute "
                        "Infer, Server Compute Output, Batch"));
  EXPECT_THAT(error((std::string(kReportHeader) + "\n").c_str()),
              HasSubstr("without Batch, expected Perf Analyzer's columns of the server (Perf "
                        "Analyzer writes a file for each -b: name them as 1:b1.csv,8:b8.csv)"));
  EXPECT_THAT(error("Batch,Concurrency,Server Compute Input,Server Compute Infer,"
                    "Server Compute Output\n1,1,0,fast,0\n"),
              HasSubstr("p.csv:2:7: found \"fast\""));
}

// --- anything else ------------------------------------------------------------------------------

// A file that was cut or edited is refused with its name, or is a device: nothing in between.
TEST(DeviceFiles, SurviveAnyEdit) {
  const std::string table = "# first: 1ms\n# sharing: 2:1.5\nrows,h2d,p50,p99\n1,2us,1ms,2ms\n";
  const std::string report = "Batch," + std::string(kReportHeader) +
                             "\n1,4,1,2,3,0,10,2000,7,1,9\n8,4,1,2,3,0,1,3,7,1,9\n";
  constexpr std::string_view kLetters = "0123456789.,:=@#\"{}[]-msup\n ";
  Prng prng(2, "device-files");
  for (int i = 0; i < 6'000; ++i) {
    const auto which = prng.below(3);
    std::string text = which == 0 ? table : which == 1 ? report : kStatistics;
    for (std::uint64_t edits = 1 + prng.below(4); edits > 0; --edits) {
      const std::size_t at = prng.below(text.size());
      const char letter = kLetters[prng.below(kLetters.size())];
      switch (prng.below(3)) {
        case 0:
          text.insert(at, 1, letter);
          break;
        case 1:
          text.at(at) = letter;
          break;
        default:
          text.resize(at + 1);
      }
    }
    const Result<DeviceDescription> device = which == 0   ? read_device_table("f", text)
                                             : which == 1 ? read_perf_analyzer("f", text)
                                                          : read_triton_statistics("f", text, "");
    if (device) {
      ASSERT_EQ(device_text(*parse_device(device_text(*device))), device_text(*device)) << text;
    } else {
      ASSERT_THAT(device.error().message, StartsWith("f:")) << text;
    }
  }
}

// --- names --------------------------------------------------------------------------------------

TEST(DeviceFile, IsKnownByTheEndingOfItsName) {
  for (const char* text : {"a.csv", "b/a.json", "a.json@resnet:2", "1:b1.csv,8:b8.csv,first=1ms"}) {
    EXPECT_TRUE(names_device_file(text)) << text;
  }
  for (const char* text : {"v100-resnet50", "1:2ms,8:3ms", "1ms+0ns/row,h2d=a.csv", "a.csv.txt"}) {
    EXPECT_FALSE(names_device_file(text)) << text;
  }
}

TEST(DeviceFile, FoldersAreLeftOutOfWhatARunRecordsAndPutBeforeWhatAScenarioNames) {
  EXPECT_EQ(without_folders("../x/s.json@a:1,first=1ms"), "s.json@a:1,first=1ms");
  EXPECT_EQ(without_folders("1:x/b1.csv,8:b8.csv"), "1:b1.csv,8:b8.csv");
  EXPECT_EQ(without_folders("1:2ms,8:3ms,h2d=1ms+0ns/row"), "1:2ms,8:3ms,h2d=1ms+0ns/row");
  EXPECT_EQ(in_folder("1:b1.csv,8:/tmp/b8.csv", "runs"), "1:runs/b1.csv,8:/tmp/b8.csv");
  EXPECT_EQ(in_folder("v100-resnet50", "runs"), "v100-resnet50");
}

TEST(DeviceFile, IsReadWithTheTermsBehindIt) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(::testing::TempDir()) / "lockstep_device_file";
  fs::create_directories(folder);
  const auto write = [&](const char* name, const std::string& text) {
    std::ofstream(folder / name, std::ios::binary) << text;
    return (folder / name).string();
  };
  const std::string gpu = write("gpu.csv", "# first: 1s\nrows,time\n1,1ms\n4,2ms\n");
  EXPECT_EQ(shown_device(read_device(gpu + ",first=2s,extrapolate=linear")),
            "1:1ms,4:2ms,extrapolate=linear,first=2s");
  const std::string statistics = write("s.json", kStatistics);
  EXPECT_EQ(shown_device(read_device(statistics + "@resnet")), "1:2us,8:3us,h2d=1:1ns,8:2ns");
  const std::string b1 = write("b1.csv", std::string(kReportHeader) + "\n1,4,1,2,3,0,2000,0,1,9\n");
  const std::string b8 = write("b8.csv", std::string(kReportHeader) + "\n1,4,1,2,3,0,3000,0,1,9\n");
  EXPECT_EQ(shown_device(read_device("1:" + b1 + ",8:" + b8)), "1:2ms,8:3ms");
  EXPECT_THAT(shown_device(read_device("1:" + b1 + ",1:" + b8)), HasSubstr("batch size 1 twice"));
  EXPECT_THAT(shown_device(read_device("1:" + b1 + ",8:3ms")), HasSubstr("expected ROWS:FILE.csv"));
  EXPECT_THAT(shown_device(read_device(b1)), HasSubstr("without Batch"));
  EXPECT_THAT(shown_device(read_device((folder / "none.csv").string())), HasSubstr("none.csv"));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace lockstep

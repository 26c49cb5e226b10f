// A run in the formats of other tools: golden files of one small run, counts that add up, escaping.
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/export_perfetto.h"
#include "reports/export_statistics.h"
#include "reports/server_counts.h"
#include "tests/support/golden.h"
#include "tests/support/run_log_builder.h"
#include "tests/support/wire_text.h"
#include "traces/stage_rows.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

// Two queues, some refused, copies of 100 us in and 40 us out.
RunLog small_run() {
  RunLog run = make_run_log(
      {.requests = 12, .max_batch_size = 3, .queues = 2, .size_max = 2, .refuse_one_in = 6});
  run.settings.emplace_back("overhead", "800us");
  return run;
}
std::vector<StageSpans> stages_with_copies(const RunLog& run) {
  std::vector<StageSpans> stages = computed_only(run);
  for (StageSpans& times : stages) {
    times.to_device = SimDuration{100'000};
    times.to_host = SimDuration{40'000};
    times.compute -= SimDuration{140'000};
  }
  return stages;
}

TEST(Exports, OfOneSmallRunAreAsRecorded) {
  const RunLog run = small_run();
  const std::vector<StageSpans> stages = stages_with_copies(run);
  expect_golden("export_triton.json", triton_statistics_json(run, stages));
  expect_golden("export_prometheus.txt", prometheus_text(run, stages));
  const Result<std::string> report = perf_analyzer_csv(run, stages);
  ASSERT_TRUE(report);
  expect_golden("export_perf_analyzer.csv", *report);
  const std::string trace = perfetto_trace(run, stages);
  EXPECT_EQ(trace, perfetto_trace(run, stages));
  expect_golden("export_perfetto.txt", wire_text(trace));
}

// Of a batch from 100 to 200 ns: waits between stages count as waiting for the GPU, an instant of
// another clock behind the end is moved there.
TEST(BatchStages, SumToTheBatchsTimeOnTheDevice) {
  RunLog run;
  run.directory = (std::filesystem::path(::testing::TempDir()) / "batch_stages_run").string();
  std::filesystem::create_directories(run.directory);
  run.batches.resize(2);
  for (std::size_t i = 0; i < 2; ++i) {
    run.batches[i].record.id = BatchId{i};
    run.batches[i].record.dispatched = at_ns(100);
    run.batches[i].record.device_start = at_ns(150);
    run.batches[i].record.finished = at_ns(200);
  }
  const auto write = [&](const std::string& rows) {
    std::ofstream(run.directory + "/stages.csv") << stages_header() << rows;
    return stages_of(run);
  };
  const auto stages = write("0,100,110,120,130,160,165,190\n");
  ASSERT_TRUE(stages);
  const auto ns = [](const StageSpans& spans) {
    return std::vector{spans.gpu_wait.count(), spans.to_device.count(), spans.compute.count(),
                       spans.to_host.count(), spans.notice.count()};
  };
  EXPECT_EQ(ns((*stages)[0]), (std::vector<std::int64_t>{25, 10, 30, 25, 10}));
  EXPECT_EQ(ns((*stages)[1]), (std::vector<std::int64_t>{50, 0, 50, 0, 0}));
  const auto late = write("0,90,90,95,130,160,165,240\n");
  ASSERT_TRUE(late);
  EXPECT_EQ(ns((*late)[0]), (std::vector<std::int64_t>{35, 0, 30, 35, 0}));
  EXPECT_FALSE(write("2,100,110,120,130,160,165,190\n"));
  std::filesystem::remove_all(run.directory);
  EXPECT_EQ(ns((*stages_of(run))[0]), (std::vector<std::int64_t>{50, 0, 50, 0, 0}));
}

TEST(Exports, TheCountsOfAModelAddUpToItsRequests) {
  const RunLog run =
      make_run_log({.requests = 300, .queues = 3, .size_max = 3, .refuse_one_in = 9});
  std::uint64_t requests = 0;
  std::uint64_t executions = 0;
  for (const ModelCounts& model : server_counts(run, stages_with_copies(run))) {
    requests += model.success.count + model.fail.count + model.pending;
    EXPECT_EQ(
        model.queue.ns + model.compute_input.ns + model.compute_infer.ns + model.compute_output.ns,
        model.success.ns);
    EXPECT_EQ(model.by_failure[static_cast<std::size_t>(FailureReason::kRejected)],
              model.fail.count);
    std::uint64_t batches = 0;
    for (const SizeCounts& size : model.by_size) {
      batches += size.compute_infer.count;
    }
    EXPECT_EQ(batches, model.execution_count);
    executions += batches;
  }
  EXPECT_EQ(requests, run.requests.size());
  EXPECT_EQ(executions, run.batches.size());
}

// A value at a limit belongs to the bucket above it, as in TensorFlow.
TEST(Exports, ALatencyAtALimitIsInTheNextBucket) {
  RunLog run;
  run.queue_names = {"model"};
  for (const std::int64_t latency_ns : {9'999, 10'000}) {
    run.requests.push_back({.request = run.requests.size(),
                            .batch = {},
                            .finished = at_ns(latency_ns),
                            .reason = Reason::kAnswered});
  }
  const std::string text = prometheus_text(run, {});
  const std::string bucket =
      ":tensorflow:serving:request_latency_bucket{model_name=\"model\",API=\"Predict\","
      "entrypoint=\"GRPC\",le=";
  EXPECT_THAT(text, HasSubstr(bucket + "\"10\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(bucket + "\"18\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(bucket + "\"+Inf\"} 2\n"));
}

TEST(Exports, HostileNamesAreEscaped) {
  RunLog run = make_run_log({.requests = 3});
  run.queue_names = {"a\"b\\c\nd\xff"};
  const std::vector<StageSpans> stages = computed_only(run);
  EXPECT_THAT(prometheus_text(run, stages), HasSubstr("{model=\"a\\\"b\\\\c?d?\",version=\"1\"}"));
  const nlohmann::json json = nlohmann::json::parse(triton_statistics_json(run, stages));
  EXPECT_EQ(json["model_stats"][0]["name"], "a\"b\\c?d?");
  EXPECT_THAT(wire_text(perfetto_trace(run, stages)), HasSubstr("\"queue a\"b\\c?d?\""));
}

TEST(Exports, WithoutAnAnswerThereIsNoReport) {
  RunLog run = make_run_log({.requests = 1});
  run.requests[0].finished.reset();
  EXPECT_FALSE(perf_analyzer_csv(run, computed_only(run)));
}

// One TrackEvent of a trace: field numbers of Perfetto's schema.
struct Event {
  std::uint64_t at = 0;
  std::uint64_t type = 0;
  std::uint64_t track = 0;
};

std::vector<Event> events_of(const std::string& text) {
  std::vector<Event> events;
  std::uint64_t at = 0;
  std::uint64_t type = 0;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    const auto value = [&](std::string_view prefix) {
      std::uint64_t number = 0;
      std::from_chars(line.data() + prefix.size(), line.data() + line.size(), number);
      return number;
    };
    if (line.starts_with("  8: ")) {
      at = value("  8: ");
    } else if (line.starts_with("    9: ")) {
      type = value("    9: ");
    } else if (line.starts_with("    11: ")) {
      events.push_back({at, type, value("    11: ")});
    }
  }
  return events;
}

// What Perfetto refuses: slices that overlap on a track without being nested, ends without begins.
TEST(PerfettoTrace, SlicesOfATrackAreNestedAndTimesRise) {
  const RunLog run = make_run_log({.requests = 200,
                                   .lanes = 3,
                                   .gpus = 2,
                                   .queues = 2,
                                   .refuse_one_in = 10,
                                   .fills_on_lanes = true});
  const std::vector<Event> events = events_of(wire_text(perfetto_trace(run, computed_only(run))));
  std::map<std::uint64_t, int> open;
  std::uint64_t begins = 0;
  std::uint64_t last = 0;
  for (const Event& event : events) {
    EXPECT_GE(event.at, last);
    last = event.at;
    if (event.type == 1) {
      ++begins;
      EXPECT_LE(++open[event.track], 2) << "a part of a request, or of a batch, and no deeper";
    } else if (event.type == 2) {
      EXPECT_GE(--open[event.track], 0);
    }
  }
  EXPECT_GT(begins, run.requests.size());
  for (const auto& [track, count] : open) {
    EXPECT_EQ(count, 0) << "track " << track;
  }
}

TEST(PerfettoTrace, EveryRequestOfABatchFlowsToIt) {
  const RunLog run = make_run_log({.requests = 50, .refuse_one_in = 10});
  const std::string text = wire_text(perfetto_trace(run, computed_only(run)));
  std::multiset<std::string> from;
  std::multiset<std::string> to;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    const std::string line = text.substr(at, text.find('\n', at) - at);
    if (line.starts_with("    47: ")) {
      from.insert(line.substr(8));
    } else if (line.starts_with("    48: ")) {
      to.insert(line.substr(8));
    }
  }
  std::size_t in_batches = 0;
  for (const RequestRow& row : run.requests) {
    in_batches += row.batch ? 1u : 0u;
  }
  EXPECT_EQ(from.size(), in_batches);
  EXPECT_EQ(from, to);
}

}  // namespace
}  // namespace lockstep

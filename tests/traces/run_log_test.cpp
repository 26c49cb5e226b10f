// A run written by RunWriter and read back by load_run: what was simulated is what is read, and
// files that contradict each other are refused.
#include "traces/run_log.h"

#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schedulers/naive_full_batch.h"
#include "core/schedulers/tf_shared.h"
#include "core/server.h"
#include "properties/reexecution.h"
#include "sim/simulation.h"
#include "tests/traces/scratch_directory.h"
#include "traces/journal_csv.h"
#include "traces/manifest.h"
#include "traces/run_table.h"
#include "traces/run_writer.h"
#include "traces/stage_rows.h"
#include "traces/trace_reader.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

// Two lanes, batches of up to 2 rows, 1 ms of time-out, one enqueued batch; the GPU takes 10 ms.
// Requests 0 and 1 fill batch 0, request 2 waits for its time-out, 3 and 4 wait for a lane, and 5
// is refused: the queue is full.
constexpr std::string_view kTrace =
    "arrival_ns,queue,client\n"
    "0,bert,1\n"
    "1000,bert,2\n"
    "2000,bert,3\n"
    "2000000,bert,4\n"
    "2000001,bert,5\n"
    "2000002,bert,6\n"
    "90000000,resnet 50,7\n";

std::unique_ptr<Scheduler> small_scheduler() {
  auto scheduler = make_tf_shared({.max_batch_size = 2,
                                   .batch_timeout_micros = 1000,
                                   .max_enqueued_batches = 1,
                                   .num_batch_threads = 2});
  EXPECT_TRUE(scheduler);
  return std::move(*scheduler);
}

// Simulates kTrace into `directory`; returns what the server came to.
std::uint64_t write_run(const ScratchDirectory& directory) {
  auto trace = open_trace_text("t.csv", kTrace, {});
  EXPECT_TRUE(trace);
  Manifest manifest;
  manifest.scheduler = "tf-shared";
  manifest.lane_count = 2;
  manifest.settings = {{"max_batch_size", "2"}, {"gpu", "10ms"}};
  manifest.settings_digest = settings_digest(manifest);
  auto writer = RunWriter::create({.directory = directory.path(),
                                   .gpu_count = 1,
                                   .queue_names = &(*trace)->queue_names(),
                                   .journal = true});
  EXPECT_TRUE(writer);
  Server server(small_scheduler(), {.lane_count = 2, .settings_digest = manifest.settings_digest},
                writer->get());
  const SimulationOptions options{
      .device = {.compute = ServiceCurve::affine(SimDuration{10'000'000}, SimDuration{0})},
      .gpu_count = 1};
  EXPECT_TRUE(simulate(options, **trace, server));
  EXPECT_TRUE((*writer)->close());
  manifest.digest = server.digest();
  manifest.queue_names = (*trace)->queue_names();
  EXPECT_TRUE(write_manifest(directory.path(), manifest));
  return server.digest();
}

std::string load_error(const ScratchDirectory& directory) {
  const auto run = load_run(directory.path());
  const auto table = load_run_table(directory.path());
  EXPECT_EQ(run.has_value(), table.has_value());
  if (run) {
    return "no error";
  }
  EXPECT_EQ(run.error().message, table.error().message);
  std::string message = run.error().message;
  if (message.starts_with(directory.path() + "/")) {
    message.erase(0, directory.path().size() + 1);
  }
  return message;
}

TEST(RunLog, ReadsBackWhatWasSimulated) {
  const ScratchDirectory directory;
  const std::uint64_t digest = write_run(directory);
  const auto run = load_run(directory.path());
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->digest, digest);
  EXPECT_EQ(run->lane_count, 2u);
  EXPECT_EQ(run->setting("gpu"), "10ms");
  EXPECT_EQ(run->setting("cpu"), "");
  EXPECT_THAT(run->queue_names, testing::ElementsAre("bert", "resnet 50"));
  ASSERT_EQ(run->requests.size(), 7u);
  for (std::size_t i = 0; i < run->requests.size(); ++i) {
    EXPECT_EQ(run->requests[i].request, i);
    EXPECT_EQ(run->requests[i].client, i + 1);
  }
  // Request 2 alone: due 1 ms after it arrived, then behind batch 0 on the one GPU.
  const RequestRow& third = run->requests[2];
  EXPECT_EQ(third.batch, 1u);
  EXPECT_EQ(third.lane, 1u);
  EXPECT_EQ(ns_of(third.due), 1'002'000);
  EXPECT_EQ(ns_of(*third.finished), 20'001'000);
  const BatchRow* batch = run->find_batch(1);
  ASSERT_NE(batch, nullptr);
  EXPECT_EQ(batch->record.reason, Reason::kTimeout);
  EXPECT_EQ(ns_of(batch->record.device_start), 10'001'000);
  EXPECT_EQ(run->find_batch(99), nullptr);
  // Request 5 found no room.
  EXPECT_EQ(run->requests[5].batch, std::nullopt);
  EXPECT_EQ(run->requests[5].status, Status::kUnavailable);
  EXPECT_EQ(run->requests[5].reason, Reason::kQueueFull);
  EXPECT_EQ(run->requests[6].queue, 1u);
}

TEST(RunLog, WritesTheDocumentedColumns) {
  const ScratchDirectory directory;
  write_run(directory);
  EXPECT_EQ(directory.read("requests.csv"),
            "request,arrival_ns,queue,size,priority,client,batch,lane,due_ns,dispatched_ns,"
            "finished_ns,latency_ns,forming_ns,lane_wait_ns,device_ns,status,reason\n"
            "5,2000002,bert,1,0,6,,,,,2000002,0,,,,UNAVAILABLE,queue-full\n"
            "0,0,bert,1,0,1,0,0,1000,1000,10001000,10001000,1000,0,10000000,OK,answered\n"
            "1,1000,bert,1,0,2,0,0,1000,1000,10001000,10000000,0,0,10000000,OK,answered\n"
            "2,2000,bert,1,0,3,1,1,1002000,1002000,20001000,19999000,1000000,0,18999000,OK,"
            "answered\n"
            "3,2000000,bert,1,0,4,2,0,2000001,10001000,30001000,28001000,1,8000999,20000000,OK,"
            "answered\n"
            "4,2000001,bert,1,0,5,2,0,2000001,10001000,30001000,28000999,0,8000999,20000000,OK,"
            "answered\n"
            "6,90000000,resnet 50,1,0,7,3,0,91000000,91000000,101000000,11000000,1000000,0,"
            "10000000,OK,answered\n");
  EXPECT_EQ(directory.read("batches.csv"),
            "batch,queue,lane,gpu,opened_ns,due_ns,lane_taken_ns,dispatched_ns,device_start_ns,"
            "finished_ns,requests,rows,padded_rows,reason,status\n"
            "0,bert,0,0,0,1000,1000,1000,1000,10001000,2,2,2,full,OK\n"
            "1,bert,1,0,2000,1002000,1002000,1002000,10001000,20001000,1,1,1,timeout,OK\n"
            "2,bert,0,0,2000000,2000001,10001000,10001000,20001000,30001000,2,2,2,full,OK\n"
            "3,resnet 50,0,0,90000000,91000000,91000000,91000000,91000000,101000000,1,1,1,timeout,"
            "OK\n");
}

TEST(RunLog, ItsJournalReexecutesToTheSameDigest) {
  const ScratchDirectory directory;
  const std::uint64_t digest = write_run(directory);
  const auto manifest = read_manifest(directory.path());
  ASSERT_TRUE(manifest);
  const auto lines = open_journal(directory.file("journal.csv.zst"));
  ASSERT_TRUE(lines) << lines.error().message;
  const auto report = reexecute(
      small_scheduler(),
      {.server = {.lane_count = 2, .settings_digest = manifest->settings_digest}}, *lines);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->identical());
  EXPECT_EQ(report->recomputed_digest, digest);
  EXPECT_EQ(report->recorded_digest, digest);
}

TEST(RunLog, EqualRunsHaveEqualBytes) {
  const ScratchDirectory directory;
  write_run(directory);
  std::vector<std::string> first;
  const std::vector<std::string> files = {"manifest.json", "requests.csv", "batches.csv",
                                          "journal.csv.zst"};
  for (const std::string& file : files) {
    first.push_back(directory.read(file));
  }
  write_run(directory);
  for (std::size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ(directory.read(files[i]), first[i]) << files[i];
  }
}

TEST(RunLog, KeepsRequestsThatWereNeverAnswered) {
  const ScratchDirectory directory;
  write_run(directory);
  auto trace = open_trace_text("t.csv", "arrival_ns,queue\n5,bert\n7,bert\n", {});
  ASSERT_TRUE(trace);
  auto scheduler = make_naive_full_batch({.batch_size = 3, .num_batch_threads = 1});
  ASSERT_TRUE(scheduler);
  auto writer = RunWriter::create({.directory = directory.path(),
                                   .gpu_count = 1,
                                   .queue_names = &(*trace)->queue_names(),
                                   .journal = false});
  ASSERT_TRUE(writer);
  EXPECT_FALSE((*writer)->wants_journal());
  Server server(std::move(*scheduler), {}, writer->get());
  std::vector<Arrival> arrivals(2);
  ASSERT_TRUE((*trace)->read(arrivals));
  for (const Arrival& arrival : arrivals) {
    server.arrive(arrival);
  }
  EXPECT_EQ(server.report_unanswered(), 2u);
  ASSERT_TRUE((*writer)->close());
  const auto run = load_run(directory.path());
  ASSERT_TRUE(run) << run.error().message;
  ASSERT_EQ(run->requests.size(), 2u);
  EXPECT_EQ(run->requests[1].finished, std::nullopt);
  EXPECT_EQ(run->requests[1].reason, Reason::kNone);
}

TEST(RunTable, HasWhatTheLogHas) {
  const ScratchDirectory directory;
  const std::uint64_t digest = write_run(directory);
  const auto run = load_run(directory.path());
  const auto table = load_run_table(directory.path());
  ASSERT_TRUE(run && table);
  EXPECT_EQ(table->manifest.digest, digest);
  EXPECT_TRUE(table->run.requests.empty());
  EXPECT_EQ(table->run.batches.size(), run->batches.size());
  ASSERT_EQ(table->requests.size(), run->requests.size());
  for (std::size_t i = 0; i < run->requests.size(); ++i) {
    const RequestRow& expected = run->requests[i];
    const RequestRow row = table->row(table->requests[i]);
    EXPECT_EQ(std::tie(row.request, row.arrival, row.queue, row.size, row.client, row.batch,
                       row.lane, row.due, row.dispatched, row.finished, row.status, row.reason),
              std::tie(expected.request, expected.arrival, expected.queue, expected.size,
                       expected.client, expected.batch, expected.lane, expected.due,
                       expected.dispatched, expected.finished, expected.status, expected.reason))
        << i;
  }
}

TEST(RunLog, ADirectoryWithoutManifestIsNoRun) {
  const ScratchDirectory directory;
  EXPECT_EQ(load_run(directory.path()).error().message,
            directory.path() +
                ": found no manifest.json, expected a run directory (made by lockstep replay)");
}

TEST(RunLog, MissingFilesAreNamed) {
  const ScratchDirectory directory;
  write_run(directory);
  std::filesystem::remove(directory.file("batches.csv"));
  EXPECT_EQ(load_error(directory), "batches.csv: cannot open it: No such file or directory");
}

TEST(RunLog, EditedSettingsAreNoticed) {
  const ScratchDirectory directory;
  write_run(directory);
  directory.edit("manifest.json", "\"max_batch_size\": \"2\"", "\"max_batch_size\": \"4\"");
  EXPECT_THAT(load_error(directory), HasSubstr("manifest.json: found an altered file "));
}

// One edit of one row, and what load_run says about it.
struct Contradiction {
  std::string file;
  std::string from;
  std::string to;
  std::string message;
};

TEST(RunLog, ContradictionsAreRefusedAtTheirPlace) {
  const std::vector<Contradiction> contradictions = {
      {"requests.csv", "\n0,0,bert,1,0,1,0,0,", "\n0,0,bert,1,0,1,9,0,",
       "requests.csv:3:16: found \"9\", expected a batch of batches.csv"},
      {"requests.csv", "\n0,0,bert,1,0,1,0,0,", "\n0,0,bert,1,0,1,0,1,",
       "requests.csv:3:18: found \"1\", expected the lane of its batch"},
      {"requests.csv", "\n0,0,bert,1,0,1,0,0,", "\n0,0,bart,1,0,1,0,0,",
       "requests.csv:3:5: found \"bart\", expected a queue named in manifest.json"},
      {"requests.csv", "\n0,0,bert,1,0,1,0,0,1000,", "\n0,0,bert,1,0,1,0,0,1001,",
       "requests.csv:3:20: found \"1001\", expected due_ns of its batch"},
      {"requests.csv", ",10001000,10001000,", ",10001000,10001001,",
       "requests.csv:3:39: found \"10001001\", expected 10001000, which follows from the times of "
       "the row"},
      {"requests.csv", "\n0,0,bert,", "\n1,0,bert,",
       "requests.csv: found no row of request 0, expected one for each up to 6"},
      {"requests.csv", "\n5,2000002,", "\n4,2000002,",
       "requests.csv: found two rows of request 4, expected one"},
      {"requests.csv", "2000002,0,,,,UNAVAILABLE", "2000002,0,,,,UNANSWERED",
       "requests.csv:2:26: found \"2000002\", expected nothing: the request is UNANSWERED"},
      {"requests.csv", "2000002,0,,,,UNAVAILABLE", "2000002,0,,,7,UNAVAILABLE",
       "requests.csv:2:38: found \"7\", expected nothing: the request was in no batch"},
      {"batches.csv", "\n0,bert,0,0,0,1000,1000,1000,1000,", "\n0,bert,0,0,0,1000,1000,1000,999,",
       "batches.csv:2:29: found \"999\", expected a time not before dispatched_ns"},
      {"batches.csv", "\n0,bert,0,0,0,1000,1000,1000,", "\n0,bert,0,0,0,1000,1001,1000,",
       "batches.csv:2:24: found \"1000\", expected a time not before lane_taken_ns"},
      {"batches.csv", "\n0,bert,0,0,", "\n0,bert,0,1,",
       "batches.csv:2:10: found \"1\", expected gpu as a whole number from 0 to 0"},
      {"batches.csv", "\n0,bert,", "\n1,bert,",
       "batches.csv: found two rows of batch 1, expected one"},
      {"batches.csv", "2,2,2,full,OK\n1", "2,2,1,full,OK\n1",
       "batches.csv:2:47: found \"1\", expected at least as many as rows, or 0 of a batch that "
       "expired"},
      {"batches.csv", "opened_ns", "open_ns",
       "batches.csv:1:22: found \"open_ns\", expected column opened_ns"},
  };
  for (const Contradiction& contradiction : contradictions) {
    const ScratchDirectory directory;
    write_run(directory);
    EXPECT_EQ(load_error(directory), "no error");
    directory.edit(contradiction.file, contradiction.from, contradiction.to);
    EXPECT_EQ(load_error(directory), contradiction.message) << contradiction.to;
  }
}

TEST(RunWriter, NamesADirectoryThatIsMissing) {
  const std::vector<std::string> names = {"queue"};
  const auto writer = RunWriter::create(
      {.directory = "no/such", .gpu_count = 1, .queue_names = &names, .journal = true});
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().message,
            "no/such/requests.csv: cannot create it: No such file or directory");
}

StageRow stage_row(std::uint64_t batch, std::int64_t at) {
  return {.batch = batch,
          .launched = at_ns(at),
          .to_device = {at_ns(at + 1), at_ns(at + 2)},
          .compute = {at_ns(at + 2), at_ns(at + 5)},
          .to_host = {at_ns(at + 6), at_ns(at + 6)}};
}

TEST(StageRows, AreReadAsTheyWereWrittenInTheOrderOfBatches) {
  const ScratchDirectory scratch;
  EXPECT_TRUE(load_stages(scratch.path())->empty());  // a run without stages
  std::string text = stages_header();
  append_stage_row(text, stage_row(4, 100));
  append_stage_row(text, stage_row(2, 50));
  scratch.write("stages.csv", text);
  const Result<std::vector<StageRow>> rows = load_stages(scratch.path());
  ASSERT_TRUE(rows.has_value()) << rows.error().message;
  std::string again = stages_header();
  append_stage_row(again, rows->at(1));
  append_stage_row(again, rows->at(0));
  EXPECT_EQ(again, text);
}

TEST(StageRows, ThatContradictThemselvesAreRefused) {
  const ScratchDirectory scratch;
  const auto refused = [&](const std::string& rows) {
    scratch.write("stages.csv", stages_header() + rows);
    const Result<std::vector<StageRow>> read = load_stages(scratch.path());
    return read ? std::string("taken") : read.error().message;
  };
  EXPECT_THAT(refused("0,9,8,8,9,9,9,9\n"), HasSubstr("taken"));  // the launch is the host's word
  EXPECT_THAT(refused("0,0,8,7,9,9,9,9\n"),
              HasSubstr("stages.csv:2:7: found \"7\", expected a time not before "
                        "to_device_from_ns"));
  EXPECT_THAT(refused("0,0,1,2,3,4,5,6\n0,0,1,2,3,4,5,6\n"),
              HasSubstr("found two rows of batch 0, expected one"));
  EXPECT_THAT(refused("0,0,1,2,x,4,5,6\n"), HasSubstr("stages.csv:2:9: found \"x\""));
}

TEST(SplitLatency, SumsToTheLatencyWhereverDueLies) {
  for (const std::int64_t due : {0, 10, 15, 20, 99}) {
    const LatencyParts parts = split_latency(at_ns(10), at_ns(due), at_ns(20), at_ns(50));
    EXPECT_EQ(parts.forming + parts.lane_wait + parts.device, SimDuration{40});
    EXPECT_EQ(parts.device, SimDuration{30});
  }
}

}  // namespace
}  // namespace lockstep

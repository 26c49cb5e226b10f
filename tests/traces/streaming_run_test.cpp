// A run whose batches fill on their lanes, through its directory and back: the files say when a
// lane was taken, latencies still split exactly, and the journal gives all of it again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schedulers/tf_retrier.h"
#include "core/schedulers/tf_streaming.h"
#include "core/server.h"
#include "properties/reexecution.h"
#include "sim/simulation.h"
#include "tests/traces/scratch_directory.h"
#include "traces/journal_csv.h"
#include "traces/manifest.h"
#include "traces/run_log.h"
#include "traces/run_writer.h"
#include "traces/trace_reader.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

// Two lanes, four rows, 1 ms of time-out; the GPU takes 10 ms for a batch. 0 and 1 overflow for 2,
// which is of the other queue; 3 does not fit behind it and is refused: both lanes are busy. 4
// comes when the GPU is through with the first batch. Nobody closes the batch behind it.
constexpr std::string_view kTrace =
    "arrival_ns,queue,size\n"
    "0,bert,1\n"
    "1000,bert,2\n"
    "2000,resnet,1\n"
    "3000,bert,1\n"
    "10002000,bert,3\n";

std::unique_ptr<Scheduler> streaming() {
  return std::move(*make_tf_streaming({.max_batch_size = 4,
                                       .batch_timeout_micros = 1000,
                                       .num_batch_threads = 2,
                                       .no_tasks_wait_time_micros = 0}));
}
std::unique_ptr<Scheduler> retried_streaming() {
  return std::move(
      *make_tf_retrier(streaming(), {.max_time_micros = 25'000, .retry_delay_micros = 4'000}));
}

struct Written {
  std::uint64_t digest = 0;
  std::uint64_t settings_digest = 0;
};

// Simulates kTrace into `directory`.
Written write_run(const ScratchDirectory& directory, std::unique_ptr<Scheduler> scheduler) {
  auto trace = open_trace_text("t.csv", kTrace, {});
  EXPECT_TRUE(trace);
  Manifest manifest;
  manifest.scheduler = "tf-streaming";
  manifest.lane_count = 2;
  manifest.settings_digest = settings_digest(manifest);
  auto writer =
      RunWriter::create({.directory = directory.path(), .queue_names = &(*trace)->queue_names()});
  EXPECT_TRUE(writer);
  Server server(std::move(scheduler),
                {.lane_count = 2, .settings_digest = manifest.settings_digest}, writer->get());
  EXPECT_TRUE(
      simulate({.device = {.compute = *parse_service_curve("10ms+0ns/row")}}, **trace, server));
  EXPECT_TRUE((*writer)->close());
  manifest.digest = server.digest();
  manifest.queue_names = (*trace)->queue_names();
  EXPECT_TRUE(write_manifest(directory.path(), manifest));
  return {.digest = manifest.digest, .settings_digest = manifest.settings_digest};
}

void expect_reexecutes(const ScratchDirectory& directory, const Written& written,
                       std::unique_ptr<Scheduler> fresh) {
  const auto lines = open_journal(directory.file("journal.csv.zst"));
  ASSERT_TRUE(lines) << lines.error().message;
  const auto report =
      reexecute(std::move(fresh),
                {.server = {.lane_count = 2, .settings_digest = written.settings_digest}}, *lines);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->identical());
  EXPECT_EQ(report->recomputed_digest, written.digest);
}

TEST(StreamingRun, WritesWhenALaneWasTakenAndWhenItsBatchWasSealed) {
  const ScratchDirectory directory;
  write_run(directory, streaming());
  EXPECT_EQ(directory.read("batches.csv"),
            "batch,queue,lane,gpu,opened_ns,due_ns,lane_taken_ns,dispatched_ns,device_start_ns,"
            "finished_ns,requests,rows,padded_rows,reason,status\n"
            "0,bert,0,0,0,2000,0,2000,2000,10002000,2,3,3,overflow,OK\n"
            "1,resnet,1,0,2000,3000,2000,3000,10002000,20002000,1,1,1,overflow,OK\n"
            "2,bert,0,0,10002000,11002000,10002000,11002000,20002000,30002000,1,3,3,timeout,OK\n");
  // All of a latency before the seal is forming, all behind it the device's.
  EXPECT_EQ(directory.read("requests.csv"),
            "request,arrival_ns,queue,size,priority,client,batch,lane,due_ns,dispatched_ns,"
            "finished_ns,latency_ns,forming_ns,lane_wait_ns,device_ns,status,reason\n"
            "3,3000,bert,1,0,0,,,,,3000,0,,,,UNAVAILABLE,lanes-busy\n"
            "0,0,bert,1,0,0,0,0,2000,2000,10002000,10002000,2000,0,10000000,OK,answered\n"
            "1,1000,bert,2,0,0,0,0,2000,2000,10002000,10001000,1000,0,10000000,OK,answered\n"
            "2,2000,resnet,1,0,0,1,1,3000,3000,20002000,20000000,1000,0,19999000,OK,answered\n"
            "4,10002000,bert,3,0,0,2,0,11002000,11002000,30002000,20000000,1000000,0,19000000,OK,"
            "answered\n");
}

TEST(StreamingRun, IsReadBack) {
  const ScratchDirectory directory;
  const Written written = write_run(directory, streaming());
  const auto run = load_run(directory.path());
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->digest, written.digest);
  ASSERT_EQ(run->batches.size(), 3u);
  const BatchRecord& last = run->batches[2].record;
  EXPECT_EQ(ns_of(last.lane_taken), 10'002'000);
  EXPECT_EQ(ns_of(last.dispatched), 11'002'000);
  EXPECT_EQ(run->requests[3].reason, Reason::kLanesBusy);
}

TEST(StreamingRun, ALaneThatIsTakenAfterTheDispatchIsRefused) {
  const ScratchDirectory directory;
  write_run(directory, streaming());
  directory.edit("batches.csv", ",11002000,10002000,11002000,", ",11002000,11002001,11002000,");
  EXPECT_THAT(load_run(directory.path()).error().message,
              HasSubstr("found \"11002000\", expected a time not before lane_taken_ns"));
}

TEST(StreamingRun, ItsJournalReexecutes) {
  const ScratchDirectory directory;
  const Written written = write_run(directory, streaming());
  expect_reexecutes(directory, written, streaming());
}

TEST(StreamingRun, SoDoesOneWithRetries) {
  const ScratchDirectory directory;
  const Written written = write_run(directory, retried_streaming());
  expect_reexecutes(directory, written, retried_streaming());
  // Request 3 comes back each 4 ms; at 20.003 ms lane 1 is through with its batch.
  const auto run = load_run(directory.path());
  ASSERT_TRUE(run) << run.error().message;
  EXPECT_EQ(run->requests[3].status, Status::kOk);
  EXPECT_EQ(run->requests[3].batch, 3u);
}

}  // namespace
}  // namespace lockstep

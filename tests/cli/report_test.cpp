// lockstep report as a person uses it, and the latency ledger on real runs.
#include <algorithm>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/ledger.h"
#include "reports/report_data.h"
#include "tests/support/program.h"
#include "traces/run_log.h"
#include "traces/run_table.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

// Pages are too long for messages of gmock.
bool has(const std::string& page, std::string_view text) {
  return page.find(text) != std::string::npos;
}

class ReportVerb : public ProgramTest {
 protected:
  static constexpr const char* kShort =
      "replay --arrivals poisson:1500/s --requests 500 --gpu 2ms+100us/row "
      "--set max_batch_size=8 --set num_batch_threads=2 --set batch_timeout_micros=2000 ";

  void replay(const std::string& command) {
    const ProgramResult result = run(command);
    ASSERT_EQ(result.exit_code, 0) << result.output;
  }
};

TEST_F(ReportVerb, WritesTheLastRunAndTheSameBytesAgain) {
  replay(kShort);
  const ProgramResult result = run("report");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_EQ(result.output, "report: report.html\n");
  const std::string page = read("report.html");
  EXPECT_TRUE(page.starts_with("<!DOCTYPE html>"));
  EXPECT_TRUE(has(page, "poisson:1500/s"));
  EXPECT_EQ(run("report runs/last -o again.html").exit_code, 0);
  EXPECT_TRUE(read("again.html") == page);
}

TEST_F(ReportVerb, WritesTextForTerminals) {
  replay(
      "replay --arrivals poisson:500/s --requests 200 --gpu "
      "2ms+100us/row,h2d=300us+0us/row,d2h=7us+0us/row");
  const ProgramResult result = run("report --text --slo p50=1h");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("\ncopy to the GPU                  300 us"));
  EXPECT_THAT(result.output, HasSubstr("\np50 at most 3600 s: 7.97"));
  EXPECT_FALSE(exists("report.html"));
  EXPECT_EQ(run("report --text -o r.txt").output, "report: r.txt\n");
  EXPECT_THAT(read("r.txt"), HasSubstr("\nwhere the time goes\n"));
  EXPECT_EQ(run("report --text -o r.html").output,
            "error: found output file 'r.html', expected one ending in .txt\n");
  EXPECT_EQ(run("report --text --slo p50=1ns").exit_code, 1);
}

TEST_F(ReportVerb, JudgesObjectivesAsReplayDoes) {
  replay(kShort);
  const ProgramResult missed = run("report --slo p50=1ms --slo max=1h");
  EXPECT_EQ(missed.exit_code, 1);
  EXPECT_THAT(missed.output, HasSubstr("FAIL slo  p50 "));
  EXPECT_THAT(missed.output, HasSubstr("report: report.html\n"));
  EXPECT_TRUE(has(read("report.html"), "missed"));
  EXPECT_TRUE(has(read("report.html"), "&#10003; met"));
}

TEST_F(ReportVerb, RefusesWhatItCannotReadOrWrite) {
  EXPECT_THAT(run("report").output, HasSubstr("error: runs/last: found no manifest.json"));
  replay(kShort);
  const ProgramResult ending = run("report -o report.pdf");
  EXPECT_EQ(ending.exit_code, 2);
  EXPECT_EQ(ending.output, "error: found output file 'report.pdf', expected one ending in .html\n");
  EXPECT_EQ(run("report --slo p98=5ms").exit_code, 2);
  EXPECT_EQ(run("report -o nowhere/report.html").exit_code, 2);
  shell(
      "sed -i '3s/,full,/,fool,/' runs/last/batches.csv; sed -i 's/,full,/,fool,/' "
      "runs/last/batches.csv");
  const ProgramResult damaged = run("report -o damaged.html");
  EXPECT_EQ(damaged.exit_code, 2);
  EXPECT_THAT(damaged.output, HasSubstr("batches.csv:"));
  EXPECT_FALSE(exists("damaged.html") || exists("report.html"));
}

// What stands between <code> and </code> of the section on how to repeat the run.
std::string repeated_command(const std::string& page) {
  const std::string mark = "<pre><code>lockstep ";
  const std::size_t at = page.find(mark) + mark.size();
  std::string command = page.substr(at, page.find("</code>", at) - at);
  for (const auto& [entity, character] :
       {std::pair{"&#39;", "'"}, std::pair{"&quot;", "\""}, std::pair{"&lt;", "<"},
        std::pair{"&gt;", ">"}, std::pair{"&amp;", "&"}}) {
    for (std::size_t found = command.find(entity); found != std::string::npos;
         found = command.find(entity, found)) {
      command.replace(found, std::string(entity).size(), character);
    }
  }
  return command;
}

TEST_F(ReportVerb, NamesACommandThatRepeatsTheRun) {
  const std::string traffic = "replay --arrivals poisson:900/s --requests 300 ";
  for (const std::string& command :
       {std::string(kShort), std::string(kSmall) + " --length 1s --overhead 0.8ms --gpus 2",
        traffic + "--gpu 1:2ms,32:9ms,h2d=20us+1us/row --seed 7 --set max_batch_size=16",
        traffic + "--gpu 2ms+100us/row --faults 'stall lane=0 at=20ms for=5ms' "
                  "--set num_batch_threads=1",
        traffic + "--gpu 2ms+100us/row --scheduler naive-full-batch"}) {
    replay(command);
    ASSERT_EQ(run("report").exit_code, 0) << command;
    const std::string again = repeated_command(read("report.html"));
    const ProgramResult repeated = run(again);
    EXPECT_THAT(repeated.output, HasSubstr("(already there, unchanged)")) << again;
  }
}

// The ledger of each request sums to its latency; copies are known from the device's description.
TEST_F(ReportVerb, LedgersAreExactOnRunsOfManyKinds) {
  const std::string traffic =
      "replay --arrivals poisson:2500/s --requests 800 --gpu 2ms+100us/row ";
  std::size_t count = 0;
  for (const std::string& command :
       {std::string(kSmall) + " --length 1s", traffic + "--set max_batch_size=8",
        traffic + "--scheduler tf-streaming --set max_batch_size=8",
        traffic + "--scheduler tf-adaptive --set max_batch_size=8",
        traffic + "--scheduler naive-full-batch",
        traffic + "--set enable_large_batch_splitting=true --set max_batch_size=16 "
                  "--set max_execution_batch_size=4",
        std::string("replay --arrivals clients:20,think=1ms --requests 300 --gpu 2ms+100us/row"),
        traffic + "--faults 'stall lane=0 at=20ms for=50ms'"}) {
    const ProgramResult result = run(command + " --out run" + std::to_string(count));
    ASSERT_EQ(result.exit_code, 0) << command << "\n" << result.output;
    const Result<RunLog> log = load_run(directory_ + "/run" + std::to_string(count));
    ASSERT_TRUE(log) << log.error().message;
    for (const RequestRow& row : log->requests) {
      if (row.finished) {
        const BatchRow* batch = row.batch ? log->find_batch(*row.batch) : nullptr;
        const Ledger ledger = ledger_of(row, batch == nullptr ? nullptr : &batch->record);
        ASSERT_EQ(ledger.total(), *row.finished - row.arrival) << command << " " << row.request;
      }
    }
    EXPECT_GT(log->requests.size(), 200u) << command;
    ++count;
  }
}

TEST_F(ReportVerb, TellsCopiesFromComputeWhereTheDeviceSaysThem) {
  replay(
      "replay --arrivals poisson:500/s --requests 200 --gpu "
      "2ms+100us/row,h2d=300us+0us/row,d2h=7us+0us/row");
  ASSERT_EQ(run("report").exit_code, 0);
  const std::string page = read("report.html");
  EXPECT_TRUE(has(page, "</span>copy to the GPU</th><td class=\"n\">300,000 ns"));
  EXPECT_TRUE(has(page, "</span>copy back</th><td class=\"n\">7,000 ns"));
  replay("replay --arrivals poisson:500/s --requests 200 --gpu 2ms+100us/row");
  ASSERT_EQ(run("report").exit_code, 0);
  EXPECT_FALSE(has(read("report.html"), "copy to the GPU"));
}

// One truth: the figures of the page are those that the run itself wrote.
TEST_F(ReportVerb, HasTheFiguresOfTheSummary) {
  for (const char* options : {"", " --gpus 2 --overhead 0.8ms --set max_enqueued_batches=1"}) {
    replay(std::string(kSmall) + " --length 2s" + options);
    const Result<RunTable> table = load_run_table(directory_ + "/runs/last");
    ASSERT_TRUE(table) << table.error().message;
    const Result<RunSummary> summary = summary_of(*table);
    ASSERT_TRUE(summary);
    EXPECT_EQ(summary_json(*summary), read("runs/last/summary.json"));
  }
}

}  // namespace
}  // namespace lockstep

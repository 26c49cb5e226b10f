// The report as text: what it holds, and that it fits a terminal.
#include "reports/report_text.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/golden.h"
#include "tests/support/run_log_builder.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

CopyModel copies() {
  return [](const BatchRecord&) {
    return CopyTimes{.in = SimDuration{20'000}, .out = SimDuration{5'000}};
  };
}

ReportData report_of(const RunLog& log, const ReportOptions& options,
                     std::vector<std::string> warnings = {}) {
  Manifest manifest;
  manifest.scheduler = "tf-shared";
  manifest.lane_count = log.lane_count;
  manifest.gpu_count = log.gpu_count;
  manifest.settings = log.settings;
  manifest.trace.name = log.setting("trace");
  manifest.warnings = std::move(warnings);
  Result<ReportData> data = gather_report(table_of(log, manifest), options);
  EXPECT_TRUE(data) << data.error().message;
  return std::move(*data);
}

TEST(ReportText, GivesTheGoldenText) {
  const RunLog log =
      make_run_log({.requests = 30, .queues = 2, .size_max = 3, .refuse_one_in = 5, .seed = 6});
  const ReportOptions options{.objectives = {{.figure = "p50", .limit = SimDuration{5'000'000}}},
                              .copies = copies()};
  expect_golden("report_mixed.txt",
                report_text(report_of(log, options, {"b.txt:5:1: wide gaps", "c.txt:1:1: \x01"})));
}

TEST(ReportText, TellsCopiesFromComputeWhereTheyAreKnown) {
  const RunLog log = make_run_log({.requests = 30});
  const std::string known = report_text(report_of(log, {.objectives = {}, .copies = copies()}));
  EXPECT_THAT(known, HasSubstr("\ncopy to the GPU "));
  EXPECT_THAT(known, HasSubstr("  20.0 us "));
  EXPECT_THAT(known, HasSubstr("\ncompute "));
  EXPECT_THAT(known, HasSubstr("\ncopy back "));
  EXPECT_THAT(known, Not(HasSubstr("\non the GPU ")));
  const std::string unknown = report_text(report_of(log, {}));
  EXPECT_THAT(unknown, Not(HasSubstr("\ncopy to the GPU ")));
  EXPECT_THAT(unknown, HasSubstr("\non the GPU "));
}

TEST(ReportText, HasNoWarningsWhereTheManifestHasNone) {
  const RunLog log = make_run_log({.requests = 30});
  EXPECT_THAT(report_text(report_of(log, {}, {"b.txt:5:1: x"})),
              HasSubstr("\nwarning: b.txt:5:1: x\n"));
  EXPECT_THAT(report_text(report_of(log, {})), Not(HasSubstr("b.txt")));
}

TEST(ReportText, OfARunWithoutRequestsIsThere) {
  RunLog log;
  log.queue_names = {"queue"};
  const std::string text = report_text(report_of(log, {}));
  EXPECT_THAT(text, Not(HasSubstr("where the time goes")));
  EXPECT_THAT(text, HasSubstr("\nsettings\n"));
}

TEST(ReportText, HasNoTrailingBlanks) {
  std::stringstream lines(report_text(report_of(make_run_log({.requests = 500}), {})));
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
  }
}

}  // namespace
}  // namespace lockstep

// The HTML report as bytes: golden, the same twice, safe with hostile names, small for large runs.
#include "reports/report_html.h"

#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/diagram.h"
#include "tests/support/golden.h"
#include "tests/support/run_log_builder.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What is not ours or changes often stands for itself: the golden file is the page around it.
constexpr ReportAssets kStandIns = {.style = "/* style */\n",
                                    .script = "// script\n",
                                    .library_style = "/* library style */",
                                    .library_script = "// library",
                                    .library_licence = "licence <of the library>"};

ReportData gathered(const RunLog& log, const ReportOptions& options = {}) {
  Manifest manifest;
  manifest.lockstep_version = "0.0.0";
  manifest.rules_version = "rules";
  manifest.scheduler = "tf-shared";
  manifest.lane_count = log.lane_count;
  manifest.gpu_count = log.gpu_count;
  manifest.settings = log.settings;
  manifest.trace.name = log.setting("trace");
  Result<ReportData> data = gather_report(table_of(log, manifest), options);
  EXPECT_TRUE(data) << data.error().message;
  return std::move(*data);
}

// Pages are too long for messages of gmock.
bool has(const std::string& page, std::string_view text) {
  return page.find(text) != std::string::npos;
}

std::string page_of(const RunLog& log, const ReportOptions& options = {}) {
  return report_html(gathered(log, options), kStandIns);
}

// Diagrams have golden files of their own, and their bytes depend on Graphviz.
std::string without_diagrams(ReportData data) {
  for (ReportDiagram& diagram : data.diagrams) {
    diagram.svg = "<svg/>\n";
  }
  return report_html(data, kStandIns);
}

TEST(ReportHtml, GivesTheGoldenPage) {
  const RunLog log =
      make_run_log({.requests = 30, .queues = 2, .size_max = 3, .refuse_one_in = 5, .seed = 6});
  const CopyModel copies = [](const BatchRecord&) {
    return CopyTimes{.in = SimDuration{20'000}, .out = SimDuration{5'000}};
  };
  const ReportOptions options{.objectives = {{.figure = "p50", .limit = SimDuration{5'000'000}},
                                             {.figure = "p99", .limit = SimDuration{5'000'000}}},
                              .copies = copies};
  expect_golden("report_mixed.html", without_diagrams(gathered(log, options)));
}

TEST(ReportHtml, GivesTheSameBytesTwice) {
  const RunLog log = make_run_log({.requests = 200, .lanes = 4});
  EXPECT_TRUE(page_of(log) == page_of(log));
}

TEST(ReportHtml, BringsItsLibraryWithItsLicence) {
  const ReportAssets assets = report_assets();
  EXPECT_TRUE(has(std::string(assets.library_script), "Dygraph"));
  EXPECT_FALSE(has(std::string(assets.library_script), "sourceMappingURL"));
  EXPECT_FALSE(has(std::string(assets.library_script), "</script"));
  EXPECT_TRUE(has(std::string(assets.library_licence), "Permission is hereby granted"));
  const std::string page = report_html(gathered(make_run_log({.requests = 20})), assets);
  EXPECT_TRUE(has(page, "Permission is hereby granted"));
  for (const char* elsewhere :
       {"src=\"http", "href=\"http", "url(http", "@import", "sourceMapping"}) {
    EXPECT_FALSE(has(page, elsewhere)) << elsewhere;
  }
}

TEST(ReportHtml, EscapesHostileNames) {
  RunLog log = make_run_log({.requests = 60, .queues = 2});
  log.queue_names = {"</script><script>x</script>", "\"onmouseover=\"x"};
  log.settings.emplace_back("evil", "<img src=x onerror=x>\x01\xff");
  log.settings[1].second = "<b>&'\"</title>";  // the trace's name
  ReportData data = gathered(log);
  data.manifest.warnings = {"b.txt:1:1: <img src=\"y\">"};
  const std::string page = report_html(data, kStandIns);
  EXPECT_FALSE(has(page, "<img"));
  EXPECT_FALSE(has(page, "<b>"));
  EXPECT_FALSE(has(page, "</script><script>x"));
  EXPECT_FALSE(has(page, "\"onmouseover"));
  EXPECT_TRUE(has(page, "&lt;b&gt;&amp;&#39;&quot;&lt;/title&gt;"));
  EXPECT_TRUE(has(page, "&lt;img src=x onerror=x&gt;??"));
  EXPECT_TRUE(has(page, "<li class=\"warning\">b.txt:1:1: &lt;img src=&quot;y&quot;&gt;</li>"));
  EXPECT_FALSE(has(page_of(log), "Warnings about the configuration"));
}

// A server that drowns: each request waits while thousands of batches are executed.
TEST(ReportHtml, StaysSmallWhenTheRunIsLarge) {
  const RunLog log =
      make_run_log({.requests = 30'000, .max_batch_size = 4, .queues = 60, .mean_gap_us = 250});
  const std::string page = page_of(log);
  EXPECT_LT(page.size(), std::size_t{1} << 20);
  EXPECT_TRUE(has(page, "10 more with "));  // queues beyond the 50 with the most requests
  EXPECT_TRUE(has(page, "<p>Not drawn: "));
  EXPECT_TRUE(has(page, "The queue grew while requests came"));
}

TEST(ReportHtml, OfARunWithoutRequestsSaysSo) {
  RunLog log;
  log.queue_names = {"queue"};
  const std::string page =
      page_of(log, {.objectives = {{.figure = "p99", .limit = SimDuration{1}}}, .copies = {}});
  EXPECT_TRUE(has(page, "No request was answered"));
  EXPECT_TRUE(has(page, "no verdict"));
}

TEST(ReportHtml, IdsOfInlineDiagramsAreTheirOwn) {
  const std::string svg =
      "<?xml version=\"1.0\"?>\n<svg width=\"1pt\"><g id=\"r7\"/><g id=\"b1\"/></svg>\n";
  EXPECT_EQ(inline_svg(svg, "worst"),
            "<svg width=\"1pt\"><g id=\"worst-r7\"/><g id=\"worst-b1\"/></svg>\n");
}

TEST(ReportDiagrams, AreThoseOfTheWholeRun) {
  const RunLog log = make_run_log({.requests = 3'000, .lanes = 4, .queues = 2, .mean_gap_us = 90});
  const RunTable table = table_of(log, {});
  const LatencyOrder order(table, SimDuration{0});
  const Result<std::vector<ReportDiagram>> diagrams = report_diagrams(table, order);
  ASSERT_TRUE(diagrams);
  ASSERT_EQ(diagrams->size(), 2u);
  for (const auto& [index, kind] :
       {std::pair{0u, WindowChoice::Kind::kWorst}, std::pair{1u, WindowChoice::Kind::kTypical}}) {
    const Result<std::string> whole = draw_diagram(log, {.window = {.kind = kind}});
    ASSERT_TRUE(whole);
    EXPECT_TRUE((*diagrams)[index].svg == inline_svg(*whole, (*diagrams)[index].name))
        << (*diagrams)[index].name;
  }
}

TEST(ReportFindings, SayWhatStandsOut) {
  const auto findings_in = [](const RunLogOptions& options) {
    std::string text;
    for (const Finding& finding : gathered(make_run_log(options)).findings) {
      text += (finding.is_warning ? "warning: " : "note: ") + finding.text + "\n";
    }
    return text;
  };
  const std::string overload =
      findings_in({.requests = 4'000, .lanes = 4, .mean_gap_us = 100, .refuse_one_in = 10});
  EXPECT_THAT(overload, HasSubstr("warning: The GPU was busy "));
  EXPECT_THAT(overload, HasSubstr(" got no answer: "));
  EXPECT_THAT(overload, HasSubstr(" queue-full. "));
  const std::string calm = findings_in({.requests = 300, .max_batch_size = 64, .mean_gap_us = 900});
  EXPECT_THAT(calm, Not(HasSubstr("warning: ")));
  EXPECT_THAT(calm, HasSubstr("note: No batch reached max_batch_size 64: the largest had "));
  EXPECT_THAT(calm, HasSubstr("p99.9 rests on the slowest one"));
}

TEST(RepeatCommand, QuotesWhatAShellWouldRead) {
  Manifest manifest;
  manifest.trace.name = "azure_llm_2023_conv.csv";
  manifest.settings = {{"scheduler", "tf-shared"},
                       {"max_batch_size", "16"},
                       {"batch_timeout_micros@a b", "2000"},
                       {"gpu", "1ms+50us/row"},
                       {"gpu_curve", "1ms+50us/row"},
                       {"faults", "stall lane=1 at='2s'"},
                       {"load", "400x"}};
  EXPECT_EQ(repeat_command(manifest).text,
            "lockstep replay azure-conv-2023 --scheduler tf-shared --set max_batch_size=16 "
            "--set 'batch_timeout_micros@a b=2000' --gpu 1ms+50us/row "
            "--faults 'stall lane=1 at='\\''2s'\\''' --load 400x");
}

TEST(RepeatCommand, KnowsTheOptionsOfALiveRun) {
  Manifest manifest;
  manifest.settings = {{"scheduler", "tf-shared"},
                       {"max_batch_size", "16"},
                       {"arrivals", "poisson:9/s"},
                       {"requests", "40"},
                       {"on", "cpu"},
                       {"model", "square:width=1"},
                       {"idle", "sleep"},
                       {"workers", "3"},
                       {"watchdog", "100ms"}};
  EXPECT_EQ(repeat_command(manifest).text,
            "lockstep replay --scheduler tf-shared --set max_batch_size=16 --arrivals poisson:9/s "
            "--requests 40 --on cpu --model square:width=1 --idle sleep --workers 3 "
            "--watchdog 100ms");
}

}  // namespace
}  // namespace lockstep

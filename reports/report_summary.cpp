// Objectives, key figures, what stands out, quantiles.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/digest.h"
#include "reports/format.h"
#include "reports/html_table.h"
#include "reports/html_text.h"
#include "reports/report_sections.h"

namespace lockstep {
namespace {

std::string card(std::string_view label, const std::string& value, const std::string& detail) {
  return fmt::format("<div class=\"card\"><dt>{}</dt><dd>{}{}</dd></div>\n", label, value,
                     detail.empty() ? "" : fmt::format("<small>{}</small>", detail));
}

std::string per_second(std::uint64_t count, std::int64_t span_ns) {
  __extension__ using Wide = unsigned __int128;
  if (span_ns <= 0) {
    return "-";
  }
  const auto span = static_cast<std::uint64_t>(span_ns);
  const auto tenths = static_cast<std::uint64_t>((Wide{count} * 10'000'000'000u + span / 2) / span);
  return tenths < 1'000 ? fmt::format("{}.{}/s", tenths / 10, tenths % 10)
                        : grouped_digits((tenths + 5) / 10) + "/s";
}

std::string cards(const ReportData& data) {
  const RunSummary& run = data.summary;
  const std::uint64_t lost = run.requests - run.answered;
  const auto time = [&](std::int64_t ns) {
    return run.answered == 0 ? std::string("-") : short_time(SimDuration{ns});
  };
  std::string text = "<dl class=\"cards\">\n";
  text +=
      card("requests", grouped_digits(run.requests), "in " + short_time(SimDuration{run.span_ns}));
  text += card("answered", percent_text(run.answered, run.requests),
               lost == 0 ? "all of them" : grouped_digits(lost) + " were not");
  text += card("p50", time(run.p50_ns), "");
  text += card("p99", time(run.p99_ns), "");
  text += card("p99.9", time(run.p999_ns), "");
  text += card("slowest", time(run.latency_max_ns), "");
  text += card("mean", time(run.latency_mean_ns), "");
  text += card("throughput", per_second(run.answered, run.span_ns), "answered");
  text += card("batches", grouped_digits(run.batches),
               ratio_text(run.rows, run.batches, 1) + " rows each");
  text += card("GPU busy", escape_html(percent_text(run.gpu_busy_per_million, 1'000'000)),
               fmt::format("{} GPU{}, {} lane{}", data.manifest.gpu_count,
                           data.manifest.gpu_count == 1 ? "" : "s", data.manifest.lane_count,
                           data.manifest.lane_count == 1 ? "" : "s"));
  return text + "</dl>\n";
}

std::string objectives_of(const ReportData& data) {
  if (data.objectives.empty()) {
    return "<p class=\"quiet\">No objective was given: <code>lockstep report --slo p99=50ms"
           "</code> judges one here.</p>\n";
  }
  HtmlTable table("Objectives (a request without an answer is slower than any limit)",
                  {{"objective", false},
                   {"limit"},
                   {"measured"},
                   {"verdict", false},
                   {"requests within the limit"}});
  for (const ObjectiveFigures& figures : data.objectives) {
    const std::string verdict =
        data.summary.requests == 0 ? "<span class=\"badge\">no verdict</span>"
        : figures.is_met           ? "<span class=\"badge good\">&#10003; met</span>"
                                   : "<span class=\"badge bad\">&#10007; missed</span>";
    table.add_row({figures.objective.figure, escape_html(exact_time(figures.objective.limit)),
                   figures.measured ? exact_time(*figures.measured) : "no answer", verdict,
                   escape_html(percent_text(figures.within, data.summary.requests))});
  }
  return table.text();
}

std::string findings_of(const ReportData& data) {
  if (data.findings.empty()) {
    return "";
  }
  std::string text = "<h3>What stands out</h3>\n<ul class=\"findings\">\n";
  for (const Finding& finding : data.findings) {
    text += fmt::format("<li class=\"{}\"><strong>{}</strong> {}</li>\n",
                        finding.is_warning ? "warning" : "note",
                        finding.is_warning ? "Warning:" : "Note:", outside_html(finding.text));
  }
  return text + "</ul>\n";
}

std::string latency_meaning(const ReportData& data) {
  const SimDuration overhead = data.overhead();
  return overhead == SimDuration{0}
             ? "Latency is from arrival at the server to answer; network, decoding and "
               "pre-processing are not included."
             : "Latency is from arrival at the server to answer, and " + exact_time(overhead) +
                   " (--overhead) for network, decoding and pre-processing.";
}

}  // namespace

std::string summary_section(const ReportData& data) {
  return "<section aria-labelledby=\"summary\">\n<h2 id=\"summary\">Summary</h2>\n" +
         objectives_of(data) + cards(data) + findings_of(data) + "<p class=\"quiet\">" +
         latency_meaning(data) + "</p>\n</section>\n";
}

std::string quantile_table(const ReportData& data) {
  struct Row {
    std::string_view name;
    std::uint64_t per_million;
  };
  static constexpr std::array<Row, 9> kRows = {{{"fastest", 0},
                                                {"p10", 100'000},
                                                {"p50", 500'000},
                                                {"p75", 750'000},
                                                {"p90", 900'000},
                                                {"p95", 950'000},
                                                {"p99", 990'000},
                                                {"p99.9", 999'000},
                                                {"slowest", 1'000'000}}};
  if (data.summary.answered == 0) {
    return "<p>No request was answered: there is no latency to show.</p>\n";
  }
  HtmlTable table("Latency of the answered requests (exact, nearest rank)",
                  {{"quantile", false}, {"latency"}, {"slower requests"}});
  for (const Row& row : kRows) {
    const std::uint64_t rank =
        std::max<std::uint64_t>((data.summary.answered * row.per_million + 999'999) / 1'000'000, 1);
    // The curve has a point at each of these ranks (report_curve.h).
    const auto point = std::lower_bound(
        data.curve.begin(), data.curve.end(), rank,
        [](const LatencyPoint& at, std::uint64_t wanted) { return at.rank < wanted; });
    table.add_row({std::string(row.name), exact_time(point->latency),
                   grouped_digits(data.summary.answered - rank)});
  }
  return table.text();
}

}  // namespace lockstep

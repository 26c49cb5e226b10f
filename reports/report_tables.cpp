// Queues and clients, the run in slices of time, diagrams, settings, and how to repeat the run.
#include <algorithm>

#include <fmt/format.h>

#include "core/digest.h"
#include "reports/format.h"
#include "reports/html_table.h"
#include "reports/html_text.h"
#include "reports/report_sections.h"

namespace lockstep {
namespace {

constexpr std::size_t kSlicesMost = 20;

std::string group_table(const GroupTable& groups, std::string_view what) {
  HtmlTable table(fmt::format("By {}", what), {{what, false},
                                               {"requests"},
                                               {"rows"},
                                               {"answered"},
                                               {"p50"},
                                               {"p99"},
                                               {"slowest"},
                                               {"mean"},
                                               {"mostly", false}});
  for (const GroupFigures& group : groups.groups) {
    const Ledger mean = group.ledger.mean();
    const auto time = [&](SimDuration span) {
      return group.answered == 0 ? std::string("-") : short_time(span);
    };
    table.add_row({outside_html(group.name), grouped_digits(group.requests),
                   grouped_digits(group.rows),
                   escape_html(percent_text(group.answered, group.requests)), time(group.p50),
                   time(group.p99), time(group.latency_max), time(mean.total()),
                   group.answered == 0 ? "-" : std::string(cause_text(mean.largest()))});
  }
  std::string text = table.text();
  if (groups.groups_left_out > 0) {
    text += fmt::format("<p class=\"quiet\">{} more with {} requests are not listed.</p>\n",
                        grouped_digits(groups.groups_left_out),
                        grouped_digits(groups.requests_left_out));
  }
  return text;
}

// Bins [first, last) of one kind that slice `slice` of `slices` holds.
struct BinRange {
  std::size_t first = 0;
  std::size_t last = 0;
};
BinRange slice_of(std::size_t slice, std::size_t slices, std::size_t bins) {
  return {.first = bins * slice / slices, .last = bins * (slice + 1) / slices};
}

template <typename Number>
Number sum_in(const std::vector<Number>& values, const BinRange& range) {
  Number sum = 0;
  for (std::size_t i = range.first; i < range.last; ++i) {
    sum += values[i];
  }
  return sum;
}

template <typename Number>
Number largest_in(const std::vector<Number>& values, const BinRange& range) {
  Number largest = values[range.first];
  for (std::size_t i = range.first; i < range.last; ++i) {
    largest = std::max(largest, values[i]);
  }
  return largest;
}

// What reading the server's own files warned of, when the run was made.
std::string configuration_warnings(const ReportData& data) {
  if (data.manifest.warnings.empty()) {
    return "";
  }
  std::string text = "<h3>Warnings about the configuration</h3>\n<ul class=\"findings\">\n";
  for (const std::string& warning : data.manifest.warnings) {
    text += "<li class=\"warning\">" + outside_html(warning) + "</li>\n";
  }
  return text + "</ul>\n";
}

}  // namespace

std::string group_section(const ReportData& data) {
  if (data.by_queue.groups.empty()) {
    return "";
  }
  const bool has_clients = !data.by_client.groups.empty();
  return fmt::format("<section aria-labelledby=\"queues\">\n<h2 id=\"queues\">Queues{}</h2>\n",
                     has_clients ? " and clients" : "") +
         group_table(data.by_queue, "queue") +
         (has_clients ? group_table(data.by_client, "client") : "") + "</section>\n";
}

std::string time_table(const ReportData& data) {
  const RunSeries& series = data.series;
  const std::size_t slices = std::min(kSlicesMost, series.arrived.size());
  HtmlTable table("The same in slices of time: counts, and the largest of each slice",
                  {{"from"},
                   {"arrived"},
                   {"answered"},
                   {"without an answer"},
                   {"most waiting"},
                   {"most lanes busy"},
                   {"slowest"}});
  for (std::size_t i = 0; i < slices; ++i) {
    const BinRange coarse = slice_of(i, slices, series.arrived.size());
    const BinRange fine = slice_of(i, slices, series.waiting.peak.size());
    const std::int64_t slowest = largest_in(series.max_ns, coarse);
    const SimTime from = series.begin + series.coarse * static_cast<std::int64_t>(coarse.first);
    table.add_row({exact_time(from.time_since_epoch()),
                   grouped_digits(sum_in(series.arrived, coarse)),
                   grouped_digits(sum_in(series.answered, coarse)),
                   grouped_digits(sum_in(series.lost, coarse)),
                   grouped_digits(largest_in(series.waiting.peak, fine)),
                   grouped_digits(largest_in(series.lanes_busy.peak, fine)),
                   slowest < 0 ? "-" : short_time(SimDuration{slowest})});
  }
  return "<details><summary>As a table</summary>\n" + table.text() + "</details>\n";
}

std::string diagram_section(const ReportData& data) {
  if (data.diagrams.empty()) {
    return "";
  }
  std::string text =
      "<section aria-labelledby=\"diagrams\">\n<h2 id=\"diagrams\">How batches formed</h2>\n"
      "<p class=\"quiet\">A bar is a request, from its arrival to the wall at which its batch was "
      "handed to a lane; below, each batch on its lane and on its GPU. Pointing at a mark shows "
      "its times.</p>\n";
  for (const ReportDiagram& diagram : data.diagrams) {
    if (!diagram.note.empty()) {
      text += fmt::format("<h3>{}</h3>\n<p>{}</p>\n", diagram.title, escape_html(diagram.note));
      continue;
    }
    text += fmt::format(
        "<figure>\n<figcaption>{0}</figcaption>\n<div class=\"scroll diagram\" tabindex=\"0\" "
        "role=\"region\" aria-label=\"{0}\">\n{1}</div>\n</figure>\n",
        diagram.title, diagram.svg);
  }
  return text + "</section>\n";
}

std::string settings_section(const ReportData& data) {
  HtmlTable table("In the server's words, as the run recorded them",
                  {{"setting", false}, {"value", false}});
  for (const auto& [name, value] : data.settings) {
    if (name != "trace") {
      table.add_row({outside_html(name), "<code>" + outside_html(value) + "</code>"});
    }
  }
  const TraceIdentity& trace = data.manifest.trace;
  table.add_row(
      {"trace", fmt::format("<code>{}</code> ({}, {} rows, content {})", outside_html(trace.name),
                            outside_html(trace.format), grouped_digits(trace.rows),
                            digest_text(trace.content_digest))});
  return "<section aria-labelledby=\"settings\">\n<h2 id=\"settings\">Settings</h2>\n" +
         table.text() + configuration_warnings(data) + "</section>\n";
}

std::string repeat_section(const ReportData& data) {
  std::string text =
      "<section aria-labelledby=\"repeat\">\n<h2 id=\"repeat\">Repeat it</h2>\n<pre><code>" +
      escape_html(displayable(data.repeat.text, 100'000)) +
      "</code></pre>\n<p>The same command gives digest <code>" + digest_text(data.summary.digest) +
      "</code> again, and the same bytes in every file (seed " +
      std::to_string(data.manifest.seed) +
      "). <code>lockstep check RUN</code> repeats the run "
      "from its journal, without trace and settings.</p>\n";
  for (const std::string& note : data.repeat.notes) {
    text += "<p class=\"quiet\">" + outside_html(note) + "</p>\n";
  }
  return text +
         fmt::format("<p class=\"quiet\">Lockstep {}, scheduling rules {}.</p>\n</section>\n",
                     outside_html(data.manifest.lockstep_version),
                     outside_html(data.manifest.rules_version));
}

}  // namespace lockstep

// Where the time goes: the ledger as bars and as a table, and the slowest requests.
#include <algorithm>

#include <fmt/format.h>

#include "reports/format.h"
#include "reports/html_table.h"
#include "reports/html_text.h"
#include "reports/report_sections.h"
#include "reports/report_style.h"

namespace lockstep {
namespace {

std::uint64_t span_count(SimDuration span) {
  return static_cast<std::uint64_t>(span.count());
}

std::string legend_of(const std::vector<LatencyCause>& causes) {
  std::string text = "<ul class=\"legend\">\n";
  for (const LatencyCause cause : causes) {
    text += fmt::format("<li><span class=\"swatch\" style=\"background:{}\"></span>{}</li>\n",
                        colour_of(cause), cause_text(cause));
  }
  return text + "</ul>\n";
}

// One stacked bar; its length is its share of the longest mean.
std::string bar_of(const LedgerBand& band, SimDuration longest,
                   const std::vector<LatencyCause>& causes) {
  const Ledger mean = band.sum.mean();
  std::string text = fmt::format(
      "<div class=\"bar-row\"><span class=\"bar-label\">{}<small>{} request{}</small></span>"
      "<span class=\"bar-track\"><span class=\"bar\" style=\"width:{}%\">",
      band.label, grouped_digits(band.sum.count()), band.sum.count() == 1 ? "" : "s",
      ratio_text(span_count(mean.total()) * 100, std::max<std::uint64_t>(span_count(longest), 1),
                 2));
  for (const LatencyCause cause : causes) {
    const SimDuration span = mean.of(cause);
    if (span > SimDuration{0}) {
      text += fmt::format(
          "<span class=\"segment\" style=\"flex-grow:{};background:{}\" title=\"{}: {} ({})\">"
          "</span>",
          ratio_text(span_count(span) * 1'000, span_count(mean.total()), 3), colour_of(cause),
          cause_text(cause), exact_time(span),
          escape_html(percent_text(span_count(span), span_count(mean.total()))));
    }
  }
  return text + fmt::format("</span><span class=\"bar-value\">{}</span></span></div>\n",
                            short_time(mean.total()));
}

std::string bars_of(const ReportData& data, const std::vector<LatencyCause>& causes) {
  SimDuration longest{0};
  for (const LedgerBand& band : data.bands) {
    longest = std::max(longest, band.sum.mean().total());
  }
  std::string text = "<div class=\"bars\" aria-hidden=\"true\">\n";
  for (const LedgerBand& band : data.bands) {
    text += bar_of(band, longest, causes);
  }
  return text + "</div>\n";
}

std::string table_of_bands(const ReportData& data, const std::vector<LatencyCause>& causes) {
  std::vector<HtmlColumn> columns = {{"mean time spent", false}};
  for (const LedgerBand& band : data.bands) {
    columns.push_back({band.label});
  }
  HtmlTable table(
      "The latency ledger: every nanosecond has one owner, and each column sums to its last row",
      columns);
  for (const LatencyCause cause : causes) {
    std::vector<std::string> cells = {
        fmt::format("<span class=\"swatch\" style=\"background:{}\"></span>{}", colour_of(cause),
                    cause_text(cause))};
    for (const LedgerBand& band : data.bands) {
      const Ledger mean = band.sum.mean();
      cells.push_back(fmt::format(
          "{} ns<small>{}</small>", grouped_digits(span_count(mean.of(cause))),
          escape_html(percent_text(span_count(mean.of(cause)), span_count(mean.total())))));
    }
    table.add_row(cells);
  }
  std::vector<std::string> sums = {"<strong>latency at the server</strong>"};
  std::vector<std::string> counts = {"requests"};
  for (const LedgerBand& band : data.bands) {
    sums.push_back(
        fmt::format("<strong>{} ns</strong>", grouped_digits(span_count(band.sum.mean().total()))));
    counts.push_back(grouped_digits(band.sum.count()));
  }
  table.add_row(counts);
  table.add_row(sums);
  return table.text();
}

std::string slowest_table(const ReportData& data) {
  if (data.slowest.empty()) {
    return "";
  }
  HtmlTable table("The slowest requests", {{"request"},
                                           {"queue", false},
                                           {"arrived at"},
                                           {"latency"},
                                           {"batch"},
                                           {"mostly", false},
                                           {"of it"}});
  for (const SlowRequest& slow : data.slowest) {
    const LatencyCause cause = slow.ledger.largest();
    table.add_row({std::to_string(slow.request), outside_html(slow.queue),
                   exact_time(slow.arrival.time_since_epoch()), exact_time(slow.latency),
                   std::to_string(slow.batch), std::string(cause_text(cause)),
                   fmt::format("{} ({})", short_time(slow.ledger.of(cause)),
                               escape_html(percent_text(span_count(slow.ledger.of(cause)),
                                                        span_count(slow.ledger.total()))))});
  }
  return table.text();
}

}  // namespace

std::string ledger_section(const ReportData& data) {
  if (data.bands.empty()) {
    return "";
  }
  const std::vector<LatencyCause> causes = causes_in(data.bands);
  const SimDuration overhead = data.overhead();
  return "<section aria-labelledby=\"ledger\">\n<h2 id=\"ledger\">Where the time goes</h2>\n"
         "<p class=\"quiet\">Mean latency of each group, as long as its bar; pointing at a part "
         "names it.</p>\n" +
         legend_of(causes) + bars_of(data, causes) + table_of_bands(data, causes) +
         (overhead == SimDuration{0}
              ? ""
              : "<p class=\"quiet\">Each latency outside of this table has " +
                    exact_time(overhead) + " more, for what is outside the server.</p>\n") +
         slowest_table(data) + "</section>\n";
}

}  // namespace lockstep

#include "reports/report_html.h"

#include <fmt/format.h>

#include "core/digest.h"
#include "reports/html_text.h"
#include "reports/report_chart_data.h"
#include "reports/report_sections.h"

namespace lockstep {
namespace {

std::string title_of(const ReportData& data) {
  const std::string load = data.setting("load");
  const std::string arrivals = data.setting("arrivals");
  return outside_html(arrivals.empty() ? data.manifest.trace.name : arrivals) +
         (load.empty() || load == "1x" ? "" : ", load " + outside_html(load));
}

std::string description_of(const ReportData& data) {
  const std::string gpu = data.setting("on").empty() ? data.setting("gpu") : data.setting("on");
  return fmt::format("{} &middot; {} lane{} on {} GPU{} ({}) &middot; digest {}",
                     outside_html(data.manifest.scheduler), data.manifest.lane_count,
                     data.manifest.lane_count == 1 ? "" : "s", data.manifest.gpu_count,
                     data.manifest.gpu_count == 1 ? "" : "s", outside_html(gpu),
                     digest_text(data.summary.digest).substr(0, 10));
}

std::string head_of(const ReportData& data, const ReportAssets& assets) {
  std::string text =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<link rel=\"icon\" href=\"data:,\">\n";
  text += "<title>" + title_of(data) + " - Lockstep report</title>\n<style>\n";
  text += assets.library_style;
  text += "\n";
  text += assets.style;
  return text + "</style>\n</head>\n";
}

// A chart that the script fills; `keys` says how to use it without a mouse.
std::string chart(std::string_view id, std::string_view heading, std::string_view label) {
  return fmt::format(
      "<figure class=\"chart\">\n<figcaption>{1}</figcaption>\n"
      "<div class=\"values\" id=\"{0}-values\"></div>\n"
      "<div class=\"plot\" id=\"{0}\" tabindex=\"0\" role=\"img\" aria-label=\"{2}\"></div>\n"
      "</figure>\n",
      id, heading, label);
}

std::string distribution_section(const ReportData& data) {
  std::string text =
      "<section aria-labelledby=\"latency\">\n<h2 id=\"latency\">Latency distribution</h2>\n";
  if (data.summary.answered > 0) {
    text += "<div class=\"pair\">\n" +
            chart("cdf", "Share of all requests answered within a time",
                  "Cumulative distribution of latency; the table of quantiles follows") +
            chart("quantiles", "Latency by quantile, to the slowest request",
                  "Latency by quantile on logarithmic scales; the table of quantiles follows") +
            "</div>\n";
  }
  return text + quantile_table(data) + "</section>\n";
}

std::string time_section(const ReportData& data) {
  if (data.summary.requests == 0) {
    return "";
  }
  constexpr std::string_view kButtons =
      "<div class=\"zoom\" role=\"group\" aria-label=\"Zoom of all four charts\">\n"
      "<button type=\"button\" data-zoom=\"in\">Zoom in</button>\n"
      "<button type=\"button\" data-zoom=\"out\">Zoom out</button>\n"
      "<button type=\"button\" data-zoom=\"left\" aria-label=\"Earlier\">&larr; Earlier</button>\n"
      "<button type=\"button\" data-zoom=\"right\" aria-label=\"Later\">Later &rarr;</button>\n"
      "<button type=\"button\" data-zoom=\"all\">All</button>\n"
      "<output id=\"zoom-window\"></output>\n</div>\n"
      "<p class=\"quiet\">Drag across a chart to zoom in, double-click for all of it; with the "
      "keyboard + and -, arrows and 0. Areas are the peaks, lines the means.</p>\n";
  return "<section aria-labelledby=\"time\">\n<h2 id=\"time\">Over time</h2>\n" +
         std::string(kButtons) + "<div class=\"pair\">\n" +
         chart("waiting", "Requests that wait",
               "Requests that wait, over virtual time; a table follows") +
         chart("busy", "Lanes and GPUs that are busy",
               "Busy lanes and GPUs over virtual time; a table follows") +
         chart("throughput", "Requests per second",
               "Arrivals and answers per second over virtual time; a table follows") +
         chart("latencies", "Latency by time of arrival",
               "Latency over virtual time; a table follows") +
         "</div>\n" + time_table(data) + "</section>\n";
}

std::string navigation(const ReportData& data) {
  std::string text = "<nav aria-label=\"Sections\">\n<ul>\n";
  const auto link = [&text](std::string_view id, std::string_view name, bool is_there) {
    text += is_there ? fmt::format("<li><a href=\"#{}\">{}</a></li>\n", id, name) : "";
  };
  link("summary", "Summary", true);
  link("latency", "Latency", true);
  link("ledger", "Where the time goes", !data.bands.empty());
  link("batches", "Batches", !data.batches.reasons.empty());
  link("time", "Over time", data.summary.requests > 0);
  link("queues", "Queues", !data.by_queue.groups.empty());
  link("diagrams", "Diagrams", !data.diagrams.empty());
  link("settings", "Settings", true);
  link("repeat", "Repeat it", true);
  return text + "</ul>\n</nav>\n";
}

std::string licences(const ReportAssets& assets) {
  return "<footer>\n<details><summary>Made with</summary>\n<p>Lockstep (Apache 2.0); charts by "
         "dygraphs (MIT), which is part of this file:</p>\n<pre>" +
         escape_html(assets.library_licence) + "</pre>\n</details>\n</footer>\n";
}

}  // namespace

std::string report_html(const ReportData& data, const ReportAssets& assets) {
  std::string text = head_of(data, assets);
  text +=
      "<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n<header>\n"
      "<p class=\"brand\">Lockstep report</p>\n<h1>" +
      title_of(data) + "</h1>\n<p class=\"quiet\">" + description_of(data) + "</p>\n" +
      navigation(data) +
      "</header>\n<main id=\"main\">\n<noscript><p class=\"quiet\">Charts need JavaScript; the "
      "tables below hold the same figures.</p></noscript>\n";
  text += summary_section(data);
  text += distribution_section(data);
  text += ledger_section(data);
  text += batch_section(data);
  text += time_section(data);
  text += group_section(data);
  text += diagram_section(data);
  text += settings_section(data);
  text += repeat_section(data);
  text += "</main>\n" + licences(assets);
  text += "<script type=\"application/json\" id=\"chart-data\">\n" + chart_data_json(data) +
          "</script>\n<script>\n";
  text += assets.library_script;
  text += "\n</script>\n<script>\n";
  text += assets.script;
  return text + "</script>\n</body>\n</html>\n";
}

}  // namespace lockstep

#include "reports/report_text.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/digest.h"
#include "reports/aligned_rows.h"
#include "reports/format.h"
#include "reports/html_text.h"
#include "reports/table.h"

namespace lockstep {
namespace {

constexpr std::size_t kLongestValue = 400;
// Of the ledger: all of its bands would not fit a terminal.
constexpr std::array<std::string_view, 4> kTextBands = {kAllAnswered, "fastest half",
                                                        kSlowestHundredth, "no answer"};

std::uint64_t nanoseconds(SimDuration span) {
  return static_cast<std::uint64_t>(span.count());
}

std::string heading(const ReportData& data) {
  const std::string arrivals = data.setting("arrivals");
  const std::string load = data.setting("load");
  const std::string gpu = data.setting("on").empty() ? data.setting("gpu") : data.setting("on");
  const auto plural = [](std::uint32_t count) { return count == 1 ? "" : "s"; };
  return displayable(arrivals.empty() ? data.manifest.trace.name : arrivals, kLongestValue) +
         (load.empty() || load == "1x" ? "" : ", load " + displayable(load, kLongestValue)) +
         fmt::format("\n{}, {} lane{} on {} GPU{} ({}), digest {}\n",
                     displayable(data.manifest.scheduler, kLongestValue), data.manifest.lane_count,
                     plural(data.manifest.lane_count), data.manifest.gpu_count,
                     plural(data.manifest.gpu_count), displayable(gpu, kLongestValue),
                     digest_text(data.summary.digest).substr(0, 10));
}

std::string objectives_text(const ReportData& data) {
  std::string text;
  for (const ObjectiveFigures& figures : data.objectives) {
    text += fmt::format("{} at most {}: {}, {} of the requests kept it\n", figures.objective.figure,
                        exact_time(figures.objective.limit),
                        figures.measured ? exact_time(*figures.measured) : "no answer",
                        percent_text(figures.within, data.summary.requests));
  }
  return text.empty() ? text : "\n" + text;
}

std::string findings_text(const ReportData& data) {
  std::string text;
  for (const Finding& finding : data.findings) {
    text += fmt::format("{}: {}\n", finding.is_warning ? "warning" : "note",
                        displayable(finding.text, kLongestValue));
  }
  return text.empty() ? text : "\nwhat stands out\n" + text;
}

// Means, so that a column sums to its last row.
std::string ledger_text(const ReportData& data) {
  std::vector<const LedgerBand*> bands;
  std::vector<std::vector<std::string>> rows = {{"mean time spent"}};
  for (const std::string_view label : kTextBands) {
    if (const LedgerBand* band = data.band(label); band != nullptr) {
      bands.push_back(band);
      rows.front().push_back(band->label);
    }
  }
  if (bands.empty()) {
    return "";
  }
  for (const LatencyCause cause : causes_in(data.bands)) {
    std::vector<std::string> row = {std::string(cause_text(cause))};
    for (const LedgerBand* band : bands) {
      const Ledger mean = band->sum.mean();
      row.push_back(
          fmt::format("{} {:>6}", short_time(mean.of(cause)),
                      percent_text(nanoseconds(mean.of(cause)), nanoseconds(mean.total()))));
    }
    rows.push_back(std::move(row));
  }
  std::vector<std::string> latency = {"latency at the server"};
  std::vector<std::string> counts = {"requests"};
  for (const LedgerBand* band : bands) {
    latency.push_back(short_time(band->sum.mean().total()) + "       ");
    counts.push_back(grouped_digits(band->sum.count()) + "       ");
  }
  rows.push_back(std::move(latency));
  rows.push_back(std::move(counts));
  return "\nwhere the time goes\n" + aligned_rows(rows);
}

std::string settings_text(const ReportData& data) {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const auto& [name, value] : data.settings) {
    lines.emplace_back(displayable(name, kLongestValue), displayable(value, kLongestValue));
  }
  std::size_t widest = 0;
  for (const auto& [name, value] : lines) {
    widest = std::max(widest, name.size());
  }
  std::string text = "\nsettings\n";
  for (const auto& [name, value] : lines) {
    text += "  " + name;
    text.append(value.empty() ? 0 : widest - name.size() + 2, ' ').append(value);
    text += '\n';
  }
  for (const std::string& warning : data.manifest.warnings) {
    text += "warning: " + displayable(warning, kLongestValue) + "\n";
  }
  return text;
}

}  // namespace

std::string report_text(const ReportData& data) {
  const TableRow row{.label = displayable(data.manifest.scheduler, kLongestValue),
                     .summary = data.summary,
                     .simulated_per_second = std::nullopt};
  std::string text = heading(data) + "\n" + run_table({&row, 1}) + objectives_text(data) +
                     findings_text(data) + ledger_text(data) + settings_text(data) +
                     "\nrepeat it: " + displayable(data.repeat.text, 100'000) + "\n";
  for (const std::string& note : data.repeat.notes) {
    text += "note: " + displayable(note, kLongestValue) + "\n";
  }
  return text;
}

}  // namespace lockstep

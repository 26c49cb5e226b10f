#include "reports/report_findings.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "reports/format.h"
#include "reports/html_text.h"

namespace lockstep {
namespace {

class FindingList {
 public:
  void warn(std::string text) { findings.push_back({.is_warning = true, .text = std::move(text)}); }
  void note(std::string text) {
    findings.push_back({.is_warning = false, .text = std::move(text)});
  }

  std::vector<Finding> findings;
};

std::uint64_t number_in(const ReportData& data, std::string_view name) {
  const std::string text = data.setting(name);
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && stop == text.data() + text.size() ? value : 0;
}

void find_lost(const ReportData& data, FindingList& list) {
  const RunSummary& summary = data.summary;
  const std::uint64_t lost = summary.requests - summary.answered;
  if (lost == 0) {
    return;
  }
  std::string why;
  for (std::uint8_t i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    if (summary.requests_by_reason[i] > 0 && reason != Reason::kAnswered) {
      why += fmt::format("{}{} {}", why.empty() ? "" : ", ",
                         grouped_digits(summary.requests_by_reason[i]), reason_name(reason));
    }
  }
  if (summary.unanswered > 0) {
    why += fmt::format("{}{} never answered", why.empty() ? "" : ", ",
                       grouped_digits(summary.unanswered));
  }
  list.warn(
      fmt::format("{} of {} requests ({}) got no answer: {}. Objectives count them as slower "
                  "than any limit; latencies below are of the answered ones.",
                  grouped_digits(lost), grouped_digits(summary.requests),
                  percent_text(lost, summary.requests), why));
}

// How many fine bins requests arrive in.
std::size_t bins_of_arrivals(const RunSeries& series) {
  std::size_t last = series.arrived.size();
  while (last > 0 && series.arrived[last - 1] == 0) {
    --last;
  }
  const SimDuration span = series.coarse * static_cast<std::int64_t>(last);
  return std::min(static_cast<std::size_t>(span / series.fine), series.waiting.peak.size());
}

// "12.5", "36,522": of a sum of thousandths over so many bins.
std::string mean_count(std::uint64_t sum, std::size_t bins) {
  const std::uint64_t whole = (sum + bins * 500) / (bins * 1'000);
  return whole < 100 ? ratio_text(sum, bins * 1'000, 1) : grouped_digits(whole);
}

// The level over the first and over the last fifth of the arrivals: after them the queue drains.
void find_growth(const ReportData& data, FindingList& list) {
  const std::vector<std::uint64_t>& waiting = data.series.waiting.mean_thousandths;
  const std::size_t bins = bins_of_arrivals(data.series);
  const std::size_t fifth = bins / 5;
  if (fifth < 4) {
    return;
  }
  std::uint64_t early = 0;
  std::uint64_t late = 0;
  for (std::size_t i = 0; i < fifth; ++i) {
    early += waiting[i];
    late += waiting[bins - 1 - i];
  }
  if (late > 4 * early && late / fifth > 10'000) {
    list.warn(
        fmt::format("The queue grew while requests came: {} waited on average in the first "
                    "fifth of that time, {} in the last. The server takes in more than it "
                    "can serve, and latency depends on how long that goes on.",
                    mean_count(early, fifth), mean_count(late, fifth)));
  }
}

void find_busy(const ReportData& data, FindingList& list) {
  if (data.summary.gpu_busy_per_million >= 950'000) {
    list.warn(fmt::format("The GPU{} busy {} of the time: there is no room for a burst.",
                          data.manifest.gpu_count == 1 ? " was" : "s were",
                          percent_text(data.summary.gpu_busy_per_million, 1'000'000)));
  }
}

void find_causes(const ReportData& data, FindingList& list) {
  const LedgerBand* const all = data.band(kAllAnswered);
  const LedgerBand* const slow = data.band(kSlowestHundredth);
  if (all == nullptr || slow == nullptr) {
    return;
  }
  const Ledger mean = slow->sum.mean();
  const LatencyCause cause = mean.largest();
  const auto share = [&](const LedgerBand& band) {
    const Ledger of_band = band.sum.mean();
    return percent_text(static_cast<std::uint64_t>(of_band.of(cause).count()),
                        static_cast<std::uint64_t>(of_band.total().count()));
  };
  list.note(
      fmt::format("The slowest 1 % spent the largest part of their time {}: {} on average, {} of "
                  "their latency (of all requests: {}).",
                  cause_clause(cause), short_time(mean.of(cause)), share(*slow), share(*all)));
  const Ledger of_all = all->sum.mean();
  const bool lanes_queue = data.manifest.lane_count > data.manifest.gpu_count &&
                           of_all.of(LatencyCause::kGpuWait) * 4 > of_all.total();
  if (lanes_queue) {
    list.warn(fmt::format(
        "Batches queue behind each other on the GPU: {} of the mean latency is "
        "waiting for it. {} lanes feed {} GPU{}, so batches leave before it is "
        "free, and smaller than they could be: try fewer batch threads.",
        percent_text(static_cast<std::uint64_t>(of_all.of(LatencyCause::kGpuWait).count()),
                     static_cast<std::uint64_t>(of_all.total().count())),
        data.manifest.lane_count, data.manifest.gpu_count,
        data.manifest.gpu_count == 1 ? "" : "s"));
  }
}

void find_sizes(const ReportData& data, FindingList& list) {
  const RunSummary& summary = data.summary;
  const std::uint64_t limit = number_in(data, "max_batch_size");
  if (summary.batches > 0 && limit > 0 && data.batches.rows_largest < limit) {
    list.note(fmt::format("No batch reached max_batch_size {}: the largest had {} row{}.", limit,
                          data.batches.rows_largest, data.batches.rows_largest == 1 ? "" : "s"));
  }
  if (summary.padded_rows > summary.rows &&
      (summary.padded_rows - summary.rows) * 10 > summary.padded_rows) {
    list.warn(fmt::format("{} of the rows that the GPU executed were padding.",
                          percent_text(summary.padded_rows - summary.rows, summary.padded_rows)));
  }
}

void find_trust(const ReportData& data, FindingList& list) {
  const std::uint64_t answered = data.summary.answered;
  if (answered > 0 && answered < 1'000) {
    list.note(fmt::format("{} answered requests are few: p99{} rests on the slowest one of them.",
                          grouped_digits(answered), answered < 100 ? "" : ".9"));
  }
  if (!data.setting("on").empty()) {
    list.note("Measured in real time on a real device: another run will differ.");
  }
  if (!data.setting("faults").empty()) {
    list.note("Faults were injected: " + data.setting("faults") + ".");
  }
}

}  // namespace

std::vector<Finding> report_findings(const ReportData& data) {
  FindingList list;
  find_lost(data, list);
  find_growth(data, list);
  find_busy(data, list);
  find_causes(data, list);
  find_sizes(data, list);
  find_trust(data, list);
  std::stable_sort(
      list.findings.begin(), list.findings.end(),
      [](const Finding& a, const Finding& b) { return a.is_warning && !b.is_warning; });
  return std::move(list.findings);
}

}  // namespace lockstep

#include "reports/report_data.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "core/request.h"
#include "reports/metrics.h"
#include "reports/report_findings.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kSlowestListed = 10;

Request request_from(const RequestRecord& record) {
  Request request;
  request.id = RequestId{record.request};
  request.arrival.time = record.arrival;
  request.arrival.size = record.size;
  return request;
}

void add_batches(const RunTable& table, RunMetrics& metrics) {
  std::vector<std::size_t> order(table.run.batches.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto& batches = table.run.batches;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return batches[a].record.finished < batches[b].record.finished;
  });
  for (const std::size_t index : order) {
    metrics.batch_ended(batches[index].record);
  }
}

std::optional<SimDuration> figure_of_all(const RunSummary& summary, std::string_view figure) {
  constexpr std::array<std::string_view, 4> kQuantileNames = {"p50", "p90", "p99", "p99.9"};
  const auto found = std::find(kQuantileNames.begin(), kQuantileNames.end(), figure);
  if (found != kQuantileNames.end()) {
    const auto place = static_cast<std::size_t>(found - kQuantileNames.begin());
    const std::int64_t measured = summary.of_all_ns.at(place);
    return measured == RunSummary::kNeverAnswered ? std::nullopt
                                                  : std::optional(SimDuration{measured});
  }
  if (summary.answered < summary.requests) {
    return std::nullopt;
  }
  return SimDuration{figure == "max" ? summary.latency_max_ns : summary.latency_mean_ns};
}

std::vector<ObjectiveFigures> judged(const RunSummary& summary, const LatencyOrder& order,
                                     const std::vector<ReportObjective>& objectives) {
  std::vector<ObjectiveFigures> all;
  for (const ReportObjective& objective : objectives) {
    ObjectiveFigures figures{.objective = objective,
                             .measured = figure_of_all(summary, objective.figure),
                             .within = order.count_within(objective.limit)};
    figures.is_met = figures.measured && *figures.measured <= objective.limit;
    all.push_back(std::move(figures));
  }
  return all;
}

std::vector<SlowRequest> slowest_of(const RunTable& table, const LatencyOrder& order,
                                    const CopyModel& copies) {
  std::vector<SlowRequest> slowest;
  for (std::uint64_t i = 0; i < std::min(order.count(), kSlowestListed); ++i) {
    const RequestRecord& request = order.request_at(order.count() - i);
    slowest.push_back({.request = request.request,
                       .queue = request.queue < table.run.queue_names.size()
                                    ? table.run.queue_names[request.queue]
                                    : std::string(),
                       .arrival = request.arrival,
                       .latency = order.at(order.count() - i),
                       .batch = raw(table.batch_of(request)->record.id),
                       .ledger = ledger_in(table, request, copies)});
  }
  return slowest;
}

// Of the settings; what is no time was never written there.
Result<SimDuration> overhead_of(const RunTable& table) {
  const std::string text = table.run.setting("overhead");
  return text.empty() ? SimDuration{0} : parse_duration(text);
}

}  // namespace

const LedgerBand* ReportData::band(std::string_view label) const {
  const auto found = std::find_if(bands.begin(), bands.end(),
                                  [&](const LedgerBand& band) { return band.label == label; });
  return found == bands.end() ? nullptr : &*found;
}

std::string ReportData::setting(std::string_view name) const {
  const auto found = std::find_if(settings.begin(), settings.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  return found == settings.end() ? "" : found->second;
}

Result<RunSummary> summary_of(const RunTable& table) {
  const Result<SimDuration> overhead = overhead_of(table);
  if (!overhead) {
    return tl::unexpected(overhead.error());
  }
  RunMetrics metrics({.exact = true, .gpu_count = table.run.gpu_count});
  add_batches(table, metrics);
  for (const RequestRecord& record : table.requests) {
    const Request request = request_from(record);
    if (!record.has_ended()) {
      metrics.request_unanswered(request);
      continue;
    }
    const BatchRow* const batch = table.batch_of(record);
    metrics.request_ended({.request = request,
                           .batch = batch == nullptr ? nullptr : &batch->record,
                           .at = record.finished,
                           .status = record.status,
                           .reason = record.reason});
  }
  return summarize(
      metrics,
      {.gpu_count = table.run.gpu_count, .digest = table.run.digest, .overhead = *overhead});
}

Result<ReportData> gather_report(const RunTable& table, const ReportOptions& options) {
  Result<RunSummary> summary = summary_of(table);
  if (!summary) {
    return tl::unexpected(summary.error());
  }
  ReportData data;
  data.manifest = table.manifest;
  data.settings = table.run.settings;
  data.summary = *summary;
  const SimDuration overhead = data.overhead();
  {
    const LatencyOrder order(table, overhead);
    data.objectives = judged(data.summary, order, options.objectives);
    data.curve = order.points();
    data.bands = ledger_bands(table, order, options.copies);
    data.slowest = slowest_of(table, order, options.copies);
    Result<std::vector<ReportDiagram>> diagrams = report_diagrams(table, order);
    if (!diagrams) {
      return tl::unexpected(diagrams.error());
    }
    data.diagrams = std::move(*diagrams);
  }
  data.batches = batch_figures(table);
  data.series = series_of(table, overhead);
  data.by_queue = figures_by_queue(table, overhead, options.copies);
  data.by_client = figures_by_client(table, overhead, options.copies);
  data.repeat = repeat_command(table.manifest);
  data.findings = report_findings(data);
  return data;
}

}  // namespace lockstep

// All that an HTML report shows of a run: figures, gathered once, before any HTML.
//
// The summary is the one of summary.json (a test compares them). Latencies hold the overhead that
// was said for what is outside the server; the ledger is the server's alone. Memory: that of the
// table and 16 bytes a request. Errors: those of exact quantiles (exact_latencies.h) and Graphviz.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "reports/report_bands.h"
#include "reports/report_batches.h"
#include "reports/report_curve.h"
#include "reports/report_groups.h"
#include "reports/report_repeat.h"
#include "reports/report_series.h"
#include "reports/report_windows.h"
#include "reports/summary.h"
#include "traces/run_table.h"

namespace lockstep {

// A limit on the run's latency; figure: "p50", "p90", "p99", "p99.9", "max" or "mean".
struct ReportObjective {
  std::string figure;
  SimDuration limit{0};
};

struct ReportOptions {
  std::vector<ReportObjective> objectives;
  CopyModel copies;  // empty: nothing is known of copies
};

struct ObjectiveFigures {
  ReportObjective objective;
  // Of all requests, one without an answer being slower than any: nullopt when that decides.
  std::optional<SimDuration> measured;
  std::uint64_t within = 0;  // answered requests that took at most the limit
  bool is_met = false;
};

struct SlowRequest {
  std::uint64_t request = 0;
  std::string queue;
  SimTime arrival{};
  SimDuration latency{0};
  std::uint64_t batch = 0;
  Ledger ledger;
};

struct Finding {
  bool is_warning = false;
  std::string text;  // one or two sentences
};

struct ReportData {
  Manifest manifest;
  std::vector<std::pair<std::string, std::string>> settings;
  RunSummary summary;
  std::vector<ObjectiveFigures> objectives;
  std::vector<LatencyPoint> curve;
  std::vector<LedgerBand> bands;
  BatchFigures batches;
  RunSeries series;
  GroupTable by_queue;
  GroupTable by_client;              // empty when there is one client
  std::vector<SlowRequest> slowest;  // at most 10, the slowest first
  std::vector<Finding> findings;
  std::vector<ReportDiagram> diagrams;
  RepeatCommand repeat;

  [[nodiscard]] SimDuration overhead() const { return SimDuration{summary.overhead_ns}; }
  [[nodiscard]] const LedgerBand* band(std::string_view label) const;  // nullptr: not there
  [[nodiscard]] std::string setting(std::string_view name) const;      // "" when absent
};

[[nodiscard]] Result<ReportData> gather_report(const RunTable& table, const ReportOptions& options);

// The figures of a run, exact, as `lockstep replay` had them.
[[nodiscard]] Result<RunSummary> summary_of(const RunTable& table);

}  // namespace lockstep

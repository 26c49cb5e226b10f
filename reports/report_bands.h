// The ledger of a run by how slow its requests were: all of them, the fastest half, ... the slowest
// 1 %, and those that ended without an answer.
//
// "Slowest 1 %" are the ceil(answered / 100) slowest by (latency, number). The bands up to it are
// disjoint and together are all answered requests; the slowest 0.1 % are part of the slowest 1 %.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reports/ledger.h"
#include "reports/report_curve.h"
#include "traces/run_table.h"

namespace lockstep {

// How long the copies of a batch take, where the run's settings say so.
using CopyModel = std::function<std::optional<CopyTimes>(const BatchRecord&)>;

// Of a request that ended, answered or not.
[[nodiscard]] Ledger ledger_in(const RunTable& table, const RequestRecord& request,
                               const CopyModel& copies);

struct LedgerBand {
  std::string label;  // "all answered", "slowest 1 %"
  LedgerSum sum;
  SimDuration fastest{0};  // latencies, with the overhead
  SimDuration slowest{0};
};

// Bands without requests are left out. `copies` may be empty.
[[nodiscard]] std::vector<LedgerBand> ledger_bands(const RunTable& table, const LatencyOrder& order,
                                                   const CopyModel& copies);

// The causes that own any time of these, in the order of the ledger.
[[nodiscard]] std::vector<LatencyCause> causes_in(std::span<const LedgerBand> bands);

inline constexpr std::string_view kAllAnswered = "all answered";
inline constexpr std::string_view kSlowestHundredth = "slowest 1 %";

}  // namespace lockstep

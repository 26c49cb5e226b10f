// The figures of a run as plain integers, and as summary.json.
//
// Times are nanoseconds, shares are per million: nothing here depends on how it is printed.
// Latencies include the overhead that was said for what is outside the server (network, decoding);
// their parts (forming, waiting, device) and all other files are the server's alone.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "core/result.h"
#include "core/status.h"
#include "reports/metrics.h"

namespace lockstep {

struct RunSummary {
  bool exact = false;  // quantiles: exact, or within 0.1 % from the histogram
  std::uint64_t requests = 0;
  std::uint64_t answered = 0;
  std::uint64_t refused = 0;
  std::uint64_t failed = 0;
  std::uint64_t unanswered = 0;
  std::int64_t span_ns = 0;
  std::int64_t p50_ns = 0;
  std::int64_t p90_ns = 0;
  std::int64_t p99_ns = 0;
  std::int64_t p999_ns = 0;
  std::int64_t latency_max_ns = 0;
  std::int64_t overhead_ns = 0;  // in the latencies above and in their mean
  // Means over the answered requests, rounded half up; so the parts may miss the whole by 1 ns.
  std::int64_t latency_mean_ns = 0;
  std::int64_t forming_mean_ns = 0;
  std::int64_t lane_wait_mean_ns = 0;
  std::int64_t device_mean_ns = 0;
  std::uint64_t batches = 0;
  std::uint64_t rows = 0;
  std::uint64_t padded_rows = 0;
  std::uint64_t rows_per_batch_millionths = 0;  // 5.25 rows are 5,250,000
  std::uint64_t gpu_busy_per_million = 0;       // of all GPUs together
  std::array<std::uint64_t, kReasonCount> batches_by_reason{};
  std::array<std::uint64_t, kReasonCount> requests_by_reason{};  // why they ended
  // p50, p90, p99, p99.9 of all requests, answered or not, for objectives; kNeverAnswered where one
  // without an answer stands. Not in summary.json: counts and the quantiles above are.
  static constexpr std::int64_t kNeverAnswered = INT64_MAX;
  std::array<std::int64_t, 4> of_all_ns{};
  std::uint64_t digest = 0;
};

struct SummaryOptions {
  std::uint32_t gpu_count = 1;
  std::uint64_t digest = 0;
  SimDuration overhead{0};  // added to the latency of each answered request
};

// Errors: of the temporary file of exact latencies (exact_latencies.h). Requires: gpu_count > 0,
// overhead of 0 to 1h.
[[nodiscard]] Result<RunSummary> summarize(const RunMetrics& metrics,
                                           const SummaryOptions& options);

// The whole file, keys in a fixed order, ending with LF. Reasons that did not occur are left out.
[[nodiscard]] std::string summary_json(const RunSummary& summary);

}  // namespace lockstep

// A run as the statistics of model servers and their load generator, for tools that read those.
//
// Triton's statistics (GET v2/models/stats), Prometheus text with the metric names of TF-Serving
// and Triton, and Perf Analyzer's CSV report. Names, labels, units and bucket limits are the
// servers' own; their sources are in docs/exports.md. Each is one whole text, of integers but for
// bucket limits and shares, which are IEEE doubles printed with six digits: the same run gives the
// same bytes everywhere. Names from outside are escaped as each format asks.
#pragma once

#include <span>
#include <string>

#include "reports/batch_stages.h"
#include "traces/run_log.h"

namespace lockstep {

// JSON; `lockstep replay --gpu FILE` reads it back. last_inference is ms of virtual time.
[[nodiscard]] std::string triton_statistics_json(const RunLog& run,
                                                 std::span<const StageSpans> stages);

// Text format 0.0.4: the counters as they stand after the run. `overhead` of the settings is in
// TF-Serving's request_latency, which a client's call is closest to, and nowhere else.
[[nodiscard]] std::string prometheus_text(const RunLog& run, std::span<const StageSpans> stages);

// A heading and one row, over all answered requests of all queues: means and percentiles (nearest
// rank) in whole microseconds. The load is `Concurrency` of closed-loop clients, else `Request
// Rate`. `overhead` stands as Network+Server Send/Recv. Errors: no request was answered.
[[nodiscard]] Result<std::string> perf_analyzer_csv(const RunLog& run,
                                                    std::span<const StageSpans> stages);

}  // namespace lockstep

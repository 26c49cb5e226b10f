// A run as a Perfetto trace, for ui.perfetto.dev and for SQL.
//
//   process "queue NAME"   one for each queue
//     track "requests N"     a request from its arrival to its answer, packed first fit, named by
//     its
//                            batch; inside it the causes of the latency ledger; one that was
//                            refused at once is an instant
//     counter "waiting"      requests that no lane has taken
//   process "GPU N"        one for each GPU
//     thread "lane N"        a batch while it holds the lane, named as its requests are; inside it
//                            filling, gpu-wait, copy-in, compute, copy-out, notice
//     counter "batches"      on the GPU, counter "rows" of them
//   track "run"            an instant at zero with the settings
//   flows                  from each request to its batch
// Times are ns. What has no end in the log has none here.
#pragma once

#include <span>
#include <string>

#include "reports/batch_stages.h"
#include "traces/run_log.h"

namespace lockstep {

// `stages`: of the batches of `run`. The bytes of a .pftrace file.
[[nodiscard]] std::string perfetto_trace(const RunLog& run, std::span<const StageSpans> stages);

}  // namespace lockstep

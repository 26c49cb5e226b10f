#include "reports/export_formats.h"

#include <array>

#include "reports/export_perfetto.h"
#include "reports/export_statistics.h"

namespace lockstep {

std::span<const ExportFormat> export_formats() {
  using Stages = std::span<const StageSpans>;
  static constexpr std::array<ExportFormat, 4> kFormats = {{
      {"perfetto", "run.pftrace",
       "Perfetto's TrackEvents: queues, lanes, stages, flows, counters (ui.perfetto.dev)",
       [](const RunLog& run, Stages stages) -> Result<std::string> {
         return perfetto_trace(run, stages);
       }},
      {"triton-stats", "stats.json",
       "Triton's statistics, GET v2/models/stats; `replay --gpu FILE@MODEL` reads it",
       [](const RunLog& run, Stages stages) -> Result<std::string> {
         return triton_statistics_json(run, stages);
       }},
      {"prometheus", "metrics.txt",
       "Prometheus text with the metric names of TF-Serving and Triton",
       [](const RunLog& run, Stages stages) -> Result<std::string> {
         return prometheus_text(run, stages);
       }},
      {"perf-analyzer", "perf.csv", "Perf Analyzer's CSV report, one row", &perf_analyzer_csv},
  }};
  return kFormats;
}

}  // namespace lockstep

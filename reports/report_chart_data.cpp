#include "reports/report_chart_data.h"

#include <fmt/format.h>

#include "reports/html_text.h"

namespace lockstep {
namespace {

template <typename Number>
void append_list(std::string& json, std::string_view key, const std::vector<Number>& values) {
  json += fmt::format("\"{}\":[", key);
  for (std::size_t i = 0; i < values.size(); ++i) {
    json += i == 0 ? "" : ",";
    json += std::to_string(values[i]);
  }
  json += "]";
}

void append_level(std::string& json, std::string_view key, const LevelSeries& level) {
  json += fmt::format("\"{}\":{{", key);
  append_list(json, "peak", level.peak);
  json += ",";
  append_list(json, "mean", level.mean_thousandths);
  json += "},\n";
}

std::string distribution_json(const ReportData& data) {
  std::string json = fmt::format("\"requests\":{},\n\"objectives\":[", data.summary.requests);
  for (std::size_t i = 0; i < data.objectives.size(); ++i) {
    const ReportObjective& objective = data.objectives[i].objective;
    json += fmt::format("{}{{\"figure\":{},\"limit_ns\":{}}}", i == 0 ? "" : ",",
                        json_text(objective.figure), objective.limit.count());
  }
  json += "],\n";
  std::vector<std::uint64_t> ranks;
  std::vector<std::int64_t> latencies;
  for (const LatencyPoint& point : data.curve) {
    ranks.push_back(point.rank);
    latencies.push_back(point.latency.count());
  }
  json += "\"curve\":{";
  append_list(json, "rank", ranks);
  json += ",\n";
  append_list(json, "latency_ns", latencies);
  return json + "},\n";
}

}  // namespace

std::string chart_data_json(const ReportData& data) {
  const RunSeries& series = data.series;
  std::string json = "{" + distribution_json(data);
  json += fmt::format("\"begin_ns\":{},\"end_ns\":{},\"fine_ns\":{},\"coarse_ns\":{},\n",
                      ns_of(series.begin), ns_of(series.end), series.fine.count(),
                      series.coarse.count());
  json +=
      fmt::format("\"lanes\":{},\"gpus\":{},\n", data.manifest.lane_count, data.manifest.gpu_count);
  append_level(json, "waiting", series.waiting);
  append_level(json, "lanes_busy", series.lanes_busy);
  append_level(json, "gpus_busy", series.gpus_busy);
  for (const auto& [key, values] :
       {std::pair{"arrived", &series.arrived}, std::pair{"answered", &series.answered},
        std::pair{"lost", &series.lost}}) {
    append_list(json, key, *values);
    json += ",\n";
  }
  append_list(json, "p50_ns", series.p50_ns);
  json += ",\n";
  append_list(json, "p99_ns", series.p99_ns);
  json += ",\n";
  append_list(json, "max_ns", series.max_ns);
  return json + "}\n";
}

}  // namespace lockstep

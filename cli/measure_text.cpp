#include "cli/measure_text.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "gpu_backend/measured_device.h"
#include "reports/aligned_rows.h"
#include "reports/format.h"
#include "sim/device_text.h"
#include "sim/quantiles.h"

namespace lockstep {
namespace {

constexpr std::uint32_t kMedianShare = 500'000;
constexpr std::uint32_t kTailShare = 990'000;

using TextRow = std::vector<std::string>;

std::string quantile_text(const StageSamples& samples, std::uint32_t share) {
  return short_time(SimDuration{samples.quantile(share)});
}

// "0.36 %" of a share per million, rounded up.
std::string interval_text(const std::optional<SampleInterval>& interval, std::int64_t median) {
  if (!interval || median <= 0) {
    return "?";
  }
  return decimal_text((half_width(*interval, median) + 99) / 100, 2) + " %";
}

std::string rate_text(std::uint32_t rows, std::int64_t median) {
  return median <= 0 ? "-" : fmt::format("{}", scaled(1'000'000'000, std::int64_t{rows}, median));
}

bool takes_time(const Measurement& measurement, StageSamples SizeMeasurement::*stage) {
  return std::any_of(measurement.sizes.begin(), measurement.sizes.end(),
                     [&](const SizeMeasurement& size) { return (size.*stage).sorted.back() > 0; });
}

std::string sizes_table(const Measurement& measurement) {
  struct Stage {
    std::string_view name;
    StageSamples SizeMeasurement::*samples;
  };
  std::vector<Stage> stages;
  for (const Stage& stage :
       {Stage{"h2d", &SizeMeasurement::to_device}, Stage{"compute", &SizeMeasurement::compute},
        Stage{"d2h", &SizeMeasurement::to_host}, Stage{"host", &SizeMeasurement::host}}) {
    if (stage.name == "compute" || takes_time(measurement, stage.samples)) {
      stages.push_back(stage);
    }
  }
  std::vector<TextRow> rows = {{"rows", "batches", "first"}};
  for (const Stage& stage : stages) {
    rows.front().push_back(fmt::format("{} p50", stage.name));
    rows.front().emplace_back("p99");
  }
  rows.front().insert(rows.front().end(), {"median +-", "rows/s"});
  for (const SizeMeasurement& size : measurement.sizes) {
    const std::int64_t median = size.whole.quantile(kMedianShare);
    TextRow row = {fmt::format("{}", size.rows), fmt::format("{}", size.whole.sorted.size()),
                   short_time(size.cold.device_time())};
    for (const Stage& stage : stages) {
      row.push_back(quantile_text(size.*stage.samples, kMedianShare));
      row.push_back(quantile_text(size.*stage.samples, kTailShare));
    }
    row.push_back(interval_text(size.interval, median));
    row.push_back(rate_text(size.rows, median));
    rows.push_back(std::move(row));
  }
  return aligned_rows(rows);
}

std::string lanes_table(const Measurement& measurement) {
  std::vector<TextRow> rows = {{"rows", "lanes busy", "batches", "compute p50", "p99", "at once",
                                "times as long", "rows/s"}};
  for (const LanesMeasurement& lanes : measurement.lanes) {
    std::string factor = "-";
    if (lanes.slow_down) {
      factor = decimal_text((*lanes.slow_down + 5'000) / 10'000, 2);
    }
    if (lanes.slow_down && lanes.interval) {
      factor += fmt::format(
          " ({} to {})",
          decimal_text((static_cast<std::uint64_t>(lanes.interval->low) + 5'000) / 10'000, 2),
          decimal_text((static_cast<std::uint64_t>(lanes.interval->high) + 5'000) / 10'000, 2));
    }
    rows.push_back({fmt::format("{}", lanes.rows), fmt::format("{}", lanes.lanes),
                    fmt::format("{}", lanes.batches), quantile_text(lanes.compute, kMedianShare),
                    quantile_text(lanes.compute, kTailShare),
                    fmt::format("{} %", (lanes.overlap + 5'000) / 10'000), std::move(factor),
                    fmt::format("{}", lanes.rows_per_second)});
  }
  return aligned_rows(rows);
}

}  // namespace

std::string measurement_text(const Measurement& measurement, const MeasureOptions& options) {
  std::string text = fmt::format("{} on {}{}\n", measurement.model, measurement.device,
                                 measurement.outputs_compared
                                     ? "; its outputs are those of the reference"
                                     : "; its outputs were not compared with a reference");
  text += '\n';
  text += sizes_table(measurement);
  if (const SimDuration wake = measurement.wake(); wake > SimDuration{0}) {
    text += fmt::format("wake: {} more for a batch after a pause\n", short_time(wake));
  }
  if (!measurement.lanes.empty()) {
    text += '\n';
    text += lanes_table(measurement);
    text += fmt::format("sharing: {}\n", sharing_text(measured_sharing(measurement)));
  }
  for (const std::string& warning : measurement_warnings(measurement, options)) {
    text += fmt::format("warning: {}\n", warning);
  }
  return text;
}

}  // namespace lockstep

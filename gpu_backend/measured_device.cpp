#include "gpu_backend/measured_device.h"

#include <algorithm>
#include <array>
#include <span>

#include "core/check.h"
#include "gpu_backend/contention.h"
#include "sim/device_text.h"
#include "sim/quantiles.h"

namespace lockstep {
namespace {

constexpr std::uint32_t kMedian = 500'000;
// Dense where the distribution is, and both ends: a simulated batch is never outside of them.
constexpr std::array<std::uint32_t, 9> kColumns = {0,       50'000,  250'000, 500'000,  750'000,
                                                   900'000, 950'000, 990'000, 1'000'000};
constexpr std::uint32_t kSerialOverlap = 20'000;  // below 2 % batches only touch
constexpr std::uint32_t kBusyEnough = 900'000;    // a serial device whose lanes wait has no gaps
constexpr std::int64_t kClockSteps = 20;          // a time of fewer is a count of steps

std::string text_of_time(std::int64_t ns) {
  return to_decimal_text(SimDuration{ns});
}

std::string text_of_rows(std::uint32_t rows) {
  return std::to_string(rows) + (rows == 1 ? " row" : " rows");
}

std::string percent_text(std::uint64_t per_million) {
  return decimal_text(per_million, 4) + " %";
}

// Does it take time at all?
bool has_stage(const Measurement& measurement, StageSamples SizeMeasurement::*stage) {
  return std::any_of(measurement.sizes.begin(), measurement.sizes.end(),
                     [&](const SizeMeasurement& size) { return (size.*stage).trimmed_mean() > 0; });
}

std::string repetitions_text(const Measurement& measurement) {
  const auto [least, most] = std::minmax_element(
      measurement.sizes.begin(), measurement.sizes.end(),
      [](const auto& a, const auto& b) { return a.whole.sorted.size() < b.whole.sorted.size(); });
  const std::string low = std::to_string(least->whole.sorted.size());
  const std::string high = std::to_string(most->whole.sorted.size());
  return (low == high ? low : low + " to " + high) + " batches of each size";
}

void append_note(std::string& text, const std::string& note) {
  text += "# note: ";
  text += note;
  text += '\n';
}

// A column of times is never 0 in a device file.
void append_time_field(std::string& text, std::int64_t ns) {
  text += ',';
  text += text_of_time(std::max<std::int64_t>(ns, 1));
}

// A cold start, for those who want to simulate it.
void append_cold_note(std::string& text, const Measurement& measurement) {
  const SizeMeasurement& first = measurement.sizes.front();
  const std::int64_t cold = ns_of(first.cold.device_time());
  const std::int64_t warm = first.whole.quantile(kMedian);
  if (cold > warm) {
    append_note(text, "the first batch (" + text_of_rows(first.rows) + ") took " +
                          text_of_time(cold) + ", later ones " + text_of_time(warm) +
                          "; to simulate a cold start add first=" + text_of_time(cold - warm));
  }
}

// Of the largest size; where its batches were hardly ever together, of the smallest.
std::optional<std::uint32_t> slow_down_of(const Measurement& measurement,
                                          const LanesMeasurement& largest) {
  if (largest.slow_down) {
    return largest.slow_down;
  }
  for (const LanesMeasurement& lanes : measurement.lanes) {
    if (lanes.lanes == largest.lanes && lanes.slow_down) {
      return lanes.slow_down;
    }
  }
  return std::nullopt;
}

}  // namespace

ComputeSharing measured_sharing(const Measurement& measurement) {
  ComputeSharing sharing;
  if (measurement.lanes.empty() || measurement.lanes.back().overlap < kSerialOverlap) {
    return sharing;
  }
  sharing.kind = Sharing::kSlowDown;
  std::uint32_t before = 1'000'000;
  for (const LanesMeasurement& lanes : measurement.lanes) {
    if (lanes.rows == measurement.sizes.back().rows && lanes.lanes > 1) {
      before =
          slow_down_of(measurement, lanes).value_or(slow_down_without_gain(lanes.lanes, before));
      sharing.slow_down.push_back(before);
    }
  }
  return sharing;
}

std::vector<std::string> measurement_warnings(const Measurement& measurement,
                                              const MeasureOptions& options) {
  std::vector<std::string> warnings;
  for (const SizeMeasurement& size : measurement.sizes) {
    const std::string place = text_of_rows(size.rows) + ": ";
    const std::int64_t median = size.whole.quantile(kMedian);
    if (size.disturbance.any()) {
      warnings.push_back(place + disturbance_text(size.disturbance, size.whole.sorted.size()) +
                         " (the clock, or a neighbour on this machine, disturbed it)");
    }
    if (!size.sure) {
      const bool known = size.interval && median > 0;
      warnings.push_back(place + "the median is known to " +
                         (known
                              ? "+-" + percent_text(half_width(*size.interval, median) / 100 * 100)
                              : "no precision") +
                         " only, not +-" + percent_text(options.within) + ", after " +
                         std::to_string(size.whole.sorted.size()) + " batches");
    }
    if (median < kClockSteps * measurement.clock_step.count()) {
      warnings.push_back(place + "the median is less than " + std::to_string(kClockSteps) +
                         " steps of the clock (" + to_decimal_text(measurement.clock_step) + ")");
    }
  }
  if (!measurement.lanes.empty() && measurement.lanes.back().overlap < kSerialOverlap &&
      measurement.lanes.back().busy < kBusyEnough) {
    warnings.push_back(
        "the lanes were in compute for " + decimal_text(measurement.lanes.back().busy / 1'000, 1) +
        " % of the time only, too little to see how they share it; serial is assumed");
  }
  return warnings;
}

std::string device_table_text(const Measurement& measurement, const MeasureOptions& options) {
  LOCKSTEP_CHECK(!measurement.sizes.empty());
  std::string text = "# source: " + measurement.model + " on " + measurement.device +
                     ", measured by lockstep measure, " + repetitions_text(measurement) + "\n";
  append_note(text, "medians within +-" + percent_text(options.within) + " at " +
                        percent_text(options.confidence) + " confidence unless said below");
  if (measurement.time_error.count() > 0) {
    append_note(text, "stage times are within +-" + to_decimal_text(measurement.time_error) +
                          " on this machine's clock");
  }
  append_cold_note(text, measurement);
  for (const std::string& warning : measurement_warnings(measurement, options)) {
    append_note(text, warning);
  }
  if (const SimDuration wake = measurement.wake(); wake > SimDuration{0}) {
    text += "# wake: " + to_decimal_text(wake) + "\n";
  }
  const ComputeSharing sharing = measured_sharing(measurement);
  if (!measurement.lanes.empty()) {
    text += "# sharing: " + sharing_text(sharing) + "\n";
  }
  const bool to_device = has_stage(measurement, &SizeMeasurement::to_device);
  const bool to_host = has_stage(measurement, &SizeMeasurement::to_host);
  const bool host = has_stage(measurement, &SizeMeasurement::host);
  text += to_device ? "rows,h2d" : "rows";
  for (const std::uint32_t share : kColumns) {
    text += ",p" + decimal_text(share, 4);
  }
  text += to_host ? ",d2h" : "";
  text += host ? ",host\n" : "\n";
  for (const SizeMeasurement& size : measurement.sizes) {
    text += std::to_string(size.rows);
    if (to_device) {
      append_time_field(text, size.to_device.trimmed_mean());
    }
    for (const std::uint32_t share : kColumns) {
      append_time_field(text, size.compute.quantile(share));
    }
    if (to_host) {
      append_time_field(text, size.to_host.trimmed_mean());
    }
    if (host) {
      append_time_field(text, size.host.trimmed_mean());
    }
    text += '\n';
  }
  return text;
}

}  // namespace lockstep

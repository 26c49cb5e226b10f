#include "cli/run_report.h"

#include <memory>
#include <optional>
#include <utility>

#include "cli/run_directory.h"
#include "reports/report_html.h"
#include "sim/device_text.h"
#include "traces/run_table.h"

namespace lockstep {
namespace {

// Copies take what the run's device description says, whatever else slows a batch down. Not under
// faults, which may stretch a batch in ways that no description has, nor on a real device.
Result<CopyModel> copy_model(const RunTable& table) {
  const std::string curve = table.run.setting("gpu_curve");
  if (curve.empty() || !table.run.setting("faults").empty()) {
    return CopyModel{};
  }
  Result<DeviceDescription> device = parse_device(curve);
  if (!device) {
    return tl::unexpected(device.error());
  }
  if (!device->to_device && !device->to_host) {
    return CopyModel([](const BatchRecord&) { return std::optional(CopyTimes{}); });
  }
  const auto description = std::make_shared<const DeviceDescription>(std::move(*device));
  return CopyModel([description](const BatchRecord& batch) -> std::optional<CopyTimes> {
    const std::uint32_t rows = batch.padded_rows;
    const auto time = [rows](const std::optional<ServiceCurve>& curve_of_copy) {
      return curve_of_copy ? curve_of_copy->time(rows) : SimDuration{0};
    };
    const auto known = [rows](const std::optional<ServiceCurve>& curve_of_copy) {
      return !curve_of_copy || (curve_of_copy->covers(rows) && !curve_of_copy->is_random());
    };
    if (rows == 0 || !known(description->to_device) || !known(description->to_host)) {
      return std::nullopt;
    }
    return CopyTimes{.in = time(description->to_device), .out = time(description->to_host)};
  });
}

}  // namespace

Result<ReportData> gather_run_report(const std::string& directory,
                                     const std::vector<Objective>& objectives) {
  const Result<RunTable> table = load_run_table(directory);
  if (!table) {
    return tl::unexpected(table.error());
  }
  Result<CopyModel> copies = copy_model(*table);
  if (!copies) {
    return tl::unexpected(copies.error());
  }
  ReportOptions options{.objectives = {}, .copies = std::move(*copies)};
  for (const Objective& objective : objectives) {
    options.objectives.push_back({.figure = objective.figure, .limit = objective.limit});
  }
  return gather_report(*table, options);
}

Result<void> write_run_report(const std::string& directory, const std::string& path) {
  const Result<ReportData> data = gather_run_report(directory, {});
  if (!data) {
    return tl::unexpected(data.error());
  }
  return write_file_whole(path, report_html(*data, report_assets()));
}

}  // namespace lockstep

// lockstep report: a run as one HTML file.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/objectives.h"
#include "cli/run_directory.h"
#include "cli/verbs.h"
#include "reports/report_html.h"
#include "sim/device_text.h"
#include "traces/run_table.h"

namespace lockstep {
namespace {

struct ReportArguments {
  std::string run;
  std::vector<std::string> objectives;
  std::string output = "report.html";
};

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

Result<ReportData> gather(const ReportArguments& arguments,
                          const std::vector<Objective>& objectives) {
  const Result<RunTable> table = load_run_table(run_or_last(arguments.run));
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

int report(const ReportArguments& arguments) {
  const Result<std::vector<Objective>> objectives = parse_objectives(arguments.objectives);
  if (!objectives) {
    return report_error(objectives.error());
  }
  if (!arguments.output.ends_with(".html") && !arguments.output.ends_with(".htm") &&
      !arguments.output.starts_with("/dev/")) {
    return report_error(Error{Errc::kBadInput, "found output file '" + arguments.output +
                                                   "', expected one ending in .html"});
  }
  const Result<ReportData> data = gather(arguments, *objectives);
  if (!data) {
    return report_error(data.error());
  }
  const std::string page = report_html(*data, report_assets());
  if (const Result<void> written = write_file_whole(arguments.output, page); !written) {
    return report_error(written.error());
  }
  fmt::print("report: {}\n", arguments.output);
  return judge_objectives(*objectives, data->summary, stdout);
}

}  // namespace

void add_report(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("report", "Write a run as one HTML file");
  verb->footer(
      "example: lockstep report runs/last --slo p99=50ms -o report.html\n"
      "opens offline in any browser; docs/report.md says what it shows");
  const auto arguments = std::make_shared<ReportArguments>();
  verb->add_option("run", arguments->run, "run directory; without it runs/last");
  verb->add_option("--slo", arguments->objectives, "p99=50ms; exit 1 when missed; repeatable")
      ->allow_extra_args(false);
  verb->add_option("-o,--output", arguments->output, "file; default report.html");
  verb->callback([arguments, &session] { session.exit_code = report(*arguments); });
}

}  // namespace lockstep

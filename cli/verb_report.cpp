// lockstep report: a run as one HTML file.
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/objectives.h"
#include "cli/run_directory.h"
#include "cli/run_report.h"
#include "cli/verbs.h"
#include "reports/report_html.h"

namespace lockstep {
namespace {

struct ReportArguments {
  std::string run;
  std::vector<std::string> objectives;
  std::string output = "report.html";
};

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
  const Result<ReportData> data = gather_run_report(run_or_last(arguments.run), *objectives);
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

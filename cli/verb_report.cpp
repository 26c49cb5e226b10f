// lockstep report: a run as one HTML file, or as text.
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
#include "reports/report_text.h"

namespace lockstep {
namespace {

struct ReportArguments {
  std::string run;
  std::vector<std::string> objectives;
  std::string output;
  bool text = false;
};

Result<void> require_output(const ReportArguments& arguments) {
  const std::string& output = arguments.output;
  const bool named = arguments.text ? output.ends_with(".txt")
                                    : output.ends_with(".html") || output.ends_with(".htm");
  if (output.empty() || named || output.starts_with("/dev/")) {
    return {};
  }
  return bad_input("found output file '" + output + "', expected one ending in " +
                   (arguments.text ? ".txt" : ".html"));
}

int report(const ReportArguments& arguments) {
  const Result<std::vector<Objective>> objectives = parse_objectives(arguments.objectives);
  if (!objectives) {
    return report_error(objectives.error());
  }
  if (Result<void> fits = require_output(arguments); !fits) {
    return report_error(fits.error());
  }
  const Result<ReportData> data = gather_run_report(run_or_last(arguments.run), *objectives);
  if (!data) {
    return report_error(data.error());
  }
  const std::string page =
      arguments.text ? report_text(*data) : report_html(*data, report_assets());
  if (arguments.text && arguments.output.empty()) {
    fmt::print("{}", page);
    return judge_objectives(*objectives, data->summary, stdout);
  }
  const std::string output = arguments.output.empty() ? "report.html" : arguments.output;
  if (const Result<void> written = write_file_whole(output, page); !written) {
    return report_error(written.error());
  }
  fmt::print("report: {}\n", output);
  return judge_objectives(*objectives, data->summary, stdout);
}

}  // namespace

void add_report(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("report", "Write a run as one HTML file, or as text");
  verb->footer(
      "example: lockstep report runs/last --slo p99=50ms -o report.html\n"
      "opens offline in any browser; docs/report.md says what it shows");
  const auto arguments = std::make_shared<ReportArguments>();
  verb->add_option("run", arguments->run, "run directory; without it runs/last");
  verb->add_option("--slo", arguments->objectives, "p99=50ms; exit 1 when missed; repeatable")
      ->allow_extra_args(false);
  verb->add_flag("--text", arguments->text, "for terminals and tickets: the figures, no charts");
  verb->add_option("-o,--output", arguments->output,
                   "file; default report.html, with --text the terminal");
  verb->callback([arguments, &session] { session.exit_code = report(*arguments); });
}

}  // namespace lockstep

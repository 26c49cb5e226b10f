// lockstep export: a run in the formats of other tools.
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/run_directory.h"
#include "cli/verbs.h"
#include "reports/batch_stages.h"
#include "reports/export_formats.h"
#include "traces/text_lines.h"

namespace lockstep {
namespace {

struct ExportArguments {
  std::string run;
  std::string format;
  std::string output;
};

std::string format_names() {
  std::string names;
  const std::span<const ExportFormat> formats = export_formats();
  for (std::size_t i = 0; i < formats.size(); ++i) {
    names += (i == 0 ? "" : i + 1 == formats.size() ? " or " : ", ") + std::string(formats[i].name);
  }
  return names;
}

Result<const ExportFormat*> format_of(const std::string& name) {
  std::vector<std::string_view> known;
  for (const ExportFormat& format : export_formats()) {
    if (format.name == name) {
      return &format;
    }
    known.push_back(format.name);
  }
  return bad_input("found --as '" + name + "', expected " + format_names() +
                   suggestion(name, known));
}

Result<std::string> export_run(const ExportArguments& arguments) {
  const Result<const ExportFormat*> format = format_of(arguments.format);
  if (!format) {
    return tl::unexpected(format.error());
  }
  const Result<RunLog> run = load_run(run_or_last(arguments.run));
  if (!run) {
    return tl::unexpected(run.error());
  }
  const Result<std::vector<StageSpans>> stages = stages_of(*run);
  if (!stages) {
    return tl::unexpected(stages.error());
  }
  const Result<std::string> text = (*format)->write(*run, *stages);
  if (!text) {
    return tl::unexpected(text.error());
  }
  const std::string path =
      arguments.output.empty() ? std::string((*format)->file) : arguments.output;
  if (Result<void> written = write_file_whole(path, *text); !written) {
    return tl::unexpected(written.error());
  }
  return path;
}

}  // namespace

void add_export(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("export", "Write a run in the format of another tool");
  verb->footer(
      "example: lockstep export runs/last --as perfetto -o run.pftrace\n"
      "         lockstep export --as prometheus -o /dev/stdout");
  const auto arguments = std::make_shared<ExportArguments>();
  verb->add_option("run", arguments->run, "run directory; without it runs/last");
  verb->add_option("--as", arguments->format, format_names())->required();
  verb->add_option("-o,--output", arguments->output,
                   "file; without it run.pftrace, stats.json, metrics.txt or perf.csv");
  verb->callback([arguments, &session] {
    const Result<std::string> path = export_run(*arguments);
    if (!path) {
      session.exit_code = report_error(path.error());
      return;
    }
    // What goes to standard output is the file itself.
    if (*path != "/dev/stdout") {
      fmt::print("{}: {}\n", arguments->format, *path);
    }
  });
}

}  // namespace lockstep

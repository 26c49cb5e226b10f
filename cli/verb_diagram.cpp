// lockstep diagram: how batches formed, as a picture.
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "cli/diagram_faults.h"
#include "cli/exit_code.h"
#include "cli/first_violation.h"
#include "cli/run_arguments.h"
#include "cli/run_directory.h"
#include "cli/user_scheduler.h"
#include "cli/verbs.h"
#include "properties/plugin/progress.h"
#include "reports/diagram.h"
#include "traces/manifest.h"

namespace lockstep {
namespace {

struct DiagramArguments {
  std::string run;
  std::string against;
  std::optional<std::uint64_t> batch;
  std::optional<std::uint64_t> request;
  std::string from;
  std::string to;
  bool worst = false;
  bool typical = false;
  bool first_violation = false;
  std::string plugin;  // with first_violation: the run's scheduler, as of `check`
  std::string exec;
  bool text = false;
  bool grey = false;
  std::string output;
};

Result<WindowChoice> window_of(const DiagramArguments& arguments) {
  const bool times = !arguments.from.empty() || !arguments.to.empty();
  const int choices = (arguments.batch ? 1 : 0) + (arguments.request ? 1 : 0) + (times ? 1 : 0) +
                      (arguments.worst ? 1 : 0) + (arguments.typical ? 1 : 0) +
                      (arguments.first_violation ? 1 : 0);
  if (choices > 1) {
    return bad_input(
        "found several windows, expected one of --batch, --request, --from/--to, --worst, "
        "--typical, --first-violation");
  }
  if (!arguments.first_violation && !(arguments.plugin.empty() && arguments.exec.empty())) {
    return bad_input("found --plugin or --exec without --first-violation, expected them with it");
  }
  WindowChoice window;
  if (arguments.batch) {
    window.kind = WindowChoice::Kind::kBatch;
    window.id = *arguments.batch;
  } else if (arguments.request) {
    window.kind = WindowChoice::Kind::kRequest;
    window.id = *arguments.request;
  } else if (arguments.typical) {
    window.kind = WindowChoice::Kind::kTypical;
  } else if (times) {
    if (arguments.from.empty() || arguments.to.empty()) {
      return bad_input("found one of --from and --to, expected both: --from 1.2s --to 1.25s");
    }
    const Result<SimDuration> from = parse_duration(arguments.from);
    const Result<SimDuration> to = parse_duration(arguments.to);
    if (!from || !to) {
      return tl::unexpected((!from ? from : to).error());
    }
    window.kind = WindowChoice::Kind::kTimes;
    window.from = SimTime{*from};
    window.to = SimTime{*to};
  }
  return window;
}

// A run with what its directory says beside its rows.
struct LoadedRun {
  RunLog log;
  RunEvents events;
};

Result<LoadedRun> load(const std::string& directory) {
  Result<RunLog> log = load_run(directory);
  if (!log) {
    return tl::unexpected(log.error());
  }
  Result<RunEvents> events = load_run_events(directory);
  if (!events) {
    return tl::unexpected(events.error());
  }
  if (Result<void> named = name_faults(*log, *events); !named) {
    return tl::unexpected(named.error());
  }
  return LoadedRun{std::move(*log), std::move(*events)};
}

struct Drawn {
  std::string picture;
  std::string said;  // about the picture, a line; or nothing
};

// Marks what the run's properties find, and shows the first of it.
Result<std::string> show_violation(const DiagramArguments& arguments, const RunLog& run,
                                   Progress* progress, DiagramOptions& options) {
  const Result<Manifest> manifest = read_manifest(run.directory);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  if (progress != nullptr) {
    progress->begin_case(manifest->seed);
  }
  Result<UserScheduler> user = load_user_scheduler(arguments.plugin, arguments.exec, progress);
  if (!user) {
    return tl::unexpected(user.error());
  }
  Result<MarkedViolations> found = mark_violations_of(run, *manifest, std::move(*user));
  if (!found) {
    return tl::unexpected(found.error());
  }
  options.violations = std::move(found->marks);
  options.window = violation_window(options.violations.front());
  return found->sentence + "\n";
}

Result<Drawn> draw(const DiagramArguments& arguments, const DiagramOptions& wanted,
                   Progress* progress) {
  const Result<LoadedRun> run = load(run_or_last(arguments.run));
  if (!run) {
    return tl::unexpected(run.error());
  }
  DiagramOptions options = wanted;
  options.events = &run->events;
  std::string said;
  if (arguments.first_violation) {
    Result<std::string> sentence = show_violation(arguments, run->log, progress, options);
    if (!sentence) {
      return tl::unexpected(sentence.error());
    }
    said = std::move(*sentence);
  }
  std::optional<LoadedRun> other;
  if (!arguments.against.empty()) {
    Result<LoadedRun> loaded = load(arguments.against);
    if (!loaded) {
      return tl::unexpected(loaded.error());
    }
    other = std::move(*loaded);
    options.against = &other->log;
    options.events_against = &other->events;
  }
  Result<std::string> picture = draw_diagram(run->log, options);
  if (!picture) {
    return tl::unexpected(picture.error());
  }
  return Drawn{.picture = std::move(*picture), .said = std::move(said)};
}

int diagram(const DiagramArguments& arguments, Progress* progress) {
  DiagramOptions options;
  const Result<WindowChoice> window = window_of(arguments);
  if (!window) {
    return report_error(window.error());
  }
  options.window = *window;
  options.grey = arguments.grey;
  std::string output = arguments.output;
  if (arguments.text) {
    options.format = DiagramFormat::kText;
    const Result<DiagramFormat> format =
        output.empty() ? options.format : diagram_format_for(output);
    if (!format || *format != options.format) {
      return report_error(Error{Errc::kBadInput, "found --text with -o " + output +
                                                     ", expected a file named .txt, or no --text"});
    }
  } else {
    output = output.empty() ? "diagram.svg" : output;
    const Result<DiagramFormat> format = diagram_format_for(output);
    if (!format) {
      return report_error(format.error());
    }
    options.format = *format;
  }
  const Result<Drawn> drawn = draw(arguments, options, progress);
  if (!drawn) {
    return report_error(drawn.error());
  }
  if (output.empty()) {
    fmt::print("{}{}", drawn->picture, drawn->said);
    return kExitHolds;
  }
  if (const Result<void> written = write_file_whole(output, drawn->picture); !written) {
    return report_error(written.error());
  }
  fmt::print("diagram: {}\n{}", output, drawn->said);
  return kExitHolds;
}

}  // namespace

void add_diagram(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("diagram", "Draw how batches formed");
  verb->footer(
      "example: lockstep diagram runs/last --from 8.1s --to 8.15s -o why.svg\n"
      "without a window: the 40 requests around the worst latency");
  const auto arguments = std::make_shared<DiagramArguments>();
  verb->add_option("run", arguments->run, "run directory; without it runs/last");
  verb->add_option("--batch", arguments->batch, "the window around a batch, and its card")
      ->check(whole_number());
  verb->add_option("--request", arguments->request, "the window around a request")
      ->check(whole_number());
  verb->add_option("--from", arguments->from, "begin, virtual time: 1.2s");
  verb->add_option("--to", arguments->to, "end, virtual time: 1.25s");
  verb->add_flag("--worst", arguments->worst, "around the worst latency (the default)");
  verb->add_flag("--typical", arguments->typical, "around the median latency");
  verb->add_flag("--first-violation", arguments->first_violation,
                 "around the first that breaks a property, which is marked");
  CLI::Option* const plugin = verb->add_option(
      "--plugin", arguments->plugin, "with it: the library of a run with a scheduler of your own");
  verb->add_option("--exec", arguments->exec, "or the command")->excludes(plugin);
  verb->add_option("--against", arguments->against, "the same requests in another run, below");
  verb->add_flag("--text", arguments->text, "for terminals and tickets: at most 100 columns");
  verb->add_flag("--grey", arguments->grey, "for printers: greys, and letters for the reasons");
  verb->add_option("-o,--output", arguments->output,
                   "file: .svg, .png, .pdf, .dot or .txt; default diagram.svg");
  verb->callback([arguments, &session] {
    session.exit_code =
        survive_user_scheduler({.plugin = arguments->plugin, .out = ""},
                               [&](Progress* progress) { return diagram(*arguments, progress); });
  });
}

}  // namespace lockstep

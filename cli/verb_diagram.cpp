// lockstep diagram: how batches formed, as a picture.
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "cli/diagram_faults.h"
#include "cli/exit_code.h"
#include "cli/run_arguments.h"
#include "cli/run_directory.h"
#include "cli/verbs.h"
#include "reports/diagram.h"

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
  bool text = false;
  bool grey = false;
  std::string output;
};

Result<WindowChoice> window_of(const DiagramArguments& arguments) {
  const bool times = !arguments.from.empty() || !arguments.to.empty();
  const int choices = (arguments.batch ? 1 : 0) + (arguments.request ? 1 : 0) + (times ? 1 : 0) +
                      (arguments.worst ? 1 : 0) + (arguments.typical ? 1 : 0);
  if (choices > 1) {
    return bad_input(
        "found several windows, expected one of --batch, --request, --from/--to, --worst, "
        "--typical");
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

Result<std::string> draw(const DiagramArguments& arguments, const DiagramOptions& wanted) {
  const Result<LoadedRun> run = load(run_or_last(arguments.run));
  if (!run) {
    return tl::unexpected(run.error());
  }
  DiagramOptions options = wanted;
  options.events = &run->events;
  // A verb that has checked the run puts what it found into options.violations, and
  // violation_window() of the first one into options.window (reports/diagram_violation.h).
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
  return draw_diagram(run->log, options);
}

int diagram(const DiagramArguments& arguments) {
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
  const Result<std::string> picture = draw(arguments, options);
  if (!picture) {
    return report_error(picture.error());
  }
  if (output.empty()) {
    fmt::print("{}", *picture);
    return kExitHolds;
  }
  if (const Result<void> written = write_file_whole(output, *picture); !written) {
    return report_error(written.error());
  }
  fmt::print("diagram: {}\n", output);
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
  verb->add_option("--against", arguments->against, "the same requests in another run, below");
  verb->add_flag("--text", arguments->text, "for terminals and tickets: at most 100 columns");
  verb->add_flag("--grey", arguments->grey, "for printers: greys, and letters for the reasons");
  verb->add_option("-o,--output", arguments->output,
                   "file: .svg, .png, .pdf, .dot or .txt; default diagram.svg");
  verb->callback([arguments, &session] { session.exit_code = diagram(*arguments); });
}

}  // namespace lockstep

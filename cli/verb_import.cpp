// lockstep import: a trace of any format that we read, as our own trace CSV.
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/run_arguments.h"
#include "cli/run_directory.h"
#include "cli/traffic.h"
#include "cli/verbs.h"
#include "reports/format.h"
#include "traces/trace_writer.h"

namespace lockstep {
namespace {

constexpr std::size_t kShownName = 80;
constexpr std::size_t kShownFormat = 200;

struct ImportOptions {
  RunPlan plan;  // trace, format, map, sort
  std::string output;
};

// The columns that the source may fill, and no comment: one trace in two formats gives the same
// bytes.
TraceWriteOptions columns_of(const TraceReader& reader) {
  const TraceColumns columns = reader.columns();
  return {.comments = {},
          .queue = columns.queue,
          .size = columns.size,
          .priority = columns.priority,
          .timeout = columns.timeout,
          .client = columns.client};
}

// Writing the trace over itself would leave only what we keep of it.
Result<void> check_output(const ImportOptions& options) {
  std::error_code ignored;
  if (std::filesystem::equivalent(options.plan.trace, options.output, ignored)) {
    return bad_input("found the same file as trace and as -o " +
                     displayable(options.output, kShownName) + ", expected another");
  }
  return {};
}

Result<std::uint64_t> import_into(const ImportOptions& options, TraceReader& reader,
                                  ArrivalSource& arrivals) {
  const TraceWriteOptions columns = columns_of(reader);
  if (options.output.empty() || options.output == "-") {
    Result<std::uint64_t> rows = write_trace(arrivals, std::cout, columns);
    std::cout.flush();
    return rows && !std::cout.good()
               ? tl::unexpected(Error{Errc::kIo, "standard output: cannot be written"})
               : rows;
  }
  Result<AsideFile> file = AsideFile::create(options.output);
  if (!file) {
    return tl::unexpected(file.error());
  }
  Result<std::uint64_t> rows = write_trace(arrivals, file->stream(), columns);
  if (!rows) {
    return rows;
  }
  const Result<void> kept = file->keep();
  return kept ? rows : tl::unexpected(kept.error());
}

int import_trace(const ImportOptions& options) {
  if (Result<void> output = check_output(options); !output) {
    return report_error(output.error());
  }
  const Result<OpenedTrace> trace = open_trace_of(options.plan);
  if (!trace) {
    return report_error(trace.error());
  }
  InterruptibleArrivals interruptible(*trace->reader);
  SpanOfArrivals arrivals(interruptible);
  const Result<std::uint64_t> rows = import_into(options, *trace->reader, arrivals);
  if (!rows) {
    return report_error(rows.error());
  }
  // Beside the trace itself when that goes to standard output.
  fmt::print(stderr, "{}: {} request{} over {}, format {}\n", displayable(trace->name, kShownName),
             *rows, *rows == 1 ? "" : "s", short_time(arrivals.span()),
             displayable(trace->reader->format(), kShownFormat));
  return kExitHolds;
}

}  // namespace

void add_import(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("import", "Write a trace of another format as our own CSV");
  verb->footer(
      "example: lockstep import access.log.gz -o traffic.csv\n"
      "         lockstep import log.csv --map arrival=sent_at:ms,size=rows -o traffic.csv");
  const auto options = std::make_shared<ImportOptions>();
  verb->add_option("trace", options->plan.trace,
                   "file, also .gz and .zst, or - for standard input; `lockstep list formats`")
      ->required();
  add_trace_options(*verb, options->plan);
  verb->add_option("-o,--output", options->output, "file; without it standard output");
  verb->callback([options, &session] { session.exit_code = import_trace(*options); });
}

}  // namespace lockstep

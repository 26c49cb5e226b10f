// lockstep generate: synthetic arrivals as a trace file.
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/run_arguments.h"
#include "cli/run_directory.h"
#include "cli/traffic_plan.h"
#include "cli/verbs.h"
#include "sim/client_traffic.h"
#include "sim/generated_arrivals.h"
#include "traces/trace_writer.h"

namespace lockstep {
namespace {

struct GenerateOptions {
  std::string spec;
  std::optional<std::uint64_t> requests;
  std::string length;
  std::uint64_t seed = 1;
  std::string output;
};

Result<GeneratedOptions> generated_options(const GenerateOptions& options) {
  if (is_client_traffic(options.spec)) {
    return bad_input("found '" + options.spec +
                     "', expected traffic that does not wait for answers: lockstep replay "
                     "--arrivals " +
                     options.spec);
  }
  Result<ArrivalSpec> spec = parse_arrivals(options.spec);
  if (!spec) {
    return tl::unexpected(spec.error());
  }
  if (options.requests == 0) {
    return bad_input(
        "found --requests 0, expected at least 1: a trace without rows cannot be replayed");
  }
  GeneratedOptions generated{.spec = std::move(*spec),
                             .request_count = options.requests,
                             .length_ns = std::nullopt,
                             .seed = options.seed};
  if (!options.length.empty()) {
    const Result<SimDuration> length = parse_length(options.length);
    if (!length) {
      return tl::unexpected(length.error());
    }
    generated.length_ns = length->count();
  }
  if (!generated.request_count && !generated.length_ns) {
    return bad_input("found neither --requests nor --length, expected one of them");
  }
  return generated;
}

// The columns that hold more than their defaults, and how to make the file again.
TraceWriteOptions columns_of(const GeneratedOptions& generated, const std::string& length) {
  TraceWriteOptions columns;
  columns.refuse_empty = true;
  for (const ArrivalPart& part : generated.spec.parts) {
    columns.queue = columns.queue || part.queue;
    columns.size = columns.size || part.size;
    columns.priority = columns.priority || part.priority;
    columns.timeout = columns.timeout || part.timeout_ns > 0;
    columns.client = columns.client || part.client || generated.spec.parts.size() > 1;
  }
  const bool is_one_word = generated.spec.text.find(' ') == std::string::npos;
  std::string command = "lockstep generate ";
  command += is_one_word ? generated.spec.text : "'" + generated.spec.text + "'";
  command +=
      generated.request_count ? " --requests " + std::to_string(*generated.request_count) : "";
  command += length.empty() ? "" : " --length " + length;
  columns.comments = {"made by: " + command + " --seed " + std::to_string(generated.seed)};
  return columns;
}

int generate(const GenerateOptions& options) {
  const Result<GeneratedOptions> generated = generated_options(options);
  if (!generated) {
    return report_error(generated.error());
  }
  const Result<OpenedArrivals> opened = open_arrivals(*generated);
  if (!opened) {
    return report_error(opened.error());
  }
  InterruptibleArrivals arrivals(*opened->source);
  const TraceWriteOptions columns = columns_of(*generated, options.length);
  if (options.output.empty() || options.output == "-") {
    const Result<std::uint64_t> written = write_trace(arrivals, std::cout, columns);
    std::cout.flush();
    return written ? (std::cout.good() ? kExitHolds : kExitBadInput)
                   : report_error(written.error());
  }
  Result<AsideFile> file = AsideFile::create(options.output);
  if (!file) {
    return report_error(file.error());
  }
  if (const Result<std::uint64_t> written = write_trace(arrivals, file->stream(), columns);
      !written) {
    return report_error(written.error());
  }
  const Result<void> kept = file->keep();
  return kept ? kExitHolds : report_error(kept.error());
}

}  // namespace

void add_generate(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("generate", "Write synthetic arrivals as a trace file");
  verb->footer("example: lockstep generate poisson:1200/s --requests 100000 -o traffic.csv");
  const auto options = std::make_shared<GenerateOptions>();
  verb->add_option("spec", options->spec,
                   "poisson:1200/s, or another of `lockstep list arrivals`; parts joined by ' + '")
      ->required();
  verb->add_option("--requests", options->requests, "how many")->check(whole_number());
  verb->add_option("--length", options->length, "only the arrivals before this time: 60s");
  verb->add_option("--seed", options->seed, "of the random stream")
      ->capture_default_str()
      ->check(whole_number());
  verb->add_option("-o,--output", options->output, "file; without it standard output");
  verb->callback([options, &session] { session.exit_code = generate(*options); });
}

}  // namespace lockstep

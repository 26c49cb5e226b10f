// lockstep generate: synthetic arrivals as a trace file.
#include <iostream>
#include <memory>
#include <string>

#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/run_arguments.h"
#include "cli/run_directory.h"
#include "cli/verbs.h"
#include "sim/client_traffic.h"
#include "sim/poisson_arrivals.h"
#include "traces/trace_writer.h"

namespace lockstep {
namespace {

struct GenerateOptions {
  std::string spec;
  std::uint64_t requests = 0;
  std::uint64_t seed = 1;
  std::string output;
};

int generate(const GenerateOptions& options) {
  if (is_client_traffic(options.spec)) {
    return report_error(
        Error{Errc::kBadInput, "found '" + options.spec +
                                   "', expected traffic that does not wait for answers: lockstep "
                                   "replay --arrivals " +
                                   options.spec});
  }
  Result<PoissonOptions> poisson = parse_poisson(options.spec);
  if (!poisson) {
    return report_error(poisson.error());
  }
  if (options.requests == 0) {
    return report_error(
        Error{Errc::kBadInput,
              "found --requests 0, expected at least 1: a trace without rows cannot "
              "be replayed"});
  }
  poisson->request_count = options.requests;
  poisson->seed = options.seed;
  PoissonArrivals generated(*poisson);
  InterruptibleArrivals arrivals(generated);
  TraceWriteOptions columns;
  columns.comments = {"made by: lockstep generate " + options.spec + " --requests " +
                      std::to_string(options.requests) + " --seed " + std::to_string(options.seed)};
  if (options.output.empty() || options.output == "-") {
    const Result<std::uint64_t> rows = write_trace(arrivals, std::cout, columns);
    std::cout.flush();
    return rows ? (std::cout.good() ? kExitHolds : kExitBadInput) : report_error(rows.error());
  }
  Result<AsideFile> file = AsideFile::create(options.output);
  if (!file) {
    return report_error(file.error());
  }
  if (const Result<std::uint64_t> rows = write_trace(arrivals, file->stream(), columns); !rows) {
    return report_error(rows.error());
  }
  const Result<void> kept = file->keep();
  return kept ? kExitHolds : report_error(kept.error());
}

}  // namespace

void add_generate(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("generate", "Write synthetic arrivals as a trace file");
  verb->footer("example: lockstep generate poisson:1200/s --requests 100000 -o traffic.csv");
  const auto options = std::make_shared<GenerateOptions>();
  verb->add_option("spec", options->spec, "poisson:RATE, such as poisson:1200/s")->required();
  verb->add_option("--requests", options->requests, "how many")->required()->check(whole_number());
  verb->add_option("--seed", options->seed, "of the random stream")
      ->capture_default_str()
      ->check(whole_number());
  verb->add_option("-o,--output", options->output, "file; without it standard output");
  verb->callback([options, &session] { session.exit_code = generate(*options); });
}

}  // namespace lockstep

// lockstep generate: synthetic arrivals as a trace file.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/run_arguments.h"
#include "cli/run_directory.h"
#include "cli/verbs.h"
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
  Result<PoissonOptions> poisson = parse_poisson(options.spec);
  if (!poisson) {
    return report_error(poisson.error());
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
  // A device or a pipe is written as it is; a file aside first, so that a failed or interrupted run
  // leaves the one that was there.
  std::error_code ignored;
  const bool special = std::filesystem::exists(options.output, ignored) &&
                       !std::filesystem::is_regular_file(options.output, ignored);
  const std::string target = special ? options.output : options.output + ".writing";
  std::ofstream file(target, std::ios::binary);
  Result<std::uint64_t> rows = file ? write_trace(arrivals, file, columns)
                                    : Result<std::uint64_t>(io_error("cannot write " + target));
  file.close();
  if (rows && !file) {
    rows = io_error("cannot write " + target + ": is the disk full?");
  }
  if (!special) {
    const Result<void> moved = finish_aside(target, options.output, rows.has_value());
    if (rows && !moved) {
      return report_error(moved.error());
    }
  }
  return rows ? kExitHolds : report_error(rows.error());
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

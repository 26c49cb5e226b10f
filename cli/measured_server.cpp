#include "cli/measured_server.h"

#include "cli/live_plan.h"
#include "cli/run_arguments.h"
#include "cli/scheduler_spec.h"

namespace lockstep {
namespace {

// Between them a curve is a straight line.
std::vector<std::uint32_t> powers_of_two(std::uint32_t rows_max) {
  std::vector<std::uint32_t> sizes;
  for (std::uint64_t size = 1; size < rows_max; size *= 2) {
    sizes.push_back(static_cast<std::uint32_t>(size));
  }
  sizes.push_back(rows_max);
  return sizes;
}

}  // namespace

Result<MeasuredServer> measured_server(const MeasuredServerArguments& arguments) {
  RunArguments run;
  run.plan.on = arguments.on;
  run.plan.model = arguments.model;
  run.plan.arrivals = "constant:1/s";  // a run has traffic; this one is only planned
  run.plan.request_count = 1;
  run.given = {"--on", "--model", "--arrivals", "--requests"};
  run.settings = arguments.settings;
  run.config_paths = arguments.config_paths;
  if (arguments.server_cpus) {
    run.plan.server_cpus = *arguments.server_cpus;
    run.given.insert("--server-cpus");
  }
  const Result<WantedRun> wanted = wanted_run(run);
  if (!wanted) {
    return tl::unexpected(wanted.error());
  }
  const Result<PreparedRun> prepared = prepare_run(wanted->plan);
  if (!prepared) {
    return tl::unexpected(prepared.error());
  }
  MeasuredServer server{
      .sizes = batch_sizes(*prepared->scheduler, prepared->spec, &powers_of_two),
      .lanes = prepared->lane_count,
      .memory_fraction = prepared->live->memory_fraction,
      .allow_growth = prepared->live->allow_growth,
  };
  for (const ConfigDiagnostic& warning : prepared->plan.warnings) {
    server.remarks.push_back("warning: " + to_text(warning));
  }
  for (const std::string& note : prepared->notes) {
    server.remarks.push_back("note: " + note);
  }
  // A curve begins at one row: a batch that has not been padded yet counts as what it holds.
  if (server.sizes.front() != 1) {
    server.sizes.insert(server.sizes.begin(), 1);
  }
  return server;
}

}  // namespace lockstep

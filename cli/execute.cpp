#include "cli/execute.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

#include "cli/interrupt.h"
#include "cli/run_listener.h"
#include "cli/traffic.h"
#include "core/server.h"
#include "sim/simulation.h"
#include "traces/output_file.h"
#include "traces/stage_rows.h"

#ifndef LOCKSTEP_VERSION
#define LOCKSTEP_VERSION "0.0.0"
#endif

namespace lockstep {
namespace {

// Raised when the decisions of a scheduler change for the same inputs.
constexpr const char* kRulesVersion = "tf-serving 2025-1";

void note_traffic(RunOutcome& outcome, const Traffic& traffic, const Clients* clients,
                  std::uint64_t arrived) {
  outcome.trace = traffic.identity();
  outcome.trace.rows = arrived;
  outcome.arrival_span = clients != nullptr ? clients->sending_span() : traffic.arrival_span();
  outcome.clients.waiting = clients != nullptr ? clients->waiting_count() : 0;
}

Result<SimulationResult> simulate_arrivals(const SimulationOptions& options, ArrivalSource& source,
                                           Server& server) {
  InterruptibleArrivals arrivals(source);
  return simulate(options, arrivals, server);
}
Result<SimulationResult> simulate_clients(const SimulationOptions& options, Clients& clients,
                                          Server& server) {
  InterruptibleOutside outside(clients);
  return simulate(options, outside, server);
}

// stages.csv, of a logged run whose device does more than compute, or has faults: these move when a
// batch is said to have begun.
class StageFile {
 public:
  Result<void> open(const PreparedRun& run, const RunListener& log, SimulationOptions& simulation) {
    const bool staged = run.device.has_more_than_compute() || !run.faults.empty();
    if (log.directory() == nullptr || !staged) {
      return {};
    }
    Result<std::unique_ptr<ByteSink>> file =
        create_output_file(log.directory()->path() + "/" + std::string(kStagesFile));
    if (!file) {
      return tl::unexpected(file.error());
    }
    file_ = std::move(*file);
    file_->write(stages_header());
    simulation.stages = [this](const StageRow& row) {
      row_.clear();
      append_stage_row(row_, row);
      file_->write(row_);
    };
    return {};
  }
  Result<void> close() { return file_ ? file_->close() : Result<void>(); }

 private:
  std::unique_ptr<ByteSink> file_;
  std::string row_;  // reused
};

SummaryOptions summary_options(const PreparedRun& run, std::uint64_t digest) {
  return {.gpu_count = run.plan.gpu_count, .digest = digest, .overhead = run.overhead};
}

}  // namespace

Manifest manifest_of(const PreparedRun& run) {
  Manifest manifest;
  manifest.lockstep_version = LOCKSTEP_VERSION;
  manifest.rules_version = run.user.info ? run.user.rules_version : kRulesVersion;
  manifest.seed = run.plan.seed;
  manifest.scheduler = run.scheduler->name;
  manifest.lane_count = run.lane_count;
  manifest.gpu_count = run.plan.gpu_count;
  manifest.settings = run.settings;
  manifest.settings_digest = run.settings_digest;
  for (ConfigDiagnostic warning : run.plan.warnings) {
    // The directory travels: it says nothing of this machine.
    warning.where.file = std::filesystem::path(warning.where.file).filename().string();
    manifest.warnings.push_back(to_text(warning));
  }
  return manifest;
}

Result<RunOutcome> execute(const PreparedRun& run, const ExecuteOptions& options) {
  Result<Traffic> traffic = Traffic::open(run);
  if (!traffic) {
    return tl::unexpected(traffic.error());
  }
  SchedulerSpec spec = run.spec;
  spec.models = traffic->queue_models();
  Result<std::unique_ptr<Scheduler>> scheduler = run.scheduler->make(spec);
  if (!scheduler) {
    return tl::unexpected(scheduler.error());
  }
  Result<std::unique_ptr<RunListener>> log =
      RunListener::create(options, run, traffic->source().queue_names());
  if (!log) {
    return tl::unexpected(log.error());
  }
  EventSink* sink = &(*log)->sink();
  RunOutcome outcome;
  const std::unique_ptr<Clients> clients = traffic->clients(run, sink, outcome.clients.counts);
  Server server(std::move(*scheduler),
                ServerOptions{.lane_count = run.lane_count, .settings_digest = run.settings_digest},
                clients ? clients.get() : sink);
  check_context().seed = run.plan.seed;
  // The wall clock times the simulator for the screen; nothing of it enters a file or a decision.
  const auto wall_begin = std::chrono::steady_clock::now();
  SimulationOptions simulation = simulation_options(run, traffic->source().queue_names());
  StageFile stages;
  if (Result<void> opened = stages.open(run, **log, simulation); !opened) {
    return tl::unexpected(opened.error());
  }
  const Result<SimulationResult> simulated =
      clients ? simulate_clients(simulation, *clients, server)
              : simulate_arrivals(simulation, traffic->source(), server);
  const auto wall_end = std::chrono::steady_clock::now();
  if (!simulated) {
    return tl::unexpected(simulated.error());
  }
  if (Result<void> closed = stages.close(); !closed) {
    return tl::unexpected(closed.error());
  }
  const Result<RunSummary> summary =
      summarize((*log)->metrics(), summary_options(run, server.digest()));
  if (!summary) {
    return tl::unexpected(summary.error());
  }
  outcome.run = run;
  outcome.summary = *summary;
  outcome.gpu_memory_peak = simulated->gpu_memory_peak;
  outcome.faults = simulated->faults;
  outcome.gpu_queue_ns = simulated->gpu_queue_time.count();
  outcome.wall_ns = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(wall_end - wall_begin).count());
  note_traffic(outcome, *traffic, clients.get(), server.totals().arrived);
  if (Result<void> done = (*log)->complete(outcome); !done) {
    return tl::unexpected(done.error());
  }
  return outcome;
}

Result<void> publish(RunOutcome& outcome) {
  if (!outcome.unpublished) {
    return {};
  }
  Result<RunDirectory::Published> published = outcome.unpublished->publish(outcome.input_digest);
  if (!published) {
    return tl::unexpected(published.error());
  }
  outcome.directory = published->path;
  outcome.unchanged = published->unchanged;
  outcome.unpublished.reset();
  return {};
}

}  // namespace lockstep

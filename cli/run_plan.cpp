#include "cli/run_plan.h"

#include <charconv>

#include "core/digest.h"
#include "core/limits.h"
#include "traces/manifest.h"

namespace lockstep {
namespace {

constexpr std::string_view kDefaultGpu = "v100-resnet50";

// The largest batch that the scheduler can start, by its own option.
std::int64_t rows_max(const PreparedRun& run) {
  return option_value(run.options, run.scheduler->batch_option);
}

Result<void> prepare_scheduler(PreparedRun& run) {
  run.scheduler = find_scheduler(run.plan.scheduler);
  if (run.scheduler == nullptr) {
    return bad_input("found scheduler '" + run.plan.scheduler +
                     "', expected a name of `lockstep list schedulers`");
  }
  if (run.plan.server_cpus < 1 || run.plan.server_cpus > std::int64_t{kMaxLanes}) {
    return bad_input("found --server-cpus " + std::to_string(run.plan.server_cpus) +
                     ", expected 1 to " + std::to_string(kMaxLanes));
  }
  Result<OptionValues> options =
      complete_options(*run.scheduler, run.plan.options, run.plan.server_cpus);
  if (!options) {
    return tl::unexpected(options.error());
  }
  run.options = *options;
  if (Result<std::unique_ptr<Scheduler>> trial = run.scheduler->make(run.options); !trial) {
    return tl::unexpected(trial.error());
  }
  run.lane_count =
      static_cast<std::uint32_t>(option_value(run.options, run.scheduler->lane_option));
  for (const OptionInfo& option : run.scheduler->options) {
    bool given = false;
    for (const auto& [name, value] : run.plan.options) {
      given = given || name == option.name;
    }
    if (option.default_value == kServerCpus && !given && !run.plan.server_cpus_given) {
      run.notes.push_back(std::string(option.name) +
                          " is not set: TF-Serving uses its CPU count; assuming " +
                          std::to_string(run.plan.server_cpus) + ", set --server-cpus");
    }
  }
  return {};
}

Result<void> prepare_device(PreparedRun& run) {
  if (run.plan.gpu_count < 1 || run.plan.gpu_count > kMaxGpus) {
    return bad_input("found --gpus " + std::to_string(run.plan.gpu_count) + ", expected 1 to " +
                     std::to_string(kMaxGpus));
  }
  if (run.plan.gpu.empty()) {
    run.plan.gpu = kDefaultGpu;
    run.notes.push_back("no --gpu given: assuming " + std::string(kDefaultGpu) +
                        " (lockstep list gpus)");
  }
  Result<ServiceCurve> curve = parse_service_curve(run.plan.gpu);
  if (!curve) {
    return tl::unexpected(curve.error());
  }
  run.curve = *curve;
  const auto largest = static_cast<std::uint32_t>(rows_max(run));
  if (!run.curve.covers(1) || !run.curve.covers(largest)) {
    return bad_input("found GPU curve '" + run.plan.gpu + "' for " + run.curve.range_text() +
                     ", expected one for 1 to " + std::to_string(largest) + " rows (" +
                     std::string(run.scheduler->batch_option) +
                     "): a curve is not extrapolated; add a point or lower the batch size");
  }
  return {};
}

Result<void> prepare_traffic(PreparedRun& run) {
  const RunPlan& plan = run.plan;
  if (plan.trace.empty() == plan.arrivals.empty()) {
    return bad_input(plan.trace.empty()
                         ? "found no traffic, expected a trace file or --arrivals poisson:1200/s"
                         : "found a trace and --arrivals, expected one of them");
  }
  const Result<LoadFactor> load = parse_load(plan.load);
  if (!load) {
    return tl::unexpected(load.error());
  }
  run.load = *load;
  if (plan.arrivals.empty()) {
    if (plan.request_count) {
      return bad_input("found --requests with a trace, expected it with --arrivals only");
    }
    return {};
  }
  Result<PoissonOptions> poisson = parse_poisson(plan.arrivals);
  if (!poisson) {
    return tl::unexpected(poisson.error());
  }
  if (!plan.request_count) {
    return bad_input("found --arrivals without --requests, expected --requests N");
  }
  poisson->request_count = *plan.request_count;
  poisson->seed = plan.seed;
  run.poisson = *poisson;
  return {};
}

void write_settings(PreparedRun& run) {
  auto& settings = run.settings;
  settings.emplace_back("scheduler", run.scheduler->name);
  for (const auto& [name, value] : run.options) {
    settings.emplace_back(name, std::to_string(value));
  }
  settings.emplace_back("gpu", run.plan.gpu);
  settings.emplace_back("gpu_curve", run.curve.text());
  settings.emplace_back("gpus", std::to_string(run.plan.gpu_count));
  if (!run.plan.arrivals.empty()) {
    settings.emplace_back("arrivals", run.plan.arrivals);
  }
  if (run.plan.request_count) {
    settings.emplace_back("requests", std::to_string(*run.plan.request_count));
  }
  settings.emplace_back("load", run.plan.load);
  settings.emplace_back("seed", std::to_string(run.plan.seed));
  Manifest manifest;
  manifest.settings = run.settings;
  run.settings_digest = settings_digest(manifest);
}

}  // namespace

Result<std::pair<std::string, std::int64_t>> parse_setting(const std::string& text) {
  const std::size_t equals = text.find('=');
  std::int64_t value = 0;
  if (equals != std::string::npos && equals > 0) {
    const char* begin = text.data() + equals + 1;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(begin, end, value);
    if (error == std::errc{} && stop == end) {
      return std::pair{text.substr(0, equals), value};
    }
  }
  return bad_input("found --set '" + text +
                   "', expected NAME=INTEGER such as --set batch_timeout_micros=5000");
}

Result<PreparedRun> prepare(const RunPlan& plan) {
  PreparedRun run;
  run.plan = plan;
  for (Result<void> (*step)(PreparedRun&) : {prepare_scheduler, prepare_device, prepare_traffic}) {
    if (Result<void> done = step(run); !done) {
      return tl::unexpected(done.error());
    }
  }
  write_settings(run);
  return run;
}

std::string device_sentence(const PreparedRun& run) {
  const std::string lanes =
      std::to_string(run.lane_count) + " batch thread" + (run.lane_count == 1 ? "" : "s");
  if (run.plan.gpu_count == 1) {
    return "1 GPU shared by " + lanes + " (lanes), its batches one after another";
  }
  return std::to_string(run.plan.gpu_count) + " independent GPUs for " + lanes +
         " (lanes): lane i runs on GPU i mod " + std::to_string(run.plan.gpu_count);
}

}  // namespace lockstep

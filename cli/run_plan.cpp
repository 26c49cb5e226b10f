#include "cli/run_plan.h"

#include <algorithm>

#include "cli/traffic_plan.h"
#include "core/check.h"
#include "core/digest.h"
#include "core/limits.h"
#include "sim/device_file.h"
#include "sim/device_text.h"
#include "sim/fault_source.h"
#include "sim/quantiles.h"
#include "traces/manifest.h"

namespace lockstep {
namespace {

constexpr std::string_view kDefaultGpu = "v100-resnet50";

// `error` with the place of the option that it names, when a scenario file set it and no other line
// of the file could be meant. A scheduler's own texts call max_batch_size by an older name, too.
// The longest name wins: some contain others.
Error placed(Error error, const Settings& places) {
  const auto bare = [](const auto& option) {
    return option.first.substr(0, option.first.find('@'));
  };
  std::string name;
  for (const auto& option : places) {
    const std::string other = bare(option);
    const bool named = error.message.find(other) != std::string::npos ||
                       (other == "max_batch_size" &&
                        error.message.find("input_batch_size_limit") != std::string::npos);
    name = named && other.size() > name.size() ? other : name;
  }
  const auto has_name = [&](const auto& option) { return bare(option) == name; };
  if (std::count_if(places.begin(), places.end(), has_name) == 1) {
    error.message =
        std::find_if(places.begin(), places.end(), has_name)->second + ": " + error.message;
  }
  return error;
}

// What TF-Serving checks when it reads its file holds with --set, too (TF 7.1).
Result<void> check_start_of_server(const PreparedRun& run) {
  constexpr std::string_view kSizes = "allowed_batch_sizes";
  if (find_option(*run.scheduler, kSizes) == nullptr) {
    return {};
  }
  const auto check = [&](const OptionValues& values, const std::string& queue) -> Result<void> {
    const std::vector<std::int64_t> sizes = option_sizes(values, kSizes);
    const std::int64_t expected = option_integer(values, "max_batch_size");
    if (sizes.empty() || sizes.back() == expected) {
      return {};
    }
    return bad_input(
        "Last entry in allowed_batch_sizes must match max_batch_size; last entry was " +
        std::to_string(sizes.back()) + "; expected " + std::to_string(expected) + queue +
        ": with these settings TF-Serving would not start");
  };
  for (const QueueSpec& queue : run.spec.queues) {
    if (Result<void> starts = check(queue.values, " (queue " + queue.name + ")"); !starts) {
      return starts;
    }
  }
  return run.spec.queues.empty() ? check(run.spec.values, "") : Result<void>{};
}

Result<void> prepare_scheduler(PreparedRun& run) {
  run.scheduler = run.user.info ? run.user.info.get() : find_scheduler(run.plan.scheduler);
  if (run.scheduler == nullptr) {
    return bad_input("found scheduler '" + run.plan.scheduler +
                     "', expected a name of `lockstep list schedulers`");
  }
  if (run.plan.server_cpus < 1 || run.plan.server_cpus > std::int64_t{kMaxLanes}) {
    return bad_input("found --server-cpus " + std::to_string(run.plan.server_cpus) +
                     ", expected 1 to " + std::to_string(kMaxLanes));
  }
  Settings given = run.plan.config_options;
  given.insert(given.end(), run.plan.options.begin(), run.plan.options.end());
  Result<SchedulerSpec> spec =
      make_spec(*run.scheduler,
                SpecOptions{.given = given,
                            .queues = run.plan.queues,
                            .only_these_models = run.plan.configured && !run.plan.queues.empty(),
                            .server_cpus = run.plan.server_cpus,
                            .seed = run.plan.seed});
  if (!spec) {
    return tl::unexpected(placed(spec.error(), run.plan.option_places));
  }
  run.spec = std::move(*spec);
  if (run.plan.configured) {
    if (Result<void> starts = check_start_of_server(run); !starts) {
      return starts;
    }
  }
  run.lane_count =
      static_cast<std::uint32_t>(option_integer(run.spec.values, run.scheduler->lane_option));
  for (const OptionInfo& option : run.scheduler->options) {
    const bool is_given = std::any_of(given.begin(), given.end(), [&](const auto& setting) {
      return setting.first == option.name;
    });
    if (option.default_text == kServerCpus && !is_given && !run.plan.server_cpus_given) {
      run.notes.push_back(std::string(option.name) +
                          " is not set: TF-Serving uses its CPU count; assuming " +
                          std::to_string(run.plan.server_cpus) + ", set --server-cpus");
    }
  }
  return {};
}

// The process's gpu_options, where the GPU's own text does not say it.
Result<void> take_gpu_options(const Settings& options, MemoryDescription& memory) {
  for (const auto& [name, value] : options) {
    if (name == "per_process_gpu_memory_fraction" && !memory.fraction) {
      const Result<std::uint64_t> share = parse_decimal(value, 6, 1'000'000);
      if (!share) {
        return bad_input("found per_process_gpu_memory_fraction " + value +
                         ", expected 0 to 1 with at most 6 decimals");
      }
      memory.fraction = static_cast<std::uint32_t>(*share);
    } else if (name == "allow_growth" && !memory.growth) {
      memory.growth = value == "true";
    }
  }
  return {};
}

// The memory of a real GPU; a CPU has none.
Result<void> take_gpu_options(const Settings& options, LivePlan& live,
                              std::vector<std::string>& notes) {
  if (live.kind != DeviceKind::kCuda) {
    if (!options.empty()) {
      notes.push_back("the configuration's gpu_options are about a GPU's memory: left out here");
    }
    return {};
  }
  MemoryDescription memory;
  if (Result<void> taken = take_gpu_options(options, memory); !taken) {
    return taken;
  }
  // 0 is "not said" there, too.
  if (memory.fraction && *memory.fraction > 0) {
    live.memory_fraction = memory.fraction;
    live.settings.emplace_back("per_process_gpu_memory_fraction",
                               decimal_text(*memory.fraction, 6));
  }
  if (memory.growth) {
    live.allow_growth = memory.growth;
    live.settings.emplace_back("allow_growth", *memory.growth ? "true" : "false");
  }
  return {};
}

Result<void> prepare_device(PreparedRun& run) {
  if (run.plan.gpu_count < 1 || run.plan.gpu_count > kMaxGpus) {
    return bad_input("found --gpus " + std::to_string(run.plan.gpu_count) + ", expected 1 to " +
                     std::to_string(kMaxGpus));
  }
  if (run.live) {
    return take_gpu_options(run.plan.gpu_options, *run.live, run.notes);
  }
  if (run.plan.gpu.empty()) {
    run.plan.gpu = kDefaultGpu;
    run.notes.push_back("no --gpu given: assuming " + std::string(kDefaultGpu) +
                        " (lockstep list gpus)");
  }
  Result<DeviceDescription> device = read_device(run.plan.gpu);
  if (!device) {
    return tl::unexpected(device.error());
  }
  run.device = std::move(*device);
  run.gpu_name = without_folders(run.plan.gpu);
  if (run.device.memory.total > 0) {  // modelled
    if (Result<void> taken = take_gpu_options(run.plan.gpu_options, run.device.memory); !taken) {
      return taken;
    }
  }
  const std::uint32_t largest = batch_rows_max(run);
  if (!run.device.covers(1) || !run.device.covers(largest)) {
    return bad_input("found GPU curve '" + run.plan.gpu + "' for " + run.device.range_text() +
                     ", expected one for 1 to " + std::to_string(largest) + " rows (" +
                     std::string(run.scheduler->batch_option) +
                     "): a curve is not extrapolated; add a point, lower the batch size or append "
                     ",extrapolate=linear");
  }
  return require_sharing(run.device.sharing, run.lane_count, run.plan.gpu_count);
}

Result<void> prepare_faults(PreparedRun& run) {
  if (run.plan.faults.empty()) {
    return {};
  }
  Result<SourcedFaults> faults = read_faults(
      run.plan.faults,
      {.lane_count = run.lane_count, .gpu_count = run.plan.gpu_count, .seed = run.plan.seed});
  if (!faults) {
    return tl::unexpected(faults.error());
  }
  run.faults = std::move(faults->plan);
  run.faults_said = std::move(faults->said);
  if (!faults->note.empty()) {
    run.notes.push_back(std::move(faults->note));
  }
  return {};
}

void write_settings(PreparedRun& run) {
  auto& settings = run.settings;
  settings.emplace_back("scheduler", run.scheduler->name);
  for (auto& setting : recorded_settings(*run.scheduler, run.spec)) {
    settings.push_back(std::move(setting));
  }
  if (run.live) {
    // Without a curve, `check` takes the times from the journal: they were measured.
    settings.insert(settings.end(), run.live->settings.begin(), run.live->settings.end());
  } else {
    settings.emplace_back("gpu", run.gpu_name);
    settings.emplace_back("gpu_curve", device_text(run.device));
  }
  settings.emplace_back("gpus", std::to_string(run.plan.gpu_count));
  if (!run.faults.empty()) {
    settings.emplace_back("faults", run.faults_said);
    settings.emplace_back(kFaultPlanSetting, fault_plan_text(run.faults));
  }
  if (!run.plan.arrivals.empty()) {
    settings.emplace_back("arrivals", run.generated ? run.generated->spec.text : run.plan.arrivals);
  }
  if (run.plan.request_count) {
    settings.emplace_back("requests", std::to_string(*run.plan.request_count));
  }
  if (run.plan.repeat > 1) {
    settings.emplace_back("repeat", std::to_string(run.plan.repeat));
  }
  if (run.plan.replicate > 1) {
    settings.emplace_back("replicate", std::to_string(run.plan.replicate));
  }
  if (!run.plan.length.empty()) {
    settings.emplace_back("length", run.plan.length);
  }
  settings.emplace_back("load", run.plan.load);
  if (run.overhead > SimDuration{0}) {
    settings.emplace_back(kOverheadSetting, to_decimal_text(run.overhead));
  }
  settings.emplace_back("seed", std::to_string(run.plan.seed));
  Manifest manifest;
  manifest.settings = run.settings;
  run.settings_digest = settings_digest(manifest);
}

}  // namespace

Result<SimDuration> parse_overhead(const std::string& text) {
  if (text.empty()) {
    return SimDuration{0};
  }
  Result<SimDuration> time = parse_duration(text);
  if (!time || time->count() < 0 || time->count() > kMaxServiceNs) {
    return bad_input("found --overhead '" + text + "', expected a time from 0ns to 1h: 0.8ms");
  }
  return time;
}

std::string complete_gpu_text(const RunPlan& plan) {
  const Result<DeviceDescription> said = read_device(plan.gpu);
  if (!said || said->memory.total == 0) {
    return plan.gpu;
  }
  MemoryDescription memory = said->memory;
  if (const Result<void> taken = take_gpu_options(plan.gpu_options, memory); !taken) {
    return plan.gpu;
  }
  std::string text = plan.gpu;
  if (memory.fraction && !said->memory.fraction) {
    text += ",fraction=" + decimal_text(*memory.fraction, 6);
  }
  if (memory.growth && !said->memory.growth) {
    text += *memory.growth ? ",growth=true" : ",growth=false";
  }
  return text;
}

Result<void> require_sharing(const ComputeSharing& sharing, std::uint32_t lane_count,
                             std::uint32_t gpu_count) {
  const std::uint32_t lanes_of_gpu = (lane_count - 1) / gpu_count + 1;
  if (!sharing.covers(lanes_of_gpu)) {
    return bad_input("found sharing= for up to " + std::to_string(sharing.slow_down.size() + 1) +
                     " batches at once, expected it for the " + std::to_string(lanes_of_gpu) +
                     " batch threads (lanes) of one GPU: a table is not extrapolated; add " +
                     std::to_string(sharing.slow_down.size() + 2) + ":FACTOR or use fewer threads");
  }
  return {};
}

Result<std::pair<std::string, std::string>> parse_setting(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return bad_input("found --set '" + text +
                     "', expected NAME=VALUE such as --set batch_timeout_micros=5000");
  }
  return std::pair{text.substr(0, equals), text.substr(equals + 1)};
}

Result<PreparedRun> prepare(const RunPlan& plan, std::optional<LivePlan> live, UserScheduler user) {
  LOCKSTEP_CHECK((plan.on == kOnSim) != live.has_value());
  LOCKSTEP_CHECK((plan.plugin.empty() && plan.exec.empty()) == (user.info == nullptr));
  PreparedRun run;
  run.plan = plan;
  run.live = std::move(live);
  run.user = std::move(user);
  if (run.user.info) {
    run.plan.scheduler = run.user.info->name;
  }
  for (Result<void> (*step)(PreparedRun&) :
       {prepare_scheduler, prepare_device, prepare_faults, prepare_traffic}) {
    if (Result<void> done = step(run); !done) {
      return tl::unexpected(done.error());
    }
  }
  write_settings(run);
  return run;
}

std::uint32_t batch_rows_max(const PreparedRun& run) {
  return static_cast<std::uint32_t>(rows_max(*run.scheduler, run.spec));
}

std::string sharing_sentence(const DeviceDescription& device) {
  const bool copies = device.to_device || device.to_host;
  switch (device.sharing.kind) {
    case Sharing::kSerial:
      return copies ? "computed one after another, copied meanwhile" : "one after another";
    case Sharing::kEqual:
      return "computed side by side, each at its equal share of the speed";
    case Sharing::kSlowDown:
      return "computed side by side, each slowed down by the others";
  }
  return "";
}

SimulationOptions simulation_options(const PreparedRun& run,
                                     const std::vector<std::string>& queue_names) {
  return {.device = run.device,
          .gpu_count = run.plan.gpu_count,
          .seed = run.plan.seed,
          .queue_names = &queue_names,
          .faults = &run.faults};
}

std::string device_sentence(const PreparedRun& run) {
  LOCKSTEP_CHECK(!run.live);
  const std::string lanes =
      std::to_string(run.lane_count) + " batch thread" + (run.lane_count == 1 ? "" : "s");
  const bool overlaps =
      run.device.to_device || run.device.to_host || run.device.sharing.kind != Sharing::kSerial;
  if (run.plan.gpu_count == 1) {
    return "1 GPU shared by " + lanes + " (lanes), its batches " + sharing_sentence(run.device);
  }
  return std::to_string(run.plan.gpu_count) + " independent GPUs for " + lanes +
         " (lanes): lane i runs on GPU i mod " + std::to_string(run.plan.gpu_count) +
         (overlaps ? ", batches " + sharing_sentence(run.device) : "");
}

}  // namespace lockstep

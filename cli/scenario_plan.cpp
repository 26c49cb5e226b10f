#include "cli/scenario_plan.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "cli/objectives.h"
#include "cli/server_plan.h"
#include "core/limits.h"
#include "sim/arrival_spec.h"
#include "sim/client_traffic.h"
#include "sim/device_file.h"
#include "sim/fault_source.h"
#include "sim/load_scaling.h"
#include "traces/column_map.h"

namespace lockstep {
namespace {

// `parse` of a placed text, its error with the place.
template <typename Parse>
Result<std::string> checked(const Placed<std::string>& placed, Parse&& parse) {
  if (const auto parsed = parse(placed.value); !parsed) {
    return refuse_at(placed.where, parsed.error().message);
  }
  return placed.value;
}

Result<void> take_workload(const ScenarioFile& scenario, RunPlan& plan) {
  if (scenario.trace) {
    plan.trace = scenario.trace->value;  // the reader has joined it with the file's folder
  }
  if (scenario.arrivals) {
    Result<std::string> text = is_client_traffic(scenario.arrivals->value)
                                   ? checked(*scenario.arrivals, parse_client_traffic)
                                   : checked(*scenario.arrivals, [](const std::string& spec) {
                                       return parse_arrivals(spec);
                                     });
    if (!text) {
      return tl::unexpected(text.error());
    }
    plan.arrivals = *text;
    plan.arrivals_folder = std::filesystem::path(scenario.path).parent_path().string();
  }
  if (scenario.load) {
    Result<std::string> text = checked(*scenario.load, parse_load);
    if (!text) {
      return tl::unexpected(text.error());
    }
    plan.load = *text;
  }
  if (scenario.requests) {
    plan.request_count = scenario.requests->value;
  }
  if (scenario.length) {
    Result<std::string> text = checked(*scenario.length, parse_duration);
    if (!text) {
      return tl::unexpected(text.error());
    }
    plan.length = *text;
  }
  plan.repeat = scenario.repeat ? scenario.repeat->value : plan.repeat;
  plan.replicate = scenario.replicate ? scenario.replicate->value : plan.replicate;
  plan.format = scenario.format ? scenario.format->value : plan.format;
  if (scenario.map) {
    Result<std::string> text = checked(*scenario.map, ColumnMap::parse);
    if (!text) {
      return tl::unexpected(text.error());
    }
    plan.map = *text;
  }
  plan.sort = scenario.sort ? scenario.sort->value : plan.sort;
  return {};
}

Result<void> take_device(const ScenarioFile& scenario, RunPlan& plan) {
  if (scenario.gpu) {
    // Its files are named from where the scenario file lies, as its trace is.
    const std::filesystem::path folder =
        std::filesystem::path(scenario.gpu->where.file).parent_path();
    plan.gpu = in_folder(scenario.gpu->value, folder.string());
    const Result<DeviceDescription> device = read_device(plan.gpu);
    if (!device && !names_device_file(plan.gpu)) {
      return refuse_at(scenario.gpu->where, device.error().message);
    }
    if (!device) {  // with its own place
      return bad_input(device.error().message + " (named at " + to_text(scenario.gpu->where) + ")");
    }
  }
  if (scenario.overhead) {
    Result<std::string> text = checked(*scenario.overhead, parse_overhead);
    if (!text) {
      return tl::unexpected(text.error());
    }
    plan.overhead = *text;
  }
  if (scenario.gpus) {
    if (scenario.gpus->value < 1 || scenario.gpus->value > kMaxGpus) {
      return refuse_at(scenario.gpus->where, "found gpus " + std::to_string(scenario.gpus->value) +
                                                 ", expected 1 to " + std::to_string(kMaxGpus));
    }
    plan.gpu_count = static_cast<std::uint32_t>(scenario.gpus->value);
  }
  return {};
}

// A plan's file is named from where the scenario file lies; its own errors have their own place.
Result<void> take_faults(const ScenarioFile& scenario, RunPlan& plan) {
  if (!scenario.faults) {
    return {};
  }
  const std::string& text = scenario.faults->value;
  if (names_fault_file(text)) {
    const std::filesystem::path folder =
        std::filesystem::path(scenario.faults->where.file).parent_path();
    plan.faults = (folder / text).string();
    return {};
  }
  const Result<void> judged = check_fault_text(text);
  if (!judged) {
    return refuse_at(scenario.faults->where, judged.error().message);
  }
  plan.faults = text;
  return {};
}

// One setting, its value checked against its option's type.
Result<void> take_setting(const SchedulerInfo& info, const ConfigSetting& setting,
                          const std::string& queue, RunPlan& plan) {
  if (const OptionInfo* option = find_option(info, setting.name); option != nullptr) {
    if (const Result<std::string> value = canonical_option(*option, setting.value); !value) {
      return refuse_at(setting.where, value.error().message);
    }
  }
  const std::string name = queue.empty() ? setting.name : setting.name + "@" + queue;
  plan.options.emplace_back(name, setting.value);
  plan.option_places.emplace_back(name, to_text(setting.where));
  return {};
}

// A file's own error begins with its path: adds where the scenario file names it.
Error with_naming_place(Error error, const std::vector<Placed<std::string>>& configs) {
  for (const Placed<std::string>& config : configs) {
    if (error.message.starts_with(config.value + ":")) {
      error.message += " (named at " + to_text(config.where) + ")";
      break;
    }
  }
  return error;
}

Result<void> take_scheduler(const ScenarioFile& scenario, RunPlan& plan) {
  plan.scheduler = scenario.scheduler ? scenario.scheduler->value : plan.scheduler;
  if (scenario.server_cpus && !plan.server_cpus_given) {
    plan.server_cpus = static_cast<std::int64_t>(scenario.server_cpus->value);
    plan.server_cpus_given = true;
  }
  if (!scenario.configs.empty()) {
    std::vector<std::string> paths;
    for (const Placed<std::string>& config : scenario.configs) {
      paths.push_back(config.value);
    }
    const Result<ServerConfig> config =
        read_server_config(paths, ServerConfigOptions{.server_cpus = plan.server_cpus,
                                                      .server_cpus_given = plan.server_cpus_given});
    if (!config) {
      return tl::unexpected(with_naming_place(config.error(), scenario.configs));
    }
    if (Result<void> applied = apply_config(*config, plan); !applied) {
      return applied;
    }
  }
  const SchedulerInfo* info = find_scheduler(plan.scheduler);
  if (info == nullptr) {
    return {};  // the reader has refused it, or prepare() will
  }
  for (const ConfigSetting& setting : scenario.settings) {
    if (Result<void> taken = take_setting(*info, setting, "", plan); !taken) {
      return taken;
    }
  }
  if (scenario.lanes) {
    plan.options.emplace_back(info->lane_option, std::to_string(scenario.lanes->value));
    plan.option_places.emplace_back(info->lane_option, to_text(scenario.lanes->where));
  }
  for (const ScenarioQueue& queue : scenario.queues) {
    if (std::find(plan.queues.begin(), plan.queues.end(), queue.name.value) == plan.queues.end()) {
      plan.queues.push_back(queue.name.value);
    }
    for (const ConfigSetting& setting : queue.settings) {
      if (Result<void> taken = take_setting(*info, setting, queue.name.value, plan); !taken) {
        return taken;
      }
    }
  }
  return {};
}

}  // namespace

Result<ScenarioPlan> scenario_plan(const ScenarioFile& scenario,
                                   std::optional<std::int64_t> server_cpus) {
  ScenarioPlan result;
  if (server_cpus) {
    result.plan.server_cpus = *server_cpus;
    result.plan.server_cpus_given = true;
  }
  for (Result<void> (*take)(const ScenarioFile&, RunPlan&) :
       {take_workload, take_device, take_faults, take_scheduler}) {
    if (Result<void> taken = take(scenario, result.plan); !taken) {
      return tl::unexpected(taken.error());
    }
  }
  result.plan.seed = scenario.seed ? scenario.seed->value : result.plan.seed;
  for (const Placed<std::string>& slo : scenario.slos) {
    Result<std::string> text =
        checked(slo, [](const std::string& one) { return parse_objectives({one}); });
    if (!text) {
      return tl::unexpected(text.error());
    }
    result.objectives.push_back(*text);
  }
  return result;
}

bool names_a_scenario(const std::string& text) {
  std::error_code ignored;
  return has_scenario_name(text) && std::filesystem::is_regular_file(text, ignored);
}

}  // namespace lockstep

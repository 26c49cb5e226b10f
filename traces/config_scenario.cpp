#include "traces/config_scenario.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "core/schedulers/registry.h"
#include "traces/bundled.h"
#include "traces/config_models.h"
#include "traces/config_parse.h"
#include "traces/config_schema.h"
#include "traces/csv_rows.h"
#include "traces/names.h"

namespace lockstep {
namespace {

constexpr std::string_view kDefaultScheduler = "tf-shared";

std::optional<Placed<std::string>> text_of(const ConfigBlock& block, std::string_view field) {
  return block.has(field) ? std::optional(block.placed(field)) : std::nullopt;
}

std::optional<Placed<std::uint64_t>> number_of(const ConfigBlock& block, std::string_view field) {
  if (!block.has(field)) {
    return std::nullopt;
  }
  return Placed<std::uint64_t>{block.number(field), block.where(field)};
}

// A path of the file, seen from the file's folder.
std::string beside(const std::string& scenario, const std::string& path) {
  return (std::filesystem::path(scenario).parent_path() / path).lexically_normal().string();
}

Result<void> read_workload(const ConfigBlock& root, ScenarioFile& scenario) {
  if (!root.has("workload")) {
    return {};
  }
  const ConfigBlock workload = root.block("workload");
  scenario.trace = text_of(workload, "trace");
  scenario.arrivals = text_of(workload, "arrivals");
  scenario.requests = number_of(workload, "requests");
  scenario.load = text_of(workload, "load");
  scenario.format = text_of(workload, "format");
  scenario.map = text_of(workload, "map");
  if (workload.has("sort")) {
    scenario.sort = {workload.flag("sort"), workload.where("sort")};
  }
  scenario.length = text_of(workload, "length");
  scenario.repeat = number_of(workload, "repeat");
  scenario.replicate = number_of(workload, "replicate");
  if (scenario.repeat && !scenario.trace) {
    return refuse_at(scenario.repeat->where, "found repeat without trace, expected both");
  }
  if (scenario.replicate && !scenario.trace) {
    return refuse_at(scenario.replicate->where, "found replicate without trace, expected both");
  }
  if (scenario.trace && scenario.arrivals) {
    return refuse_at(scenario.arrivals->where, "found arrivals beside trace, expected one of them");
  }
  if (scenario.requests && !scenario.arrivals) {
    return refuse_at(scenario.requests->where, "found requests without arrivals, expected both");
  }
  if (scenario.format && !scenario.trace) {
    return refuse_at(scenario.format->where, "found format without trace, expected both");
  }
  if (scenario.map && (!scenario.trace || scenario.format)) {
    return refuse_at(scenario.map->where, scenario.trace
                                              ? "found map beside format, expected one of them"
                                              : "found map without trace, expected both");
  }
  if (scenario.sort && !scenario.trace) {
    return refuse_at(scenario.sort->where, "found sort without trace, expected both");
  }
  if (scenario.trace) {
    // A file beside the scenario comes before a bundled trace of that name.
    std::string& trace = scenario.trace->value;
    std::error_code ignored;
    const std::string path = beside(scenario.path, trace);
    const bool bundled =
        !std::filesystem::exists(path, ignored) && find_bundled_trace(trace) != nullptr;
    trace = bundled || trace == "-" ? trace : path;
  }
  return {};
}

// "NAME=VALUE" of `set`, a known option of the scheduler, once.
Result<void> read_settings(const ConfigBlock& block, const SchedulerInfo& scheduler,
                           std::vector<ConfigSetting>& settings) {
  std::vector<std::string_view> names;
  for (const OptionInfo& option : scheduler.options) {
    names.push_back(option.name);
  }
  for (std::size_t i = 0; i < block.count("set"); ++i) {
    const Placed<std::string> setting = block.placed("set", i);
    const std::size_t equals = setting.value.find('=');
    // An empty value is one, as on the command line: no allowed sizes.
    if (equals == std::string::npos || equals == 0) {
      return refuse_at(setting.where, "found set " + shown(setting.value) +
                                          ", expected \"NAME=VALUE\" such as "
                                          "\"batch_timeout_micros=5000\"");
    }
    const std::string name = setting.value.substr(0, equals);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      const std::string near = suggestion(name, names);
      return refuse_at(setting.where, "found option " + shown(name) +
                                          ", expected an option of scheduler " +
                                          std::string(scheduler.name) +
                                          (near.empty() ? ": " + name_list(names) : near));
    }
    const bool again = std::any_of(settings.begin(), settings.end(),
                                   [&](const auto& other) { return other.name == name; });
    if (again) {
      return refuse_at(setting.where, "found option " + name + " a second time, expected it once");
    }
    settings.push_back({name, setting.value.substr(equals + 1), setting.where});
  }
  return {};
}

// `names`: of the queues before.
Result<void> read_queue(const ConfigBlock& block, const SchedulerInfo& scheduler,
                        std::set<std::string>& names, ScenarioFile& scenario) {
  ScenarioQueue queue;
  queue.name = block.placed("name");
  if (!is_queue_name(queue.name.value)) {
    return refuse_at(queue.name.where, "found queue name " + shown(queue.name.value) +
                                           ", expected " + std::string(kModelNameRule));
  }
  if (!names.insert(queue.name.value).second) {
    return refuse_at(queue.name.where,
                     "found queue " + queue.name.value + " a second time, expected it once");
  }
  Result<void> read = read_settings(block, scheduler, queue.settings);
  scenario.queues.push_back(std::move(queue));
  return read;
}

Result<const SchedulerInfo*> scheduler_of(const std::optional<Placed<std::string>>& name) {
  const std::string_view wanted = name ? std::string_view(name->value) : kDefaultScheduler;
  if (const SchedulerInfo* info = find_scheduler(wanted); info != nullptr) {
    return info;
  }
  std::vector<std::string_view> names;
  for (const SchedulerInfo& info : all_schedulers()) {
    names.push_back(info.name);
  }
  const std::string near = suggestion(wanted, names);
  return refuse_at(name->where, "found scheduler " + shown(wanted) +
                                    ", expected one of those that "
                                    "`lockstep list schedulers` shows" +
                                    (near.empty() ? ": " + name_list(names) : near));
}

Result<void> read_scheduler(const ConfigBlock& root, ScenarioFile& scenario) {
  scenario.lanes = number_of(root, "lanes");
  scenario.server_cpus = number_of(root, "server_cpus");
  if (!root.has("scheduler")) {
    return {};
  }
  const ConfigBlock block = root.block("scheduler");
  scenario.scheduler = text_of(block, "name");
  const Result<const SchedulerInfo*> scheduler = scheduler_of(scenario.scheduler);
  if (!scheduler) {
    return tl::unexpected(scheduler.error());
  }
  if (Result<void> read = read_settings(block, **scheduler, scenario.settings); !read) {
    return read;
  }
  std::set<std::string> names;
  for (std::size_t i = 0; i < block.count("queue"); ++i) {
    if (Result<void> read = read_queue(block.block("queue", i), **scheduler, names, scenario);
        !read) {
      return read;
    }
  }
  for (const ConfigSetting& setting : scenario.settings) {
    if (scenario.lanes && setting.name == (*scheduler)->lane_option) {
      return refuse_at(setting.where, "found " + setting.name +
                                          " beside lanes, expected one of them: both set the "
                                          "number of lanes");
    }
  }
  return {};
}

void read_rest(const ConfigBlock& root, ScenarioFile& scenario) {
  scenario.description = root.text("description");
  scenario.seed = number_of(root, "seed");
  scenario.overhead = text_of(root, "overhead");
  scenario.faults = text_of(root, "faults");
  if (root.has("device")) {
    scenario.gpu = text_of(root.block("device"), "gpu");
    scenario.gpus = number_of(root.block("device"), "gpus");
  }
  if (root.has("objective")) {
    const ConfigBlock objective = root.block("objective");
    for (std::size_t i = 0; i < objective.count("slo"); ++i) {
      scenario.slos.push_back(objective.placed("slo", i));
    }
  }
  for (std::size_t i = 0; i < root.count("config"); ++i) {
    Placed<std::string> config = root.placed("config", i);
    config.value = beside(scenario.path, config.value);
    scenario.configs.push_back(std::move(config));
  }
}

}  // namespace

Result<ScenarioFile> read_scenario_file(const std::string& path) {
  Result<std::unique_ptr<const ConfigSource>> source = open_config(path);
  if (!source) {
    return tl::unexpected(source.error());
  }
  if (!has_scenario_name(path)) {
    const Result<ConfigKind> kind =
        recognise_config((*source)->bytes, (*source)->is_json, (*source)->tokens);
    if (!kind) {
      return tl::unexpected(kind.error());
    }
    if (*kind != ConfigKind::kScenario) {
      return refuse_at({path, 1, 1},
                       "found " + std::string(describe(*kind)) +
                           ", expected a scenario of Lockstep; give it with --config");
    }
  }
  Result<std::unique_ptr<const ParsedConfig>> file =
      ParsedConfig::parse(std::move(*source), ConfigKind::kScenario);
  if (!file) {
    return tl::unexpected(file.error());
  }
  const ConfigBlock root = (*file)->root();
  ScenarioFile scenario;
  scenario.path = path;
  for (Result<void> (*read)(const ConfigBlock&, ScenarioFile&) : {read_workload, read_scheduler}) {
    if (Result<void> done = read(root, scenario); !done) {
      return tl::unexpected(done.error());
    }
  }
  read_rest(root, scenario);
  return scenario;
}

bool has_scenario_name(std::string_view path) {
  return path.ends_with(".lockstep.pbtxt") || path.ends_with(".lockstep.json");
}

}  // namespace lockstep

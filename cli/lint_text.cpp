#include "cli/lint_text.h"

#include <algorithm>

#include <fmt/format.h>

namespace lockstep {
namespace {

std::string setting_line(const std::string& name, const std::string& value,
                         const std::string& where) {
  return fmt::format("  {:<30} {:<12} {}\n", name, value.empty() ? "none" : value, where);
}

std::string settings_block(const std::vector<EffectiveSetting>& settings) {
  std::string text;
  for (const EffectiveSetting& setting : settings) {
    text += setting_line(setting.name, setting.value,
                         setting.where ? to_text(*setting.where) : "default");
  }
  return text;
}

std::string placed_block(const std::vector<ConfigSetting>& settings) {
  std::string text;
  for (const ConfigSetting& setting : settings) {
    text += setting_line(setting.name, setting.value, to_text(setting.where));
  }
  return text;
}

std::string pool_text(const ServerConfig& config, std::size_t index, std::int64_t server_cpus) {
  const BatchPool& pool = config.pools[index];
  std::string text = fmt::format("\nplatform {}: ", pool.platform);
  if (!pool.batched) {
    return text + "not batched, every request is executed alone\n" + placed_block(pool.gpu);
  }
  std::size_t queue_count = 0;
  std::string models;
  for (const ServedModel& model : config.models) {
    if (model.pool != index) {
      continue;
    }
    if (model.batching != ModelBatching::kBatched) {
      models += fmt::format(
          "  {:<30} {:<12} {}\n", model.name,
          model.batching == ModelBatching::kNotBatched ? "not batched" : "unknown", model.reason);
      continue;
    }
    ++queue_count;
    models += fmt::format("  {:<30} {:<12} {}\n", model.name, "one queue", to_text(model.where));
    if (pool.per_model) {
      models += settings_block(effective_settings(config, index, &model, server_cpus));
    }
  }
  text += queue_count == 0 ? "one queue per model and signature, of the traffic\n"
                           : fmt::format("{} queue{} on one pool of batch threads\n", queue_count,
                                         queue_count == 1 ? "" : "s");
  text += settings_block(effective_settings(config, index, nullptr, server_cpus));
  if (!models.empty()) {
    text += "models\n" + models;
  }
  if (!pool.gpu.empty()) {
    text += "GPU options of the process\n" + placed_block(pool.gpu);
  }
  return text;
}

// A text as the scenario's format quotes it.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
    }
    result += c;
  }
  return result + "\"";
}

std::string set_line(const char* indent, const std::string& name, const std::string& value) {
  return fmt::format("{}set: {}\n", indent, quoted(fmt::format("{}={}", name, value)));
}

}  // namespace

std::string lint_table(const ServerConfig& config, std::int64_t server_cpus) {
  std::string text;
  for (const auto& [path, kind] : config.files) {
    text += fmt::format("{}: {}\n", path, describe(kind));
  }
  for (const ConfigSetting& flag : config.flags) {
    text += setting_line("--" + flag.name, flag.value, to_text(flag.where));
  }
  for (std::size_t pool = 0; pool < config.pools.size(); ++pool) {
    text += pool_text(config, pool, server_cpus);
  }
  return text;
}

std::string scenario_text(const RunPlan& plan) {
  std::string text = "# lockstep replay NAME.lockstep.pbtxt\n";
  if (!plan.trace.empty()) {
    text +=
        fmt::format("workload {{ trace: {} load: {} }}\n", quoted(plan.trace), quoted(plan.load));
  }
  text += fmt::format("scheduler {{\n  name: {}\n", quoted(plan.scheduler));
  Settings given = plan.config_options;
  given.insert(given.end(), plan.options.begin(), plan.options.end());
  for (const auto& [name, value] : given) {
    if (name.find('@') == std::string::npos && !value.empty()) {  // an empty list is the default
      text += set_line("  ", name, value);
    }
  }
  for (const std::string& queue : plan.queues) {
    text += fmt::format("  queue {{\n    name: {}\n", quoted(queue));
    for (const auto& [name, value] : given) {
      const std::size_t at = name.find('@');
      if (at != std::string::npos && name.substr(at + 1) == queue) {
        text += set_line("    ", name.substr(0, at), value);
      }
    }
    text += "  }\n";
  }
  text += "}\n";
  if (!plan.gpu.empty()) {
    text += fmt::format("device {{ gpu: {} gpus: {} }}\n", quoted(complete_gpu_text(plan)),
                        plan.gpu_count);
  }
  return text + fmt::format("seed: {}\n", plan.seed);
}

}  // namespace lockstep

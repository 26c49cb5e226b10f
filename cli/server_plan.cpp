#include "cli/server_plan.h"

#include <string>
#include <utility>

namespace lockstep {
namespace {

constexpr std::string_view kScheduler = "tf-shared";

// The settings that the scheduler has by the same name; thread names and the padding of inputs of
// variable length change neither timing nor batches.
Settings scheduler_settings(const std::vector<EffectiveSetting>& effective,
                            const std::string& queue) {
  const SchedulerInfo& info = *find_scheduler(kScheduler);
  Settings settings;
  for (const EffectiveSetting& setting : effective) {
    const OptionInfo* option = find_option(info, setting.name);
    if (option == nullptr || (!queue.empty() && option->scope == OptionScope::kScheduler)) {
      continue;
    }
    std::string name = setting.name;
    if (!queue.empty()) {
      name += '@';
      name += queue;
    }
    settings.emplace_back(std::move(name), setting.value);
  }
  return settings;
}

Result<std::size_t> only_pool(const ServerConfig& config) {
  if (config.pools.size() == 1) {
    return std::size_t{0};
  }
  std::string names;
  for (const BatchPool& pool : config.pools) {
    names += names.empty() ? "" : ", ";
    names += pool.platform;
  }
  return refuse_at(config.pools.at(1).where,
                   "found platforms with batch threads of their own (" + names +
                       "), expected one: Lockstep runs one batch scheduler at a time; keep the "
                       "models of one platform");
}

}  // namespace

Result<void> apply_config(const ServerConfig& config, RunPlan& plan) {
  if (plan.scheduler != kScheduler) {
    return bad_input("found --config with --scheduler " + plan.scheduler +
                     ", expected tf-shared: that is what TF-Serving's files describe");
  }
  const Result<std::size_t> place = only_pool(config);
  if (!place) {
    return tl::unexpected(place.error());
  }
  const BatchPool& pool = config.pools[*place];
  if (!pool.batched) {
    return refuse_at(
        pool.where,
        "found a server that does not batch, expected --enable_batching: every request "
        "would be executed alone, and there is nothing to simulate");
  }
  Settings settings = scheduler_settings(
      effective_settings(config, *place, nullptr, plan.server_cpus), /*queue=*/"");
  for (const ServedModel& model : config.models) {
    if (model.batching == ModelBatching::kBatched) {
      plan.queues.push_back(model.name);
      if (pool.per_model) {
        for (auto& setting : scheduler_settings(
                 effective_settings(config, *place, &model, plan.server_cpus), model.name)) {
          settings.push_back(std::move(setting));
        }
      }
    } else {
      plan.warnings.push_back(
          {"model " + model.name + " is left out: " + model.reason, model.where});
    }
  }
  if (!config.models.empty() && plan.queues.empty()) {
    return refuse_at(config.models.front().where, "found no model that is batched, expected one: " +
                                                      config.models.front().reason);
  }
  settings.emplace_back("idle_poll_micros", kServerIdlePollMicros);
  settings.emplace_back("batching_session", "true");
  plan.config_options = std::move(settings);
  plan.warnings.insert(plan.warnings.end(), config.diagnostics.begin(), config.diagnostics.end());
  plan.gpu_options.clear();
  for (const ConfigSetting& setting : pool.gpu) {
    plan.gpu_options.emplace_back(setting.name, setting.value);
  }
  plan.server_cpus_given = true;  // the configuration's own diagnostics say what was assumed
  plan.configured = true;
  return {};
}

}  // namespace lockstep

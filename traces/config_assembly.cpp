#include "traces/config_assembly.h"

#include <algorithm>
#include <tuple>

#include "traces/config_batching.h"
#include "traces/config_model_batching.h"
#include "traces/config_models.h"
#include "traces/config_pools.h"
#include "traces/config_warnings.h"
#include "traces/csv_rows.h"
#include "traces/names.h"

namespace lockstep {
namespace {

bool is_pool_setting(const ConfigSetting& setting) {
  return setting.name == "num_batch_threads" || setting.name == "thread_pool_name";
}

class Assembly {
 public:
  Assembly(ServerInputs& inputs, const ServerConfigOptions& options)
      : inputs_(inputs), options_(options) {}

  Result<ServerConfig> run() {
    if (inputs_.flags) {
      config_.flags = inputs_.flags->given;
      append(inputs_.flags->diagnostics);
    }
    for (const auto* file :
         {&inputs_.batching, &inputs_.models, &inputs_.platforms, &inputs_.session}) {
      if (*file != nullptr) {
        append((*file)->diagnostics());
      }
    }
    for (Result<void> (Assembly::*step)() :
         {&Assembly::list_models, &Assembly::make_pools, &Assembly::place_models,
          &Assembly::find_model_batching, &Assembly::judge}) {
      if (Result<void> done = (this->*step)(); !done) {
        return tl::unexpected(done.error());
      }
    }
    config_.files = inputs_.files;
    order_diagnostics();
    return std::move(config_);
  }

 private:
  void append(const std::vector<ConfigDiagnostic>& diagnostics) {
    config_.diagnostics.insert(config_.diagnostics.end(), diagnostics.begin(), diagnostics.end());
  }
  void warn(const ConfigPlace& where, std::string text) {
    config_.diagnostics.push_back({std::move(text), where});
  }

  [[nodiscard]] bool is_invented() const {
    return inputs_.models != nullptr && inputs_.models->kind() == ConfigKind::kInventedModels;
  }

  Result<void> list_models();
  Result<void> list_flag_model();
  void warn_about_flag_model();
  Result<void> make_pools();
  Result<void> place_models();
  Result<void> find_model_batching() { return set_model_batching(inputs_, listed_, config_); }
  Result<void> judge();
  Result<void> judge_pool(std::size_t index);
  void warn_about_ignored(const BatchPool& pool, std::int64_t threads);
  void order_diagnostics();

  ServerInputs& inputs_;
  const ServerConfigOptions& options_;
  ServerConfig config_;
  std::vector<ListedModel> listed_;
};

Result<void> Assembly::list_models() {
  if (inputs_.models != nullptr) {
    warn_about_flag_model();
    Result<std::vector<ListedModel>> listed = listed_models(*inputs_.models);
    if (!listed) {
      return tl::unexpected(listed.error());
    }
    listed_ = std::move(*listed);
    return {};
  }
  return inputs_.flags ? list_flag_model() : Result<void>{};
}

void Assembly::warn_about_flag_model() {
  for (const std::string_view name : {"model_name", "model_base_path"}) {
    const ConfigSetting* flag = inputs_.flags ? inputs_.flags->find(name) : nullptr;
    if (flag != nullptr) {
      warn(flag->where, "--" + flag->name + " is ignored: --model_config_file names the models");
    }
  }
}

// --model_name and --model_base_path.
Result<void> Assembly::list_flag_model() {
  const ServerFlags& flags = *inputs_.flags;
  const ConfigSetting* path = flags.find("model_base_path");
  if (path == nullptr || path->value.empty()) {
    warn(flags.where,
         "the server does not start without --model_base_path or --model_config_file; any model is "
         "assumed");
    return {};
  }
  const ConfigSetting* name = flags.find("model_name");
  ListedModel listed;
  listed.model.name = name == nullptr ? "default" : name->value;
  if (!is_queue_name(listed.model.name)) {
    return refuse_at(name->where, "found model name " + shown(listed.model.name) + ", expected " +
                                      std::string(kModelNameRule));
  }
  listed.model.base_path = path->value;
  listed.model.where = path->where;
  listed.model.versions = {"latest", "1", path->where};
  listed.platform = {"tensorflow", path->where};
  listed_.push_back(std::move(listed));
  return check_base_path(listed_.back().model.name, path->value, path->where);
}

Result<void> Assembly::make_pools() {
  Result<PoolsAndWarnings> made = make_batch_pools(inputs_, listed_);
  if (!made) {
    return tl::unexpected(made.error());
  }
  config_.pools = std::move(made->pools);
  append(made->diagnostics);
  return {};
}

// Each model's pool is the platform that it names.
Result<void> Assembly::place_models() {
  std::vector<std::string_view> platforms;
  for (const BatchPool& pool : config_.pools) {
    platforms.push_back(pool.platform);
  }
  for (ListedModel& listed : listed_) {
    const auto found = std::find(platforms.begin(), platforms.end(), listed.platform.value);
    if (found == platforms.end()) {
      return refuse_at(listed.platform.where,
                       "found model_platform " + shown(listed.platform.value) +
                           ", expected a platform of this server: " + name_list(platforms) +
                           suggestion(listed.platform.value, platforms));
    }
    listed.model.pool = static_cast<std::size_t>(found - platforms.begin());
    if (!config_.pools[listed.model.pool].batched) {
      listed.model.batching = ModelBatching::kNotBatched;
      listed.model.reason = inputs_.platforms != nullptr ? "its platform has no batching_parameters"
                                                         : "--enable_batching is not set";
    }
    config_.models.push_back(listed.model);
  }
  return {};
}

// --- rules and warnings --------------------------------------------------------------------------

Result<void> Assembly::judge() {
  for (std::size_t i = 0; i < config_.pools.size(); ++i) {
    if (Result<void> judged = judge_pool(i); !judged) {
      return judged;
    }
  }
  for (const ServedModel& model : config_.models) {
    const BatchPool& pool = config_.pools[model.pool];
    const bool several = model.versions.name == "all" ||
                         model.versions.value.find(',') != std::string::npos ||
                         (model.versions.name == "latest" && model.versions.value != "1");
    // With flags and per-model files the versions themselves were counted.
    if (several && pool.batched && !(inputs_.flags && pool.per_model)) {
      warn(model.versions.where,
           "model " + model.name + " serves several versions (" + model.versions.name +
               (model.versions.value.empty() ? "" : " " + model.versions.value) +
               "), each with a queue of its own; here 1 queue stands for all");
    }
  }
  return {};
}

Result<void> Assembly::judge_pool(std::size_t index) {
  const BatchPool& pool = config_.pools[index];
  if (!pool.batched) {
    return {};
  }
  const BatchingValues values = batching_values(pool.settings, pool.where);
  if (Result<void> checked = check_pool(values); !checked) {
    return checked;
  }
  PoolFacts facts;
  facts.threads_assumed = !values.num_batch_threads && !options_.server_cpus_given;
  facts.threads = values.num_batch_threads ? values.num_batch_threads->value : options_.server_cpus;
  facts.queues = std::max<std::int64_t>(
      1, std::count_if(config_.models.begin(), config_.models.end(), [&](const auto& model) {
        return model.pool == index && model.batching == ModelBatching::kBatched;
      }));
  warn_about_pool(values, facts, config_.diagnostics);
  std::vector<BatchingValues> queues;
  if (!pool.per_model) {
    queues.push_back(values);
  } else {
    warn_about_ignored(pool, facts.threads);
  }
  for (const ServedModel& model : config_.models) {
    if (pool.per_model && model.pool == index && model.batching == ModelBatching::kBatched) {
      queues.push_back(batching_values(model.settings, model.where));
    }
  }
  for (const BatchingValues& queue : queues) {
    if (Result<void> checked = check_queue(queue); !checked) {
      return checked;
    }
    warn_about_queue(queue, facts, config_.diagnostics);
    if (inputs_.flags) {
      warn_about_callers(*inputs_.flags, queue, options_.server_cpus, config_.diagnostics);
    }
  }
  return {};
}

// With per-model parameters each side's half of the settings is void.
void Assembly::warn_about_ignored(const BatchPool& pool, std::int64_t threads) {
  std::vector<std::string_view> names;
  ConfigPlace where = pool.where;
  for (const ConfigSetting& setting : pool.settings) {
    if (!is_pool_setting(setting)) {
      where = names.empty() ? setting.where : where;
      names.push_back(setting.name);
    }
  }
  if (!names.empty()) {
    warn(where, counted(static_cast<std::int64_t>(names.size()), "setting") +
                    " for all models ignored (" + name_list(names) +
                    "): with per-model parameters only num_batch_threads and thread_pool_name "
                    "count here");
  }
  for (const ServedModel& model : config_.models) {
    for (const ConfigSetting& setting : model.settings) {
      if (is_pool_setting(setting) && !is_invented()) {
        warn(setting.where, setting.name + " " + setting.value + " of model " + model.name +
                                " is ignored: one pool of " + counted(threads, "batch thread") +
                                " serves all models");
      }
    }
  }
}

// The command line first, then files in reading order; within a file by place.
void Assembly::order_diagnostics() {
  const auto rank = [&](const ConfigPlace& place) {
    const auto found = std::find_if(config_.files.begin(), config_.files.end(),
                                    [&](const auto& file) { return file.first == place.file; });
    return found == config_.files.end() ? -1 : found - config_.files.begin();
  };
  std::stable_sort(config_.diagnostics.begin(), config_.diagnostics.end(),
                   [&](const auto& a, const auto& b) {
                     return std::tuple(rank(a.where), a.where.line, a.where.column) <
                            std::tuple(rank(b.where), b.where.line, b.where.column);
                   });
}

}  // namespace

Result<ServerConfig> assemble(ServerInputs inputs, const ServerConfigOptions& options) {
  return Assembly(inputs, options).run();
}

}  // namespace lockstep

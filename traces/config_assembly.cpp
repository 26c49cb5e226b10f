#include "traces/config_assembly.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <tuple>

#include <fmt/format.h>

#include "traces/config_batching.h"
#include "traces/config_models.h"
#include "traces/config_pools.h"
#include "traces/config_warnings.h"
#include "traces/csv_rows.h"
#include "traces/names.h"

namespace lockstep {
namespace {

constexpr std::string_view kModelFile = "batching_params.pbtxt";

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
          &Assembly::set_model_batching, &Assembly::judge}) {
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
  Result<void> set_model_batching();
  Result<void> set_from_files();
  Result<void> set_from_base_path(ServedModel& model);
  void set_from_inventions();
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

Result<void> Assembly::set_model_batching() {
  if (is_invented() && inputs_.platforms == nullptr && config_.pools.front().per_model) {
    set_from_inventions();
    return {};
  }
  if (!inputs_.flags) {
    return set_from_files();
  }
  for (ServedModel& model : config_.models) {
    const BatchPool& pool = config_.pools[model.pool];
    if (pool.batched && pool.per_model) {
      if (Result<void> done = set_from_base_path(model); !done) {
        return done;
      }
    }
  }
  return {};
}

// .../MODEL/VERSION/batching_params.pbtxt
struct ModelFile {
  std::string model;
  std::int64_t version = 0;
  const ParsedConfig* file = nullptr;
};

Result<ModelFile> model_file(const ParsedConfig& file) {
  const std::filesystem::path path = file.source().name;
  const std::string folder = path.parent_path().filename().string();
  const std::string model = path.parent_path().parent_path().filename().string();
  const std::optional<std::int64_t> version = version_number(folder);
  if (!version || model.empty()) {
    return bad_input(file.source().name + ": found folder " + shown(folder) +
                     ", expected MODEL/VERSION/" + std::string(kModelFile) +
                     " with a number as VERSION");
  }
  return ModelFile{model, *version, &file};
}

std::string last_folder(std::string path) {
  while (path.ends_with('/')) {
    path.pop_back();
  }
  return path.substr(path.rfind('/') + 1);
}

Result<void> Assembly::set_from_files() {
  std::vector<ModelFile> newest;
  for (const auto& file : inputs_.model_batching) {
    append(file->diagnostics());
    Result<ModelFile> found = model_file(*file);
    if (!found) {
      return tl::unexpected(found.error());
    }
    const auto same = std::find_if(newest.begin(), newest.end(),
                                   [&](const auto& other) { return other.model == found->model; });
    if (same == newest.end()) {
      newest.push_back(*found);
      continue;
    }
    const auto [older, newer] = std::minmax(same->version, found->version);
    if (older == newer) {
      return bad_input(file->source().name + ": found version " + std::to_string(newer) + " of " +
                       found->model + " a second time, expected it once");
    }
    const ParsedConfig& ignored = found->version < same->version ? *file : *same->file;
    warn({ignored.source().name, 1, 1}, "version " + std::to_string(older) + " of " + found->model +
                                            " is not the newest given (" + std::to_string(newer) +
                                            "): not used");
    *same = found->version > same->version ? *found : *same;
  }
  const bool named = !config_.models.empty();
  for (const ModelFile& file : newest) {
    auto model = std::find_if(config_.models.begin(), config_.models.end(), [&](const auto& m) {
      return last_folder(m.base_path) == file.model || m.name == file.model;
    });
    if (model == config_.models.end() && named) {
      return bad_input(file.file->source().name + ": found model folder " + shown(file.model) +
                       ", expected the last folder of a base_path in the model config");
    }
    if (model == config_.models.end()) {
      config_.models.push_back(
          {.name = file.model, .versions = {"latest", "1", {file.file->source().name, 1, 1}}});
      model = config_.models.end() - 1;
    }
    model->settings = file.file->root().settings();
    model->where = {file.file->source().name, 1, 1};
    model->batching = ModelBatching::kBatched;
    model->reason = "given";
  }
  for (ServedModel& model : config_.models) {
    const BatchPool& pool = config_.pools[model.pool];
    if (pool.batched && pool.per_model && model.reason != "given") {
      const bool seen = inputs_.platforms == nullptr;
      model.batching = seen ? ModelBatching::kNotBatched : ModelBatching::kUnknown;
      model.reason = seen ? "no " + std::string(kModelFile) + " is given for it"
                          : "its " + std::string(kModelFile) + " is not given";
      warn(model.where, "model " + model.name +
                            (seen ? " is not batched at all: " : " may not be batched: ") +
                            model.reason);
    }
    model.reason = model.reason == "given" ? "" : model.reason;
  }
  return {};
}

Result<void> Assembly::set_from_base_path(ServedModel& model) {
  const std::optional<std::vector<std::int64_t>> versions = served_versions(model);
  if (!versions || versions->empty()) {
    model.batching = ModelBatching::kUnknown;
    model.reason = versions ? "no version to serve lies in " + shown(model.base_path)
                            : shown(model.base_path) + " cannot be seen from here";
    warn(model.where, "model " + model.name + " may not be batched: " + model.reason + ", so its " +
                          std::string(kModelFile) + " is not known");
    return {};
  }
  const std::string path =
      (std::filesystem::path(model.base_path) / std::to_string(versions->front()) / kModelFile)
          .string();
  if (versions->size() > 1) {
    warn(model.where, std::to_string(versions->size()) + " versions of model " + model.name +
                          " are served, each with a queue of its own; here the newest, " +
                          std::to_string(versions->front()) + ", stands for all");
  }
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    model.batching = ModelBatching::kNotBatched;
    model.reason =
        "version " + std::to_string(versions->front()) + " has no " + std::string(kModelFile);
    warn(model.where, "model " + model.name + " is not batched at all: " + model.reason);
    return {};
  }
  Result<std::unique_ptr<const ConfigSource>> source = open_config(path);
  if (!source) {
    return tl::unexpected(source.error());
  }
  Result<std::unique_ptr<const ParsedConfig>> file =
      ParsedConfig::parse(std::move(*source), ConfigKind::kModelBatching);
  if (!file) {
    return tl::unexpected(file.error());
  }
  append((*file)->diagnostics());
  inputs_.files.emplace_back(path, ConfigKind::kModelBatching);
  model.settings = (*file)->root().settings();
  model.where = {path, 1, 1};
  return {};
}

void Assembly::set_from_inventions() {
  for (std::size_t i = 0; i < listed_.size(); ++i) {
    ServedModel& model = config_.models[i];
    if (listed_[i].batching) {
      model.settings = *listed_[i].batching;
    } else if (model.batching == ModelBatching::kBatched) {
      model.batching = ModelBatching::kNotBatched;
      model.reason = "it has no batching settings, and others have";
      warn(model.where, "model " + model.name + " is not batched at all: " + model.reason);
    }
  }
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

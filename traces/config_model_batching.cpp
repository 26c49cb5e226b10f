#include "traces/config_model_batching.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>

#include "traces/config_bytes.h"

namespace lockstep {
namespace {

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
    return refuse_at({file.source().name, 1, 1},
                     "found folder " + shown(folder) + ", expected MODEL/VERSION/" +
                         std::string(kModelFile) + " with a number as VERSION");
  }
  return ModelFile{model, *version, &file};
}

std::string last_folder(std::string path) {
  while (path.ends_with('/')) {
    path.pop_back();
  }
  return path.substr(path.rfind('/') + 1);
}

class Setter {
 public:
  Setter(ServerInputs& inputs, const std::vector<ListedModel>& listed, ServerConfig& config)
      : inputs_(inputs), listed_(listed), config_(config) {}

  Result<void> run();

 private:
  void append(const std::vector<ConfigDiagnostic>& diagnostics) {
    config_.diagnostics.insert(config_.diagnostics.end(), diagnostics.begin(), diagnostics.end());
  }
  void warn(const ConfigPlace& where, std::string text) {
    config_.diagnostics.push_back({std::move(text), where});
  }
  Result<void> set_from_files();
  Result<std::vector<ModelFile>> newest_files();
  Result<void> set_from_base_path(ServedModel& model);
  void set_from_inventions();

  ServerInputs& inputs_;
  const std::vector<ListedModel>& listed_;
  ServerConfig& config_;
};

Result<void> Setter::run() {
  const bool is_invented =
      inputs_.models != nullptr && inputs_.models->kind() == ConfigKind::kInventedModels;
  if (is_invented && inputs_.platforms == nullptr && config_.pools.front().per_model) {
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

// One file per model, of its newest version.
Result<std::vector<ModelFile>> Setter::newest_files() {
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
      return refuse_at({file->source().name, 1, 1}, "found version " + std::to_string(newer) +
                                                        " of " + found->model +
                                                        " a second time, expected it once");
    }
    const ParsedConfig& ignored = found->version < same->version ? *file : *same->file;
    warn({ignored.source().name, 1, 1}, "version " + std::to_string(older) + " of " + found->model +
                                            " is not the newest given (" + std::to_string(newer) +
                                            "): not used");
    *same = found->version > same->version ? *found : *same;
  }
  return newest;
}

Result<void> Setter::set_from_files() {
  const Result<std::vector<ModelFile>> newest = newest_files();
  if (!newest) {
    return tl::unexpected(newest.error());
  }
  const bool named = !config_.models.empty();
  for (const ModelFile& file : *newest) {
    auto model = std::find_if(config_.models.begin(), config_.models.end(), [&](const auto& m) {
      return last_folder(m.base_path) == file.model || m.name == file.model;
    });
    if (model == config_.models.end() && named) {
      return refuse_at({file.file->source().name, 1, 1},
                       "found model folder " + shown(file.model) +
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

Result<void> Setter::set_from_base_path(ServedModel& model) {
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

void Setter::set_from_inventions() {
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

}  // namespace

Result<void> set_model_batching(ServerInputs& inputs, const std::vector<ListedModel>& listed,
                                ServerConfig& config) {
  return Setter(inputs, listed, config).run();
}

}  // namespace lockstep

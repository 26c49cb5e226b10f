#include "traces/config_server.h"

#include <algorithm>
#include <filesystem>

#include "core/limits.h"
#include "traces/config_assembly.h"
#include "traces/config_batching.h"
#include "traces/config_model_batching.h"
#include "traces/config_schema.h"

namespace lockstep {
namespace {

using File = std::unique_ptr<const ParsedConfig>;

Result<File> parse_as(const std::string& path, ConfigKind kind) {
  Result<std::unique_ptr<const ConfigSource>> source = open_config(path);
  if (!source) {
    return tl::unexpected(source.error());
  }
  // A file of another kind is more than a wrong field.
  const Result<ConfigKind> looks =
      recognise_config((*source)->bytes, (*source)->is_json, (*source)->tokens);
  Result<File> file = ParsedConfig::parse(std::move(*source), kind);
  const bool same = !looks || *looks == kind ||
                    (*looks == ConfigKind::kInventedModels && kind == ConfigKind::kModels) ||
                    (*looks == ConfigKind::kBatching && kind == ConfigKind::kModelBatching);
  if (!file && !same) {
    return bad_input(file.error().message + "; this looks like " + std::string(describe(*looks)));
  }
  return file;
}

bool is_model_file(const std::string& path) {
  return std::filesystem::path(path).filename() == kModelFile;
}

// Where a file of this kind goes; nullptr: several may be given.
File* slot(ServerInputs& inputs, ConfigKind kind) {
  switch (kind) {
    case ConfigKind::kBatching:
      return &inputs.batching;
    case ConfigKind::kModels:
    case ConfigKind::kInventedModels:
      return &inputs.models;
    case ConfigKind::kPlatforms:
      return &inputs.platforms;
    case ConfigKind::kSession:
      return &inputs.session;
    case ConfigKind::kModelBatching:
    case ConfigKind::kScenario:
      break;
  }
  return nullptr;
}

Result<void> add_file(const std::string& path, ServerInputs& inputs) {
  Result<std::unique_ptr<const ConfigSource>> source = open_config(path);
  if (!source) {
    return tl::unexpected(source.error());
  }
  ConfigKind kind = ConfigKind::kModelBatching;
  if (!is_model_file(path)) {
    Result<ConfigKind> found =
        recognise_config((*source)->bytes, (*source)->is_json, (*source)->tokens);
    if (!found) {
      return tl::unexpected(found.error());
    }
    kind = *found;
  }
  if (kind == ConfigKind::kScenario) {
    return refuse_at({path, 1, 1},
                     "found a scenario of Lockstep, expected a file of the server; give the "
                     "scenario in place of the trace");
  }
  Result<File> file = ParsedConfig::parse(std::move(*source), kind);
  if (!file) {
    return tl::unexpected(file.error());
  }
  File* place = slot(inputs, kind);
  if (place == nullptr) {
    inputs.model_batching.push_back(std::move(*file));
  } else if (*place != nullptr) {
    return refuse_at({path, 1, 1}, "found " + std::string(describe(kind)) +
                                       " a second time, expected one (first " +
                                       (*place)->source().name + ")");
  } else {
    *place = std::move(*file);
  }
  inputs.files.emplace_back(path, kind);
  return {};
}

std::string as_text(bool value) {
  return value ? "true" : "false";
}

}  // namespace

Result<ServerConfig> read_server_config(std::span<const std::string> paths,
                                        const ServerConfigOptions& options) {
  ServerInputs inputs;
  for (const std::string& path : paths) {
    if (Result<void> added = add_file(path, inputs); !added) {
      return tl::unexpected(added.error());
    }
  }
  return assemble(std::move(inputs), options);
}

Result<ServerConfig> read_server_command_line(std::span<const std::string> words,
                                              const ServerConfigOptions& options) {
  ServerInputs inputs;
  Result<ServerFlags> flags = parse_server_flags(words);
  if (!flags) {
    return tl::unexpected(flags.error());
  }
  struct NamedFile {
    std::string_view flag;
    ConfigKind kind;
  };
  // In the order in which the server reads them; with a platform config it reads no others.
  const bool platforms = !flags->text("platform_config_file").empty();
  std::vector<NamedFile> named = {{"model_config_file", ConfigKind::kModels}};
  if (platforms) {
    named.push_back({"platform_config_file", ConfigKind::kPlatforms});
  } else if (flags->is_true("enable_batching")) {
    named.push_back({"batching_parameters_file", ConfigKind::kBatching});
  }
  if (!platforms) {
    named.push_back({"tensorflow_session_config_file", ConfigKind::kSession});
  }
  for (const auto& [flag, kind] : named) {
    const std::string path = flags->text(flag);
    if (path.empty()) {
      continue;
    }
    Result<File> file = parse_as(path, kind);
    if (!file) {
      return tl::unexpected(file.error());
    }
    *slot(inputs, kind) = std::move(*file);
    inputs.files.emplace_back(path, kind);
  }
  inputs.flags = std::move(*flags);
  return assemble(std::move(inputs), options);
}

std::vector<EffectiveSetting> effective_settings(const ServerConfig& config, std::size_t pool,
                                                 const ServedModel* model,
                                                 std::int64_t server_cpus) {
  const BatchPool& shared = config.pools[pool];
  const BatchingValues threads = batching_values(shared.settings, shared.where);
  const bool own = shared.per_model && model != nullptr;
  const bool neither = shared.per_model && model == nullptr;  // the server has no such queue
  const BatchingValues values = own       ? batching_values(model->settings, model->where)
                                : neither ? BatchingValues{}
                                          : threads;
  const EffectiveQueue queue = effective_queue(values);
  std::vector<EffectiveSetting> settings;
  const auto add = [&](std::string name, std::string value, const auto& given) {
    settings.push_back(
        {std::move(name), std::move(value), given ? std::optional(given->where) : std::nullopt});
  };
  add("max_batch_size", std::to_string(queue.max_batch_size), values.max_batch_size);
  add("batch_timeout_micros", std::to_string(queue.batch_timeout_micros),
      values.batch_timeout_micros);
  add("max_enqueued_batches", std::to_string(queue.max_enqueued_batches),
      values.max_enqueued_batches);
  add("num_batch_threads",
      std::to_string(threads.num_batch_threads ? threads.num_batch_threads->value : server_cpus),
      threads.num_batch_threads);
  // Enabled without a file, the server names its pool so.
  const bool bare = shared.settings.empty() && shared.where.file == "command line";
  add("thread_pool_name",
      threads.thread_pool_name ? threads.thread_pool_name->value
      : bare                   ? "model_server_batch_threads"
                               : "batch_threads",
      threads.thread_pool_name);
  std::string sizes;
  for (const std::int64_t size : queue.allowed_batch_sizes) {
    sizes += (sizes.empty() ? "" : ",") + std::to_string(size);
  }
  add("allowed_batch_sizes", sizes, values.allowed_batch_sizes);
  add("pad_variable_length_inputs",
      as_text(values.pad_variable_length_inputs && values.pad_variable_length_inputs->value),
      values.pad_variable_length_inputs);
  add("enable_large_batch_splitting", as_text(values.splits()),
      values.enable_large_batch_splitting);
  add("max_execution_batch_size", std::to_string(queue.execution_size),
      values.splits() ? values.max_execution_batch_size : std::nullopt);
  return settings;
}

Result<ConfigKind> recognise_config_file(const std::string& path) {
  Result<std::unique_ptr<const ConfigSource>> source = open_config(path);
  if (!source) {
    return tl::unexpected(source.error());
  }
  if (is_model_file(path)) {
    return ConfigKind::kModelBatching;
  }
  return recognise_config((*source)->bytes, (*source)->is_json, (*source)->tokens);
}

}  // namespace lockstep

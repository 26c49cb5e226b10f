#include "tests/traces/config_text.h"

namespace lockstep {
namespace {

std::string settings_text(const std::vector<ConfigSetting>& settings) {
  std::string text;
  for (const ConfigSetting& setting : settings) {
    text += " " + setting.name + "=" + setting.value + "@" + std::to_string(setting.where.line) +
            ":" + std::to_string(setting.where.column);
  }
  return text;
}

std::string model_text(const ServerConfig& config, const ServedModel& model) {
  std::string text = "model " + model.name + " in " + config.pools[model.pool].platform + ", " +
                     model.versions.name +
                     (model.versions.value.empty() ? "" : " " + model.versions.value) + ":";
  if (model.batching != ModelBatching::kBatched) {
    return text + (model.batching == ModelBatching::kUnknown ? " unknown, " : " not batched, ") +
           model.reason;
  }
  return text + settings_text(model.settings);
}

}  // namespace

std::string without(std::string text, const std::string& directory) {
  for (std::size_t at = text.find(directory + "/"); at != std::string::npos;
       at = text.find(directory + "/")) {
    text.erase(at, directory.size() + 1);
  }
  return text;
}

std::string config_lines(const Result<ServerConfig>& config) {
  if (!config) {
    return "error: " + config.error().message + "\n";
  }
  std::string lines;
  for (const BatchPool& pool : config->pools) {
    lines += "pool " + pool.platform + ":" +
             (!pool.batched    ? " not batched"
              : pool.per_model ? " per model" + settings_text(pool.settings)
                               : settings_text(pool.settings)) +
             "\n";
    if (!pool.gpu.empty()) {
      lines += "gpu:" + settings_text(pool.gpu) + "\n";
    }
  }
  for (const ServedModel& model : config->models) {
    lines += model_text(*config, model) + "\n";
  }
  return lines + warnings_of(config);
}

std::string warnings_of(const Result<ServerConfig>& config) {
  if (!config) {
    return "error: " + config.error().message + "\n";
  }
  std::string lines;
  for (const ConfigDiagnostic& diagnostic : config->diagnostics) {
    lines += "warning: " + to_text(diagnostic.where) + ": " + diagnostic.text + "\n";
  }
  return lines;
}

std::string read_one(const std::string& name, const std::string& text,
                     const ServerConfigOptions& options) {
  const ScratchDirectory directory;
  directory.write(name, text);
  const std::vector<std::string> paths = {directory.file(name)};
  return without(config_lines(read_server_config(paths, options)), directory.path());
}

}  // namespace lockstep

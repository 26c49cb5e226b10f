#include "traces/config_models.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <functional>
#include <set>
#include <system_error>

#include "traces/names.h"

namespace lockstep {
namespace {

constexpr std::string_view kTensorFlow = "tensorflow";

// With a scheme ("gs://bucket/m") or from the root.
bool is_absolute(std::string_view path) {
  if (path.starts_with('/')) {
    return true;
  }
  const std::size_t colon = path.find("://");
  return colon != std::string_view::npos && colon > 0 &&
         std::all_of(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.';
         });
}

Result<Placed<std::string>> platform_of(const ConfigBlock& block, bool is_invented) {
  const bool typed =
      block.has("model_type") && block.text("model_type") != "MODEL_TYPE_UNSPECIFIED";
  const std::string named = block.text("model_platform");
  if (typed && !named.empty()) {
    return refuse_at(block.where("model_type"),
                     "Illegal setting both ModelServerConfig::model_type (deprecated) and "
                     "ModelServerConfig::model_platform.");
  }
  if (typed && block.text("model_type") != "TENSORFLOW") {
    return refuse_at(block.where("model_type"),
                     "ModelServerConfig::model_type choice 2 not supported.");
  }
  if (typed || (named.empty() && is_invented)) {
    return Placed<std::string>{std::string(kTensorFlow), block.where("model_type")};
  }
  if (named.empty()) {
    return refuse_at(block.where(),
                     "Illegal setting neither ModelServerConfig::model_type (deprecated) nor "
                     "ModelServerConfig::model_platform.");
  }
  return block.placed("model_platform");
}

ConfigSetting version_policy(const ConfigBlock& block) {
  ConfigSetting policy{"latest", "1", block.where("model_version_policy")};
  if (!block.has("model_version_policy")) {
    return policy;
  }
  const ConfigBlock chosen = block.block("model_version_policy");
  if (chosen.has("all")) {
    return {"all", "", chosen.where("all")};
  }
  if (chosen.has("specific")) {
    policy = {"specific", "", chosen.where("specific")};
    const ConfigBlock specific = chosen.block("specific");
    for (std::size_t i = 0; i < specific.count("versions"); ++i) {
      policy.value += (i == 0 ? "" : ",") + specific.text("versions", i);
    }
    return policy;
  }
  if (chosen.has("latest")) {
    policy.where = chosen.where("latest");
    const std::uint64_t versions = chosen.block("latest").number("num_versions");
    policy.value = std::to_string(std::max<std::uint64_t>(versions, 1));
  }
  return policy;
}

Result<void> read_inventions(const ConfigBlock& block, ListedModel& listed) {
  for (const std::string_view name : {"batching_config", "batching_parameters"}) {
    if (!block.has(name)) {
      continue;
    }
    if (listed.batching) {
      return refuse_at(block.where(name),
                       "found batching_parameters beside batching_config, expected one of them");
    }
    const ConfigBlock batching = block.block(name);
    listed.batching = batching.settings();
    listed.batching_where = batching.where();
  }
  for (const std::string_view name : {"gpu_config", "gpu_options"}) {
    if (block.has(name)) {
      for (ConfigSetting& setting : block.block(name).settings()) {
        setting.name = std::string(name) + "." + setting.name;
        listed.gpu.push_back(std::move(setting));
      }
    }
  }
  return {};
}

Result<ListedModel> listed_model(const ConfigBlock& block, bool is_invented) {
  ListedModel listed;
  listed.model.name = block.text("name");
  listed.model.where = block.where();
  listed.model.base_path = block.text("base_path");
  if (!is_queue_name(listed.model.name)) {
    return refuse_at(block.where("name"), "found model name " + shown(listed.model.name) +
                                              ", expected " + std::string(kModelNameRule));
  }
  Result<Placed<std::string>> platform = platform_of(block, is_invented);
  if (!platform) {
    return tl::unexpected(platform.error());
  }
  listed.platform = std::move(*platform);
  if (!is_invented || block.has("base_path")) {
    if (Result<void> path =
            check_base_path(listed.model.name, listed.model.base_path, block.where("base_path"));
        !path) {
      return tl::unexpected(path.error());
    }
  }
  listed.model.versions = version_policy(block);
  if (is_invented) {
    if (Result<void> read = read_inventions(block, listed); !read) {
      return tl::unexpected(read.error());
    }
  }
  return listed;
}

// All `config` blocks of the file, which may be spread over several lists.
std::vector<ConfigBlock> model_blocks(const ParsedConfig& file) {
  std::vector<ConfigBlock> blocks;
  const ConfigBlock root = file.root();
  for (std::size_t list = 0; list < root.count("model_config_list"); ++list) {
    const ConfigBlock models = root.block("model_config_list", list);
    for (std::size_t i = 0; i < models.count("config"); ++i) {
      blocks.push_back(models.block("config", i));
    }
  }
  return blocks;
}

}  // namespace

Result<void> check_base_path(const std::string& model, const std::string& base_path,
                             const ConfigPlace& where) {
  if (!is_absolute(base_path)) {
    return refuse_at(where, "Expected model " + model +
                                " to have an absolute path or URI; got base_path()=" + base_path);
  }
  return {};
}

Result<std::vector<ListedModel>> listed_models(const ParsedConfig& file) {
  const bool is_invented = file.kind() == ConfigKind::kInventedModels;
  if (!is_invented && file.root().has("custom_model_config")) {
    return refuse_at(file.root().where("custom_model_config"),
                     "found custom_model_config, expected model_config_list: TF-Serving's server "
                     "does not support it either");
  }
  std::vector<ListedModel> models;
  std::set<std::string> names;
  for (const ConfigBlock& block : model_blocks(file)) {
    Result<ListedModel> listed = listed_model(block, is_invented);
    if (!listed) {
      return tl::unexpected(listed.error());
    }
    if (!names.insert(listed->model.name).second) {
      return refuse_at(block.where("name"), "Illegal to list model " + listed->model.name +
                                                " multiple times in config list");
    }
    models.push_back(std::move(*listed));
  }
  if (models.empty()) {
    return refuse_at(file.root().where("model_config_list"),
                     "found no model, expected model_config_list { config { ... } } with at least "
                     "one");
  }
  return models;
}

std::optional<std::int64_t> version_number(std::string_view folder) {
  std::int64_t version = 0;
  const char* end = folder.data() + folder.size();
  const auto [stop, error] = std::from_chars(folder.data(), end, version);
  return error == std::errc{} && stop == end && version >= 0 ? std::optional(version)
                                                             : std::nullopt;
}

std::optional<std::vector<std::int64_t>> served_versions(const ServedModel& model) {
  std::error_code error;
  std::vector<std::int64_t> versions;
  std::filesystem::directory_iterator entry(model.base_path, error);
  if (error) {
    return std::nullopt;
  }
  for (; entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (const auto version = version_number(name); version && entry->is_directory(error)) {
      versions.push_back(*version);
    }
  }
  std::sort(versions.begin(), versions.end(), std::greater<>());
  if (model.versions.name == "specific") {
    const std::string listed = "," + model.versions.value + ",";
    std::erase_if(versions, [&](std::int64_t version) {
      return listed.find("," + std::to_string(version) + ",") == std::string::npos;
    });
  } else if (model.versions.name == "latest") {
    const auto count = static_cast<std::size_t>(version_number(model.versions.value).value_or(1));
    versions.resize(std::min(versions.size(), count));
  }
  return versions;
}

}  // namespace lockstep

// The models of a server: from its model config, and the versions below their base paths.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "traces/config_parse.h"
#include "traces/config_server.h"

namespace lockstep {

inline constexpr std::string_view kModelNameRule =
    "1 to 64 printable ASCII characters without comma or quote";

// A model as its file or flags describe it, with the platform still a name.
struct ListedModel {
  ServedModel model{};
  Placed<std::string> platform{};
  // Invented settings (TF 7.4); absent in what TF-Serving reads.
  std::optional<std::vector<ConfigSetting>> batching{};
  ConfigPlace batching_where{};
  std::vector<ConfigSetting> gpu{};  // "gpu_config.allow_growth", ...
};

// The models of a parsed kModels or kInventedModels file, in file order, checked as the server
// checks them: platform, unique names, absolute base paths. Ours: names that traces can carry.
[[nodiscard]] Result<std::vector<ListedModel>> listed_models(const ParsedConfig& file);

// --model_base_path is an absolute path or URI. Errors: the server's own text at `where`.
[[nodiscard]] Result<void> check_base_path(const std::string& model, const std::string& base_path,
                                           const ConfigPlace& where);

// Which versions below base_path the policy serves, newest first; nullopt: the folder cannot be
// seen from here.
[[nodiscard]] std::optional<std::vector<std::int64_t>> served_versions(const ServedModel& model);

// The number that a version folder's name is; nullopt: none.
[[nodiscard]] std::optional<std::int64_t> version_number(std::string_view folder);

}  // namespace lockstep

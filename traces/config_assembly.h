// Puts the parsed files and the flags of one server together: pools, models, rules, warnings.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "traces/config_flags.h"
#include "traces/config_parse.h"
#include "traces/config_server.h"

namespace lockstep {

// What is known before anything is concluded. Each file at most once, whoever named it.
struct ServerInputs {
  std::unique_ptr<const ParsedConfig> batching{};
  std::unique_ptr<const ParsedConfig> models{};  // kModels or kInventedModels
  std::unique_ptr<const ParsedConfig> platforms{};
  std::unique_ptr<const ParsedConfig> session{};
  // batching_params.pbtxt files, their paths as given.
  std::vector<std::unique_ptr<const ParsedConfig>> model_batching{};
  std::optional<ServerFlags> flags{};                       // nullopt: only files are known
  std::vector<std::pair<std::string, ConfigKind>> files{};  // in reading order
};

[[nodiscard]] Result<ServerConfig> assemble(ServerInputs inputs,
                                            const ServerConfigOptions& options);

}  // namespace lockstep

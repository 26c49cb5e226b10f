// The flags of tensorflow_model_server that matter here, told apart as the server tells them (TF
// 1.9): --name=value; --name alone for a switch; whatever else stands there is ignored aloud.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "traces/config_place.h"

namespace lockstep {

struct ServerFlags {
  std::vector<ConfigSetting> given;  // known flags without "--", the last of each name
  std::vector<ConfigDiagnostic> diagnostics;
  ConfigPlace where;  // of the command line itself

  // nullptr: not given.
  [[nodiscard]] const ConfigSetting* find(std::string_view name) const;
  [[nodiscard]] std::string text(std::string_view name) const;  // "" when not given
  [[nodiscard]] bool is_true(std::string_view name) const { return text(name) == "true"; }
};

// Errors: a value that its flag cannot take (the server prints its usage and ends).
[[nodiscard]] Result<ServerFlags> parse_server_flags(std::span<const std::string> words);

}  // namespace lockstep

// A server's configuration as lines of text, for tests to compare whole.
#pragma once

#include <string>
#include <vector>

#include "tests/traces/scratch_directory.h"
#include "traces/config_scenario.h"
#include "traces/config_server.h"

namespace lockstep {

// Writes `text` to `name` in a scratch directory, reads it with read_server_config, and shows
// "error: ..." or the lines of config_lines(). The directory's path is cut out.
[[nodiscard]] std::string read_one(const std::string& name, const std::string& text,
                                   const ServerConfigOptions& options = {});

// Pools, models and diagnostics, one line each:
//   pool tensorflow: max_batch_size 32 (b.txt:1:1), ...
//   model m1 in tensorflow: batched, ...
//   warning: b.txt:2:1: ...
[[nodiscard]] std::string config_lines(const Result<ServerConfig>& config);

// Only the warnings, or the error.
[[nodiscard]] std::string warnings_of(const Result<ServerConfig>& config);

// Every occurrence of `directory`/ cut out.
[[nodiscard]] std::string without(std::string text, const std::string& directory);

}  // namespace lockstep

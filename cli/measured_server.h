// What a server's own configuration says of the batches that its GPU executes: what to measure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace lockstep {

struct MeasuredServer {
  // What batches are padded to, from 1; where they are not, powers of two and the largest.
  std::vector<std::uint32_t> sizes{};
  std::uint32_t lanes = 1;
  // gpu_options of the configuration: per million of a GPU's memory.
  std::optional<std::uint32_t> memory_fraction{};
  std::optional<bool> allow_growth{};
  std::vector<std::string> remarks{};  // "warning: ...", "note: ...", as replay says them
};

struct MeasuredServerArguments {
  std::string on;     // "cpu", "cuda"
  std::string model;  // that is measured
  std::vector<std::string> config_paths{};
  std::vector<std::string> settings{};  // NAME=VALUE, after those of the files
  std::optional<std::int64_t> server_cpus{};
};

// Errors: those of the files and settings, as for `lockstep replay`.
[[nodiscard]] Result<MeasuredServer> measured_server(const MeasuredServerArguments& arguments);

}  // namespace lockstep

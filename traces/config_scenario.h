// Our own scenario file: everything that `lockstep replay` takes, written down.
//
// Text protobuf (NAME.lockstep.pbtxt) or JSON with the same field names, by one schema:
// traces/proto/scenario.proto, described field by field in docs/configuration.md. Texts that a
// higher layer parses (arrivals, load, gpu, faults, slo, values of settings) are kept as written,
// with their place, so that its errors can point there.
//
// Checked here: the schema, exactly one value where one is meant, trace or arrivals but not both,
// requests only with arrivals, names of the scheduler and of its settings (core/schedulers), queue
// names, that lanes and the scheduler's own lane setting are not both given. Errors are one line,
// `FILE:LINE:COLUMN: found ..., expected ...`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "traces/config_place.h"

namespace lockstep {

struct ScenarioQueue {
  Placed<std::string> name{};
  std::vector<ConfigSetting> settings{};  // over those of the scheduler
};

struct ScenarioFile {
  std::string path{};
  std::string description{};

  // Workload. A trace is a bundled name, or a path ready to open: joined with the scenario's
  // folder.
  std::optional<Placed<std::string>> trace{};
  std::optional<Placed<std::string>> arrivals{};  // docs/traffic.md
  std::optional<Placed<std::uint64_t>> requests{};
  std::optional<Placed<std::string>> load{};  // "400x"
  std::optional<Placed<std::string>> format{};
  std::optional<Placed<bool>> sort{};
  std::optional<Placed<std::string>> map{};
  std::optional<Placed<std::string>> length{};  // "60s"
  std::optional<Placed<std::uint64_t>> repeat{};
  std::optional<Placed<std::uint64_t>> replicate{};

  // Scheduler. Without a name: tf-shared.
  std::optional<Placed<std::string>> scheduler{};
  std::vector<ConfigSetting> settings{};
  std::vector<ScenarioQueue> queues{};
  std::optional<Placed<std::uint64_t>> lanes{};
  std::optional<Placed<std::uint64_t>> server_cpus{};
  std::vector<Placed<std::string>> configs{};  // for read_server_config, ready to open: joined
                                               // with the scenario's folder

  // Device, objective, chance.
  std::optional<Placed<std::string>> gpu{};
  std::optional<Placed<std::uint64_t>> gpus{};
  std::optional<Placed<std::string>> overhead{};  // "0.8ms"
  std::optional<Placed<std::string>> faults{};    // docs/faults.md
  std::vector<Placed<std::string>> slos{};        // "p99=50ms"
  std::optional<Placed<std::uint64_t>> seed{};
};

[[nodiscard]] Result<ScenarioFile> read_scenario_file(const std::string& path);

// Does the name say that it is one: *.lockstep.pbtxt or *.lockstep.json? Others are told from
// content: recognise_config_file.
[[nodiscard]] bool has_scenario_name(std::string_view path);

}  // namespace lockstep

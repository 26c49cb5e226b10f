// What a TF-Serving server was told by its files or its command line, as Lockstep understood it.
//
// Sources (TF 7): the batching parameters file, `batching_params.pbtxt` of a model version, the
// model config, the platform config, the session config; the JSON of blog posts, which TF-Serving
// itself rejects (TF 7.4); the words of a tensorflow_model_server command line, whose flags decide
// what is read at all (TF 1.9).
//
// What a ServerConfig says:
// - `pools`: one batch scheduler with its threads per platform (TF 7.3), never empty. All queues of
//   a platform share the pool's threads; every other batching setting is per queue.
// - `models`: one per model, in file order. Empty when no file names models: then every queue of
//   the traffic is a model of pool 0.
// - A model whose `batching` is kNotBatched has no queue at all: each of its requests is executed
//   alone (TF 1.9). kUnknown: it depends on a file under base_path that cannot be seen from here.
// Settings stand where they were written; what is absent is absent. effective_settings() fills in
// the server's defaults.
//
// Errors are one line, `FILE:LINE:COLUMN: found ..., expected ...` or the server's own sentence
// where it refuses the value itself (TF 1.1, 1.2, 1.7); everything that TF-Serving refuses at
// startup or when it loads the model is an error here. Exception: the JSON of blog posts.
// Diagnostics are for settings that are legal and cannot work as meant, in the order of files and
// lines. The same input gives the same result on every machine; no default comes from the host.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "traces/config_place.h"

namespace lockstep {

enum class ConfigKind : std::uint8_t {
  kBatching,        // batching parameters: --batching_parameters_file
  kModelBatching,   // the same, for one version of one model:
                    // .../MODEL/VERSION/batching_params.pbtxt
  kModels,          // --model_config_file
  kPlatforms,       // --platform_config_file
  kSession,         // --tensorflow_session_config_file
  kInventedModels,  // a model list with batching or GPU settings per model: JSON or text (TF 7.4)
  kScenario,        // ours: config_scenario.h
};
// "a model config file (--model_config_file)"
[[nodiscard]] std::string_view describe(ConfigKind kind);

struct BatchPool {
  std::string platform = "tensorflow";
  // False: requests of this pool's models are executed alone, there is no scheduler.
  bool batched = false;
  // Each model version brings its own queue settings; of `settings` only num_batch_threads and
  // thread_pool_name count (TF 1.9).
  bool per_model = false;
  std::vector<ConfigSetting> settings{};  // BatchingParameters (TF 1.8), in their declared order
  std::vector<ConfigSetting> gpu{};       // gpu_options of the process: "allow_growth", ...
  ConfigPlace where{};                    // the block, file or flag that makes it
};

enum class ModelBatching : std::uint8_t { kBatched, kNotBatched, kUnknown };

struct ServedModel {
  std::string name{};
  std::string base_path{};
  std::size_t pool = 0;  // index into ServerConfig::pools
  ModelBatching batching = ModelBatching::kBatched;
  std::string reason{};  // why not, one phrase; "" for kBatched
  // Own queue settings; used, even when empty, iff the pool is per_model.
  std::vector<ConfigSetting> settings{};
  ConfigSetting versions{};  // which are served: "latest" "1", "all" "", or "specific" "42,43"
  ConfigPlace where{};
};

struct ServerConfig {
  std::vector<BatchPool> pools{};
  std::vector<ServedModel> models{};
  std::vector<ConfigSetting> flags{};  // known flags of a command line, the last of each
  std::vector<ConfigDiagnostic> diagnostics{};
  std::vector<std::pair<std::string, ConfigKind>> files{};  // read, in that order
};

struct ServerConfigOptions {
  // Stands for the server's CPU count, which unset thread counts take (TF 1.1, 1.9).
  std::int64_t server_cpus = 8;
  bool server_cpus_given = false;  // nothing is assumed: no diagnostic about it
};

// Reads the files that `--config` names, in any order; each kind is told from content, except that
// a file called batching_params.pbtxt belongs to one version of one model: the folders above it
// name both, .../MODEL/VERSION/batching_params.pbtxt, where MODEL ends the model's base_path (of
// several versions the newest counts). Two files of any other kind are an error, and so is a
// scenario file. What flags would say is taken from the files: batching is enabled, per model when
// there is a kModelBatching file.
[[nodiscard]] Result<ServerConfig> read_server_config(std::span<const std::string> paths,
                                                      const ServerConfigOptions& options);

// The words of a command line, the program's name first or left out (when the first word starts
// with "--"). Reads the files that its flags name, and batching_params.pbtxt below base paths.
// Unknown words are diagnostics, as the server keeps running; a value that its flag cannot take is
// an error, as the server does not start.
[[nodiscard]] Result<ServerConfig> read_server_command_line(std::span<const std::string> words,
                                                            const ServerConfigOptions& options);

struct EffectiveSetting {
  std::string name{};
  std::string value{};
  std::optional<ConfigPlace> where{};  // nullopt: the server's default
};

// All nine batching settings of one queue (TF 1.8), in the order of BatchingParameters, defaults
// filled in, as the simulation takes them: max_execution_batch_size is what a batch can hold;
// allowed_batch_sizes are the entries that can be reached, ascending; sizes are at most
// kMaxRequestRows and times at most kMaxTimeNs (a diagnostic says so).
// `model`: nullptr for a queue that no file names. Requires: pool < config.pools.size().
[[nodiscard]] std::vector<EffectiveSetting> effective_settings(const ServerConfig& config,
                                                               std::size_t pool,
                                                               const ServedModel* model,
                                                               std::int64_t server_cpus);

// What `path` holds, from its content. Errors: no such file; content that is none of the kinds.
[[nodiscard]] Result<ConfigKind> recognise_config_file(const std::string& path);

}  // namespace lockstep

#include "traces/config_pools.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace lockstep {
namespace {

using Diagnostics = std::vector<ConfigDiagnostic>;

constexpr std::string_view kFraction = "per_process_gpu_memory_fraction";

double to_double(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::int64_t pool_number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// gpu_options of a session config, checked.
Result<std::vector<ConfigSetting>> gpu_settings(const ConfigBlock& session, Diagnostics& out) {
  if (!session.has("gpu_options")) {
    return std::vector<ConfigSetting>{};
  }
  std::vector<ConfigSetting> settings = session.block("gpu_options").settings();
  const ConfigSetting* fraction = nullptr;
  const ConfigSetting* virtual_devices = nullptr;
  for (const ConfigSetting& setting : settings) {
    fraction = setting.name == kFraction ? &setting : fraction;
    virtual_devices =
        setting.name.starts_with("experimental.virtual_devices") ? &setting : virtual_devices;
  }
  if (fraction == nullptr) {
    return settings;
  }
  const double value = to_double(fraction->value);
  if (!(value >= 0)) {
    return refuse_at(fraction->where, "found " + std::string(kFraction) + " " + fraction->value +
                                          ", expected a number from 0 to 1");
  }
  if (value > 1) {
    out.push_back({std::string(kFraction) + " " + fraction->value +
                       " is more than the GPU has: TensorFlow swaps the rest to host memory",
                   fraction->where});
  }
  if (value > 0 && virtual_devices != nullptr) {
    return refuse_at(virtual_devices->where, "found virtual_devices beside " +
                                                 std::string(kFraction) + " " + fraction->value +
                                                 ", expected one of them: TensorFlow refuses both");
  }
  return settings;
}

// Where platforms say everything, the rest is void (TF 1.9).
void warn_about_void(const ServerInputs& inputs, Diagnostics& out) {
  const std::string& file = inputs.platforms->source().name;
  for (const auto* void_file : {&inputs.batching, &inputs.session}) {
    if (*void_file != nullptr) {
      out.push_back(
          {"this file is ignored: " + file + " replaces all batching and session settings",
           {(*void_file)->source().name, 1, 1}});
    }
  }
  if (!inputs.flags) {
    return;
  }
  for (const std::string_view name :
       {"enable_batching", "batching_parameters_file", "enable_per_model_batching_parameters",
        "tensorflow_session_config_file", "per_process_gpu_memory_fraction"}) {
    if (const ConfigSetting* flag = inputs.flags->find(name); flag != nullptr) {
      out.push_back({"--" + flag->name +
                         " is ignored: --platform_config_file replaces all "
                         "batching and session settings",
                     flag->where});
    }
  }
}

Result<BatchPool> platform_pool(const ConfigBlock& entry, Diagnostics& out) {
  BatchPool pool;
  pool.platform = entry.text("key");
  pool.where = entry.where();
  const bool filled = entry.has("value") && entry.block("value").has("source_adapter_config");
  if (!filled) {
    return refuse_at(pool.where, "found platform " + shown(pool.platform) +
                                     " without source_adapter_config, expected it");
  }
  const ConfigBlock any = entry.block("value").block("source_adapter_config");
  if (!any.has("legacy_config")) {
    return pool;
  }
  const ConfigBlock bundle = any.block("legacy_config");
  pool.per_model = bundle.flag("enable_per_model_batching_params");
  if (bundle.has("batching_parameters")) {
    const ConfigBlock batching = bundle.block("batching_parameters");
    pool.batched = true;
    pool.settings = batching.settings();
    pool.where = batching.where();
    if (bundle.flag("wrap_session_with_no_threading_params")) {
      pool.batched = false;
      out.push_back({"wrap_session_with_no_threading_params switches batching off: " +
                         counted(static_cast<std::int64_t>(pool.settings.size()), "setting") +
                         " of batching_parameters ignored",
                     bundle.where("wrap_session_with_no_threading_params")});
    }
  }
  if (bundle.has("session_config")) {
    Result<std::vector<ConfigSetting>> gpu = gpu_settings(bundle.block("session_config"), out);
    if (!gpu) {
      return tl::unexpected(gpu.error());
    }
    pool.gpu = std::move(*gpu);
  }
  return pool;
}

Result<std::vector<BatchPool>> platform_pools(const ServerInputs& inputs, Diagnostics& out) {
  std::vector<BatchPool> pools;
  const ConfigBlock root = inputs.platforms->root();
  warn_about_void(inputs, out);
  for (std::size_t i = 0; i < root.count("platform_configs"); ++i) {
    Result<BatchPool> pool = platform_pool(root.block("platform_configs", i), out);
    if (!pool) {
      return tl::unexpected(pool.error());
    }
    const auto same = std::find_if(pools.begin(), pools.end(), [&](const BatchPool& other) {
      return other.platform == pool->platform;
    });
    if (same == pools.end()) {
      pools.push_back(std::move(*pool));
    } else {
      out.push_back(
          {"platform " + shown(pool->platform) + " is given a second time: the last one counts",
           root.where("platform_configs", i)});
      *same = std::move(*pool);
    }
  }
  if (pools.empty()) {
    return refuse_at(root.where(), "found no platform, expected platform_configs { ... }");
  }
  return pools;
}

// The flag's value, 0 when not given, overwrites the file's (TF 1.9).
void overwrite_fraction(const ServerInputs& inputs, std::vector<ConfigSetting>& gpu,
                        Diagnostics& out) {
  const ConfigSetting* flag = inputs.flags ? inputs.flags->find(kFraction) : nullptr;
  const std::string value = flag == nullptr ? "0" : flag->value;
  const auto in_file = std::find_if(gpu.begin(), gpu.end(),
                                    [](const auto& setting) { return setting.name == kFraction; });
  if (in_file != gpu.end() && in_file->value != value) {
    out.push_back({std::string(kFraction) + " " + in_file->value +
                       " is overwritten: the server sets it to " + value +
                       (flag == nullptr ? ", the flag's default" : ", the flag's value") +
                       "; write --" + std::string(kFraction) + "=" + in_file->value,
                   in_file->where});
  }
  if (in_file != gpu.end()) {
    *in_file = {std::string(kFraction), value, flag == nullptr ? in_file->where : flag->where};
  } else if (flag != nullptr) {
    gpu.insert(gpu.begin(), *flag);
  }
}

// Whether the server batches, by its flags.
Result<void> apply_flags(const ServerInputs& inputs, BatchPool& pool, Diagnostics& out) {
  const ServerFlags& flags = *inputs.flags;
  const ConfigSetting* file = flags.find("batching_parameters_file");
  const ConfigSetting* per_model = flags.find("enable_per_model_batching_parameters");
  pool.batched = flags.is_true("enable_batching");
  pool.where = flags.where;
  if (!pool.batched && file != nullptr && !file->value.empty()) {
    return refuse_at(file->where,
                     "server_options.batching_parameters_file is set without setting "
                     "server_options.enable_batching to true.");
  }
  if (const ConfigSetting* enable = flags.find("enable_batching"); enable != nullptr) {
    pool.where = enable->where;
  }
  pool.per_model = pool.batched && flags.is_true("enable_per_model_batching_parameters");
  if (!pool.batched) {
    out.push_back(
        {"--enable_batching is not set: every request is executed alone, in batches of "
         "1 request",
         flags.where});
    if (per_model != nullptr && per_model->value == "true") {
      out.push_back(
          {"--enable_per_model_batching_parameters has no effect without "
           "--enable_batching: 0 models are batched",
           per_model->where});
    }
  }
  return {};
}

// Invented settings of models (TF 7.4): one pool with the most threads that any model asks for.
Result<void> apply_inventions(const std::vector<ListedModel>& models, const ServerInputs& inputs,
                              BatchPool& pool, Diagnostics& out) {
  const ConfigSetting* most = nullptr;
  std::string asked;
  for (const ListedModel& listed : models) {
    pool.per_model = pool.per_model || listed.batching.has_value();
    if (!listed.batching) {
      continue;
    }
    const auto threads =
        std::find_if(listed.batching->begin(), listed.batching->end(),
                     [](const auto& setting) { return setting.name == "num_batch_threads"; });
    if (threads == listed.batching->end()) {
      continue;
    }
    const std::int64_t value = pool_number(threads->value);
    if (value < 0) {
      return refuse_at(threads->where, "num_batch_threads must be positive; was " + threads->value);
    }
    if (value == 0) {
      out.push_back({"num_batch_threads 0 of model " + listed.model.name +
                         " is read as not set; TF-Serving refuses 0",
                     threads->where});
      continue;
    }
    asked += (asked.empty() ? "" : ", ") + threads->value;
    most = most == nullptr || value > pool_number(most->value) ? &*threads : most;
  }
  if (most == nullptr) {
    return {};
  }
  if (inputs.batching != nullptr) {
    out.push_back({"num_batch_threads per model (" + asked + ") is ignored: " +
                       inputs.batching->source().name + " sets the one pool that all models share",
                   most->where});
    return {};
  }
  out.push_back({"num_batch_threads per model (" + asked +
                     ") cannot be honoured: all models "
                     "share one pool; taking the largest, " +
                     most->value,
                 most->where});
  pool.settings.push_back(*most);
  return {};
}

void warn_about_inventions(const std::vector<ListedModel>& models, const ServerInputs& inputs,
                           Diagnostics& out) {
  const ParsedConfig& file = *inputs.models;
  const auto batched = std::count_if(models.begin(), models.end(),
                                     [](const auto& m) { return m.batching.has_value(); });
  const std::string understood =
      inputs.platforms != nullptr
          ? "the batching settings of " + counted(batched, "model") +
                " are ignored: " + inputs.platforms->source().name + " says what is batched"
          : "understood as 1 pool, with a batching_params.pbtxt for " + counted(batched, "model");
  out.push_back({"TF-Serving rejects this file: it reads " +
                     std::string(file.source().is_json ? "no JSON and has " : "") +
                     "no batching or GPU settings per model; " + understood,
                 {file.source().name, 1, 1}});
  double total = 0;
  std::size_t fractions = 0;
  for (const ListedModel& listed : models) {
    for (const ConfigSetting& setting : listed.gpu) {
      out.push_back({setting.name + " " + setting.value + " of model " + listed.model.name +
                         " cannot be honoured: GPU settings are per process, set "
                         "--per_process_gpu_memory_fraction or --tensorflow_session_config_file",
                     setting.where});
      if (setting.name.ends_with("memory_fraction")) {
        total += to_double(setting.value);
        ++fractions;
      }
    }
  }
  if (fractions > 1 && total > 1) {
    out.push_back(
        {fmt::format("{} models ask for {:.3g} of one GPU's memory together", fractions, total),
         {file.source().name, 1, 1}});
  }
}

Result<std::vector<BatchPool>> single_pool(const ServerInputs& inputs,
                                           const std::vector<ListedModel>& models,
                                           Diagnostics& out) {
  BatchPool pool;
  pool.batched = true;
  pool.where = {inputs.files.empty() ? "command line" : inputs.files.front().first, 1, 1};
  pool.per_model = !inputs.model_batching.empty();
  if (inputs.flags) {
    if (Result<void> applied = apply_flags(inputs, pool, out); !applied) {
      return tl::unexpected(applied.error());
    }
  }
  if (inputs.batching != nullptr && pool.batched) {
    pool.settings = inputs.batching->root().settings();
    pool.where = inputs.batching->root().where();
  }
  const bool is_invented =
      inputs.models != nullptr && inputs.models->kind() == ConfigKind::kInventedModels;
  if (is_invented) {
    if (Result<void> applied = apply_inventions(models, inputs, pool, out); !applied) {
      return tl::unexpected(applied.error());
    }
  }
  if (!inputs.flags && inputs.batching == nullptr && !pool.per_model) {
    out.push_back(
        {"no batching parameters are given: taking --enable_batching with its defaults "
         "(max_batch_size 1000, batch_timeout_micros 0, max_enqueued_batches 10)",
         pool.where});
  }
  if (inputs.session != nullptr) {
    Result<std::vector<ConfigSetting>> gpu = gpu_settings(inputs.session->root(), out);
    if (!gpu) {
      return tl::unexpected(gpu.error());
    }
    pool.gpu = std::move(*gpu);
  }
  overwrite_fraction(inputs, pool.gpu, out);
  return std::vector<BatchPool>{std::move(pool)};
}

}  // namespace

Result<PoolsAndWarnings> make_batch_pools(const ServerInputs& inputs,
                                          const std::vector<ListedModel>& models) {
  PoolsAndWarnings made;
  if (inputs.models != nullptr && inputs.models->kind() == ConfigKind::kInventedModels) {
    warn_about_inventions(models, inputs, made.diagnostics);
  }
  Result<std::vector<BatchPool>> pools = inputs.platforms != nullptr
                                             ? platform_pools(inputs, made.diagnostics)
                                             : single_pool(inputs, models, made.diagnostics);
  if (!pools) {
    return tl::unexpected(pools.error());
  }
  made.pools = std::move(*pools);
  return made;
}

void warn_about_callers(const ServerFlags& flags, const BatchingValues& queue,
                        std::int64_t server_cpus, Diagnostics& out) {
  const EffectiveQueue effective = effective_queue(queue);
  const auto threads = [&](std::string_view name) {
    const ConfigSetting* flag = flags.find(name);
    return flag == nullptr ? 4 * server_cpus : pool_number(flag->value);
  };
  const bool rest = flags.find("rest_api_port") != nullptr && flags.text("rest_api_port") != "0";
  const std::int64_t callers =
      threads("grpc_max_threads") + (rest ? threads("rest_api_num_threads") : 0);
  const ConfigPlace& where = queue.max_batch_size ? queue.max_batch_size->where : queue.where;
  if (callers >= 1 && effective.execution_size > callers) {
    out.push_back({"max_batch_size " + std::to_string(effective.execution_size) +
                       " cannot be filled by requests of one row: the server holds at most " +
                       std::to_string(callers) + " waiting requests (" +
                       (flags.find("grpc_max_threads") == nullptr ? "--grpc_max_threads is 4 x CPUs"
                                                                  : "--grpc_max_threads") +
                       (rest ? " and --rest_api_num_threads)" : ")"),
                   where});
  }
  const std::string given = flags.text("rest_api_timeout_in_ms");
  const std::int64_t limit_ms = given.empty() ? 30000 : pool_number(given);
  if (rest && queue.batch_timeout_micros && queue.batch_timeout_micros->value / 1000 >= limit_ms) {
    out.push_back({"batch_timeout_micros " + std::to_string(queue.batch_timeout_micros->value) +
                       " is no shorter than --rest_api_timeout_in_ms " + std::to_string(limit_ms) +
                       ": a REST request that comes alone fails first",
                   queue.batch_timeout_micros->where});
  }
}

}  // namespace lockstep

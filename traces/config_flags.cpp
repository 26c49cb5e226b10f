#include "traces/config_flags.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "core/schedulers/registry.h"
#include "traces/config_bytes.h"
#include "traces/csv_rows.h"

namespace lockstep {
namespace {

enum class FlagType : std::uint8_t { kSwitch, kInt32, kInt64, kNumber, kText };

struct Flag {
  std::string_view name;
  FlagType type;
};

// Every flag of the server. Order matters nowhere: a flag is found by its whole name.
constexpr std::array kFlags = {
    Flag{"allow_version_labels_for_unavailable_models", FlagType::kSwitch},
    Flag{"batching_parameters_file", FlagType::kText},
    Flag{"enable_batching", FlagType::kSwitch},
    Flag{"enable_grpc_healthcheck_service", FlagType::kSwitch},
    Flag{"enable_model_warmup", FlagType::kSwitch},
    Flag{"enable_per_model_batching_parameters", FlagType::kSwitch},
    Flag{"enable_profiler", FlagType::kSwitch},
    Flag{"enable_serialization_as_tensor_content", FlagType::kSwitch},
    Flag{"enable_signature_method_name_check", FlagType::kSwitch},
    Flag{"file_system_poll_wait_seconds", FlagType::kInt32},
    Flag{"flush_filesystem_caches", FlagType::kSwitch},
    Flag{"grpc_channel_arguments", FlagType::kText},
    Flag{"grpc_max_threads", FlagType::kInt32},
    Flag{"grpc_socket_path", FlagType::kText},
    Flag{"load_retry_interval_micros", FlagType::kInt64},
    Flag{"max_num_load_retries", FlagType::kInt32},
    Flag{"mixed_precision", FlagType::kText},
    Flag{"model_base_path", FlagType::kText},
    Flag{"model_config_file", FlagType::kText},
    Flag{"model_config_file_poll_wait_seconds", FlagType::kInt32},
    Flag{"model_name", FlagType::kText},
    Flag{"monitoring_config_file", FlagType::kText},
    Flag{"num_load_threads", FlagType::kInt32},
    Flag{"num_request_iterations_for_warmup", FlagType::kInt32},
    Flag{"num_tflite_interpreters_per_pool", FlagType::kInt32},
    Flag{"num_tflite_pools", FlagType::kInt32},
    Flag{"num_unload_threads", FlagType::kInt32},
    Flag{"per_process_gpu_memory_fraction", FlagType::kNumber},
    Flag{"platform_config_file", FlagType::kText},
    Flag{"port", FlagType::kInt32},
    Flag{"prefer_tflite_model", FlagType::kSwitch},
    Flag{"remove_unused_fields_from_bundle_metagraph", FlagType::kSwitch},
    Flag{"rest_api_enable_cors_support", FlagType::kSwitch},
    Flag{"rest_api_num_threads", FlagType::kInt32},
    Flag{"rest_api_port", FlagType::kInt32},
    Flag{"rest_api_timeout_in_ms", FlagType::kInt32},
    Flag{"saved_model_tags", FlagType::kText},
    Flag{"skip_initialize_tpu", FlagType::kSwitch},
    Flag{"ssl_config_file", FlagType::kText},
    Flag{"tensorflow_inter_op_parallelism", FlagType::kInt64},
    Flag{"tensorflow_intra_op_parallelism", FlagType::kInt64},
    Flag{"tensorflow_session_config_file", FlagType::kText},
    Flag{"tensorflow_session_parallelism", FlagType::kInt64},
    Flag{"thread_pool_factory_config_file", FlagType::kText},
    Flag{"use_alts_credentials", FlagType::kSwitch},
    Flag{"version", FlagType::kSwitch},
    Flag{"xla_cpu_compilation_enabled", FlagType::kSwitch},
    Flag{"xla_gpu_compilation_enabled", FlagType::kSwitch}};

const Flag* find_flag(std::string_view name) {
  const auto found = std::find_if(kFlags.begin(), kFlags.end(),
                                  [&](const Flag& flag) { return flag.name == name; });
  return found == kFlags.end() ? nullptr : &*found;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& letter : out) {
    letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  }
  return out;
}

// The value as canonical text; "" when the flag cannot take it. `expected` says what it takes.
std::string canonical(FlagType type, std::string_view text, std::string& expected) {
  const char* end = text.data() + text.size();
  switch (type) {
    case FlagType::kText:
      return std::string(text);
    case FlagType::kSwitch: {
      expected = "true or false";
      const std::string word = lower(text);
      return word == "true" || word == "1" ? "true" : word == "false" || word == "0" ? "false" : "";
    }
    case FlagType::kNumber: {
      expected = "a number";
      // The server keeps it as a float.
      float value = 0;
      const auto [stop, error] = std::from_chars(text.data(), end, value);
      return error == std::errc{} && stop == end ? fmt::format("{}", value) : "";
    }
    case FlagType::kInt32:
    case FlagType::kInt64: {
      const std::int64_t limit = type == FlagType::kInt32
                                     ? std::numeric_limits<std::int32_t>::max()
                                     : std::numeric_limits<std::int64_t>::max();
      expected = "a whole number of at most " + std::to_string(limit);
      std::int64_t value = 0;
      const auto [stop, error] = std::from_chars(text.data(), end, value);
      return error == std::errc{} && stop == end && value <= limit && value >= -limit - 1
                 ? std::to_string(value)
                 : "";
    }
  }
  return "";
}

// What may be meant by a word that the server ignores.
std::string next_step(std::string_view word, std::string_view next_word) {
  const std::string_view name = word.substr(std::min(word.find_first_not_of('-'), word.size()));
  const std::string_view bare = name.substr(0, name.find('='));
  if (const Flag* flag = find_flag(bare); flag != nullptr && flag->type != FlagType::kSwitch) {
    const std::string value = name.size() > bare.size() ? std::string(name.substr(bare.size() + 1))
                                                        : std::string(next_word);
    return "; write --" + std::string(bare) + "=" + value;
  }
  if (find_flag(bare) != nullptr) {
    return "; write --" + std::string(bare);
  }
  constexpr std::array<std::string_view, 9> kFields = {"max_batch_size",
                                                       "batch_timeout_micros",
                                                       "max_enqueued_batches",
                                                       "num_batch_threads",
                                                       "thread_pool_name",
                                                       "allowed_batch_sizes",
                                                       "pad_variable_length_inputs",
                                                       "enable_large_batch_splitting",
                                                       "max_execution_batch_size"};
  if (std::find(kFields.begin(), kFields.end(), bare) != kFields.end()) {
    return "; it belongs in the file of --batching_parameters_file";
  }
  std::vector<std::string_view> names(kFlags.size());
  std::transform(kFlags.begin(), kFlags.end(), names.begin(),
                 [](const Flag& flag) { return flag.name; });
  return word.starts_with("-") ? suggestion(bare, names) : "";
}

class FlagReader {
 public:
  explicit FlagReader(ServerFlags& flags) : flags_(flags) {}

  // `next_word`: what follows, "" at the end.
  Result<void> take(const std::string& word, const ConfigPlace& where, std::string_view next_word) {
    if (const bool is_value = std::exchange(value_expected_, false);
        is_value && !word.starts_with("-")) {
      return {};  // said with the word before
    }
    const std::size_t equals = word.find('=');
    const std::string_view name = std::string_view(word).substr(
        std::min<std::size_t>(2, word.size()), std::min(equals, word.size()) - 2);
    const Flag* flag = word.starts_with("--") ? find_flag(name) : nullptr;
    if (flag == nullptr || (equals == std::string::npos && flag->type != FlagType::kSwitch)) {
      flags_.diagnostics.push_back(
          {"the server ignores " + shown(word) + " and keeps running" + next_step(word, next_word),
           where});
      value_expected_ = flag != nullptr;
      return {};
    }
    std::string expected;
    const std::string_view text = equals == std::string::npos
                                      ? std::string_view("true")
                                      : std::string_view(word).substr(equals + 1);
    std::string value = canonical(flag->type, text, expected);
    if (value.empty() && flag->type != FlagType::kText) {
      return refuse_at(where, "found " + shown(word) + ", expected --" + std::string(name) +
                                  " with " + expected);
    }
    std::erase_if(flags_.given, [&](const auto& other) { return other.name == name; });
    flags_.given.push_back({std::string(name), std::move(value), where});
    return {};
  }

 private:
  ServerFlags& flags_;
  bool value_expected_ = false;
};

}  // namespace

const ConfigSetting* ServerFlags::find(std::string_view name) const {
  const auto found = std::find_if(given.begin(), given.end(),
                                  [&](const ConfigSetting& flag) { return flag.name == name; });
  return found == given.end() ? nullptr : &*found;
}

std::string ServerFlags::text(std::string_view name) const {
  const ConfigSetting* flag = find(name);
  return flag == nullptr ? "" : flag->value;
}

Result<ServerFlags> parse_server_flags(std::span<const std::string> words) {
  ServerFlags flags;
  flags.where = {"command line", 1, 1};
  FlagReader reader(flags);
  std::size_t column = 1;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const ConfigPlace where{"command line", 1, static_cast<std::uint32_t>(column)};
    column += words[i].size() + 1;
    const bool program = i == 0 && !words[i].starts_with("-");
    if (program) {
      const std::string_view name = std::string_view(words[i]).substr(words[i].rfind('/') + 1);
      if (!name.starts_with("tensorflow_model_server")) {
        return refuse_at(
            where, "found " + shown(words[i]) + ", expected tensorflow_model_server and its flags");
      }
      continue;
    }
    if (words[i] == "--") {
      flags.diagnostics.push_back({"the server ignores all words from -- on", where});
      break;
    }
    const std::string_view next = i + 1 < words.size() ? std::string_view(words[i + 1]) : "";
    if (Result<void> taken = reader.take(words[i], where, next); !taken) {
      return tl::unexpected(taken.error());
    }
  }
  return flags;
}

}  // namespace lockstep

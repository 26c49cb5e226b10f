#include "traces/config_schema.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "core/schedulers/registry.h"
#include "traces/csv_rows.h"
#include "traces/proto/invented_models.pb.h"
#include "traces/proto/scenario.pb.h"
#include "traces/proto/tf_serving.pb.h"

namespace lockstep {
namespace {

namespace pb = google::protobuf;

// In the order in which ties are decided.
constexpr std::array kRecognised = {ConfigKind::kBatching, ConfigKind::kModels,
                                    ConfigKind::kPlatforms, ConfigKind::kSession,
                                    ConfigKind::kScenario};

// Settings per model that no model config of the server has.
constexpr std::array<std::string_view, 4> kInventions = {"batching_config", "batching_parameters",
                                                         "gpu_config", "gpu_options"};

struct Advice {
  std::string_view message;
  std::string_view field;
  std::string_view text;
};
constexpr std::string_view kPerModel =
    "TF-Serving has no such setting per model here; write batching_params.pbtxt into each "
    "version's "
    "folder and set --enable_per_model_batching_parameters";
constexpr std::string_view kPerProcess =
    "GPU settings are per process; set --per_process_gpu_memory_fraction or "
    "--tensorflow_session_config_file";
constexpr std::string_view kNotInFile =
    "TF-Serving's files cannot set it, only a program that links the scheduler";
constexpr std::array kAdvice = {
    Advice{"BatchingParameters", "batching_parameters",
           "this file has no outer block; write its fields at the top"},
    Advice{"BatchingParameters", "input_batch_size_limit", "it is called max_batch_size here"},
    Advice{"BatchingParameters", "rank_queues", kNotInFile},
    Advice{"BatchingParameters", "batch_padding_policy", kNotInFile},
    Advice{"BatchingParameters", "disable_padding", kNotInFile},
    Advice{"BatchingParameters", "enable_priority_queue", kNotInFile},
    Advice{"BatchingParameters", "mixed_priority_batching_policy", kNotInFile},
    Advice{"BatchingParameters", "enable_priority_aware_batch_scheduler", kNotInFile},
    Advice{"ModelConfig", "batching_config", kPerModel},
    Advice{"ModelConfig", "batching_parameters", kPerModel},
    Advice{"ModelConfig", "gpu_config", kPerProcess},
    Advice{"ModelConfig", "gpu_options", kPerProcess},
    Advice{"ModelConfig", "version_policy", "it is called model_version_policy"}};

// A field outside every block.
struct TopField {
  std::string_view name;
  bool has_block = false;
};

char symbol_of(const ConfigToken& token) {
  return token.kind == TokenKind::kSymbol ? token.text.front() : '\0';
}

std::vector<TopField> top_level_fields(const std::vector<ConfigToken>& tokens) {
  std::vector<TopField> fields;
  int depth = 0;
  char before = '\0';
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    const char symbol = symbol_of(tokens[i]);
    depth += symbol == '{' || symbol == '<' || symbol == '[' ? 1 : 0;
    depth -= symbol == '}' || symbol == '>' || symbol == ']' ? 1 : 0;
    depth = std::max(depth, 0);
    if (depth == 0 && tokens[i].kind == TokenKind::kName && before != ':' && before != '-') {
      std::size_t next = i + 1;
      next += symbol_of(tokens[next]) == ':' ? 1u : 0u;
      const char opens = symbol_of(tokens[std::min(next, tokens.size() - 1)]);
      fields.push_back({tokens[i].text, opens == '{' || opens == '<'});
    }
    before = symbol;
  }
  return fields;
}

bool has_field_named_any_of(const std::vector<ConfigToken>& tokens,
                            std::span<const std::string_view> names) {
  return std::any_of(tokens.begin(), tokens.end(), [&](const ConfigToken& token) {
    return token.kind == TokenKind::kName &&
           std::find(names.begin(), names.end(), token.text) != names.end();
  });
}

// A block where the schema has a number or a text is another field of that name.
bool is_known(const pb::Descriptor* root, const TopField& field) {
  const pb::FieldDescriptor* known = root->FindFieldByName(std::string(field.name));
  return known != nullptr && (known->message_type() != nullptr || !field.has_block);
}

std::size_t count_known(ConfigKind kind, std::vector<TopField> fields) {
  const auto by_name = [](const TopField& a, const TopField& b) { return a.name < b.name; };
  const auto same_name = [](const TopField& a, const TopField& b) { return a.name == b.name; };
  std::stable_sort(fields.begin(), fields.end(), by_name);
  fields.erase(std::unique(fields.begin(), fields.end(), same_name), fields.end());
  const pb::Descriptor* root = config_schema(kind).GetDescriptor();
  return static_cast<std::size_t>(std::count_if(
      fields.begin(), fields.end(), [&](const TopField& field) { return is_known(root, field); }));
}

// The kind that has the field in some block, that users put it into, or that has one of nearly its
// name.
const ConfigKind* kind_around(std::string_view field) {
  for (const ConfigKind& kind : kRecognised) {
    if (!advice_on_field(config_schema(kind).GetDescriptor(), field).empty()) {
      return &kind;
    }
  }
  for (const ConfigKind& kind : kRecognised) {
    if (!path_below(config_schema(kind).GetDescriptor(), field).empty()) {
      return &kind;
    }
  }
  // A misspelt field, the only kind of field there is.
  for (const ConfigKind& kind : kRecognised) {
    if (!suggestion(field, field_names(config_schema(kind).GetDescriptor())).empty()) {
      return &kind;
    }
  }
  return nullptr;
}

tl::unexpected<Error> refuse_unknown(const ConfigBytes& bytes,
                                     const std::vector<ConfigToken>& tokens,
                                     const std::vector<TopField>& fields) {
  constexpr std::string_view kExpected =
      "expected batching parameters, a model, platform or session config of TF-Serving, or a "
      "scenario of Lockstep";
  if (fields.empty()) {
    const ConfigToken& first = tokens.front();
    return refuse_at(bytes.at(first.offset),
                     "found " + (first.kind == TokenKind::kEnd ? "no field" : shown(first.text)) +
                         ", " + std::string(kExpected));
  }
  const std::string_view name = fields.front().name;
  const auto offset = static_cast<std::size_t>(name.data() - bytes.text().data());
  return refuse_at(bytes.at(offset), "found field " + shown(name) + ", " + std::string(kExpected));
}

}  // namespace

std::string_view describe(ConfigKind kind) {
  switch (kind) {
    case ConfigKind::kBatching:
      return "batching parameters (--batching_parameters_file)";
    case ConfigKind::kModelBatching:
      return "batching parameters of one model version (batching_params.pbtxt)";
    case ConfigKind::kModels:
      return "a model config (--model_config_file)";
    case ConfigKind::kPlatforms:
      return "a platform config (--platform_config_file)";
    case ConfigKind::kSession:
      return "a session config (--tensorflow_session_config_file)";
    case ConfigKind::kInventedModels:
      return "a model list with settings that TF-Serving does not have";
    case ConfigKind::kScenario:
      return "a scenario of Lockstep";
  }
  return "";
}

const pb::Message& config_schema(ConfigKind kind) {
  switch (kind) {
    case ConfigKind::kBatching:
    case ConfigKind::kModelBatching:
      return tf_serving::BatchingParameters::default_instance();
    case ConfigKind::kModels:
      return tf_serving::ModelServerConfig::default_instance();
    case ConfigKind::kPlatforms:
      return tf_serving::PlatformConfigMap::default_instance();
    case ConfigKind::kSession:
      return tf_serving::ConfigProto::default_instance();
    case ConfigKind::kInventedModels:
      return invented::ModelServerConfig::default_instance();
    case ConfigKind::kScenario:
      break;
  }
  return scenario::Scenario::default_instance();
}

bool accepts_json(ConfigKind kind) {
  return kind == ConfigKind::kInventedModels || kind == ConfigKind::kScenario;
}

std::string_view open_ended_message() {
  return tf_serving::Uninterpreted::descriptor()->full_name();
}

const pb::Descriptor* any_schema(std::string_view type_name) {
  return type_name == "tensorflow.serving.SavedModelBundleSourceAdapterConfig"
             ? tf_serving::SavedModelBundleSourceAdapterConfig::descriptor()
             : nullptr;
}

std::string_view advice_on_field(const pb::Descriptor* message, std::string_view field) {
  for (const Advice& advice : kAdvice) {
    if (message != nullptr && advice.message == message->name() && advice.field == field) {
      return advice.text;
    }
  }
  return "";
}

std::string path_below(const pb::Descriptor* message, std::string_view field) {
  struct Step {
    const pb::Descriptor* message;
    std::string before;
    std::string after;
  };
  constexpr std::size_t kMaxSteps = 64;
  const std::string wanted(field);
  std::vector<Step> steps = {{message, "", ""}};
  for (std::size_t i = 0; i < steps.size() && i < kMaxSteps; ++i) {
    const Step step = steps[i];  // a copy: steps grows
    if (step.message == nullptr || is_wrapper(step.message)) {
      continue;
    }
    if (i > 0 && step.message->FindFieldByName(wanted) != nullptr) {
      return step.before + wanted + " ..." + step.after;
    }
    for (int index = 0; index < step.message->field_count(); ++index) {
      const pb::FieldDescriptor* inner = step.message->field(index);
      if (inner->message_type() != nullptr) {
        steps.push_back(
            {inner->message_type(), step.before + inner->name() + " { ", step.after + " }"});
      }
    }
  }
  return "";
}

bool is_wrapper(const pb::Descriptor* message) {
  return message != nullptr && message->full_name().starts_with("google.protobuf.") &&
         message->field_count() == 1;
}

std::vector<std::string_view> field_names(const pb::Descriptor* message) {
  std::vector<std::string_view> names;
  for (int i = 0; message != nullptr && i < message->field_count(); ++i) {
    names.push_back(message->field(i)->name());
  }
  return names;
}

Result<ConfigKind> recognise_config(const ConfigBytes& bytes, bool is_json,
                                    const std::vector<ConfigToken>& tokens) {
  const std::vector<TopField> fields = top_level_fields(tokens);
  ConfigKind best = ConfigKind::kScenario;
  std::size_t most = 0;
  for (const ConfigKind kind : kRecognised) {
    if (const std::size_t known = count_known(kind, fields); known > most) {
      best = kind;
      most = known;
    }
  }
  const ConfigKind* around =
      most == 0 && !fields.empty() ? kind_around(fields.front().name) : nullptr;
  if (around != nullptr) {
    return *around;  // its schema will say where the field belongs
  }
  if (most == 0) {
    return refuse_unknown(bytes, tokens, fields);
  }
  if (best == ConfigKind::kModels && (is_json || has_field_named_any_of(tokens, kInventions))) {
    return ConfigKind::kInventedModels;
  }
  return best;
}

}  // namespace lockstep

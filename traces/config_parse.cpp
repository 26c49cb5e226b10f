#include "traces/config_parse.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>
#include <google/protobuf/any.pb.h>
#include <google/protobuf/io/tokenizer.h>

#include "core/check.h"
#include "core/limits.h"
#include "traces/config_explain.h"
#include "traces/config_json.h"
#include "traces/config_schema.h"

namespace lockstep {
namespace {

namespace pb = google::protobuf;

// More made-up fields than this are no invention but another format.
constexpr std::size_t kMaxMadeUpFields = 64;
// A made-up name this near a real one (in edits) is a slip of the fingers.
constexpr std::size_t kSlipLetters = 2;

class Collector final : public pb::io::ErrorCollector {
 public:
  Collector(const ConfigBytes& bytes, std::vector<ParserReport>& reports)
      : bytes_(bytes), reports_(reports) {}
  void AddError(int line, pb::io::ColumnNumber column, const std::string& message) override {
    add(line, column, message, true);
  }
  void AddWarning(int line, pb::io::ColumnNumber column, const std::string& message) override {
    // What passes inside an open-ended block is no news.
    if (message.find(open_ended_name_) == std::string::npos) {
      add(line, column, message, false);
    }
  }

 private:
  void add(int line, pb::io::ColumnNumber column, const std::string& message, bool is_error) {
    // The first error decides, and more than kMaxMadeUpFields reports are one.
    if (reports_.size() <= kMaxMadeUpFields) {
      reports_.push_back({bytes_.offset_of(line, column), message, is_error});
    }
  }

  const ConfigBytes& bytes_;
  std::vector<ParserReport>& reports_;
  std::string open_ended_name_ = "\"" + std::string(open_ended_message()) + "\"";
};

class AnyFinder final : public pb::TextFormat::Finder {
 public:
  [[nodiscard]] const pb::Descriptor* FindAnyType(const pb::Message& /*message*/,
                                                  const std::string& /*prefix*/,
                                                  const std::string& name) const override {
    return any_schema(name);
  }
};

// At most kSlipLetters letters apart: as many of either name are the other's, in order.
bool is_slip(std::string_view name, std::string_view real) {
  const std::size_t longer = std::max(name.size(), real.size());
  std::vector<std::size_t> row(real.size() + 1, 0);  // longest common subsequence
  for (const char letter : name) {
    std::size_t diagonal = 0;
    for (std::size_t j = 1; j < row.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = letter == real[j - 1] ? diagonal + 1 : std::max(row[j], row[j - 1]);
      diagonal = above;
    }
  }
  return !real.empty() && longer - row.back() <= kSlipLetters;
}

std::string joined(std::string_view outer, std::string_view inner) {
  return outer.empty() ? std::string(inner) : std::string(outer) + "." + std::string(inner);
}

std::string scalar_text(const pb::Message& message, const pb::FieldDescriptor* field, int index) {
  const pb::Reflection* reflection = message.GetReflection();
  const bool repeated = field->is_repeated();
  switch (field->cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(repeated ? reflection->GetRepeatedInt32(message, field, index)
                                     : reflection->GetInt32(message, field));
    case pb::FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(repeated ? reflection->GetRepeatedInt64(message, field, index)
                                     : reflection->GetInt64(message, field));
    case pb::FieldDescriptor::CPPTYPE_UINT32:
      return std::to_string(repeated ? reflection->GetRepeatedUInt32(message, field, index)
                                     : reflection->GetUInt32(message, field));
    case pb::FieldDescriptor::CPPTYPE_UINT64:
      return std::to_string(repeated ? reflection->GetRepeatedUInt64(message, field, index)
                                     : reflection->GetUInt64(message, field));
    case pb::FieldDescriptor::CPPTYPE_DOUBLE:
      return fmt::format("{}", repeated ? reflection->GetRepeatedDouble(message, field, index)
                                        : reflection->GetDouble(message, field));
    case pb::FieldDescriptor::CPPTYPE_FLOAT:
      return fmt::format("{}", repeated ? reflection->GetRepeatedFloat(message, field, index)
                                        : reflection->GetFloat(message, field));
    case pb::FieldDescriptor::CPPTYPE_BOOL:
      return (repeated ? reflection->GetRepeatedBool(message, field, index)
                       : reflection->GetBool(message, field))
                 ? "true"
                 : "false";
    case pb::FieldDescriptor::CPPTYPE_STRING:
      return repeated ? reflection->GetRepeatedString(message, field, index)
                      : reflection->GetString(message, field);
    case pb::FieldDescriptor::CPPTYPE_ENUM:
      return (repeated ? reflection->GetRepeatedEnum(message, field, index)
                       : reflection->GetEnum(message, field))
          ->name();
    case pb::FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return "";
}

}  // namespace

Result<std::unique_ptr<const ConfigSource>> open_config(const std::string& path) {
  Result<ConfigBytes> bytes = ConfigBytes::open(path);
  if (!bytes) {
    return tl::unexpected(bytes.error());
  }
  const bool is_json = bytes->looks_like_json();
  if (is_json) {
    bytes = json_as_text_protobuf(*bytes);
    if (!bytes) {
      return tl::unexpected(bytes.error());
    }
  }
  auto source = std::make_unique<ConfigSource>(
      ConfigSource{.name = path, .bytes = std::move(*bytes), .is_json = is_json, .tokens = {}});
  source->tokens = tokenize_config(source->bytes);
  return std::unique_ptr<const ConfigSource>(std::move(source));
}

// --- ParsedConfig --------------------------------------------------------------------------------

Result<std::unique_ptr<const ParsedConfig>> ParsedConfig::parse(
    std::unique_ptr<const ConfigSource> source, ConfigKind kind) {
  const ConfigBytes& bytes = source->bytes;
  if (source->is_json && !accepts_json(kind)) {
    return refuse_at(
        {bytes.name(), 1, 1},
        "found JSON, expected text protobuf: TF-Serving reads no JSON here" +
            std::string(kind == ConfigKind::kBatching ? "; write max_batch_size { value: 32 }"
                                                      : ""));
  }
  if (bytes.has_byte_order_mark() && !accepts_json(kind)) {
    return refuse_at({bytes.name(), 1, 1},
                     "found a byte-order mark, expected text without one: TF-Serving refuses it");
  }
  std::unique_ptr<ParsedConfig> parsed(new ParsedConfig(std::move(source), kind));
  if (Result<void> done = parsed->run(); !done) {
    return tl::unexpected(done.error());
  }
  return std::unique_ptr<const ParsedConfig>(std::move(parsed));
}

Result<void> ParsedConfig::run() {
  const ConfigBytes& bytes = source_->bytes;
  message_.reset(config_schema(kind_).New());
  std::vector<ParserReport> reports;
  Collector collector(bytes, reports);
  const AnyFinder finder;
  pb::TextFormat::Parser parser;
  parser.RecordErrorsTo(&collector);
  parser.SetFinder(&finder);
  parser.SetRecursionLimit(static_cast<int>(kMaxConfigDepth));
  // Blocks that we do not interpret hold any field; everywhere else check_reports refuses it.
  parser.AllowUnknownField(true);
  parser.WriteLocationsTo(&tree_);
  const bool parsed = parser.ParseFromString(
      without_skipped_separators(bytes.text(), source_->tokens, message_->GetDescriptor()),
      message_.get());
  if (Result<void> checked = check_reports(reports); !checked) {
    return checked;
  }
  if (!parsed) {
    return refuse_at({bytes.name(), 1, 1},
                     "found text that protobuf refuses, expected " + std::string(describe(kind_)));
  }
  note_octal_numbers();
  if (source_->tokens.size() == 1) {
    diagnostics_.push_back(
        {"the file holds no field: every setting takes its default", bytes.at(0)});
  }
  return {};
}

Result<void> ParsedConfig::check_reports(const std::vector<ParserReport>& reports) {
  const pb::Descriptor* root = config_schema(kind_).GetDescriptor();
  const ConfigBytes& bytes = source_->bytes;
  for (const ParserReport& report : reports) {
    if (!report.is_error && report.text.find("has no field named") != std::string::npos) {
      const UnknownField unknown = unknown_field(report, source_->tokens, root);
      if (kind_ == ConfigKind::kInventedModels && diagnostics_.size() < kMaxMadeUpFields &&
          !is_slip(unknown.name, unknown.nearest)) {
        diagnostics_.push_back(
            {"found field " + shown(unknown.name) +
                 ", which neither TF-Serving nor Lockstep has: " + "ignored" +
                 (unknown.nearest.empty() ? "" : " (did you mean " + unknown.nearest + "?)"),
             bytes.at(unknown.offset)});
        continue;
      }
    }
    if (!report.is_error && kind_ == ConfigKind::kInventedModels &&
        diagnostics_.size() >= kMaxMadeUpFields) {
      return refuse_at(bytes.at(report.offset),
                       "found more than " + std::to_string(kMaxMadeUpFields) +
                           " fields that nobody has, expected a model list");
    }
    const Explanation explanation = explain(report, bytes, source_->tokens, root);
    return refuse_at(bytes.at(explanation.offset), explanation.text);
  }
  return {};
}

// 010 is eight: nobody who writes a size means that.
void ParsedConfig::note_octal_numbers() {
  for (const ConfigToken& token : source_->tokens) {
    std::uint64_t value = 0;
    const char* end = token.text.data() + token.text.size();
    if (token.kind == TokenKind::kInteger && token.text.size() > 1 && token.text[0] == '0' &&
        std::from_chars(token.text.data(), end, value, 8).ptr == end) {
      diagnostics_.push_back({std::string(token.text) +
                                  " begins with 0 and is therefore octal: " + std::to_string(value),
                              source_->bytes.at(token.offset)});
    }
  }
}

ConfigBlock ParsedConfig::root() const {
  return ConfigBlock(this, message_.get(), &tree_, ConfigPlace{source_->name, 1, 1});
}

// --- ConfigBlock ---------------------------------------------------------------------------------

const pb::FieldDescriptor* ConfigBlock::field(std::string_view name) const {
  const pb::FieldDescriptor* found = message_->GetDescriptor()->FindFieldByName(std::string(name));
  LOCKSTEP_CHECK(found != nullptr);
  return found;
}

bool ConfigBlock::has(std::string_view name) const {
  return count(name) > 0;
}

std::size_t ConfigBlock::count(std::string_view name) const {
  const pb::FieldDescriptor* descriptor = field(name);
  const pb::Reflection* reflection = message_->GetReflection();
  if (descriptor->is_repeated()) {
    return static_cast<std::size_t>(reflection->FieldSize(*message_, descriptor));
  }
  return reflection->HasField(*message_, descriptor) ? 1 : 0;
}

ConfigPlace ConfigBlock::where(std::string_view name, std::size_t index) const {
  const pb::FieldDescriptor* descriptor = field(name);
  if (tree_ == nullptr || count(name) <= index) {
    return where_;
  }
  const ConfigBytes& bytes = file_->source().bytes;
  const bool repeated = descriptor->is_repeated();
  const auto place = [&](std::size_t at) {
    return tree_->GetLocation(descriptor, repeated ? static_cast<int>(at) : -1);
  };
  if (const auto own = place(index); own.line >= 0) {
    return bytes.at_token(own.line, own.column);
  }
  // Of a list in brackets only the first element has a place: the field's name.
  if (const auto first = place(0); first.line >= 0) {
    const std::size_t offset = bytes.offset_of(first.line, first.column);
    auto [list, is_new] = file_->lists_.try_emplace(offset);
    if (is_new) {
      list->second = list_elements(file_->source().tokens, offset);
    }
    return bytes.at(index < list->second.size() ? list->second[index] : offset);
  }
  return where_;
}

std::string ConfigBlock::text(std::string_view name, std::size_t index) const {
  return has(name) ? text_of(field(name), static_cast<int>(index)) : "";
}

std::string ConfigBlock::text_of(const pb::FieldDescriptor* descriptor, int index) const {
  if (descriptor->message_type() == nullptr) {
    return scalar_text(*message_, descriptor, index);
  }
  LOCKSTEP_CHECK(is_wrapper(descriptor->message_type()) && !descriptor->is_repeated());
  const pb::Message& wrapper = message_->GetReflection()->GetMessage(*message_, descriptor);
  return scalar_text(wrapper, descriptor->message_type()->field(0), 0);
}

std::uint64_t ConfigBlock::number(std::string_view name) const {
  const std::string digits = text(name);
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

bool ConfigBlock::flag(std::string_view name) const {
  return text(name) == "true";
}

ConfigBlock ConfigBlock::block(std::string_view name, std::size_t index) const {
  const pb::FieldDescriptor* descriptor = field(name);
  LOCKSTEP_CHECK(descriptor->message_type() != nullptr && count(name) > index);
  const pb::Reflection* reflection = message_->GetReflection();
  const int at = descriptor->is_repeated() ? static_cast<int>(index) : -1;
  const pb::Message* inner = descriptor->is_repeated()
                                 ? &reflection->GetRepeatedMessage(*message_, descriptor, at)
                                 : &reflection->GetMessage(*message_, descriptor);
  const Tree* tree = tree_ == nullptr ? nullptr : tree_->GetTreeForNested(descriptor, at);
  if (const auto* any = dynamic_cast<const pb::Any*>(inner); any != nullptr) {
    const std::string& url = any->type_url();
    const pb::Descriptor* schema = any_schema(url.substr(url.rfind('/') + 1));
    LOCKSTEP_CHECK(schema != nullptr);
    const pb::Message* prototype = pb::MessageFactory::generated_factory()->GetPrototype(schema);
    file_->unpacked_.emplace_back(prototype->New());
    LOCKSTEP_CHECK(file_->unpacked_.back()->ParseFromString(any->value()));
    inner = file_->unpacked_.back().get();
  }
  return ConfigBlock(file_, inner, tree, where(name, index));
}

std::vector<ConfigSetting> ConfigBlock::settings() const {
  // Blocks within blocks wait in `rest`, each with the name in front of its fields.
  std::vector<std::pair<std::string, ConfigBlock>> rest = {{"", *this}};
  std::vector<ConfigSetting> found;
  for (std::size_t next = 0; next < rest.size(); ++next) {
    const auto [outer, block] = rest[next];  // a copy: rest grows
    const pb::Descriptor* schema = block.message_->GetDescriptor();
    for (int i = 0; i < schema->field_count(); ++i) {
      const pb::FieldDescriptor* descriptor = schema->field(i);
      const std::string& name = descriptor->name();
      const std::size_t count = block.count(name);
      if (descriptor->message_type() != nullptr && !is_wrapper(descriptor->message_type())) {
        for (std::size_t index = 0; index < count; ++index) {
          const std::string number = descriptor->is_repeated() ? std::to_string(index) : "";
          rest.emplace_back(
              number.empty() ? joined(outer, name) : joined(joined(outer, name), number),
              block.block(name, index));
        }
        continue;
      }
      std::string value;
      for (std::size_t index = 0; index < count; ++index) {
        value += (index == 0 ? "" : ",") + block.text_of(descriptor, static_cast<int>(index));
      }
      if (count > 0) {
        found.push_back({joined(outer, name), value, block.where(name)});
      }
    }
  }
  return found;
}

}  // namespace lockstep

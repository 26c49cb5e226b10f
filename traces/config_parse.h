// One configuration file, parsed against its schema, with the place of every field.
//
// protobuf's TextFormat decides what a file says, as it does in the server; JSON is rewritten to
// text protobuf first (config_json.h). A ConfigBlock reads fields by name: asking for a name that
// the schema lacks is a mistake of ours and fails a check.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>

#include "core/result.h"
#include "traces/config_bytes.h"
#include "traces/config_server.h"
#include "traces/config_tokens.h"

namespace lockstep {

// A file's text and tokens, before its kind is known.
struct ConfigSource {
  std::string name;
  ConfigBytes bytes;
  bool is_json = false;
  std::vector<ConfigToken> tokens;  // of `bytes`
};
// Errors: those of ConfigBytes and json_as_text_protobuf.
[[nodiscard]] Result<std::unique_ptr<const ConfigSource>> open_config(const std::string& path);

class ParsedConfig;

// One block { ... }; valid as long as its ParsedConfig.
class ConfigBlock {
 public:
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;  // 0 or 1 unless repeated
  // The place of a field's name; of the block itself when the field is absent.
  [[nodiscard]] ConfigPlace where(std::string_view name, std::size_t index = 0) const;
  [[nodiscard]] const ConfigPlace& where() const { return where_; }

  // The value as canonical text; "" when absent. Wrappers ({ value: N }) give what they wrap.
  [[nodiscard]] std::string text(std::string_view name, std::size_t index = 0) const;
  // Requires: a present field.
  [[nodiscard]] Placed<std::string> placed(std::string_view name, std::size_t index = 0) const {
    return {text(name, index), where(name, index)};
  }
  [[nodiscard]] std::uint64_t number(std::string_view name) const;  // of an unsigned field
  [[nodiscard]] bool flag(std::string_view name) const;
  // A block within this one; of an Any, what it holds. Requires: it is present.
  [[nodiscard]] ConfigBlock block(std::string_view name, std::size_t index = 0) const;

  // Every present field as a setting, in declared order; lists joined by commas, blocks as
  // "outer.inner".
  [[nodiscard]] std::vector<ConfigSetting> settings() const;

 private:
  friend class ParsedConfig;
  using Tree = google::protobuf::TextFormat::ParseInfoTree;

  ConfigBlock(const ParsedConfig* file, const google::protobuf::Message* message, const Tree* tree,
              ConfigPlace where)
      : file_(file), message_(message), tree_(tree), where_(std::move(where)) {}
  [[nodiscard]] const google::protobuf::FieldDescriptor* field(std::string_view name) const;
  [[nodiscard]] std::string text_of(const google::protobuf::FieldDescriptor* descriptor,
                                    int index) const;

  const ParsedConfig* file_;
  const google::protobuf::Message* message_;
  const Tree* tree_;
  ConfigPlace where_;
};

class ParsedConfig {
 public:
  ParsedConfig(const ParsedConfig&) = delete;
  ParsedConfig& operator=(const ParsedConfig&) = delete;

  // Errors: the first defect of the file, FILE:LINE:COLUMN. Of kInventedModels, names that no file
  // has are diagnostics unless they are near a real one.
  [[nodiscard]] static Result<std::unique_ptr<const ParsedConfig>> parse(
      std::unique_ptr<const ConfigSource> source, ConfigKind kind);

  [[nodiscard]] ConfigBlock root() const;
  [[nodiscard]] const ConfigSource& source() const { return *source_; }
  [[nodiscard]] ConfigKind kind() const { return kind_; }
  [[nodiscard]] const std::vector<ConfigDiagnostic>& diagnostics() const { return diagnostics_; }

 private:
  friend class ConfigBlock;

  ParsedConfig(std::unique_ptr<const ConfigSource> source, ConfigKind kind)
      : source_(std::move(source)), kind_(kind) {}
  [[nodiscard]] Result<void> run();
  [[nodiscard]] Result<void> check_reports(const std::vector<struct ParserReport>& reports);
  void note_octal_numbers();

  std::unique_ptr<const ConfigSource> source_;
  ConfigKind kind_;
  std::unique_ptr<google::protobuf::Message> message_;
  google::protobuf::TextFormat::ParseInfoTree tree_;
  std::vector<ConfigDiagnostic> diagnostics_;
  // Where list elements begin, by the offset of the field's name, once a ConfigBlock asked for
  // them.
  mutable std::map<std::size_t, std::vector<std::size_t>> lists_;
  // Contents of Any fields, unpacked when a ConfigBlock asks for them.
  mutable std::vector<std::unique_ptr<google::protobuf::Message>> unpacked_;
};

}  // namespace lockstep

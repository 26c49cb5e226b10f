#include "traces/config_explain.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/limits.h"
#include "core/schedulers/registry.h"
#include "traces/config_schema.h"
#include "traces/csv_rows.h"

namespace lockstep {
namespace {

namespace pb = google::protobuf;

// Everything a sentence needs: the tokens around the report and the field they belong to.
struct Scene {
  const ConfigBytes& bytes;
  const std::vector<ConfigToken>& tokens;
  const pb::Descriptor* root;
  std::size_t at;  // token index of the report
  std::string_view report;

  [[nodiscard]] ConfigSpot spot(std::size_t index) const { return find_spot(tokens, root, index); }
  [[nodiscard]] std::string place(std::size_t token) const {
    const ConfigPlace where = bytes.at(tokens[token].offset);
    return std::to_string(where.line) + ":" + std::to_string(where.column);
  }
};

// The name to show for the field of a spot; of a wrapper, what it wraps.
std::string field_name(const ConfigSpot& spot) {
  for (auto block = spot.open.rbegin(); block != spot.open.rend(); ++block) {
    if (!block->is_list && is_wrapper(block->message)) {
      return std::string(block->name);
    }
  }
  return std::string(spot.name);
}

std::string for_field(const ConfigSpot& spot) {
  const std::string name = field_name(spot);
  return name.empty() ? "" : " for " + name;
}

// The token as the file shows it; a sign takes its number along.
std::string found(const Scene& scene, std::size_t index) {
  const ConfigToken& token = scene.tokens[index];
  if (token.kind == TokenKind::kEnd) {
    return "the end of the file";
  }
  std::string_view text = token.text;
  if (text == "-" && index + 1 < scene.tokens.size()) {
    const ConfigToken& number = scene.tokens[index + 1];
    text = std::string_view(scene.bytes.text())
               .substr(token.offset, number.offset + number.text.size() - token.offset);
  }
  return shown(text);
}

std::string enum_names(const pb::EnumDescriptor* type) {
  std::string names;
  for (int i = 0; i < type->value_count(); ++i) {
    names += (i == 0 ? "" : i + 1 == type->value_count() ? " or " : ", ") + type->value(i)->name();
  }
  return names;
}

// What a value of the field looks like.
std::string expected_value(const pb::FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT32:
    case pb::FieldDescriptor::CPPTYPE_INT64:
      return "a whole number";
    case pb::FieldDescriptor::CPPTYPE_UINT32:
    case pb::FieldDescriptor::CPPTYPE_UINT64:
      return "a whole number of at least 0";
    case pb::FieldDescriptor::CPPTYPE_DOUBLE:
    case pb::FieldDescriptor::CPPTYPE_FLOAT:
      return "a number";
    case pb::FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case pb::FieldDescriptor::CPPTYPE_STRING:
      return "text in quotes";
    case pb::FieldDescriptor::CPPTYPE_ENUM:
      return enum_names(field->enum_type());
    case pb::FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return "a block in braces";
}

// Where a field of this name would be right: below the spot, or in a block around it.
std::string elsewhere(const ConfigSpot& spot, std::string_view name) {
  if (const std::string path = path_below(spot.message(), name); !path.empty()) {
    return "; it belongs in " + path;
  }
  const std::string wanted(name);
  for (auto block = spot.open.rbegin(); block != spot.open.rend(); ++block) {
    if (block->message != nullptr && block->message->FindFieldByName(wanted) != nullptr) {
      return block->name.empty() ? "; it belongs at the top of the file"
                                 : "; it belongs in " + std::string(block->name) + " { }";
    }
  }
  return "";
}

Explanation explain_unknown_field(const Scene& scene) {
  const std::size_t name_token = scene.at == 0 ? 0 : scene.at - 1;
  const ConfigSpot spot = scene.spot(name_token);
  const ConfigToken& token = scene.tokens[name_token];
  const std::string message = spot.message() == nullptr ? "this block" : spot.message()->name();
  if (is_wrapper(spot.message())) {
    return {token.offset, "found field " + shown(token.text) + " in " +
                              std::string(spot.open.back().name) + ", expected value"};
  }
  if (spot.open.size() > 1 && spot.open.front().message != nullptr &&
      spot.open.front().message->name() == "Scenario" && spot.open[1].name == "faults") {
    return {static_cast<std::size_t>(spot.open[1].name.data() - scene.bytes.text().data()),
            "found faults, expected none: this version cannot inject faults yet"};
  }
  const std::string text = "found field " + shown(token.text) + ", expected a field of " + message;
  const std::vector<std::string_view> names = field_names(spot.message());
  if (const std::string_view advice = advice_on_field(spot.message(), token.text);
      !advice.empty()) {
    return {token.offset, text + "; " + std::string(advice)};
  }
  if (const std::string path = elsewhere(spot, token.text); !path.empty()) {
    return {token.offset, text + path};
  }
  const std::string nearest = suggestion(token.text, names);
  return {token.offset, text + (nearest.empty() ? ": " + name_list(names) : nearest)};
}

// A field without the braces that its message needs.
Explanation explain_missing_brace(const Scene& scene) {
  const ConfigSpot spot = scene.spot(scene.at);
  const ConfigToken& token = scene.tokens[scene.at];
  const pb::Descriptor* message = spot.field == nullptr ? nullptr : spot.field->message_type();
  std::string text = "found " + found(scene, scene.at);
  if (spot.field == nullptr && !spot.name.empty()) {
    // Only a block that we skip can be without a schema here.
    return {token.offset, text + " for " + std::string(spot.name) +
                              ", expected one block in braces: this reader cannot skip a list of "
                              "blocks, write the field once per block"};
  }
  text +=
      for_field(spot) + ", expected a " + (is_wrapper(message) ? "value" : "block") + " in braces";
  if (is_wrapper(message) && token.kind != TokenKind::kEnd && token.text != "[") {
    const std::string value = found(scene, scene.at);
    text +=
        "; write " + spot.field->name() + " { value: " + value.substr(1, value.size() - 2) + " }";
  }
  return {token.offset, text};
}

Explanation explain_duplicate(const Scene& scene) {
  const std::size_t second = scene.at == 0 ? 0 : scene.at - 1;
  const std::size_t first = first_of_field(scene.tokens, scene.root, second);
  return {scene.tokens[second].offset, "found " + std::string(scene.tokens[second].text) +
                                           " a second time, expected it once (first at " +
                                           scene.place(first) + ")"};
}

// Two fields of which only one may be given.
Explanation explain_oneof(const Scene& scene) {
  const std::size_t name_token = scene.at == 0 ? 0 : scene.at - 1;
  const std::size_t begin = scene.report.find("field \"", scene.report.find("along with"));
  const std::string_view rest =
      begin == std::string_view::npos ? "" : scene.report.substr(begin + 7);
  return {scene.tokens[name_token].offset,
          "found " + std::string(scene.tokens[name_token].text) + " beside " +
              std::string(rest.substr(0, rest.find('"'))) + ", expected one of them"};
}

// A value that was read and refused: the token before the report, when that one is behind it.
Explanation explain_value(const Scene& scene) {
  std::size_t index = scene.at;
  ConfigSpot spot = scene.spot(index);
  if (spot.wanted != Wanted::kValue && index > 0) {
    spot = scene.spot(--index);
  }
  if (scene.tokens[index].kind == TokenKind::kEnd || spot.field == nullptr) {
    return {scene.tokens[index].offset,
            "found " + found(scene, index) + for_field(spot) + ", expected a value"};
  }
  const bool list = spot.field->is_repeated() && !spot.open.back().is_list;
  return {scene.tokens[index].offset, "found " + found(scene, index) + for_field(spot) +
                                          ", expected " + expected_value(spot.field) +
                                          (list ? " or a list of them in [ ]" : "")};
}

Explanation explain_range(const Scene& scene) {
  std::size_t index = scene.at;
  const ConfigSpot spot = scene.spot(index);
  if (index > 0 && scene.tokens[index - 1].text == "-") {
    --index;
  }
  const pb::FieldDescriptor* field = spot.field;
  if (field == nullptr || field->cpp_type() == pb::FieldDescriptor::CPPTYPE_BOOL) {
    return explain_value(scene);
  }
  std::string range;
  switch (field->cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT32:
      range = "from -2147483648 to 2147483647";
      break;
    case pb::FieldDescriptor::CPPTYPE_UINT32:
      range = "from 0 to 4294967295";
      break;
    case pb::FieldDescriptor::CPPTYPE_UINT64:
      range = "from 0 to 18446744073709551615";
      break;
    default:
      range = "from -9223372036854775808 to 9223372036854775807";
  }
  return {scene.tokens[index].offset,
          "found " + found(scene, index) + for_field(spot) + ", expected a whole number " + range};
}

// A name, colon or closing bracket that should stand here.
Explanation explain_structure(const Scene& scene) {
  const ConfigSpot spot = scene.spot(scene.at);
  const ConfigToken& token = scene.tokens[scene.at];
  std::string text = "found " + found(scene, scene.at);
  const OpenBlock& block = spot.open.back();
  const bool inside = spot.open.size() > 1;
  const std::string closes = inside ? (block.is_list                           ? "]"
                                       : scene.tokens[block.token].text == "<" ? ">"
                                                                               : "}") +
                                          std::string(" to close ") + std::string(block.name) +
                                          " (opened at " + scene.place(block.token) + ")"
                                    : "the end of the file";
  switch (spot.wanted) {
    case Wanted::kColon:
      text += " after " + std::string(spot.name) +
              (is_wrapper(spot.message()) ? " in " + std::string(block.name) : "") + ", expected :";
      break;
    case Wanted::kListEnd:
      text += for_field(spot) + ", expected , or " + closes;
      break;
    case Wanted::kValue:
      text += for_field(spot) + ", expected a value";
      break;
    case Wanted::kFieldName:
      text +=
          ", expected " + (token.kind == TokenKind::kEnd ? closes : "a field name or " + closes);
      break;
  }
  return {token.offset, text};
}

// Reports of the tokenizer: a token that is none.
Explanation explain_token(const Scene& scene, std::size_t offset) {
  struct Known {
    std::string_view report;
    std::string_view text;
  };
  constexpr std::array kKnown = {
      Known{"String literals cannot cross",
            "found the end of the line inside a text, expected a "
            "closing quote"},
      Known{"Unexpected end of string",
            "found the end of the file inside a text, expected a "
            "closing quote"},
      Known{"escape",
            "found an unknown escape in a text, expected one of \\n \\t \\r \\\\ \\\" "
            "\\' \\ooo \\xhh \\uhhhh"},
      Known{"octal",
            "found a number that begins with 0 and is not octal, expected it without "
            "the 0"},
      Known{"hex", "found 0x without digits, expected a number"}};
  for (const Known& known : kKnown) {
    if (scene.report.find(known.report) != std::string_view::npos) {
      return {offset, std::string(known.text)};
    }
  }
  const std::string_view text = scene.bytes.text();
  // The whole word: "3x", "1.2.3".
  std::size_t begin = std::min(offset, text.empty() ? 0 : text.size() - 1);
  const auto is_word = [&](std::size_t at) {
    const char c = text[at];
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || static_cast<unsigned char>(c) >= 0x80;
  };
  std::size_t end = begin;
  while (begin > 0 && is_word(begin - 1)) {
    --begin;
  }
  while (end < text.size() && is_word(end)) {
    ++end;
  }
  const ConfigSpot spot = scene.spot(token_at(scene.tokens, begin));
  const bool value = spot.wanted == Wanted::kValue && spot.field != nullptr;
  return {begin, "found " + shown(text.substr(begin, std::max(end, begin + 1) - begin)) +
                     (value ? for_field(spot) + ", expected " + expected_value(spot.field)
                            : ", expected a field name of letters, digits and _")};
}

bool is_token_report(std::string_view report) {
  constexpr std::array<std::string_view, 11> kBegins = {
      "Interpreting non ascii", "Invalid control",  "String literals",   "Unexpected end of string",
      "Invalid escape",         "Expected hex",     "Expected four hex", "Expected eight hex",
      "Need space between",     "Numbers starting", "Hex and octal"};
  return report.starts_with("Already saw") || report.starts_with("\"0x\"") ||
         std::any_of(kBegins.begin(), kBegins.end(),
                     [&](std::string_view begin) { return report.starts_with(begin); });
}

}  // namespace

Explanation explain(const ParserReport& report, const ConfigBytes& bytes,
                    const std::vector<ConfigToken>& tokens, const pb::Descriptor* root) {
  const Scene scene{bytes, tokens, root, token_at(tokens, report.offset), report.text};
  const std::string_view text = report.text;
  const std::size_t here = tokens[scene.at].offset;
  if (is_token_report(text)) {
    return explain_token(scene, report.offset);
  }
  if (text.find("has no field named") != std::string_view::npos) {
    return explain_unknown_field(scene);
  }
  if (text.starts_with("Non-repeated field")) {
    return explain_duplicate(scene);
  }
  if (text.find("specified along with") != std::string_view::npos) {
    return explain_oneof(scene);
  }
  if (text.starts_with("Integer out of range")) {
    return explain_range(scene);
  }
  if (text.starts_with("Invalid value for boolean") || text.starts_with("Unknown enumeration") ||
      text.starts_with("Expected integer") || text.starts_with("Expected double") ||
      text.starts_with("Expected string")) {
    return explain_value(scene);
  }
  if (text.starts_with("Message is too deep")) {
    return {here, "found more than " + std::to_string(kMaxConfigDepth) +
                      " blocks within each other, expected at most " +
                      std::to_string(kMaxConfigDepth)};
  }
  const std::size_t name = scene.spot(scene.at).name_token;
  if (text.starts_with("Could not find type")) {
    return {tokens[name].offset,
            "found " + shown(scene.spot(scene.at).name) +
                ", expected "
                "[type.googleapis.com/tensorflow.serving.SavedModelBundleSourceAdapterConfig]"};
  }
  if (text.find("xtension") != std::string_view::npos) {
    return {tokens[name].offset,
            "found an extension in [ ], expected a field name without brackets"};
  }
  if (text.starts_with("Expected \"{\"")) {
    return explain_missing_brace(scene);
  }
  return explain_structure(scene);
}

UnknownField unknown_field(const ParserReport& report, const std::vector<ConfigToken>& tokens,
                           const pb::Descriptor* root) {
  const std::size_t at = token_at(tokens, report.offset);
  const std::size_t name_token = at == 0 ? 0 : at - 1;
  UnknownField field;
  field.offset = tokens[name_token].offset;
  field.name = tokens[name_token].text;
  field.message = find_spot(tokens, root, name_token).message();
  const std::vector<std::string_view> names = field_names(field.message);
  field.nearest = field.name.size() > 64 ? "" : std::string(nearest_name(field.name, names));
  return field;
}

}  // namespace lockstep

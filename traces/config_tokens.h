// The tokens of a text protobuf file, and which field a token belongs to.
//
// protobuf's parser says where it stopped, but rarely in which field; find_spot() walks the tokens
// up to there along the schema. It never fails: in text that is wrong it keeps what it knows.
// Memory: one small record per token.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "traces/config_bytes.h"

namespace lockstep {

enum class TokenKind : std::uint8_t { kName, kInteger, kFloat, kText, kSymbol, kEnd };

struct ConfigToken {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;   // as it stands in the file
  std::size_t offset = 0;  // of its first byte
};

// Ends with one kEnd token. `bytes` outlives the result.
[[nodiscard]] std::vector<ConfigToken> tokenize_config(const ConfigBytes& bytes);

// The first token at or behind `offset`.
[[nodiscard]] std::size_t token_at(const std::vector<ConfigToken>& tokens, std::size_t offset);

// Where the elements begin of the list that the field at `offset` has: "field: [a, b]". Empty when
// it has none.
[[nodiscard]] std::vector<std::size_t> list_elements(const std::vector<ConfigToken>& tokens,
                                                     std::size_t offset);

// A block { ... } or a list [ ... ] that is open at a token.
struct OpenBlock {
  const google::protobuf::Descriptor* message = nullptr;  // nullptr: not in the schema
  const google::protobuf::FieldDescriptor* field = nullptr;
  std::string_view name;  // of the field that opened it; "" for the file itself
  std::size_t token = 0;  // its opening bracket
  bool is_list = false;
};

enum class Wanted : std::uint8_t { kFieldName, kColon, kValue, kListEnd };

struct ConfigSpot {
  std::vector<OpenBlock> open;  // outermost first: the file
  Wanted wanted = Wanted::kFieldName;
  // The field whose colon or value is wanted, or that ended just before.
  const google::protobuf::FieldDescriptor* field = nullptr;
  std::string_view name;
  std::size_t name_token = 0;

  // The innermost block's message.
  [[nodiscard]] const google::protobuf::Descriptor* message() const { return open.back().message; }
};

// The schema of a type named in an expanded Any ("[type.googleapis.com/NAME] { ... }"); nullptr:
// unknown.
[[nodiscard]] const google::protobuf::Descriptor* any_schema(std::string_view type_name);

// What is expected where token `index` stands.
[[nodiscard]] ConfigSpot find_spot(const std::vector<ConfigToken>& tokens,
                                   const google::protobuf::Descriptor* root, std::size_t index);

// The text with the `,` or `;` behind each field that the schema lacks turned into a blank:
// protobuf's parser skips such fields, but stumbles over their separators.
[[nodiscard]] std::string without_skipped_separators(const std::string& text,
                                                     const std::vector<ConfigToken>& tokens,
                                                     const google::protobuf::Descriptor* root);

// The first token before `index` that names the same field of the same block as token `index`;
// `index` itself when it is the first.
[[nodiscard]] std::size_t first_of_field(const std::vector<ConfigToken>& tokens,
                                         const google::protobuf::Descriptor* root,
                                         std::size_t index);

}  // namespace lockstep

// Turns what protobuf's text parser reports into one line in our form, with the field's name.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "traces/config_bytes.h"
#include "traces/config_tokens.h"

namespace lockstep {

// One report of the parser, with its own text and where it stood (offset into the file).
struct ParserReport {
  std::size_t offset = 0;
  std::string text;
  bool is_error = true;  // false: an unknown field, skipped
};

struct Explanation {
  std::size_t offset = 0;  // of what is wrong, which may stand before the report's place
  std::string text;        // "found ..., expected ..."
};

// Requires: `tokens` are those of `bytes`, parsed as `root`.
[[nodiscard]] Explanation explain(const ParserReport& report, const ConfigBytes& bytes,
                                  const std::vector<ConfigToken>& tokens,
                                  const google::protobuf::Descriptor* root);

// Of a report with is_error false: the field and the message that lacks it (nullptr: not known).
struct UnknownField {
  std::size_t offset = 0;
  std::string_view name;
  const google::protobuf::Descriptor* message = nullptr;
  // The known name in `message` that is nearest, "" when all are far.
  std::string nearest;
};
[[nodiscard]] UnknownField unknown_field(const ParserReport& report,
                                         const std::vector<ConfigToken>& tokens,
                                         const google::protobuf::Descriptor* root);

}  // namespace lockstep

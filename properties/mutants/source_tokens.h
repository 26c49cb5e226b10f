// A C++ source cut into tokens, as far as a mutator needs it: no preprocessing, no names looked up.
//
// Comments and preprocessor lines are left out; literals are one token each. Relies on the format
// of this tree (scripts/format): an operator between two operands has a space on both sides, the
// bracket of a template has not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

enum class SourceTokenKind : std::uint8_t { kWord, kNumber, kText, kSign };

struct SourceToken {
  SourceTokenKind kind = SourceTokenKind::kSign;
  std::string_view text{};
  std::size_t at = 0;    // in the source
  std::size_t line = 1;  // from 1
  bool spaced = false;   // white space, or an end of the line, on both sides
  // Of a bracket: the token that it belongs to; else its own index.
  std::size_t partner = 0;
};

// `source` outlives them.
[[nodiscard]] std::vector<SourceToken> tokens_of(const std::string& source);

// Of an operator between two operands: how tightly it binds, `*` most; 0: it is none.
[[nodiscard]] int precedence_of(const SourceToken& token);

}  // namespace lockstep

// A C++ file taken apart into code, comments and string literals, and the code into tokens.
//
// Good enough for style rules, not a compiler: no preprocessing, no trigraphs, no line splices.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::tidy {

// Three texts of the file's own length; what belongs to another one is blank in it. Line ends are
// kept in all, so that positions and line numbers agree.
struct CodeView {
  std::string code;
  std::string comments;  // with their // and /*
  std::string strings;   // contents of string and character literals, without quotes
};

[[nodiscard]] CodeView split_code(std::string_view text);

struct Token {
  std::string text;  // an identifier, a number, "::", "->", or one character
  std::size_t line = 0;

  [[nodiscard]] bool is_word() const;  // identifier or keyword
  [[nodiscard]] bool is_number() const;
};

[[nodiscard]] std::vector<Token> tokenize(std::string_view code);

struct Include {
  std::string target;  // between the quotes or angle brackets
  bool quoted = false;
  std::size_t line = 0;
};

// The #include lines that are code (not in a comment, not in a raw string).
[[nodiscard]] std::vector<Include> find_includes(std::string_view text);

}  // namespace lockstep::tidy

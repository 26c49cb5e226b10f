#include "properties/mutants/source_tokens.h"

#include <array>
#include <utility>

namespace lockstep {
namespace {

bool is_space(char letter) {
  return letter == ' ' || letter == '\n' || letter == '\t';
}
bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}
bool is_word(char letter) {
  return is_digit(letter) || letter == '_' || (letter >= 'a' && letter <= 'z') ||
         (letter >= 'A' && letter <= 'Z');
}

constexpr std::array<std::string_view, 22> kSigns = {
    "<=>", "<<=", ">>=", "...", "::", "->", "++", "--", "<=", ">=", "==",
    "!=",  "&&",  "||",  "+=",  "-=", "*=", "/=", "%=", "|=", "&=", "<<"};

class Scanner {
 public:
  explicit Scanner(const std::string& source) : source_(source) {}

  std::vector<SourceToken> scan() {
    while (at_ < source_.size()) {
      const std::string_view rest = std::string_view(source_).substr(at_);
      if (is_space(rest[0])) {
        skip(1);
      } else if (rest.starts_with("//") || (rest[0] == '#' && begins_line())) {
        skip(rest.find('\n') == std::string_view::npos ? rest.size() : rest.find('\n'));
      } else if (rest.starts_with("R\"(")) {
        take(SourceTokenKind::kText, rest.find(")\"") + 2);
      } else if (rest[0] == '"' || rest[0] == '\'') {
        take(SourceTokenKind::kText, literal(rest));
      } else if (is_digit(rest[0])) {
        take(SourceTokenKind::kNumber, length(rest, true));
      } else if (is_word(rest[0])) {
        take(SourceTokenKind::kWord, length(rest, false));
      } else {
        take(SourceTokenKind::kSign, sign(rest));
      }
    }
    match();
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] bool begins_line() const { return at_ == 0 || source_[at_ - 1] == '\n'; }
  void skip(std::size_t count) {
    for (; count > 0; --count) {
      line_ += source_[at_++] == '\n' ? 1u : 0u;
    }
  }
  void take(SourceTokenKind kind, std::size_t count) {
    const std::size_t end = at_ + count;
    const bool before = at_ > 0 && is_space(source_[at_ - 1]);
    const bool after = end < source_.size() && is_space(source_[end]);
    tokens_.push_back({.kind = kind,
                       .text = std::string_view(source_).substr(at_, count),
                       .at = at_,
                       .line = line_,
                       .spaced = before && after,
                       .partner = tokens_.size()});
    skip(count);
  }
  static std::size_t literal(std::string_view rest) {
    std::size_t end = 1;
    while (end < rest.size() && rest[end] != rest[0]) {
      end += rest[end] == '\\' ? 2u : 1u;
    }
    return end + 1;
  }
  static std::size_t length(std::string_view rest, bool number) {
    std::size_t end = 1;
    while (end < rest.size() &&
           (is_word(rest[end]) || (number && (rest[end] == '\'' || rest[end] == '.')))) {
      ++end;
    }
    return end;
  }
  static std::size_t sign(std::string_view rest) {
    for (const std::string_view known : kSigns) {
      if (rest.starts_with(known)) {
        return known.size();
      }
    }
    return 1;
  }
  void match() {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const std::string_view text = tokens_[i].text;
      if (tokens_[i].kind != SourceTokenKind::kSign) {
        continue;
      }
      if (text == "(" || text == "[" || text == "{") {
        open.push_back(i);
      } else if ((text == ")" || text == "]" || text == "}") && !open.empty()) {
        tokens_[i].partner = open.back();
        tokens_[open.back()].partner = i;
        open.pop_back();
      }
    }
  }

  const std::string& source_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::vector<SourceToken> tokens_;
};

}  // namespace

std::vector<SourceToken> tokens_of(const std::string& source) {
  return Scanner(source).scan();
}

int precedence_of(const SourceToken& token) {
  if (token.kind != SourceTokenKind::kSign || !token.spaced) {
    return 0;
  }
  constexpr std::array<std::pair<std::string_view, int>, 15> kOperators = {{{"*", 10},
                                                                            {"/", 10},
                                                                            {"%", 10},
                                                                            {"+", 9},
                                                                            {"-", 9},
                                                                            {"<<", 8},
                                                                            {"<", 7},
                                                                            {"<=", 7},
                                                                            {">", 7},
                                                                            {">=", 7},
                                                                            {"==", 6},
                                                                            {"!=", 6},
                                                                            {"&", 5},
                                                                            {"&&", 3},
                                                                            {"||", 2}}};
  for (const auto& [sign, precedence] : kOperators) {
    if (token.text == sign) {
      return precedence;
    }
  }
  return 0;
}

}  // namespace lockstep

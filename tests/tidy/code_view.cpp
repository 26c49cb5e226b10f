#include "tests/tidy/code_view.h"

#include <algorithm>

#include "tests/tidy/source_tree.h"

namespace lockstep::tidy {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

// Walks once over the text; each step copies a stretch into the view it belongs to.
class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {
    std::string blank(text.size(), ' ');
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') {
        blank[i] = '\n';
      }
    }
    view_ = {blank, blank, blank};
  }

  CodeView split() {
    while (at_ < text_.size()) {
      const std::string_view rest = text_.substr(at_);
      if (rest.starts_with("//")) {
        copy_until(view_.comments, rest.find('\n'));
      } else if (rest.starts_with("/*")) {
        copy_until(view_.comments, past(rest.find("*/", 2), 2));
      } else if (rest.front() == '"' && raw_prefix()) {
        raw_string(rest);
      } else if (rest.front() == '"' || (rest.front() == '\'' && !inside_number())) {
        quoted(rest);
      } else {
        copy_until(view_.code, 1);
      }
    }
    return std::move(view_);
  }

 private:
  [[nodiscard]] static std::size_t past(std::size_t position, std::size_t length) {
    return position == std::string_view::npos ? position : position + length;
  }

  void copy_until(std::string& target, std::size_t length) {
    const std::size_t end = at_ + std::min(length, text_.size() - at_);
    std::copy(text_.begin() + static_cast<std::ptrdiff_t>(at_),
              text_.begin() + static_cast<std::ptrdiff_t>(end),
              target.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ = end;
  }

  // The word that ends right before the current character ("" for none).
  [[nodiscard]] std::string_view word_before() const {
    std::size_t start = at_;
    while (start > 0 && (is_word_char(text_[start - 1]) || text_[start - 1] == '\'')) {
      --start;
    }
    return text_.substr(start, at_ - start);
  }
  [[nodiscard]] bool raw_prefix() const {
    const std::string_view word = word_before();
    return word == "R" || word == "u8R" || word == "LR" || word == "uR" || word == "UR";
  }
  [[nodiscard]] bool inside_number() const {  // 1'000
    const std::string_view word = word_before();
    return !word.empty() && is_digit(word.front());
  }

  void raw_string(std::string_view rest) {
    const std::size_t open = std::min(rest.find('('), rest.size());
    const std::string close = ")" + std::string(rest.substr(1, open - 1)) + "\"";
    const std::size_t end = rest.find(close, open);
    copy_until(view_.code, 1);
    copy_until(view_.strings, end == std::string_view::npos ? end : end + close.size() - 2);
    copy_until(view_.code, 1);
  }

  void quoted(std::string_view rest) {
    const char quote = rest.front();
    std::size_t end = 1;
    while (end < rest.size() && rest[end] != quote && rest[end] != '\n') {
      end += rest[end] == '\\' ? std::size_t{2} : std::size_t{1};
    }
    copy_until(view_.code, 1);
    copy_until(view_.strings, end - 1);
    copy_until(view_.code, at_ < text_.size() && text_[at_] == quote ? 1 : 0);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  CodeView view_;
};

}  // namespace

CodeView split_code(std::string_view text) {
  return Splitter(text).split();
}

bool Token::is_word() const {
  return is_word_char(text.front()) && !is_digit(text.front());
}
bool Token::is_number() const {
  return is_digit(text.front());
}

std::vector<Token> tokenize(std::string_view code) {
  std::vector<Token> tokens;
  std::size_t line = 1;
  for (std::size_t at = 0; at < code.size();) {
    const char c = code[at];
    std::size_t end = at + 1;
    if (c == '\n') {
      ++line;
    } else if (is_word_char(c)) {
      const bool number = is_digit(c);
      while (end < code.size() &&
             (is_word_char(code[end]) || (number && (code[end] == '.' || code[end] == '\'')))) {
        ++end;
      }
    } else if (code.substr(at, 2) == "::" || code.substr(at, 2) == "->") {
      end = at + 2;
    }
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
      tokens.push_back({std::string(code.substr(at, end - at)), line});
    }
    at = end;
  }
  return tokens;
}

std::vector<Include> find_includes(std::string_view text) {
  const CodeView view = split_code(text);
  const std::vector<std::string_view> code_lines = split_lines(view.code);
  const std::vector<std::string_view> lines = split_lines(text);
  std::vector<Include> includes;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!trim(code_lines[i]).starts_with("#include")) {
      continue;
    }
    const std::size_t open = lines[i].find_first_of("\"<");
    const std::size_t close = lines[i].find_first_of("\">", open + 1);
    if (open != std::string_view::npos && close != std::string_view::npos) {
      includes.push_back(
          {std::string(lines[i].substr(open + 1, close - open - 1)), lines[i][open] == '"', i + 1});
    }
  }
  return includes;
}

}  // namespace lockstep::tidy

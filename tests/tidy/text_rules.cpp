#include "tests/tidy/text_rules.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/code_view.h"

namespace lockstep::tidy {
namespace {

constexpr std::size_t kMaxColumns = 100;

std::size_t columns(std::string_view line) {
  // UTF-8 continuation bytes do not take a column.
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u;
  }));
}

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// True when `word` stands at `at` and is not part of a longer word.
bool is_whole_word(std::string_view text, std::size_t at, std::size_t length) {
  const bool starts = at == 0 || !is_word_char(text[at - 1]);
  const bool ends = at + length >= text.size() || !is_word_char(text[at + length]);
  return starts && ends;
}

bool contains_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    if (is_whole_word(text, at, word.size())) {
      return true;
    }
  }
  return false;
}

// "NOLINT(check): at least a few words".
bool has_lint_reason(std::string_view after_keyword) {
  constexpr std::size_t kShortestReason = 10;
  const std::size_t close = after_keyword.find(')');
  if (!after_keyword.starts_with('(') || close == std::string_view::npos || close == 1) {
    return false;
  }
  const std::string_view rest = after_keyword.substr(close + 1);
  return rest.starts_with(':') && trim(rest.substr(1)).size() >= kShortestReason;
}

// What follows the lint keyword in `comment`; false in `found` when there is none.
struct LintMark {
  bool found = false;
  std::string_view after;
};
LintMark find_lint_mark(std::string_view comment) {
  const std::size_t at = comment.find("NOLINT");
  if (at == std::string_view::npos) {
    return {};
  }
  std::string_view after = comment.substr(at + 6);
  for (const std::string_view kind : {"NEXTLINE", "BEGIN"}) {
    if (after.starts_with(kind)) {
      after.remove_prefix(kind.size());
    }
  }
  return {!after.starts_with("END"), after};
}

// A path starts at its first slash: "a/home/b" is relative, "${prefix}/work/" is somebody's.
bool is_absolute_at(std::string_view line, std::size_t at) {
  return at == 0 || !(is_word_char(line[at - 1]) || line[at - 1] == '.' || line[at - 1] == '-' ||
                      line[at - 1] == '}' || line[at - 1] == '/');
}

}  // namespace

Findings check_lines(const SourceFile& file) {
  Findings findings;
  if (!file.is_code() && !file.is_build_file()) {
    return findings;
  }
  const std::vector<std::string_view> lines = split_lines(file.text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = lines[i];
    const bool only_url = line.find("https://") != std::string_view::npos &&
                          trim(line).find(' ', 3) == std::string_view::npos;
    if (columns(line) > kMaxColumns && !only_url) {
      findings.push_back({file.path, i + 1,
                          "found " + std::to_string(columns(line)) + " columns, expected at most " +
                              std::to_string(kMaxColumns)});
    }
    if (line.find('\t') != std::string_view::npos) {
      findings.push_back({file.path, i + 1, "found a tab, expected blanks"});
    }
    if (line.ends_with(' ') || line.ends_with('\r')) {
      findings.push_back({file.path, i + 1, "found blanks at the end of the line"});
    }
  }
  if (!file.text.empty() && file.text.back() != '\n') {
    findings.push_back({file.path, lines.size(), "expected a line end at the end of the file"});
  }
  return findings;
}

Findings check_header_opening(const SourceFile& file) {
  if (!file.is_header()) {
    return {};
  }
  const std::vector<std::string_view> lines = split_lines(file.text);
  const std::size_t once = static_cast<std::size_t>(
      std::find(lines.begin(), lines.end(), "#pragma once") - lines.begin());
  if (once == lines.size()) {
    return {{file.path, 1, "expected #pragma once"}};
  }
  Findings findings;
  if (once == 0 || !lines.front().starts_with("// ") || columns(lines.front()) < 13) {
    findings.push_back({file.path, 1, "expected a comment first that says what this header is"});
  }
  for (std::size_t i = 0; i < once; ++i) {
    if (!lines[i].empty() && !lines[i].starts_with("//")) {
      findings.push_back({file.path, i + 1, "expected nothing but comments before #pragma once"});
    }
  }
  return findings;
}

Findings check_comments(const SourceFile& file) {
  Findings findings;
  if (!file.is_code()) {
    return findings;
  }
  const CodeView view = split_code(file.text);
  const std::vector<std::string_view> comments = split_lines(view.comments);
  const std::vector<std::string_view> code = split_lines(view.code);
  for (std::size_t i = 0; i < comments.size(); ++i) {
    for (const std::string_view mark : {"TODO", "FIXME", "XXX", "HACK"}) {
      if (contains_word(comments[i], mark)) {
        findings.push_back({file.path, i + 1,
                            "found " + std::string(mark) + ", expected an issue or finished work"});
      }
    }
    if (const LintMark mark = find_lint_mark(comments[i]);
        mark.found && !has_lint_reason(mark.after)) {
      findings.push_back({file.path, i + 1, "expected NOLINT(check): and the reason"});
    }
    const bool reason_above = i > 0 && !trim(comments[i - 1]).empty();
    if (code[i].find("DISABLED_") != std::string_view::npos && !reason_above) {
      findings.push_back({file.path, i + 1, "expected the reason right above a disabled test"});
    }
  }
  return findings;
}

Findings check_machine_traces(const SourceFile& file) {
  Findings findings;
  if (file.in("tests/tidy")) {
    return findings;  // the rules and their snippets spell out what they look for
  }
  const std::vector<std::string_view> lines = split_lines(file.text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (const std::string_view prefix : {"/work/", "/root/", "/home/", "/Users/"}) {
      const std::size_t at = lines[i].find(prefix);
      if (at != std::string_view::npos && is_absolute_at(lines[i], at)) {
        findings.push_back(
            {file.path, i + 1, "found " + std::string(prefix) + "..., a path of one machine"});
      }
    }
  }
  if (file.is_code()) {
    const CodeView view = split_code(file.text);
    const std::vector<std::string_view> strings = split_lines(view.strings);
    for (std::size_t i = 0; i < strings.size(); ++i) {
      if (strings[i].find("%p") != std::string_view::npos ||
          strings[i].find("{:p}") != std::string_view::npos) {
        findings.push_back({file.path, i + 1, "an address in the output differs in each run"});
      }
    }
  }
  return findings;
}

}  // namespace lockstep::tidy

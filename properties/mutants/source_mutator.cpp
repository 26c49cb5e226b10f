#include "properties/mutants/source_mutator.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "properties/mutants/source_tokens.h"

namespace lockstep {
namespace {

// Tokens [begin, end) become `replacement`, in which %R is their own text with the mutants inside,
// and %W the text with which they are wrong.
struct Site {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string wrong;     // code
  bool negates = false;  // `wrong` is not used: the condition is turned around
  bool drops = false;    // `wrong` is not used: a statement
  SourceMutant mutant{};
};

class Mutator {
 public:
  Mutator(const std::string& source, const std::set<std::size_t>& left_out)
      : source_(source), left_out_(left_out), tokens_(tokens_of(source)) {}

  std::vector<Site> sites() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (const std::size_t end = constant_end(i); end > i) {
        i = end;
        continue;
      }
      operators(i);
      words(i);
      statement(i);
    }
    std::stable_sort(sites_.begin(), sites_.end(), [](const Site& a, const Site& b) {
      return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
    });
    return std::move(sites_);
  }

  [[nodiscard]] const std::vector<SourceToken>& tokens() const { return tokens_; }

 private:
  [[nodiscard]] std::string_view text(std::size_t i) const {
    return i < tokens_.size() ? tokens_[i].text : std::string_view();
  }
  [[nodiscard]] bool is_any(std::size_t i, std::initializer_list<std::string_view> words) const {
    return std::find(words.begin(), words.end(), text(i)) != words.end();
  }

  // Of a stretch that begins at `i` and is left alone: its last token; else `i`.
  [[nodiscard]] std::size_t constant_end(std::size_t i) const {
    const bool check = text(i).starts_with("LOCKSTEP_");
    if (!check && !is_any(i, {"constexpr", "static_assert", "template", "using", "enum", "case",
                              "operator", "static"})) {
      return i;
    }
    std::size_t end = i;
    while (end + 1 < tokens_.size() && !is_any(end, {";", "{"}) &&
           !(text(i) == "case" && text(end) == ":")) {
      end = text(end) == "(" ? tokens_[end].partner : end + 1;
    }
    const bool block = text(end) == "{" && is_any(i, {"enum", "constexpr"});
    return block ? tokens_[end].partner : std::max(end, i + 1) - (text(end) == "{" ? 1u : 0u);
  }

  [[nodiscard]] bool ends_operand(std::size_t i, int precedence, bool leftwards) const {
    if (precedence == 1 && !leftwards && is_any(i, {"?", ":"})) {
      return false;  // what is assigned may be a choice
    }
    if (is_any(i, {",", ";", "?", ":", "=", "+=", "-=", "return", "else", "do"})) {
      return true;
    }
    const int other = precedence_of(tokens_[i]);
    return other != 0 && (leftwards ? other < precedence : other <= precedence);
  }
  // First token of the operand that ends before `i`.
  [[nodiscard]] std::size_t left_operand(std::size_t i, int precedence) const {
    std::size_t begin = i;
    while (begin > 0) {
      const std::size_t previous = begin - 1;
      if (is_any(previous, {"(", "[", "{"}) || ends_operand(previous, precedence, true)) {
        break;
      }
      if (is_any(previous, {")", "]", "}"})) {
        begin = tokens_[previous].partner;
        if (text(previous) == "}" && begin > 0 &&
            (is_any(begin - 1, {"else", "do", "const", "override"}) ||
             (tokens_[begin - 1].kind != SourceTokenKind::kWord && text(begin - 1) != ">"))) {
          return previous + 1;  // of a block
        }
        continue;
      }
      begin = previous;
    }
    return begin;
  }
  // Behind the last token of the operand that begins at `i`.
  [[nodiscard]] std::size_t right_operand(std::size_t i, int precedence) const {
    std::size_t end = i;
    while (end < tokens_.size() && !is_any(end, {")", "]", "}"}) &&
           !ends_operand(end, precedence, false)) {
      end = is_any(end, {"(", "[", "{"}) ? tokens_[end].partner + 1 : end + 1;
    }
    return end;
  }

  [[nodiscard]] std::string code(std::size_t begin, std::size_t end) const {
    std::string joined;
    for (std::size_t i = begin; i < end; ++i) {
      joined += (joined.empty() ? "" : " ");
      joined += text(i);
    }
    return joined;
  }

  void add(std::size_t begin, std::size_t end, std::size_t place, std::string wrong,
           std::string shown) {
    if (end <= begin || left_out_.contains(tokens_[place].line) ||
        left_out_.contains(tokens_[begin].line)) {
      return;
    }
    const std::size_t at = tokens_[place].at;
    const std::size_t line_begin = at == 0 ? 0 : source_.rfind('\n', at - 1) + 1;
    sites_.push_back({.begin = begin,
                      .end = end,
                      .wrong = std::move(wrong),
                      .mutant = {.line = tokens_[place].line,
                                 .column = at - line_begin + 1,
                                 .right = std::string(text(place)),
                                 .wrong = std::move(shown)}});
  }

  void operators(std::size_t i) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kWrong = {{{"<", "<="},
                                                                                       {"<=", "<"},
                                                                                       {">", ">="},
                                                                                       {">=", ">"},
                                                                                       {"==", "!="},
                                                                                       {"!=", "=="},
                                                                                       {"+", "-"},
                                                                                       {"-", "+"},
                                                                                       {"&&", "||"},
                                                                                       {"||", "&&"},
                                                                                       {"+=", "-="},
                                                                                       {"-=", "+="},
                                                                                       {"*", "+"}}};
    const bool assigns = is_any(i, {"+=", "-="});
    const int precedence = assigns ? 1 : precedence_of(tokens_[i]);
    if (precedence == 0) {
      return;
    }
    for (const auto& [right, wrong] : kWrong) {
      if (text(i) == right) {
        const std::size_t begin = left_operand(i, precedence);
        const std::size_t end = right_operand(i + 1, precedence);
        const bool joins_text = tokens_[i - 1].kind == SourceTokenKind::kText ||
                                tokens_[i + 1].kind == SourceTokenKind::kText;
        if (begin < i && end > i + 1 && !joins_text) {
          add(begin, end, i, code(begin, i) + " " + std::string(wrong) + " " + code(i + 1, end),
              std::string(wrong));
        }
      }
    }
  }

  void words(std::size_t i) {
    if (tokens_[i].kind == SourceTokenKind::kNumber) {
      number(i);
    } else if (is_any(i, {"true", "false"})) {
      const std::string other = text(i) == "true" ? "false" : "true";
      add(i, i + 1, i, other, other);
    } else if (is_any(i, {"min", "max"}) && i >= 2 && text(i - 1) == "::") {
      extreme(i);
    } else if (is_any(i, {"++", "--"}) && tokens_[i + 1].kind == SourceTokenKind::kWord) {
      const std::string other = text(i) == "++" ? "--" : "++";
      std::size_t end = i + 2;
      while (is_any(end, {".", "->", "::", "[", "("}) || is_any(end - 1, {".", "->", "::"})) {
        end = is_any(end, {"[", "("}) ? tokens_[end].partner + 1 : end + 1;
      }
      add(i, end, i, other + code(i + 1, end), other);
    } else if (is_any(i, {"if", "while"}) && text(i + 1) == "(") {
      condition(i);
    }
  }

  void number(std::size_t i) {
    const std::string digits(text(i));
    const std::size_t end = digits.find_first_not_of("0123456789");
    const std::string suffix = end == std::string::npos ? "" : digits.substr(end);
    if (digits.size() > 9 || (suffix != "" && suffix != "u") || (i > 0 && text(i - 1) == "<") ||
        (text(i + 1) == ">" && !tokens_[i + 1].spaced)) {
      return;
    }
    std::uint64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const std::string more = std::to_string(value + 1) + suffix;
    add(i, i + 1, i, more, more);
  }

  void extreme(std::size_t i) {
    std::size_t open = i + 1;
    while (open < tokens_.size() && text(open) != "(" && !is_any(open, {";", ")"})) {
      ++open;
    }
    if (text(open) == "(") {
      const std::string other = text(i) == "min" ? "max" : "min";
      const std::size_t end = tokens_[open].partner + 1;
      add(i - 2, end, i, "std::" + other + code(i + 1, end), other);
    }
  }

  void condition(std::size_t i) {
    const std::size_t close = tokens_[i + 1].partner;
    std::size_t begin = i + 2;
    for (std::size_t k = begin; k < close; ++k) {
      if (is_any(k, {"(", "{", "["})) {
        k = tokens_[k].partner;
      } else if (text(k) == ";") {
        begin = k + 1;
      }
    }
    for (std::size_t k = begin; k < close; ++k) {
      if (text(k) == "=") {
        return;  // it declares
      }
    }
    const std::size_t count = sites_.size();
    add(begin, close, i, "", "not");
    if (sites_.size() > count) {
      sites_.back().negates = true;
    }
  }

  // Behind "case X:" or "default:".
  [[nodiscard]] bool follows_label(std::size_t i) const {
    if (text(i - 1) != ":") {
      return false;
    }
    std::size_t begin = i - 1;
    while (begin > 0 && !is_any(begin, {"case", "default", ";", "{", "}", "?"})) {
      --begin;
    }
    return is_any(begin, {"case", "default"});
  }

  // Not in the head of a loop, nor among arguments.
  [[nodiscard]] bool in_block(std::size_t i) const {
    std::size_t begin = i;
    while (begin > 0) {
      --begin;
      if (is_any(begin, {")", "]", "}"})) {
        begin = tokens_[begin].partner;
      } else if (is_any(begin, {"(", "[", "{"})) {
        return text(begin) == "{";
      }
    }
    return false;
  }

  // One that begins at `i`: behind the end of another.
  void statement(std::size_t i) {
    const bool begins = i > 0 && (is_any(i - 1, {";", "{", "}"}) || follows_label(i));
    if (!begins || !in_block(i) || tokens_[i].kind == SourceTokenKind::kNumber ||
        is_any(i, {"return",  "if",     "for",      "while",   "switch",    "else",    "do",
                   "const",   "auto",   "class",    "struct",  "namespace", "private", "public",
                   "default", "friend", "explicit", "virtual", "static",    "throw",   "try",
                   "catch",   "inline", "bool",     "void"})) {
      return;
    }
    std::size_t end = i;
    bool acts = is_any(i, {"++", "--", "break", "continue"});
    while (end < tokens_.size() && !is_any(end, {";", "}", ")"})) {
      acts = acts || is_any(end, {"(", "=", "+=", "-="});
      const bool of_type = end > i && (tokens_[end - 1].kind == SourceTokenKind::kWord ||
                                       (text(end - 1) == ">" && !tokens_[end - 1].spaced));
      if (of_type && tokens_[end].kind == SourceTokenKind::kWord) {
        return;  // "Type name"
      }
      end = is_any(end, {"(", "{", "["}) ? tokens_[end].partner + 1 : end + 1;
    }
    if (!acts || text(end) != ";" || is_any(i + 1, {"&", "*", "<"})) {
      return;
    }
    const std::size_t count = sites_.size();
    add(i, end + 1, i, "", "");
    if (sites_.size() > count) {
      sites_.back().drops = true;
      sites_.back().mutant.right = code(i, end + 1);
    }
  }

  const std::string& source_;
  const std::set<std::size_t>& left_out_;
  std::vector<SourceToken> tokens_;
  std::vector<Site> sites_;
};

// Opens and closes what surrounds the text of a site.
std::pair<std::string, std::string> brackets(const Site& site, int number) {
  const std::string on = "::lockstep::seeded_bug() == " + std::to_string(number);
  if (site.negates) {
    return {"(" + on + ") != static_cast<bool>(", ")"};
  }
  if (site.drops) {
    return {"if (!(" + on + ")) { ", " }"};
  }
  return {"((" + on + ") ? (" + site.wrong + ") : (", "))"};
}

}  // namespace

MutatedSource mutated_source(const std::string& source, int first,
                             const std::set<std::size_t>& left_out) {
  Mutator mutator(source, left_out);
  const std::vector<Site> sites = mutator.sites();
  const std::vector<SourceToken>& tokens = mutator.tokens();
  MutatedSource mutated;
  std::vector<std::pair<std::size_t, std::string>> open;  // where to close, and with what
  std::size_t done = 0;
  std::size_t next = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    mutated.text += source.substr(done, tokens[i].at - done);
    done = tokens[i].at;
    for (; next < sites.size() && sites[next].begin == i; ++next) {
      // Sites nest; one that would cross another is left out.
      const std::size_t end = sites[next].end;
      if (!open.empty() && open.back().first < end) {
        continue;
      }
      const int number = first + static_cast<int>(mutated.mutants.size());
      auto [begin_text, end_text] = brackets(sites[next], number);
      mutated.text += begin_text;
      open.emplace_back(end, std::move(end_text));
      mutated.mutants.push_back(sites[next].mutant);
    }
    mutated.text += tokens[i].text;
    done += tokens[i].text.size();
    while (!open.empty() && open.back().first == i + 1) {
      mutated.text += open.back().second;
      open.pop_back();
    }
  }
  mutated.text += source.substr(done);
  return mutated;
}

}  // namespace lockstep

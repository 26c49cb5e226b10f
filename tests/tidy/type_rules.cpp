#include "tests/tidy/type_rules.h"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "tests/tidy/code_view.h"

namespace lockstep::tidy {
namespace {

struct Definition {
  std::string name;  // with its namespaces
  std::size_t line = 0;
};

// Walks the tokens of a file and keeps the namespaces that are open.
class TypeReader {
 public:
  explicit TypeReader(std::string_view text) : tokens_(tokenize(split_code(text).code)) {}

  [[nodiscard]] std::vector<Definition> read() {
    for (at_ = 0; at_ < tokens_.size(); ++at_) {
      const std::string& text = tokens_[at_].text;
      if (text == "namespace") {
        read_namespace();
      } else if (text == "{") {
        scopes_.push_back({.is_namespace = false, .name = ""});
      } else if (text == "}" && !scopes_.empty()) {
        scopes_.pop_back();
      } else if (text == "struct" || text == "class" || text == "union" || text == "enum") {
        read_type();
      }
    }
    return found_;
  }

 private:
  struct Scope {
    bool is_namespace = false;
    std::string name;  // "" when unnamed
  };

  [[nodiscard]] std::string_view token(std::size_t at) const {
    return at < tokens_.size() ? std::string_view(tokens_[at].text) : "";
  }

  // `namespace a::b {`, `namespace {`; not `using namespace a;` or `namespace a = b;`.
  void read_namespace() {
    std::string name;
    std::size_t at = at_ + 1;
    while (at < tokens_.size() && (tokens_[at].is_word() || token(at) == "::")) {
      name += tokens_[at].text;
      ++at;
    }
    if (token(at) == "{") {
      scopes_.push_back({.is_namespace = true, .name = name});
      at_ = at;
    }
  }

  // `struct Name {`, `enum class Name : base {`, `class Name final : public Base {`. The brace is
  // left to read(): what is inside is no namespace.
  void read_type() {
    std::size_t at = at_ + 1;
    if (token(at_) == "enum" && (token(at) == "class" || token(at) == "struct")) {
      ++at;
    }
    while (token(at) == "[") {  // attributes
      while (at < tokens_.size() && token(at) != "]") {
        ++at;
      }
      at += 2;
    }
    const std::size_t name = at;
    if (name >= tokens_.size() || !tokens_[name].is_word()) {
      return;
    }
    ++at;
    if (token(at) == "final") {
      ++at;
    }
    if (token(at) == "{" || token(at) == ":") {
      add(tokens_[name]);
    }
    at_ = name;
  }

  void add(const Token& name) {
    std::string full;
    for (const Scope& scope : scopes_) {
      if (!scope.is_namespace || scope.name.empty()) {
        return;
      }
      full += scope.name + "::";
    }
    found_.push_back({.name = full + name.text, .line = name.line});
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::vector<Scope> scopes_;
  std::vector<Definition> found_;
};

}  // namespace

Findings check_unique_types(const SourceTree& tree) {
  Findings findings;
  std::map<std::string, std::string> first_path;
  for (const SourceFile& file : tree) {
    if (!file.is_code()) {
      continue;
    }
    for (const Definition& definition : TypeReader(file.text).read()) {
      const auto [known, is_new] = first_path.emplace(definition.name, file.path);
      // Two in one file are the branches of an #if.
      if (!is_new && known->second != file.path) {
        findings.push_back({file.path, definition.line,
                            "'" + definition.name + "' is defined in " + known->second +
                                " too: two types of one name break each other when linked"});
      }
    }
  }
  return findings;
}

}  // namespace lockstep::tidy

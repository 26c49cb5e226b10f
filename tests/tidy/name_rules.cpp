#include "tests/tidy/name_rules.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "tests/tidy/code_view.h"

namespace lockstep::tidy {
namespace {

enum class Use {
  kAnywhere,  // the identifier itself
  kStd,       // std::name
  kCall,      // a free call name(...), std:: or ::, with an argument
  kNullCall,  // such a call with nothing to fill in: name(nullptr), name(0)
};

struct BannedNames {
  Use use = Use::kAnywhere;
  std::vector<std::string_view> folders;  // empty: all that are searched
  std::vector<std::string_view> names;    // "*end" matches the end of a name
  std::string_view advice;
};

const std::vector<BannedNames>& banned_names() {
  static const std::vector<BannedNames> table = {
      {Use::kAnywhere,
       {},
       {"system_clock", "steady_clock", "high_resolution_clock", "utc_clock", "gettimeofday",
        "clock_gettime", "localtime", "gmtime", "strftime"},
       "time is an argument"},
      {Use::kNullCall, {}, {"time"}, "time is an argument"},
      {Use::kStd, {}, {"time", "clock"}, "time is an argument"},
      {Use::kAnywhere,
       {},
       {"sleep_for", "sleep_until", "usleep", "nanosleep", "wait_for", "wait_until"},
       "nothing waits for the real clock"},
      {Use::kAnywhere, {}, {"random_device", "random_shuffle"}, "use core/prng.h"},
      {Use::kAnywhere, {}, {"srand", "rand_r", "drand48", "getrandom"}, "use core/prng.h"},
      {Use::kStd,
       {},
       {"*_distribution", "shuffle", "sample", "rand"},
       "its output differs between standard libraries: use core/prng.h"},
      {Use::kAnywhere,
       {},
       {"unordered_map", "unordered_set", "unordered_multimap", "unordered_multiset"},
       "its order differs between standard libraries: use std::map or a sorted vector"},
      {Use::kStd, {}, {"hash"}, "its value differs between standard libraries: core/digest.h"},
      {Use::kAnywhere, {}, {"uintptr_t", "intptr_t"}, "an address may not influence a result"},
      {Use::kAnywhere,
       {},
       {"getenv", "secure_getenv"},
       "the environment may not influence a result"},
      {Use::kAnywhere, {}, {"setlocale", "imbue"}, "the locale may not influence a result"},
      {Use::kStd, {}, {"locale"}, "the locale may not influence a result"},
      {Use::kAnywhere,
       {},
       {"stod", "stof", "stold", "strtod", "strtof", "atof", "sscanf", "stoi", "stol", "stoll",
        "stoul", "stoull", "atoi", "atol"},
       "use std::from_chars"},
      {Use::kAnywhere, {}, {"__DATE__", "__TIME__", "__TIMESTAMP__"}, "the build may not matter"},
      {Use::kStd,
       {"core", "sim"},
       {"thread", "jthread", "async", "mutex", "atomic", "condition_variable", "this_thread"},
       "one thread: fibers and the event loop order everything"},
      {Use::kAnywhere,
       {"core", "sim"},
       {"shared_ptr", "make_shared", "weak_ptr"},
       "one owner: use values or std::unique_ptr"},
      {Use::kCall,
       {"core", "sim"},
       {"pow",  "exp",   "exp2", "expm1", "log",    "log2",   "log10", "log1p",
        "sin",  "cos",   "tan",  "sinh",  "cosh",   "tanh",   "asin",  "acos",
        "atan", "atan2", "cbrt", "hypot", "tgamma", "lgamma", "erf",   "erfc"},
       "libm's bits change with the CPU: write it with integers or a literal table"},
      {Use::kAnywhere, {}, {"goto"}, "write a loop or a function"},
  };
  return table;
}

bool is_searched(const SourceFile& file) {
  constexpr std::array<std::string_view, 5> kRealWorld = {"gpu_backend", "cli", "tests/benchmark",
                                                          "tests/gpu_backend", "tests/cli"};
  return file.is_code() && std::none_of(kRealWorld.begin(), kRealWorld.end(),
                                        [&](std::string_view dir) { return file.in(dir); });
}

bool name_matches(std::string_view pattern, std::string_view name) {
  return pattern.starts_with('*') ? name.ends_with(pattern.substr(1)) : name == pattern;
}

// The tokens around one position; "" beyond the ends.
class Window {
 public:
  Window(const std::vector<Token>& tokens, std::size_t at) : tokens_(&tokens), at_(at) {}
  [[nodiscard]] std::string_view before(std::size_t distance) const {
    return distance <= at_ ? std::string_view((*tokens_)[at_ - distance].text) : "";
  }
  [[nodiscard]] std::string_view after(std::size_t distance) const {
    return at_ + distance < tokens_->size() ? std::string_view((*tokens_)[at_ + distance].text)
                                            : "";
  }
  [[nodiscard]] bool is_std() const { return before(1) == "::" && before(2) == "std"; }
  [[nodiscard]] bool is_null(std::size_t distance) const {
    return after(distance) == "nullptr" || after(distance) == "NULL" || after(distance) == "0";
  }
  [[nodiscard]] bool is_free_call() const {
    if (after(1) != "(" || after(2) == ")") {
      return false;
    }
    if (before(1) == "::") {  // std::log(x) and ::log(x), not Journal::log(x)
      return is_std() || at_ < 2 || !(*tokens_)[at_ - 2].is_word();
    }
    // A member call or a declaration is no call of the C library.
    const bool declaration =
        at_ > 0 && (*tokens_)[at_ - 1].is_word() && before(1) != "return" && before(1) != "else";
    return before(1) != "." && before(1) != "->" && !declaration;
  }

 private:
  const std::vector<Token>* tokens_;
  std::size_t at_;
};

bool is_banned_use(Use use, const Window& window) {
  switch (use) {
    case Use::kAnywhere:
      return true;
    case Use::kStd:
      return window.is_std();
    case Use::kCall:
      return window.is_free_call();
    case Use::kNullCall:
      return window.is_free_call() && window.is_null(2) && window.after(3) == ")";
  }
  return true;
}

const BannedNames* find_ban(const SourceFile& file, std::string_view name, const Window& window) {
  for (const BannedNames& ban : banned_names()) {
    const auto& folders = ban.folders;
    if (!folders.empty() &&
        std::find(folders.begin(), folders.end(), file.folder()) == folders.end()) {
      continue;
    }
    for (const std::string_view pattern : ban.names) {
      if (name_matches(pattern, name) && is_banned_use(ban.use, window)) {
        return &ban;
      }
    }
  }
  return nullptr;
}

bool is_library_folder(const SourceFile& file) {
  return file.is_code() && file.folder() != "tests";
}

bool is_fraction(std::string_view number) {
  const bool hexadecimal = number.starts_with("0x") || number.starts_with("0X");
  return number.find('.') != std::string_view::npos ||
         (!hexadecimal && number.find_first_of("eE") != std::string_view::npos);
}

}  // namespace

Findings check_banned_names(const SourceTree& tree, const std::vector<Allowance>& allowances) {
  Findings findings;
  std::vector<bool> used(allowances.size(), false);
  std::vector<bool> present(allowances.size(), false);
  for (const SourceFile& file : tree) {
    if (!is_searched(file)) {
      continue;
    }
    for (std::size_t i = 0; i < allowances.size(); ++i) {
      present[i] = present[i] || file.path.starts_with(allowances[i].path_prefix);
    }
    const std::vector<Token> tokens = tokenize(split_code(file.text).code);
    for (std::size_t at = 0; at < tokens.size(); ++at) {
      const Token& token = tokens[at];
      if (!token.is_word()) {
        continue;
      }
      const BannedNames* ban = find_ban(file, token.text, Window(tokens, at));
      if (ban == nullptr) {
        continue;
      }
      const auto allowed =
          std::find_if(allowances.begin(), allowances.end(), [&](const Allowance& allowance) {
            return allowance.name == token.text && file.path.starts_with(allowance.path_prefix);
          });
      if (allowed == allowances.end()) {
        findings.push_back({file.path, token.line,
                            "banned name '" + token.text + "': " + std::string(ban->advice)});
      } else {
        used[static_cast<std::size_t>(allowed - allowances.begin())] = true;
      }
    }
  }
  for (std::size_t i = 0; i < allowances.size(); ++i) {
    if (present[i] && !used[i]) {
      findings.push_back({std::string(allowances[i].path_prefix), 1,
                          "no longer uses '" + std::string(allowances[i].name) +
                              "': take its allowance out of tests/tidy_test.cpp"});
    }
  }
  return findings;
}

Findings check_no_floating_point(const SourceTree& tree, const std::vector<Allowance>& allowances) {
  Findings findings;
  std::vector<bool> used(allowances.size(), false);
  for (const SourceFile& file : tree) {
    if (!file.is_code() || (file.folder() != "core" && file.folder() != "sim")) {
      continue;
    }
    const auto allowed = std::find_if(
        allowances.begin(), allowances.end(),
        [&](const Allowance& allowance) { return file.path.starts_with(allowance.path_prefix); });
    for (const Token& token : tokenize(split_code(file.text).code)) {
      const bool is_double =
          token.text == "double" || (token.is_number() && is_fraction(token.text));
      if (is_double && allowed != allowances.end()) {
        used[static_cast<std::size_t>(allowed - allowances.begin())] = true;
      } else if (is_double || token.text == "float") {
        findings.push_back({file.path, token.line,
                            "floating point '" + token.text + "': core and sim use integers"});
      }
    }
  }
  for (std::size_t i = 0; i < allowances.size(); ++i) {
    if (!used[i]) {
      findings.push_back({std::string(allowances[i].path_prefix), 1,
                          "uses no floating point: take its allowance out of tests/tidy_test.cpp"});
    }
  }
  return findings;
}

Findings check_macros(const SourceTree& tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    if (!is_library_folder(file)) {
      continue;
    }
    const std::vector<Token> tokens = tokenize(split_code(file.text).code);
    for (std::size_t at = 2; at < tokens.size(); ++at) {
      const bool empty = at + 1 == tokens.size() || tokens[at + 1].line != tokens[at].line;
      const bool library_switch = empty && !file.is_header();
      if (tokens[at - 2].text == "#" && tokens[at - 1].text == "define" && !library_switch &&
          !tokens[at].text.starts_with("LOCKSTEP_")) {
        findings.push_back(
            {file.path, tokens[at].line,
             "macro '" + tokens[at].text + "': write a constant or a function (or LOCKSTEP_...)"});
      }
    }
  }
  return findings;
}

}  // namespace lockstep::tidy

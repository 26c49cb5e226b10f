#include "tests/tidy/cmake_lists.h"

#include <algorithm>
#include <filesystem>

namespace lockstep::tidy {
namespace {

struct Word {
  std::string text;  // "(" and ")" are words of their own
  std::size_t line = 0;
};

std::vector<Word> split_words(std::string_view text) {
  std::vector<Word> words;
  std::size_t line = 1;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    std::size_t end = at + 1;
    if (c == '\n') {
      ++line;
    } else if (c == '#') {
      end = std::min(text.find('\n', at), text.size());
    } else if (c == '"') {
      end = std::min(text.find('"', at + 1), text.size());
      words.push_back({std::string(text.substr(at + 1, end - at - 1)), line});
      end = std::min(end + 1, text.size());
    } else if (c == '(' || c == ')') {
      words.push_back({std::string(1, c), line});
    } else if (c != ' ' && c != '\t' && c != '\r') {
      end = std::min(text.find_first_of(" \t\r\n()#\"", at), text.size());
      words.push_back({std::string(text.substr(at, end - at)), line});
    }
    at = end;
  }
  return words;
}

bool is_keyword(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(),
                                      [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
}

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

}  // namespace

std::vector<CMakeCall> parse_cmake(std::string_view text) {
  const std::vector<Word> words = split_words(text);
  std::vector<CMakeCall> calls;
  std::size_t depth = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].text == "(") {
      ++depth;
    } else if (words[i].text == ")" && depth > 0) {
      --depth;
    } else if (depth == 0) {
      calls.push_back({words[i].text, {}, words[i].line});
    } else if (!calls.empty()) {
      calls.back().arguments.push_back(words[i].text);
    }
  }
  return calls;
}

std::vector<std::string> declared_layers(const SourceTree& tree, std::string_view folder) {
  constexpr std::string_view kNamespace = "lockstep::";
  std::vector<std::string> layers;
  const SourceFile* lists = find_file(tree, std::string(folder) + "/CMakeLists.txt");
  if (lists == nullptr) {
    return layers;
  }
  for (const CMakeCall& call : parse_cmake(lists->text)) {
    bool in_deps = false;
    for (const std::string& argument : call.arguments) {
      if (is_keyword(argument)) {
        in_deps = call.name == "lockstep_add_library" && argument == "DEPS";
      } else if (in_deps) {
        layers.push_back(argument);
      } else if (argument.starts_with(kNamespace)) {
        layers.push_back(argument.substr(kNamespace.size()));
      }
    }
  }
  return layers;
}

std::vector<std::string> files_named_by_cmake(const SourceTree& tree) {
  std::vector<std::string> files;
  for (const SourceFile& file : tree) {
    if (file.name() != "CMakeLists.txt") {
      continue;
    }
    const std::filesystem::path folder = folder_of(file.path);
    for (const CMakeCall& call : parse_cmake(file.text)) {
      for (const std::string& argument : call.arguments) {
        files.push_back((folder / argument).lexically_normal().generic_string());
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace lockstep::tidy

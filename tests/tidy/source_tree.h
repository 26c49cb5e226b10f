// The project's own files in memory, and what the style rules say about them.
//
// A rule is a pure function from files to findings, so that each rule can be tested with a snippet.
// Paths are relative to the tree's root, with '/', and sorted.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::tidy {

struct SourceFile {
  std::string path;
  std::string text;

  // First folder of the path ("core"), "" for a file at the root.
  [[nodiscard]] std::string_view folder() const;
  [[nodiscard]] std::string_view name() const;          // "batch.h"
  [[nodiscard]] bool in(std::string_view dir) const;    // in("tests/support"), at any depth
  [[nodiscard]] bool ends(std::string_view end) const;  // ends(".h")
  [[nodiscard]] bool is_header() const;                 // .h, .cuh
  [[nodiscard]] bool is_code() const;                   // C++ or CUDA, headers included
  [[nodiscard]] bool is_build_file() const;             // CMakeLists.txt, *.cmake, scripts
};

using SourceTree = std::vector<SourceFile>;

// The file at `path`, or nullptr.
[[nodiscard]] const SourceFile* find_file(const SourceTree& tree, std::string_view path);

// Every text file under `root`, without hidden folders (but with .ci) and without what the root's
// .gitignore names as `/folder/`. Requires: `root` is a folder.
[[nodiscard]] SourceTree read_source_tree(const std::string& root);

struct Finding {
  std::string path;
  std::size_t line = 0;  // from 1
  std::string message;
};
using Findings = std::vector<Finding>;

// "path:line: message", one per line; "" for none.
[[nodiscard]] std::string to_text(const Findings& findings);

// Lines without their ends; a final line end does not open another line.
[[nodiscard]] std::vector<std::string_view> split_lines(std::string_view text);
[[nodiscard]] std::string_view trim(std::string_view text);

}  // namespace lockstep::tidy

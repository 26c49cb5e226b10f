// Rules about files: how long they are, whether the build knows them, whether documents hold.
#pragma once

#include <string_view>
#include <vector>

#include "tests/tidy/source_tree.h"

namespace lockstep::tidy {

// A file that may have up to 600 lines, and why it is one concept all the same.
struct LongFile {
  std::string_view path;
  std::string_view reason;
};

// Code and scripts stop at 400 lines, or at 600 when listed. A listed file that became short is a
// finding too.
[[nodiscard]] Findings check_file_lengths(const SourceTree& tree,
                                          const std::vector<LongFile>& long_files);

// Every source and library header is named in a CMakeLists.txt; headers of programs (tests, cli)
// are included somewhere.
[[nodiscard]] Findings check_dead_files(const SourceTree& tree);

// A document has one title, and its links lead to files of the tree.
[[nodiscard]] Findings check_markdown(const SourceTree& tree);

}  // namespace lockstep::tidy

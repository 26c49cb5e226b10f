// The calls in a CMakeLists.txt, as text: enough to see which files and layers a folder names.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/source_tree.h"

namespace lockstep::tidy {

struct CMakeCall {
  std::string name;
  std::vector<std::string> arguments;  // without quotes; ${...} is left as it is
  std::size_t line = 0;
};

// Calls in order. Variables are not expanded and bracket arguments are not understood.
[[nodiscard]] std::vector<CMakeCall> parse_cmake(std::string_view text);

// Layers that `folder`'s CMakeLists.txt declares: DEPS of lockstep_add_library, and every
// `lockstep::layer` (the program's target_link_libraries).
[[nodiscard]] std::vector<std::string> declared_layers(const SourceTree& tree,
                                                       std::string_view folder);

// Paths (relative to the root) of all files that the tree's CMakeLists.txt name, sorted.
[[nodiscard]] std::vector<std::string> files_named_by_cmake(const SourceTree& tree);

}  // namespace lockstep::tidy

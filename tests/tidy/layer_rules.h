// Who may include whom: core < traces < sim < gpu_backend < reports < properties < cli.
//
// CMake refuses a declared dependency that is not lower; an undeclared include would still compile,
// because the include root is the tree. These rules read the #include lines.
#pragma once

#include "tests/tidy/source_tree.h"

namespace lockstep::tidy {

// A folder includes itself and what its CMakeLists.txt declares, never anything higher, and never
// what the design forbids (reports: neither sim nor gpu_backend). Outside of the layers: lockstep/,
// which programs of others include and which knows core and sim, docs/ and tests/, which may
// include everything. No layer includes these.
[[nodiscard]] Findings check_layers(const SourceTree& tree);

// Outside libraries stay where they are wrapped, and Boost's waitfor.hpp is used nowhere.
[[nodiscard]] Findings check_outside_libraries(const SourceTree& tree);

// A .cpp with a header of its name includes that header first.
[[nodiscard]] Findings check_own_header_first(const SourceTree& tree);

}  // namespace lockstep::tidy

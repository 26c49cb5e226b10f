// One name, one type: what the compiler cannot see, because it reads one file at a time.
#pragma once

#include "tests/tidy/source_tree.h"

namespace lockstep::tidy {

// A class, struct, union or enumeration outside unnamed namespaces is defined in one file only. Two
// of one name in two files that are linked together break the one definition rule: the linker keeps
// one destructor for both, and no tool has to say so.
[[nodiscard]] Findings check_unique_types(const SourceTree& tree);

}  // namespace lockstep::tidy

// Rules about one file's text: lines, comments, headers, switched-off tests, machine paths.
#pragma once

#include "tests/tidy/source_tree.h"

namespace lockstep::tidy {

// At most 100 columns (code points) in code, CMake files and scripts; a line that only holds a URL
// may be longer. No tabs, no blanks at the end, a line end at the end.
[[nodiscard]] Findings check_lines(const SourceFile& file);

// A header opens with a comment that says what it is, then #pragma once.
[[nodiscard]] Findings check_header_opening(const SourceFile& file);

// No unfinished-work marks; `NOLINT(check): reason`; a disabled test has its reason right above.
[[nodiscard]] Findings check_comments(const SourceFile& file);

// No absolute path of anybody's machine, in any text file; no addresses in formatted output.
[[nodiscard]] Findings check_machine_traces(const SourceFile& file);

}  // namespace lockstep::tidy

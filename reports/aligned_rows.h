// Rows of text as columns: a table for a terminal.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace lockstep {

// Cells aligned at their right, the first of each row at its left; two blanks between. Lines end
// with LF, without trailing blanks. A byte counts as a column. Requires: a row or
// more, each with as many cells as the first.
[[nodiscard]] std::string aligned_rows(std::span<const std::vector<std::string>> rows);

}  // namespace lockstep

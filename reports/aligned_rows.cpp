#include "reports/aligned_rows.h"

#include <algorithm>
#include <cstddef>

#include "core/check.h"

namespace lockstep {

std::string aligned_rows(std::span<const std::vector<std::string>> rows) {
  LOCKSTEP_CHECK(!rows.empty());
  std::vector<std::size_t> widths(rows.front().size());
  for (const std::vector<std::string>& row : rows) {
    LOCKSTEP_CHECK_EQ(row.size(), widths.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string text;
  for (const std::vector<std::string>& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - row[i].size(), ' ');
      text += i == 0 ? row[i] + blanks : "  " + blanks + row[i];
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

}  // namespace lockstep

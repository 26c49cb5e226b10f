// Rows of characters that only grow downwards; nothing can be put outside of the columns. Private
// to reports/diagram_text*.cpp.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/check.h"
#include "reports/diagram_text.h"

namespace lockstep {

class TextGrid {
 public:
  void put(int row, int column, char character) {
    LOCKSTEP_CHECK(row >= 0 && column >= 0);
    if (column >= kTextDiagramColumns) {
      return;
    }
    if (static_cast<std::size_t>(row) >= rows_.size()) {
      rows_.resize(static_cast<std::size_t>(row) + 1, std::string(kTextDiagramColumns, ' '));
    }
    rows_[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)] = character;
  }
  void put(int row, int column, std::string_view text) {
    for (const char character : text) {
      // Outside text may be UTF-8; here one byte is one column.
      const bool plain = character >= ' ' && character <= '~';
      put(row, column++, plain ? character : '?');
    }
  }
  [[nodiscard]] char at(int row, int column) const {
    return static_cast<std::size_t>(row) < rows_.size()
               ? rows_[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)]
               : ' ';
  }
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const std::string& row : rows_) {
      all += row.substr(0, row.find_last_not_of(' ') + 1) + "\n";
    }
    return all;
  }

 private:
  std::vector<std::string> rows_;
};

}  // namespace lockstep

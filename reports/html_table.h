// One HTML table: a caption, headings, rows; numbers to the right.
//
// Cells are HTML already (html_text.h escapes). Each row has as many cells as there are headings
// (checked). Wide tables scroll by themselves, and can be reached with the keyboard for it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

struct HtmlColumn {
  std::string_view heading;  // HTML
  bool is_number = true;
};

class HtmlTable {
 public:
  HtmlTable(std::string_view caption, std::vector<HtmlColumn> columns);

  // The first cell is the row's heading.
  void add_row(const std::vector<std::string>& cells);
  // Closes it; once.
  [[nodiscard]] std::string text();

 private:
  std::vector<HtmlColumn> columns_;
  std::string text_;
};

}  // namespace lockstep

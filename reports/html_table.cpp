#include "reports/html_table.h"

#include <fmt/format.h>

#include "core/check.h"

namespace lockstep {

HtmlTable::HtmlTable(std::string_view caption, std::vector<HtmlColumn> columns)
    : columns_(std::move(columns)) {
  text_ = fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\">\n"
      "<table>\n<caption>{0}</caption>\n<thead><tr>",
      caption);
  for (const HtmlColumn& column : columns_) {
    text_ += fmt::format("<th scope=\"col\"{}>{}</th>", column.is_number ? " class=\"n\"" : "",
                         column.heading);
  }
  text_ += "</tr></thead>\n<tbody>\n";
}

void HtmlTable::add_row(const std::vector<std::string>& cells) {
  LOCKSTEP_CHECK_EQ(cells.size(), columns_.size());
  text_ += "<tr>";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const char* const number = columns_[i].is_number ? " class=\"n\"" : "";
    text_ += i == 0 ? fmt::format("<th scope=\"row\"{}>{}</th>", number, cells[i])
                    : fmt::format("<td{}>{}</td>", number, cells[i]);
  }
  text_ += "</tr>\n";
}

std::string HtmlTable::text() {
  return std::move(text_) + "</tbody>\n</table>\n</div>\n";
}

}  // namespace lockstep

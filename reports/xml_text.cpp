#include "reports/xml_text.h"

#include "reports/format.h"

namespace lockstep {

std::string escape_xml(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string xml_text(std::string_view text, std::size_t longest) {
  return escape_xml(displayable(text, longest));
}

}  // namespace lockstep

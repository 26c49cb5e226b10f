#include "reports/xml_text.h"

#include "reports/format.h"

namespace lockstep {

std::string xml_text(std::string_view text, std::size_t longest) {
  std::string out;
  for (const char c : displayable(text, longest)) {
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

}  // namespace lockstep

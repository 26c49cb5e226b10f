// Text from outside as the content or an attribute of XML.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lockstep {

// &, <, > and " as entities, and nothing else.
[[nodiscard]] std::string escape_xml(std::string_view text);

// displayable(text, longest) with &, <, > and " as entities: no control byte, valid UTF-8.
[[nodiscard]] std::string xml_text(std::string_view text, std::size_t longest);

}  // namespace lockstep

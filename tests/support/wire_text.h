// Protobuf wire format as text, without any schema: what a reader that knows no field sees.
#pragma once

#include <string>
#include <string_view>

namespace lockstep {

// One line a field, "NUMBER: VALUE" or "NUMBER {" ... "}", two blanks deeper for each message.
// Bytes that read as a message are shown as one, else as a quoted text. "broken" where the bytes
// are no wire format.
[[nodiscard]] std::string wire_text(std::string_view bytes);

}  // namespace lockstep

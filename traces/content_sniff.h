// Tells from its first bytes that a file is not text at all, and says what it is instead.
#pragma once

#include <string>
#include <string_view>

namespace lockstep {

// "found ..., expected ..." for content that no text reader should try; "" when it may be text.
[[nodiscard]] std::string foreign_content(std::string_view first_bytes);

}  // namespace lockstep

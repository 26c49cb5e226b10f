// Tells from its first bytes that a file is not text at all, and says what it is instead.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lockstep {

// How many of a file's first bytes tell.
inline constexpr std::size_t kSniffedBytes = 512;

// "found ..., expected ..." for content that no text reader should try; "" when it may be text.
[[nodiscard]] std::string foreign_content(std::string_view first_bytes);

}  // namespace lockstep

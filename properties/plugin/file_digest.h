// The digest of a file's bytes: which build of a user's scheduler decided.
#pragma once

#include <cstdint>
#include <string>

#include "core/digest.h"
#include "core/result.h"

namespace lockstep {

// Errors: it cannot be read; it is no regular file.
[[nodiscard]] Result<std::uint64_t> file_digest(const std::string& path);

}  // namespace lockstep

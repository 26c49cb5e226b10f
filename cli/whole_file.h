// A small text file at once, for verbs that need all of it before they do anything.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace lockstep {

// `expected` ends the message: "a file of scenarios, one JSON object per line". Errors: a file that
// cannot be read, a directory.
[[nodiscard]] Result<std::string> read_file_whole(const std::string& path,
                                                  std::string_view expected);

}  // namespace lockstep

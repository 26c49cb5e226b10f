// Failures that are known: a pull request need not stop for them, and one that is mended is told.
//
// A text file, one a line: PROPERTY SCHEDULER TICKET EXPIRES, where PROPERTY is an id or a name,
// SCHEDULER a name or `*`, EXPIRES a day YYYY-MM-DD. `#` begins a remark. After its day a known
// failure counts like any other; which day it is says whoever calls (the program: --today, or the
// machine's).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace lockstep {

struct KnownFailure {
  std::string property;  // id
  std::string scheduler;
  std::string ticket;
  std::string expires;
  std::size_t line = 1;
};

// Errors: NAME:LINE:COLUMN, an unknown property, a day that is none, too few words.
[[nodiscard]] Result<std::vector<KnownFailure>> parse_known_failures(const std::string& name,
                                                                     std::string_view text);

// nullptr: it is not known, or no longer. `today`: YYYY-MM-DD.
[[nodiscard]] const KnownFailure* find_known(const std::vector<KnownFailure>& known,
                                             std::string_view property, std::string_view scheduler,
                                             std::string_view today);

}  // namespace lockstep

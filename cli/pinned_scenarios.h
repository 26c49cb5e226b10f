// Runs whose digests are pinned: they may change only in a commit that says why.
//
// Free of reports and of the command line, so that scripts/digest_matrix builds little besides what
// decides (`pinned_digests` is a program of its own there).
#pragma once

#include <string>

#include "core/result.h"

namespace lockstep {

// Simulates each scenario and returns lines "name digest": tests/golden/digests.txt.
[[nodiscard]] Result<std::string> pinned_digests();

}  // namespace lockstep

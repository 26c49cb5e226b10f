// `lockstep dev regressions FILE...`: cases that broke a property once, run and judged again.
#pragma once

#include <string>
#include <vector>

namespace lockstep {

// One line for each case that is broken or stale, and a sum. The exit code: a broken one fails; a
// stale one is said, and does not.
[[nodiscard]] int dev_regressions(const std::vector<std::string>& files);

}  // namespace lockstep

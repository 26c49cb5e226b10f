// `lockstep replay findings/4242`: a finding is run and judged again, with its verdict.
#pragma once

#include <string>

namespace lockstep {

// A directory that `verify` wrote.
[[nodiscard]] bool is_finding(const std::string& path);

// Runs its case, says what happened, and whether it still breaks what it broke. The exit code.
// `plugin`, `exec`: where the scheduler is, of a finding in one that is none of ours; else "".
[[nodiscard]] int replay_finding(const std::string& path, const std::string& plugin,
                                 const std::string& exec);

}  // namespace lockstep

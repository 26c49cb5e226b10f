// Which property a seeded bug needs: the one without which nothing would find it.
//
// Four properties judge everything from a second side, on purpose, and say little about the others:
// the second models of every scheduler (M7), of the simulator (M11) and of the server's answers
// (R2), and the server's own assertions (R1). The question is asked with these left out, and with
// them only where nothing else finds the bug. Crashes (R4) and hangs (R5) cannot be left out of a
// campaign: such a bug needs them when no case of the campaign has another finding.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "core/result.h"
#include "properties/mutants/bug_trial.h"

namespace lockstep {

struct SoleFinder {
  int bug = 0;
  std::optional<BugKill> first{};   // without the four; with them, if nothing found it then
  std::optional<BugKill> second{};  // with the first one's property left out, too

  [[nodiscard]] bool alone() const { return first && !second; }
};

// Within `options.cases` each time. Errors: the operating system gives no process.
[[nodiscard]] Result<SoleFinder> sole_finder(const BugTrialOptions& options);

// Two tables: for each property the bugs that only it finds, then, with a reason, the
// properties without one.
[[nodiscard]] std::string sole_finders_markdown(std::span<const SoleFinder> finders);

}  // namespace lockstep

// What trials of seeded bugs found, as text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "properties/mutants/bug_trial.h"

namespace lockstep {

// "shared-full-queue-takes-one-more"; "(none)" for 0.
[[nodiscard]] std::string bug_name(int bug);

// One line: bug, property, cases, seconds, requests of the case, scheduler, what was found.
[[nodiscard]] std::string trial_line(const BugTrial& trial);

// The table of docs/seeded_bugs.md: for each bug its story, the properties that found it first over
// all seeds, median and 95 % quantile of the cases that took; not found counts as the limit.
// Requires: trials of one bug stand together.
[[nodiscard]] std::string trials_markdown(std::span<const BugTrial> trials);

// How many were found, and by which property how many first.
[[nodiscard]] std::string trials_summary(std::span<const BugTrial> trials);

// "cut down: median 3 requests, 95 % at most 8, at most 12 (server-timer-stays-armed)".
// Requires: trials that minimised.
[[nodiscard]] std::string minimised_summary(std::span<const BugTrial> trials);

// The smallest value that at least `percent` of them do not exceed. Requires: not empty, 1 to 100.
[[nodiscard]] std::uint64_t quantile_of(std::vector<std::uint64_t> values, unsigned percent);

}  // namespace lockstep

// One seeded bug against the default campaign of a seed: how many cases until a property finds it.
//
// Linked into the program whose core is planted (seeded_bug.h): the campaign's worker processes
// inherit the bug that is selected. A case of which the core without the bug is accused, too, does
// not count. Same bug, same seed, same kill, whatever the number of jobs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "properties/verify/campaign.h"

namespace lockstep {

struct BugTrialOptions {
  int bug = 0;  // of seeded_bugs(), from 1; 0: none
  std::uint64_t seed = 1;
  std::uint64_t cases = 20'000;
  std::uint32_t jobs = 1;
  bool minimises = false;
  std::uint64_t cpu_limit_ms = 2000;  // of one case
  std::vector<std::string> only{};    // ids of properties; empty: all
};

struct BugKill {
  // Of the first case that was found wrong; "coverage": none was, but the campaign failed for want
  // of what it had to reach.
  std::string property;
  std::string found;
  std::string scheduler;
  std::uint64_t cases = 0;      // until then, that one included
  std::size_t requests = 0;     // arrivals of that case, minimised if that was wanted
  std::uint64_t discarded = 0;  // cases before it of which the core without the bug is accused
};

struct BugTrial {
  int bug = 0;
  std::uint64_t seed = 1;
  std::uint64_t cases = 0;  // the limit
  std::optional<BugKill> kill{};
  double seconds = 0;  // filled by who has a clock
};

// Errors: the operating system gives no process.
[[nodiscard]] Result<BugTrial> run_bug_trial(const BugTrialOptions& options);

// The first finding of every property within `options.cases`, by case.
[[nodiscard]] Result<std::vector<BugKill>> all_kills(const BugTrialOptions& options);

}  // namespace lockstep

// lockstep dev explore: many schedules of the live driver, every rule checked (live_campaign.h), or
// all those of a small scenario (live_search.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "properties/live_world.h"

namespace lockstep {

struct DevExploreOptions {
  std::uint64_t cases = 10'000;
  std::uint64_t seed = 1;
  std::uint32_t jobs = 2;
  std::string strategy = "mixed";      // live_campaign.h
  std::string findings = "findings";   // DIR for the schedule of a finding
  std::optional<std::uint64_t> only;   // one case
  std::string schedule;                // FILE: with these choices instead of its own
  std::optional<std::uint32_t> bound;  // all schedules with so many preemptions, instead of cases
};

// Prints what was explored; or the finding, cut down to the choices that matter: those in words,
// what clients and the device saw, and how to repeat it with the schedule, which is kept in a file.
// The exit code. `run`: the driver; or one with a seeded bug.
[[nodiscard]] int dev_explore(const DevExploreOptions& options, RunLive run = run_live);

}  // namespace lockstep

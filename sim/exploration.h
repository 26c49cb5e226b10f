// Runs a program under many schedules and reports the first that fails, cut down to the choices
// that matter (verification 4.3, 4.6 to 4.8).
//
// The first schedule is the sequential one, all dullest. Schedule i of the random strategies then
// uses seed + i, so that one number repeats it, together with what the report says beside it. What
// a strategy wants to know beforehand (steps, events by fiber) comes from the first run and, for
// PCT, from the longest so far. Same program and options, same report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "sim/choices.h"
#include "sim/minimising.h"

namespace lockstep {

enum class Strategy : std::uint8_t { kRandomWalk, kPriorities, kUniformWalk, kBoundedSearch };
// As in "random-walk", "pct", "uniform-walk", "bounded-search".
[[nodiscard]] std::string_view strategy_name(Strategy strategy);
[[nodiscard]] std::optional<Strategy> find_strategy(std::string_view name);

struct ExplorationOptions {
  Strategy strategy = Strategy::kRandomWalk;
  std::uint64_t seed = 1;
  std::uint64_t schedules = 1000;  // at most
  std::uint32_t depth = 3;         // kPriorities: of the bugs looked for, d - 1 change points
  std::uint32_t bound = 2;         // kBoundedSearch: preemptions
  std::uint32_t rarity = 16;       // one in so many: faults, wake-ups without reason
  bool stops = true;               // at the first failure; else only the first is kept, all counted
  std::uint64_t minimise_runs = 5000;  // at most, to cut a failure down; 0: as it was found
};

struct FailedSchedule {
  std::string key{};           // Outcome::failure
  std::uint64_t schedule = 0;  // its number, from 0
  std::uint64_t seed = 0;      // of its strategy
  std::uint32_t steps = 0;     // kPriorities: the steps among which change points were drawn
  std::vector<RecordedChoice> found{};
  std::vector<RecordedChoice> minimal{};
  std::uint64_t minimise_runs = 0;
  bool repeats = false;  // `minimal`, run twice more, failed alike with the same choices
  std::vector<std::string> fibers{};  // names
};

struct Exploration {
  std::uint64_t schedules = 0;  // that were run, but for minimising
  std::uint64_t distinct = 0;   // by their choices
  std::uint64_t failures = 0;
  bool complete = false;  // kBoundedSearch: there is no other schedule within the bound
  std::uint64_t choices_median = 0;
  std::uint64_t choices_max = 0;
  std::uint64_t steps = 0;  // sum of Outcome::steps
  std::optional<FailedSchedule> failure;
};

[[nodiscard]] Exploration explore(const ControlledProgram& program,
                                  const ExplorationOptions& options);

[[nodiscard]] std::uint64_t preemption_count(const std::vector<RecordedChoice>& choices);

// Those that are not the dullest, in words, a line each. `fibers`: names, by number.
[[nodiscard]] std::string choices_text(const std::vector<RecordedChoice>& choices,
                                       const std::vector<std::string>& fibers);

// What a person reads. With a failure: its key, seed and strategy, the preemptions with their sites
// and the schedule as text (schedule_text.h).
[[nodiscard]] std::string to_text(const Exploration& exploration,
                                  const ExplorationOptions& options);

}  // namespace lockstep

// A campaign over the live driver: many small scenarios, each under one schedule, every rule
// checked (live_world.h: live_failure). What fails is repeated, and cut down to the choices that
// matter.
//
// Case i of a seed takes the i-th scheduler in turn and one of: the dullest schedule, which must
// decide as the event loop does ("differs-from-event-loop"); a random walk; a uniform one, whose
// fibers have about as many events left as in a random walk before it; priorities of depth 1 to 3;
// or always the one that is asked for. Failed internal checks are findings, too ("failed-check").
// Same options, same findings, whatever the number of jobs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "properties/live_scenarios.h"
#include "properties/live_world.h"

namespace lockstep {

enum class LiveStrategy : std::uint8_t { kMixed, kDull, kRandomWalk, kUniformWalk, kPriorities };
// "mixed", "dull", "random-walk", "uniform-walk", "pct".
[[nodiscard]] std::string_view live_strategy_name(LiveStrategy strategy);
[[nodiscard]] std::optional<LiveStrategy> find_live_strategy(std::string_view name);

struct LiveCampaignOptions {
  std::uint64_t seed = 1;
  std::uint64_t cases = 1000;
  std::uint32_t jobs = 1;
  LiveStrategy strategy = LiveStrategy::kMixed;
  bool stops = true;       // at the first finding, of each job; the smallest case is reported
  RunLive run = run_live;  // the driver; or one with a seeded bug
};

struct LiveFinding {
  std::uint64_t index = 0;  // of the case
  std::string scheduler;
  std::string failure;                  // as live_failure() says it
  std::string strategy;                 // "dull", "random-walk", "uniform-walk", "pct, depth 2"
  std::vector<RecordedChoice> choices;  // of the failing run
};

struct LiveCampaignResult {
  std::uint64_t cases = 0;
  std::uint64_t findings = 0;
  std::optional<LiveFinding> first;  // of the smallest index
  std::uint64_t requests = 0;
  std::uint64_t cancels = 0;  // that the core heard of
  std::uint64_t failed_batches = 0;
  std::uint64_t choices_median = 0;  // of the cases that are not dull
  std::uint64_t distinct = 0;        // schedules, by their choices; dull cases are left out
  std::uint64_t explored = 0;        // cases that are not dull
};

// Installs the throwing check handler while it runs.
[[nodiscard]] LiveCampaignResult run_live_campaign(const LiveCampaignOptions& options);

// One case again, with its own strategy; nullopt: nothing fails.
[[nodiscard]] std::optional<LiveFinding> explore_live_case(const LiveCampaignOptions& options,
                                                           std::uint64_t index);
// One case again, with given choices.
[[nodiscard]] JudgedLive judge_live_case(const LiveCampaignOptions& options, std::uint64_t index,
                                         Choices& choices);
// What fails in it, "" when nothing does.
[[nodiscard]] std::string run_live_case(const LiveCampaignOptions& options, std::uint64_t index,
                                        Choices& choices);

}  // namespace lockstep

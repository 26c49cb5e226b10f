// Every schedule of a small scenario of the live driver within a bound of preemptions
// (sim/bounded_search.h), every rule checked in each.
//
// The scenario: two lanes, two requests that two clients submit at the same instant to queues of
// their own, one cancellation of the first. A full batch would take two rows, so each request waits
// for its time-out of 1 us and then runs on a lane of its own for 1 us. The queues drop cancelled
// requests when they form a batch, so whether a cancellation came early enough shows. It falls on
// one of three moments, each searched apart: the instant of the submissions, of the time-outs, of
// the completions. In between nothing else could happen: virtual time moves when all wait. In the
// third both lanes complete at that instant, on GPUs of their own; in the others they share one.
//
// Chosen are fibers, at every point and wherever one waits or ends; faults and wakes without reason
// are off. Not chosen is in which order the fibers begin, at time 0: until the first instant of the
// clients each only goes to wait, and what follows is the same for all those orders
// (tests/properties/live_search_test.cpp runs them all).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "properties/live_world.h"
#include "sim/exploration.h"

namespace lockstep {

struct CancelMoment {
  std::string_view name;  // "submission", "time-out", "completion"
  SimTime at{};
  std::uint32_t gpus = 1;
};
[[nodiscard]] std::span<const CancelMoment> cancel_moments();

[[nodiscard]] LiveScenario searched_live_scenario(const CancelMoment& moment);

struct LiveSearchOptions {
  std::uint32_t bound = 1;               // preemptions
  std::uint64_t schedules = UINT64_MAX;  // at most
  RunLive run = run_live;                // the driver; or one with a seeded bug
};

struct LiveSearch {
  Exploration exploration;      // its failure's key is live_failure_key()
  std::uint64_t cancelled = 0;  // schedules in which the first request was answered CANCELLED
  std::uint64_t too_late = 0;   // in which it was executed, though its client had cancelled it
};

// Installs the throwing check handler while it runs.
[[nodiscard]] LiveSearch search_live(const LiveScenario& scenario,
                                     const LiveSearchOptions& options);

}  // namespace lockstep

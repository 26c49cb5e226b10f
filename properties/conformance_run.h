// One run of a conformance scenario: what the scheduler did, in the words of the file.
//
// Total order of events (TF 2.5): time, then completions in start order, then the scheduler's own
// timers, then polls of closing queues, then the events as written. The lowest idle lane is taken
// by the scheduler. A dispatch finishes at once unless it is held or has a duration; one that was
// started unsealed finishes no earlier than it is sealed, and its duration counts from there.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/scheduler.h"
#include "core/time.h"
#include "properties/conformance_scenario.h"

namespace lockstep {

// What the file says and what happened.
struct ConformanceDifference {
  std::string expected;
  std::string got;
};

struct SeenDispatch {
  SimTime at{};
  bool express = false;
  std::string batch;  // "q[1,2]+pad[3]"
};
struct SeenClose {
  SimTime at{};
  std::uint32_t queue = 0;
};
// An event whose own expectation (refusal, count, list) was not met.
struct MissedEvent {
  SimTime at{};
  ConformanceDifference difference;
};

struct ConformanceRecord {
  std::vector<SeenDispatch> dispatches;  // in start order
  std::vector<SeenClose> closes;
  std::vector<MissedEvent> missed;
};

// Requires: a scheduler of the scenario's queues and lanes.
[[nodiscard]] ConformanceRecord play_conformance_scenario(const ConformanceScenario& scenario,
                                                          std::unique_ptr<Scheduler> scheduler);

// "12", or "1500ns" between microseconds.
[[nodiscard]] std::string micros_text(SimTime time);

}  // namespace lockstep

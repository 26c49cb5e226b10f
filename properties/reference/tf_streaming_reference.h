// A second, slow model of TF-Serving's streaming scheduler (rules of TF 2.14, 1.6), for relation M7
// and for tests.
//
// Written as the rules are written: every batch that was ever opened stays in one list, "in
// progress" is counted anew at every question, and the thread behind the timer is a thread that is
// asleep, or wakes up and looks; each of its turns is an event. Shares with core/schedulers the
// options and nothing that decides. Owner: the caller; one call, one run. Slow by design: an idle
// closer that sleeps a microsecond at a time takes a million turns a second.
//
// Where TF 2.14 says nothing, rules a to c of core/schedulers/tf_streaming.h hold: the closer that
// sleeps no time is told at once; one open batch for all queues; closing a queue.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/schedulers/tf_streaming.h"
#include "core/time.h"

namespace lockstep::reference {

struct StreamingEvent {
  SimTime at{};
  bool closes = false;  // the queue; else a request of so many rows arrives
  std::uint32_t queue = 0;
  std::uint32_t rows = 0;
};

// One line per batch, in the order in which they got a lane: "@1200 lane1 closed @2200 timeout
// [3:2,4:5] through @3200" (nanoseconds; ordinal of the request:rows), without the parts that
// never came; and per refusal: "@1200 refused 7 UNAVAILABLE", in order of time.
struct StreamingOutcome {
  std::vector<std::string> batches;
  std::vector<std::string> refusals;
};

// The batch that is the k-th to get a lane runs for durations[k mod size] once it is closed; an
// empty one for no time. Requires: checked options, events in order of time, no rows of 0,
// durations not empty.
[[nodiscard]] StreamingOutcome run_streaming(const TfStreamingOptions& options,
                                             std::span<const StreamingEvent> events,
                                             std::span<const SimDuration> durations);

}  // namespace lockstep::reference

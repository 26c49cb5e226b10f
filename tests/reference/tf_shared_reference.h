// A second, slow model of TF-Serving's shared scheduler (rules 2.1 to 2.5 and closing), for tests.
//
// It keeps no batches: only the requests that wait, in order of arrival. Which batches they form is
// worked out from the start at every question, by the one sentence "a batch takes requests in order
// until the next does not fit". Shares nothing with core/schedulers but value types.
// Integer arithmetic only. Owner: the test; one call, one run.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/ids.h"
#include "core/status.h"
#include "core/time.h"

namespace lockstep::reference {

struct Rules {
  std::uint32_t batch_rows_max = 1;
  SimDuration timeout{0};
  std::uint32_t enqueued_batches_max = 1;  // 0 acts as 1
  std::uint32_t lane_count = 1;
};

// Outside events, in input order; times do not decrease.
struct OutsideEvent {
  SimTime at{};
  std::uint32_t queue = 0;
  std::uint32_t rows = 0;  // 0: the queue is closed
  friend bool operator==(const OutsideEvent&, const OutsideEvent&) = default;
};

struct Dispatch {
  SimTime at{};
  std::uint32_t queue = 0;
  std::uint32_t lane = 0;
  std::vector<std::uint64_t> members;  // ordinals of arrivals
  SimTime opened{};
  SimTime due{};
  std::vector<Reason> reasons;  // every one whose condition came true at `due`
  bool grew_overdue = false;    // took a member after `due`
};
struct Refusal {
  SimTime at{};
  std::uint64_t request = 0;
  Status status = Status::kOk;
  Reason reason = Reason::kNone;
};
struct Outcome {
  std::vector<Dispatch> dispatches;
  std::vector<Refusal> refusals;
  std::uint64_t queues_deleted = 0;
};

// Batch k runs for durations[k mod size]. Requires: durations is not empty.
[[nodiscard]] Outcome run(const Rules& rules, std::span<const OutsideEvent> events,
                          std::span<const SimDuration> durations);

}  // namespace lockstep::reference

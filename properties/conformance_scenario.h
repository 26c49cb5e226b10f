// A conformance scenario: a scheduler, events, and the dispatches that must follow (TF 4.1).
//
// One JSON object per line; times are microseconds, dispatches are counted from 1.
//   id      its name
//   sched   the kind of scheduler; absent: shared
//   retry   {"max": us, "delay": us}: a retrier around it (max_time_micros, retry_delay_micros)
//   thr     batch threads
//   queues  [[name, options], ...] in the order added
//   events  ";"-joined; an event without @T happens at the time of the one before it
//           @T q+S[:CP|:C|:SP|:S][=name][ !CODE]   a request, its refusal when one is expected
//           @T q?num=K | @T q?cap=K                waiting requests, capacity
//           @T q evicted {name,...}                all so far, in order; #N is the N-th request
//           @T close q | @T rel K | add queue q
//           @T limit=X                             the scheduler's limit on batches in flight
//   expect  ";"-joined and complete: #K@T q[S,...][+pad[S,...]] | closed(q)@T
//           | refused(name)@T CODE (later than its arrival; #N as above), or ERR CODE alone;
//           without @T only the order is expected; #K@Tx (or #Kx): it started by the express path
//   hold    [K, ...] or "all": dispatches that finish at their rel
//   dur     {"K": us}: how long a dispatch takes; others finish at once
//   dur_rows {"rows": us}: ... a dispatch of so many rows that dur does not name
//   pending {"K": count}: what is pending on the device when a dispatch ends; else 0
//   crit    expected sizes carry their criticality, as in 5:CP
// All but sched, retry, hold, dur, dur_rows, pending and crit must be there. Blanks around words do
// not matter. Options by kind, with upstream's default when absent; those of the scheduler stand
// beside the keys above, those of a queue in `queues`: shared    rank (rank_queues)
//   queue   lim (max_batch_size), to (batch_timeout_micros), M (max_enqueued_batches),
//           split with exec (max_execution_batch_size), allowed (sizes), nopad (disable_padding),
//           pad (PAD_UP, BATCH_DOWN, MINIMIZE_TPU_COST_PER_REQUEST), cost {"rows": us},
//           prio with mix (maxpad, nextpad, isolate, merge) and low {exec, to, M, lim, allowed},
//           paware (max_queue_depth), resplit, lazy
// adaptive  init (initial_in_flight_batches_limit, may have a fraction), min
//           (min_in_flight_batches_limit), boost (full_batch_scheduling_boost_micros), avg
//           (batches_to_average_over), fifo (fifo_scheduling), seed (of the draw; 1 when absent)
//   queue   lim (max_batch_size), to (batch_timeout_micros), M (max_enqueued_batches), input
//           (max_input_task_size), tasks (max_tasks_per_batch), split
//           S may be 0; close returns when a poll each millisecond finds nothing enqueued (TF 3.1)
// serial    init (initial_in_flight_batches_limit), boost (full_batch_scheduling_boost_micros), avg
//           (batches_to_average_over), target (target_pending, may have a fraction), nopending
//           (there is no get_pending_on_serial_device)
//   queue   lim (max_batch_size), M (max_enqueued_batches)
//           close returns as that of adaptive; the first turns of the loops are at 0
// streaming lim (max_batch_size), to (batch_timeout_micros), wait (no_tasks_wait_time_micros); a
//           dispatch is written at its start, with all that it gains until it is sealed
// jit       lim (max_batch_size), waiting (max_queue_size), ready (max_ready_batches); a close
//           returns when nothing of the queue runs
// Anything else is an error, never ignored. Kinds and their keys are read by
// conformance_schedulers.cpp, events and expectations by conformance_words.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "properties/conformance_schedulers.h"
#include "properties/located_json.h"

namespace lockstep {

// Scenarios count microseconds.
constexpr SimTime at_us(std::int64_t micros) {
  return at_ns(micros * 1000);
}

struct ConformanceEvent {
  enum class Kind : std::uint8_t {
    kArrive,
    kTasks,
    kCapacity,
    kEvicted,
    kClose,
    kRelease,
    kAddQueue,
    kLimit
  };
  Kind kind = Kind::kArrive;
  std::uint8_t priority = 0;  // Arrival.priority
  std::uint32_t queue = 0;
  std::int64_t at_us = 0;
  std::int64_t number = 0;         // size, expected count, or the dispatch that finishes
  std::string name;                // "" = none
  std::string refusal;             // "" = accepted
  std::vector<std::string> names;  // kEvicted
  std::string limit;               // kLimit, as Scheduler::in_flight_limit writes it
  std::string text;                // as written
};

struct ExpectedDispatch {
  std::optional<std::int64_t> at_us;  // nullopt: only the order is expected
  bool express = false;
  std::string batch;  // "q[1,2]+pad[3]", without blanks
  std::string text;   // as written
};
struct ExpectedClose {
  std::int64_t at_us = 0;
  std::uint32_t queue = 0;
};

struct ExpectedRefusal {
  std::int64_t at_us = 0;
  std::string text;  // "refused(name)@T CODE", without blanks but one
};

struct ConformanceScenario {
  std::string id;
  std::int64_t thread_count = 0;
  std::unique_ptr<ConformanceSettings> settings;
  std::vector<std::string> queues;
  std::vector<ConformanceEvent> events;
  std::vector<ExpectedDispatch> dispatches;
  std::vector<ExpectedClose> closes;
  std::vector<ExpectedRefusal> refusals;
  std::string error;  // "" = the scheduler can be made
  bool with_criticality = false;
  bool hold_all = false;
  std::set<std::int64_t> held;
  std::map<std::int64_t, std::int64_t> durations_us;
  std::map<std::int64_t, std::int64_t> durations_by_rows_us;
  std::map<std::int64_t, std::int64_t> pending;
};

[[nodiscard]] Located<ConformanceScenario> parse_conformance_scenario(std::string_view line);

// "CP", "C", "SP", "S" of an Arrival.priority from 1 to 4.
[[nodiscard]] std::string_view criticality_word(std::uint8_t priority);

}  // namespace lockstep

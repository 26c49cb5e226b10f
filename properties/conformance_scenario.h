// A conformance scenario of the shared scheduler: options, events, expected dispatches (TF 4.1).
//
// One JSON object per line; times are microseconds, dispatches are counted from 1.
//   id      its name
//   thr     batch threads
//   queues  [[name, options], ...] in the order added; options, with upstream's default when
//   absent:
//           lim (max_batch_size), to (batch_timeout_micros), M (max_enqueued_batches),
//           split with exec (max_execution_batch_size), allowed (sizes), nopad (disable_padding),
//           pad (PAD_UP, BATCH_DOWN, MINIMIZE_TPU_COST_PER_REQUEST), cost {"rows": us},
//           prio with mix (maxpad, nextpad, isolate, merge) and low {exec, to, M, lim, allowed},
//           paware (max_queue_depth), resplit, lazy
//   events  ";"-joined: @T q+S[:CP|:C|:SP|:S][=name][ !CODE] | @T q?num=K | @T q?cap=K
//           | @T q evicted {name,...} | @T close q | @T rel K | add queue q
//   expect  ";"-joined and complete: #K@T q[S,...][+pad[S,...]] | closed(q)@T, or ERR CODE alone
//   hold    [K, ...] or "all": dispatches that finish at their rel
//   dur     {"K": us}: how long a dispatch takes; others finish at once
//   rank    rank_queues
//   crit    expected sizes carry their criticality, as in 5:CP
// All but hold, dur, rank and crit must be there. Anything else is an error, never ignored.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/schedulers/tf_options.h"
#include "properties/located_json.h"

namespace lockstep {

struct ConformanceEvent {
  enum class Kind : std::uint8_t {
    kArrive,
    kTasks,
    kCapacity,
    kEvicted,
    kClose,
    kRelease,
    kAddQueue
  };
  Kind kind = Kind::kArrive;
  std::uint8_t priority = 0;  // Arrival.priority
  std::uint32_t queue = 0;
  std::int64_t at_us = 0;
  std::int64_t number = 0;         // size, expected count, or the dispatch that finishes
  std::string name;                // "" = none
  std::string refusal;             // "" = accepted
  std::vector<std::string> names;  // kEvicted
  std::string text;                // as written
};

// A moment and what should happen then, in the words of the file.
struct ExpectedLine {
  std::int64_t at_us = 0;
  std::string text;
};

struct ConformanceScenario {
  std::string id;
  TfSharedOptions options;
  std::vector<std::string> queues;
  std::vector<ConformanceEvent> events;
  std::vector<ExpectedLine> dispatches;
  std::vector<ExpectedLine> closes;
  std::string error;  // "" = the scheduler can be made
  bool with_criticality = false;
  bool hold_all = false;
  std::set<std::int64_t> held;
  std::map<std::int64_t, std::int64_t> durations_us;
};

[[nodiscard]] Located<ConformanceScenario> parse_conformance_scenario(std::string_view line);

// "CP", "C", "SP", "S" of an Arrival.priority from 1 to 4.
[[nodiscard]] std::string_view criticality_word(std::uint8_t priority);

}  // namespace lockstep

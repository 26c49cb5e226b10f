// Watches that no batch that is due waits, for positive time, for a lane that could take it.
//
// The engine of L1, L3, V2 and V5: they differ in what makes a batch due, in which lanes count, and
// in how long a scheduler that looks around only now and then may take. Judged whenever time
// passes. Nobody is accused while the wake-up that was asked for is overdue: then the world is
// late (docs/faults.md, timer).
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "properties/checkers/checker.h"

namespace lockstep {

struct DueWatchOptions {
  std::string_view property;
  // What makes a batch due (TF 2.2):
  bool full = false;     // the rows that wait fill a batch
  bool timeout = false;  // the time-out of the first in front passed
  bool closed = false;   // its queue was closed while it waited
  // Those of closed queues do not count: its scheduler does not drain them (TF 2.16).
  bool closed_queues_left_out = false;
  // Only while no batch runs anywhere; else while any lane is idle.
  bool all_idle = false;
  // Only after a lane came back (V5).
  bool after_recovery = false;
  SimDuration slack{0};  // how long it may take
  // ... and at least as long as the longest batch so far (TF 3.2: the period between two looks).
  bool slack_of_longest_batch = false;
};

[[nodiscard]] std::unique_ptr<Checker> make_due_watch(const RunRules& rules,
                                                      const DueWatchOptions& options);

}  // namespace lockstep

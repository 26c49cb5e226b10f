// What a scheduler may promise, by name: of a plug-in, of a program, of a log that is claimed to
// keep it. One list; entry i is bit i of LOCKSTEP_PROMISES in lockstep/plugin.h.
#pragma once

#include <array>
#include <string_view>

#include "core/scheduler.h"

namespace lockstep {

struct PromiseName {
  std::string_view name;
  bool Promises::*flag;
};

inline constexpr std::array kPromiseNames = {
    PromiseName{"fifo-per-queue", &Promises::fifo_per_queue},
    PromiseName{"work-conserving", &Promises::work_conserving},
    PromiseName{"timeout-bound", &Promises::timeout_bound},
    PromiseName{"starvation-free", &Promises::starvation_free},
    PromiseName{"cancellable", &Promises::cancellable},
    PromiseName{"drains-on-close", &Promises::drains_on_close},
    PromiseName{"replies-in-order", &Promises::replies_in_order},
    PromiseName{"waits-for-timeout", &Promises::waits_for_timeout},
    PromiseName{"fills-batches", &Promises::fills_batches},
    PromiseName{"takes-turns", &Promises::takes_turns},
    PromiseName{"shares-by-weight", &Promises::shares_by_weight},
    PromiseName{"isolates-queues", &Promises::isolates_queues},
    PromiseName{"strict-priority", &Promises::strict_priority},
    PromiseName{"queue-wait-bound", &Promises::queue_wait_bound},
    PromiseName{"latency-bound", &Promises::latency_bound},
};

}  // namespace lockstep

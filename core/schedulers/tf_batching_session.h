// What stands between TF-Serving's clients and its batch queues: deadlines of whole batches
// (TF 2.13).
//
// Rules, looked at when a batch starts, at `now`:
// 1. A request's deadline is its arrival + its time-out; without one it is INT_MAX us after its
//    arrival (about 2147 s). It has passed when deadline <= now.
// 2. When the deadlines of all members have passed, the batch is not executed: its thread is free
//    again at once, its members end with RESOURCE_EXHAUSTED. One member in time and all are
//    executed, those that are late too.
// 3. An executed batch may run for (latest deadline - now), cut to whole milliseconds; 0 is no
//    limit, so a batch with less than 1 ms left has none. One that takes longer (by 1 ns) keeps its
//    thread and its GPU until it is through, and its members end with DEADLINE_EXCEEDED.
// 4. A piece of a split request ends like its batch; the request ends with its last piece, and the
//    first error wins (TF 2.6).
// Upstream counts microseconds; here nanoseconds are compared. What the queues do is up to the
// inner scheduler, which is told that such a batch failed: its time enters no mean.
#pragma once

#include <memory>

#include "core/scheduler.h"

namespace lockstep {

// Around a scheduler whose batches are sealed when they start (checked). Requires: inner != null.
[[nodiscard]] std::unique_ptr<Scheduler> make_tf_batching_session(std::unique_ptr<Scheduler> inner);

}  // namespace lockstep

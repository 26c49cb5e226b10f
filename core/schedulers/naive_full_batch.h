// The naive handler of blog posts: a queue, and threads that only ever take full batches.
//
// Goal: none that we share; it is here because people run it. There is no time-out, so the last
// (n mod batch_size) requests wait for ever: of 33 requests at batch_size 32 one is never answered.
// One batch holds exactly batch_size requests of one queue, in arrival order; sizes are not looked
// at (each request is one element). Its busy-waiting threads are modelled without events.
// Queues are scanned in the order of their first request. Lowest idle lane first. Refuses only
// a request so large that a batch of its like would pass kMaxBatchRows.
#pragma once

#include <cstdint>
#include <memory>

#include "core/result.h"
#include "core/schedulers/registry.h"

namespace lockstep {

struct NaiveFullBatchOptions {
  std::int64_t batch_size = 32;        // requests
  std::int64_t num_batch_threads = 1;  // lanes
};

[[nodiscard]] Result<std::unique_ptr<Scheduler>> make_naive_full_batch(
    const NaiveFullBatchOptions& options);
[[nodiscard]] SchedulerInfo naive_full_batch_info();

}  // namespace lockstep

// TensorFlow's just-in-time batch scheduler: requests wait one by one, batches form when needed
// (spec: TF 2.16).
//
// Goal: decide late. A batch is assembled from the most critical waiting requests only when there
// is a place for a ready batch, so that an important request overtakes all but those few.
// Trade-off: no time-out and no patience: at low load every request leaves alone.
//
// Rules, each with its source:
// 1. A request larger than max_batch_size is refused with INVALID_ARGUMENT (TF 2.16, upstream's
//    order of checks).
// 2. max_queue_size counts waiting requests, not rows. When that many wait, a newcomer that is
//    strictly more critical than the least critical one takes its place: the victim ends with
//    UNAVAILABLE (reason evicted). Any other newcomer is refused with UNAVAILABLE. Requests in
//    ready batches do not count, and are safe (TF 2.16).
// 3. Whenever a request waits and fewer than max_ready_batches are ready, one batch is assembled:
//    requests leave in order while the next one fits; the first that does not fit ends the batch,
//    nothing skips it (TF 2.16).
// 4. Whenever a batch is ready and a lane is idle, the oldest ready batch goes to the lowest idle
//    lane (TF 2.16; 2.5 for the lane).
// 5. Closing abandons what waits and what is ready: these requests are never answered (TF 2.16).
//
// Where upstream leaves it open, or has no such thing:
// a. Order within a class is the order of arrival; the victim of rule 2 is the last in that order,
//    the youngest of the least critical class. Upstream's heap promises no order, and its scan
//    takes whichever it meets first.
// b. Rules 3 and 4 act after each input, at its time. Upstream's assembler thread takes a moment.
// c. Upstream has one queue. Here all queues share the lanes, max_queue_size and max_ready_batches,
//    and one order; a batch holds requests of one queue, those of the request that comes first, and
//    the others keep their places.
// d. max_ready_batches is not checked (upstream neither): 0 never assembles anything, a negative
//    number means no limit.
// e. A request that comes after its queue was closed is abandoned, too.
// f. A cancel is always too late.
// Every batch is greedy: due since the first of its members arrived, because it would have left
// then, had a lane been free.
// Cost per batch grows with the number of queues that have waiting requests.
#pragma once

#include <cstdint>
#include <memory>

#include "core/result.h"
#include "core/scheduler.h"

namespace lockstep {

struct TfJitOptions {
  std::int64_t num_batch_threads = 8;  // lanes; upstream: the CPU count
  std::int64_t max_batch_size = 1000;  // rows
  std::int64_t max_queue_size = 1000;  // requests
  std::int64_t max_ready_batches = 1;  // batches
};

// Errors: upstream's texts in the order of its checks (threads, batch size, queue size); limits of
// ours name the limit.
[[nodiscard]] Result<std::unique_ptr<Scheduler>> make_tf_jit(const TfJitOptions& options);

}  // namespace lockstep

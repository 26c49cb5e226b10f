// TF-Serving's shared batch scheduler (spec: TF 2.1 to 2.11); this file's own rules are the plain
// ones, without priorities and splitting (TF 2.1 to 2.5).
//
// Goal: fill batches up to max_batch_size, but hold no batch longer than batch_timeout_micros after
// its first request while a batch thread (lane) is idle. Queues take turns, one batch each.
// Trade-off: a longer time-out fills batches better and delays the first request of each.
//
// Rules, each with its source:
// 1. A request larger than max_batch_size is refused with INVALID_ARGUMENT (TF 2.1 step 2).
// 2. It is refused with UNAVAILABLE iff it does not fit the open batch AND max_enqueued_batches are
//    enqueued, the open one included (TF 2.1 step 3). A later, smaller one may still fit (quirk 1).
// 3. It closes the open batch when it does not fit, and opens a fresh one (TF 2.1 step 5). A batch
//    that is exactly full stays open: it is due, and closed by a pull or by the next request (quirk
//    3).
// 4. The open batch is due when it is non-empty and: full, or now >= opened + time-out (inclusive,
//    measured from the first request of that open batch), or its queue is closed (TF 2.2).
// 5. While no lane is idle, a due open batch keeps accepting requests (TF 2.2, scenario X02).
// 6. Queues are asked in the order added, from a cursor that advances past each queue asked, the
//    one that yields included (TF 2.4); within a queue batches leave in creation order (TF 2.3). A
//    closed queue that is asked and has nothing waiting or running leaves the list (TF 2.4).
// 7. The lowest idle lane takes the batch (TF 2.5). Deadlines are acted on at their nanosecond (the
//    ideal rule; upstream's 1 ms polling is a later option).
// max_enqueued_batches 0 acts as 1 (TF 1.2). Queues are added on their first request, same options.
// An option of TfQueueExtras or rank_queues selects tf_shared_full, with the same rules and more;
// the plain scheduler is the fast path of the common case. Reasons: full, timeout, greedy (time-out
// 0), overflow, flush: what made the batch due first.
#pragma once

#include <cstdint>
#include <memory>

#include "core/result.h"
#include "core/scheduler.h"
#include "core/schedulers/tf_options.h"

namespace lockstep {

// Errors: those of check_tf_options.
[[nodiscard]] Result<std::unique_ptr<Scheduler>> make_tf_shared(const TfSharedOptions& options);

}  // namespace lockstep

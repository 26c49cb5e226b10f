// The shared scheduler over queues of any kind: what TfShared is to the plain one (TF 2.4, 2.5).
//
// Rules beyond tf_shared.h, each with its source:
// 1. rank_queues: all queues are looked at, the smallest (class, time) key wins, ties go to the one
//    met first from the cursor, which does not move (TF 2.4). Low-priority batches have no key, so
//    rank_queues without priority_merge starves them (quirk 6).
// 2. With MINIMIZE_TPU_COST_PER_REQUEST each finished batch adds its device time to the mean cost
//    of its padded size (TF 2.8).
// 3. kCancel is too late, but for a priority-aware queue with lazy filtering (TF 2.11).
// 4. A queue that comes into being with its first request has its model's options (TF 2.13).
// Slower than the plain scheduler: one virtual call per queue and input, batches are copied.
#pragma once

#include <memory>

#include "core/scheduler.h"
#include "core/schedulers/tf_options.h"

namespace lockstep {

// Requires: check_tf_options(options) passed.
[[nodiscard]] std::unique_ptr<Scheduler> make_tf_shared_full(const TfSharedOptions& options);

}  // namespace lockstep

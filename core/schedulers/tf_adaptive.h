// TF-Serving's AdaptiveSharedBatchScheduler (spec: TF 1.4, 3.1): as few batches in flight as give
// the lowest latency, found by trial.
//
// Goal: start a batch at once while fewer than a limit are in flight; move that limit up and down
// towards the lower average latency. Trade-off: no time-out is needed to fill batches (they fill
// while they wait their turn), but the limit is only right after thousands of batches of steady
// traffic, and wanders when there is little.
//
// Names of TF 3.1: F regular and X express batches in flight, lim the limit, N threads (lanes); per
// queue K enqueued batches, M their maximum, c the open one. Rules:
// 1. A request is refused with UNAVAILABLE iff its rows exceed (M - K) * max + room of c, with
//    INVALID_ARGUMENT if it is larger than max_batch_size (without splitting) or than
//    max_input_task_size.
// 2. It joins c, or closes it and opens another when it does not fit; with splitting it is cut so
//    that c and the batches after it are exactly full. A batch that is exactly full, or has
//    max_tasks_per_batch members, is closed at once.
// 3. NEXT starts one regular batch: iff F < lim, and when lim - F < 1 with that probability, drawn
//    at each such attempt whether or not a batch is ready. It takes the smallest score
//    (tf_in_flight_limit.h) among the batches whose time-out has passed; with fifo_scheduling the
//    first of the list, or none. NEXT comes when a batch without time-out is made, when the
//    time-out of any batch passes (even of one that has left), and when a regular batch ends.
// 4. EXPRESS starts closed batches beyond the limit, in list order, while N - F - X > 0; with
//    fifo_scheduling up to the first that is not closed. It comes when a request closed a batch and
//    when an express batch ends. Express batches do not count for the limit.
// 5. F + X may exceed N: what NEXT starts then waits for a thread, first come first served; it is
//    closed and no longer enqueued. The lowest idle lane takes it.
// Quirks of upstream that are kept:
// a. With fifo_scheduling a ready batch waits behind one of another queue that is not ready; if
// that
//    one leaves by EXPRESS, until its timer all the same.
// b. Closing a queue flushes nothing, and is over when K = 0.
// c. A negative batch_timeout_micros acts as 0.
// d. Requests of no rows are taken; they can raise K to M + 1. If the capacity is then negative,
//    upstream turns it into a huge unsigned number: everything is taken until batches leave. If it
//    is 0, a request that would fit the open batch is refused.
// e. fifo_scheduling with a boost is not refused: the boost has no effect.
// f. The end of a regular batch does not call EXPRESS: a closed batch that then finds an idle
// thread
//    waits on, for its time-out or for the next call.
// Clock: created, ready and latency are whole microseconds, truncated as upstream's clock shows
// them; timers run to the nanosecond. Scores are upstream's doubles, on virtual time: two that
// differ by less than a quarter of a microsecond may come out the other way round on a clock that
// counts from 1970. Timers of one instant act together, in one step.
// Left out: external thread pools (N is the pool), disable_padding (it acts behind the scheduler).
// Reasons: express; else what made the batch due first: greedy (no time-out), timeout, full,
// task-limit, overflow. Memory: 8 bytes for each batch made within the last batch_timeout_micros.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/result.h"
#include "core/scheduler.h"
#include "core/schedulers/tf_in_flight_limit.h"

namespace lockstep {

struct TfAdaptiveQueueOptions {
  std::int64_t max_batch_size = 1000;                 // rows
  std::int64_t max_enqueued_batches = 10;             // batches created and not started
  std::int64_t batch_timeout_micros = 0;              // us; not checked: negative acts as 0
  std::optional<std::int64_t> max_input_task_size{};  // rows; at least max_batch_size
  std::optional<std::int64_t> max_tasks_per_batch{};  // requests or pieces; below 1 acts as 1
  // Upstream's split_input_task_func; inside a graph it is always there.
  bool enable_large_batch_splitting = false;
};

struct TfAdaptiveOptions {
  std::int64_t num_batch_threads = 8;  // lanes, and the largest limit
  std::int64_t min_in_flight_batches_limit = 1;
  std::int64_t full_batch_scheduling_boost_micros = 0;
  TfReal initial_in_flight_batches_limit{3};
  std::int64_t batches_to_average_over = 1000;
  bool fifo_scheduling = false;
  TfAdaptiveQueueOptions queue{};  // of queues that come into being with their first request
  // Queues that exist from the start, in this order.
  std::vector<TfAdaptiveQueueOptions> queues{};
};

// Errors: upstream's texts in the order of its checks: of the scheduler, then of each queue; limits
// of ours name the limit. `seed` is the root seed of the run: equal seeds draw equal numbers.
[[nodiscard]] Result<std::unique_ptr<Scheduler>> make_tf_adaptive(const TfAdaptiveOptions& options,
                                                                  std::uint64_t seed);
}  // namespace lockstep

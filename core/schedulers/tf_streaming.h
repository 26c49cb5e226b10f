// TF-Serving's streaming batch scheduler: no queue; a batch is given to a thread when it is opened,
// and fills there (spec: TF 2.14, 1.6).
//
// Goal: let the batch thread see requests while their batch still fills. Trade-off: each thread
// that waits for a batch to fill is a thread that executes nothing, and what finds no room is
// refused at once.
//
// Rules, each with its source:
// 1. A request larger than max_batch_size is refused with INVALID_ARGUMENT (TF 2.14 step 1).
// 2. At most one batch is open. A request that finds none, or does not fit, closes it (overflow)
// and
//    opens a fresh one. Opened batches are in progress until they are through; more of them than
//    threads means that the fresh one, still empty, waits for a thread (TF 2.14 step 2).
// 3. While it waits every request is refused with UNAVAILABLE (lanes-busy). Also the one that
// opened
//    it: a refused request may close the batch of others (TF 2.14 step 3).
// 4. The first request of a batch arms the timer: close at now + batch_timeout_micros. There is one
//    timer; arming it again supersedes. With 0 or a negative time-out there is none: a batch then
//    waits until it is full or overflows, for ever if need be (TF 2.14 step 4, 1.6).
// 5. A batch that is exactly full (full), and one whose time has come (timeout), is closed, and a
//    fresh one opened. So after the first request there is always an open batch (TF 2.14 step 6).
// 6. Closing closes the open batch (flush), empty or not, and opens none (TF 2.14).
// Here a batch is started unsealed on the lowest idle lane, grows there, and closing it is the
// seal.
//
// Where upstream leaves it open, or has no such thing:
// a. no_tasks_wait_time_micros is modelled exactly. The thread behind the timer looks for work when
//    it has slept that long after its last deadline passed; a timer that is armed while it sleeps
//    is noticed at its next look and may close late. 0 is the ideal timer, without sleep. At one
//    instant it looks before a request arrives.
// b. Upstream has one queue. Here all queues share the lanes and the one open batch: a request of
//    another queue than its members does not fit. An empty open batch is of no queue yet.
// c. Closing a queue closes the open batch if it is empty or of that queue. If it is still waiting
//    for a lane it is executed, empty, when it gets one, as upstream's thread pool does. A request
//    that comes later opens a new batch.
// d. A cancel is always too late.
// Enqueued is nothing, ever; the capacity is that of the lanes without a batch, and the room of the
// open batch for requests of its queue.
#pragma once

#include <cstdint>
#include <memory>

#include "core/result.h"
#include "core/scheduler.h"

namespace lockstep {

struct TfStreamingOptions {
  std::int64_t max_batch_size = 1000;             // rows
  std::int64_t batch_timeout_micros = 0;          // us; 0 or negative: none
  std::int64_t num_batch_threads = 8;             // lanes; upstream: the CPU count
  std::int64_t no_tasks_wait_time_micros = 1000;  // us; 0: ideal
};

// Errors: upstream's texts in the order of its checks (batch size, threads); limits of ours name
// the limit.
[[nodiscard]] Result<std::unique_ptr<Scheduler>> make_tf_streaming(
    const TfStreamingOptions& options);

}  // namespace lockstep

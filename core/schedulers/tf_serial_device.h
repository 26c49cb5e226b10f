// TF-Serving's SerialDeviceBatchScheduler (spec: TF 1.5, 3.2): as many batches in flight as keep a
// few of them waiting for one serial device.
//
// Goal: keep the device busy and not more: loops on batch threads take the next batch when their
// last one ended, and their number follows the count of batches pending on the device. Trade-off: a
// batch that finds no loop at work waits until one wakes up, at most a millisecond or the usual
// time between two batches; nobody is woken for it.
//
// Rules, each from TF 3.2:
// 1. A request is refused with INVALID_ARGUMENT iff it is larger than max_batch_size, with
//    UNAVAILABLE iff it does not fit the open batch and max_enqueued_batches are enqueued.
// 2. It joins the open batch, or closes it and opens another when it does not fit. A batch that is
//    exactly full stays open. There is no time-out and no splitting: a batch may be taken from its
//    creation on, and grows until then.
// 3. initial_in_flight_batches_limit loops start at time 0. A loop that begins a turn ends for good
//    while there are more loops than the limit; else it takes the batch with the smallest score
//    (tf_in_flight_limit.h) and executes it on the lowest idle lane; else it counts one idleness
//    and sleeps: the period between batches if known, else 1 ms.
// 4. A batch that ended adds its execution time (on its thread: waiting for the device counts) and
//    what is pending on the device; after batches_to_average_over of them the limit moves by
//    target_pending - average, unless loops were idle a tenth as often or more. Loops are added to
//    reach a higher limit. The loop's own next turn comes first, then the first turns of new ones.
// 5. Order at one instant: the ends of batches, then loops that wake up (by their numbers, all in
//    one step), then arrivals: a loop that wakes up as a request arrives does not see it.
// 6. Closing a queue flushes nothing, and is over when none of its batches is enqueued; they may
//    still run.
// Clock: creation, execution time and sleeps are whole microseconds, as upstream's clock shows
// them. Needs device_pending of kBatchDone. Reason: greedy. Sleeping loops cost nothing while no
// batch waits: their turns are worked out afterwards.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/result.h"
#include "core/scheduler.h"
#include "core/schedulers/tf_in_flight_limit.h"

namespace lockstep {

struct TfSerialDeviceQueueOptions {
  std::int64_t max_batch_size = 1000;      // rows
  std::int64_t max_enqueued_batches = 10;  // batches created and not started
};

struct TfSerialDeviceOptions {
  std::int64_t num_batch_threads = 8;  // lanes, and the largest limit
  std::int64_t initial_in_flight_batches_limit = 3;
  std::int64_t full_batch_scheduling_boost_micros = 0;
  std::int64_t batches_to_average_over = 1000;
  TfReal target_pending{2};  // batches
  // Upstream's function: here whoever drives the server tells. False is what a server without it
  // has.
  bool get_pending_on_serial_device = true;
  TfSerialDeviceQueueOptions queue{};  // of queues that come into being with their first request
  // Queues that exist from the start, in this order.
  std::vector<TfSerialDeviceQueueOptions> queues{};
};

// Errors: upstream's texts in the order of its checks: of the scheduler, then of each queue; limits
// of ours name the limit.
[[nodiscard]] Result<std::unique_ptr<Scheduler>> make_tf_serial_device(
    const TfSerialDeviceOptions& options);
}  // namespace lockstep

// TF-Serving's BatchSchedulerRetrier around any scheduler: a refused request tries again after a
// while (spec: TF 2.15, 1.6 last lines).
//
// Goal: ride out a short burst. Trade-off: a request waits outside of the queue, where newer ones
// overtake it, and is refused later than it would have been.
//
// Rules, each with its source:
// 1. Retried is what the offer itself came to: the inner scheduler ends the very request that it is
//    offered, in the step of its arrival, with UNAVAILABLE. Any other status is final, and so is
//    every later end: an eviction is passed through (TF 2.15).
// 2. After a refusal at `now`, with t0 the request's first offer: if
//    (now + retry_delay_micros) - t0 >= max_time_micros the refusal stands, with its reason; else
//    the request is offered again at now + retry_delay_micros (TF 2.15).
//
// Where upstream leaves it open (its callers sleep in threads of their own):
// a. At one instant: the inner scheduler's own timer, then retries, then new arrivals. A retry is a
//    request that comes in from outside, so one at the time of a time-out is too late for that
//    batch. A retry at the time of a completion finds the lane idle.
// b. Retries of one instant: in the order of their requests' arrival.
// c. retry_delay_micros 0 is upstream's busy loop. Without a clock tick nothing new can come of it,
//    so the waiting requests are offered again after each input, and a last time at
//    t0 + max_time_micros.
// d. To the inner scheduler a retry is an arrival at that time; the client's own deadline still
//    counts from the request's real arrival.
// e. A cancel does not reach a request that waits for its retry, closing its queue does not end it.
// f. With several queues each request has its own retries; the options are the same for all.
// The wake-up is the earlier of the inner scheduler's and that of the next retry; the inner
// scheduler's timer input comes only when its own is due.
#pragma once

#include <cstdint>
#include <memory>

#include "core/result.h"
#include "core/scheduler.h"

namespace lockstep {

struct TfRetrierOptions {
  std::int64_t max_time_micros = 10'000;  // us; what a request may spend on its retries
  std::int64_t retry_delay_micros = 100;  // us
};

// Errors: upstream's texts, max_time_micros first. Requires: inner != nullptr.
[[nodiscard]] Result<std::unique_ptr<Scheduler>> make_tf_retrier(std::unique_ptr<Scheduler> inner,
                                                                 const TfRetrierOptions& options);

}  // namespace lockstep

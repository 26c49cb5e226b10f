// The guaranteed worst-case latency of the shared scheduler with one priority (docs/bound.md).
//
// For accepted requests, from arrival to answer, when no lane is ever lost and no timer is late;
// for any number of queues that take turns, splitting on or off, whatever the traffic and the
// order of what happens at one instant. Integer nanoseconds.
//
//   A = ceil(L / P)                                  batches at once on one device
//   backlog   = (ceil(M * Q / P) + A) * C + max(0, I - C)        everything ahead is due already
//   time-out  = T + (ceil((Q - 1) / P) + A) * C + I              Q > 1: due just after the others
//             = T + min((A - 1) * C, max(0, (ceil((M - 1) / P) + A) * C - T)) + C_u + I    Q = 1
//   bound     = max(backlog, time-out)
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/time.h"

namespace lockstep {

struct LatencyBoundInputs {
  std::int64_t lanes = 1;        // L
  std::int64_t devices = 1;      // P, at most L: each executes one batch after another
  std::int64_t queues = 1;       // Q
  std::int64_t batches_max = 1;  // M: max_enqueued_batches, the open batch included
  SimDuration timeout{0};        // T; 0 where one row fills a batch
  SimDuration batch_max{0};      // C: the longest execution of any batch
  SimDuration underfull_max{0};  // C_u: ... of one that is not full
  SimDuration poll{0};           // I: between two looks of an idle thread (TF 2.5)
};

struct LatencyBound {
  SimDuration backlog{0};
  SimDuration timed_out{0};

  [[nodiscard]] SimDuration value() const { return std::max(backlog, timed_out); }
};

// Requires: counts of 1 at least, times of 0 at least; devices <= lanes.
[[nodiscard]] LatencyBound latency_bound(const LatencyBoundInputs& inputs);

}  // namespace lockstep

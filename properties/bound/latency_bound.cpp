#include "properties/bound/latency_bound.h"

#include <algorithm>

#include "core/check.h"

namespace lockstep {
namespace {

std::int64_t divided_up(std::int64_t count, std::int64_t by) {
  return (count + by - 1) / by;
}

// Bounds of queues that hold millions of batches end at the end of time.
SimDuration times(std::int64_t count, SimDuration span) {
  constexpr SimDuration kLongest{std::int64_t{1} << 60};
  return span > SimDuration{0} && count > kLongest / span ? kLongest : count * span;
}

}  // namespace

LatencyBound latency_bound(const LatencyBoundInputs& inputs) {
  LOCKSTEP_CHECK(inputs.lanes >= 1 && inputs.queues >= 1 && inputs.batches_max >= 1);
  LOCKSTEP_CHECK(inputs.devices >= 1 && inputs.devices <= inputs.lanes);
  const std::int64_t devices = inputs.devices;
  const std::int64_t at_once = divided_up(inputs.lanes, devices);
  // M * Q without overflow: no queue has more batches than there is time.
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  const std::int64_t batches = std::min(inputs.batches_max, kMost);
  const std::int64_t queues = std::min(inputs.queues, std::int64_t{1} << 20);
  const std::int64_t rounds = divided_up(batches * queues, devices);
  LatencyBound bound;
  // A lane that idles unnoticed begins within I; one that is busy, within C.
  bound.backlog = times(rounds + at_once, inputs.batch_max) +
                  std::max(inputs.poll - inputs.batch_max, SimDuration{0});
  if (queues > 1) {
    bound.timed_out = inputs.timeout +
                      times(divided_up(queues - 1, devices) + at_once, inputs.batch_max) +
                      inputs.poll;
  } else {
    const SimDuration ahead = times(divided_up(batches - 1, devices) + at_once, inputs.batch_max);
    const SimDuration behind = std::min(times(at_once - 1, inputs.batch_max),
                                        std::max(ahead - inputs.timeout, SimDuration{0}));
    // A look that comes late finds a batch that filled meanwhile.
    const SimDuration own = inputs.poll > SimDuration{0} ? inputs.batch_max : inputs.underfull_max;
    bound.timed_out = inputs.timeout + behind + own + inputs.poll;
  }
  return bound;
}

}  // namespace lockstep

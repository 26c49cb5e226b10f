#include "sim/fault_timers.h"

namespace lockstep {

SimTime FaultTimers::fires_at(SimTime wake) {
  if (wake == wake_) {
    return fires_;
  }
  wake_ = wake;
  fires_ = wake;
  if (wake == kForever) {
    return fires_;
  }
  fires_ = after(fires_, faults_.latency);
  if (faults_.jitter > SimDuration{0}) {
    const auto bound = static_cast<std::uint64_t>(faults_.jitter.count()) + 1;
    fires_ = after(fires_, SimDuration{static_cast<std::int64_t>(draws_.below(bound))});
  }
  if (const std::int64_t past = ns_of(fires_) % faults_.grid.count(); past > 0) {
    fires_ = after(fires_, faults_.grid - SimDuration{past});
  }
  late_count_ += fires_ > wake ? 1u : 0u;
  return fires_;
}

}  // namespace lockstep

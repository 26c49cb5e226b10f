// Which faults of a plan hold for a lane at a time, and which strike a batch that is handed over.
//
// Windows (stall, slow) hold from their first instant to before their last. Faults that strike a
// batch (fail, oom, drop, late, duplicate) wait from their time on for batches at their place, or
// for the batch with their number; of one kind at most one strikes a batch: the one that began to
// wait first. Times that are asked about do not decrease, but for those of stall_end().
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/ids.h"
#include "core/time.h"
#include "sim/fault_plan.h"

namespace lockstep {

// Does the fault's place cover this lane?
[[nodiscard]] inline bool covers_lane(const Fault& fault, LaneId lane, std::uint32_t gpu) {
  return (!fault.lane || *fault.lane == raw(lane)) && (!fault.gpu || *fault.gpu == gpu);
}

class FaultWindows {
 public:
  // `plan` outlives this.
  explicit FaultWindows(const FaultPlan& plan);

  // `time`, or the end of the stalls that hold `lane` then, one after another. Requires: time is
  // not before the last call of pass().
  [[nodiscard]] SimTime stall_end(LaneId lane, std::uint32_t gpu, SimTime time) const;
  // The largest factor that holds for `lane` now, in millionths.
  [[nodiscard]] std::uint64_t slow_down(LaneId lane, std::uint32_t gpu, SimTime now) const;
  // Windows that end before `now` will not be asked about.
  void pass(SimTime now);

 private:
  using Windows = std::vector<const Fault*>;  // by their begin
  Windows stalls_;
  Windows slow_;
  std::size_t first_stall_ = 0;  // those before it are over
  std::size_t first_slow_ = 0;
};

class StrikingFaults {
 public:
  explicit StrikingFaults(const FaultPlan& plan);

  // The fault of `kind` that strikes this batch, which uses it up once; nullptr: none.
  [[nodiscard]] const Fault* take(FaultKind kind, SimTime now, BatchId batch, LaneId lane,
                                  std::uint32_t gpu);

 private:
  struct Waiting {
    const Fault* fault = nullptr;
    std::uint64_t left = 0;
  };
  struct OfKind {
    std::vector<const Fault*> coming;    // by their time
    std::size_t next = 0;                // of `coming`
    std::vector<Waiting> waiting;        // in the order in which they began to
    std::vector<const Fault*> numbered;  // by batch
  };
  std::vector<OfKind> kinds_;
};

}  // namespace lockstep

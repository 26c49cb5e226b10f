// Compute of one GPU that works on several batches at once: processor sharing, in integers.
//
// While n batches compute, each advances at 1 / s(n) of its speed alone: s(n) = n when shared
// equally, else a slow-down table. Work is counted in units of 2^-62 ns of time alone, the speed in
// such units per ns, rounded to the nearest: what that loses in an hour is far below 2^-20 ns. A
// batch leaves at the first whole nanosecond at which less than 2^-20 ns of its work is left: so at
// the exact end where that is a whole nanosecond, else at the next one. Members change at whole
// nanoseconds only.
#pragma once

#include <cstdint>
#include <vector>

#include "core/ids.h"
#include "core/time.h"
#include "sim/device_description.h"

namespace lockstep {

class SharedCompute {
 public:
  // Requires: not kSerial.
  explicit SharedCompute(const ComputeSharing& sharing) : sharing_(sharing) {}

  struct Occupant {
    BatchId batch{0};
    LaneId lane{0};
  };

  // `occupant` begins at `now` and would take `alone`. Requires: 0 < alone <= 2 * kMaxTimeNs; none
  // leaves before `now`; sharing.covers(occupants + 1).
  void enter(SimTime now, const Occupant& occupant, SimDuration alone);

  // When the next batch leaves, if no other enters before; kForever when there is none. Cut at
  // 4 * kMaxTimeNs, beyond any run.
  [[nodiscard]] SimTime leaves_at() const { return leaves_at_; }

  // Takes those that leave at leaves_at() into `left`, in the order of their batches' ids.
  void leave(std::vector<Occupant>& left);

 private:
  __extension__ using Work = __int128;
  struct Member {
    Occupant occupant{};
    Work left = 0;  // units of 2^-62 ns
  };
  [[nodiscard]] Work speed() const;  // units of each member per ns
  void advance(SimTime now);
  void plan();

  ComputeSharing sharing_;
  std::vector<Member> members_;
  SimTime now_{};
  SimTime leaves_at_ = kForever;
};

}  // namespace lockstep

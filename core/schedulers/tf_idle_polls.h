// When TF-Serving's idle batch threads look for work by themselves (TF 2.5, realism parameter).
//
// Upstream sets no timer for a batch's deadline: an idle thread sleeps for at most 1 ms and looks
// again. Here each thread (lane) has a grid of ticks, one interval apart, with a phase of its own
// below the interval, drawn once from the stream "tf-idle-polls" in lane order. Integer ns.
#pragma once

#include <cstdint>
#include <vector>

#include "core/index_set.h"
#include "core/scheduler.h"
#include "core/time.h"

namespace lockstep {

class TfIdlePolls {
 public:
  // `interval` 0: no polling, the ideal rule.
  TfIdlePolls(std::uint32_t lane_count, SimDuration interval, std::uint64_t seed);

  [[nodiscard]] bool enabled() const { return interval_ > SimDuration{0}; }
  // The first tick of `lane` at `time` or later. Requires: enabled().
  [[nodiscard]] SimTime next_tick(std::uint32_t lane, SimTime time) const;
  // The first tick of any of these lanes at `time` or later; kForever when there is none, or no
  // such time (kForever).
  [[nodiscard]] SimTime next_tick_of(const IndexSet& lanes, SimTime time) const;
  // Were there ticks of these lanes, idle since the last call, before `input`? At one instant come
  // completions, then ticks, then what is from outside; a timer's own ticks are still to come.
  [[nodiscard]] bool any_passed(const Input& input, const IndexSet& lanes);

 private:
  SimDuration interval_;
  std::vector<SimDuration> phases_;              // by lane, in [0, interval)
  SimTime passed_ = SimTime{} - SimDuration{1};  // ticks up to here are through
};

}  // namespace lockstep

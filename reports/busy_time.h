// How long something was busy with intervals that may overlap: the length of their union.
//
// For GPUs that several batches are on at once: their work added up would be above 100 %.
// Intervals come in the order of their ends, as batches do. Memory: the parts of the union that a
// later interval may still reach back into, at most kPartsMax; one that reaches back further counts
// as if it began there.
#pragma once

#include <cstdint>
#include <deque>

#include "core/time.h"

namespace lockstep {

class BusyTime {
 public:
  static constexpr std::size_t kPartsMax = 4096;

  // Requires: begin <= end, and end not before that of any interval added (checked).
  void add(SimTime begin, SimTime end);
  [[nodiscard]] std::uint64_t total_ns() const { return total_ns_; }

 private:
  struct Part {
    SimTime begin{};
    SimTime end{};
  };
  [[nodiscard]] static std::uint64_t length(const Part& part) {
    return static_cast<std::uint64_t>((part.end - part.begin).count());
  }

  std::deque<Part> parts_;                 // disjoint, in order of time
  SimTime closed_until_ = SimTime::min();  // what came before is counted and gone
  std::uint64_t total_ns_ = 0;
};

}  // namespace lockstep

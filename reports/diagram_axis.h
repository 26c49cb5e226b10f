// The virtual time axis of a diagram: where an instant lies, and which ticks are drawn.
//
// Ticks are 1, 2 or 5 times a power of ten apart, at most 12, all in one unit, the first at 0 (the
// start of the window).
#pragma once

#include <string>
#include <vector>

#include "core/time.h"
#include "reports/format.h"

namespace lockstep {

struct AxisTick {
  SimDuration offset{0};  // from the start of the window
  std::string text;       // the number, in the axis' unit
};

struct Axis {
  SimTime from{};
  SimTime to{};
  int left = 0;   // position of `from`
  int right = 0;  // position of `to`

  // Position of `time`, held within [left, right].
  [[nodiscard]] int position(SimTime time) const;
  [[nodiscard]] TimeUnit unit() const;
  [[nodiscard]] std::vector<AxisTick> ticks() const;
};

}  // namespace lockstep

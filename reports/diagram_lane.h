// What stands in one lane of a diagram: the box of a batch, and the marks of a fault. Private to
// reports/diagram_*_layout.cpp.
#pragma once

#include <cstddef>
#include <string>

#include "reports/diagram_canvas.h"

namespace lockstep {

// Points, the last in tenths.
struct LaneMeasures {
  int pitch = 0;
  int box = 0;
  int text_size = 0;
};

// Returns the mark of the box's outline.
std::size_t draw_box(Panel& panel, const LaneBox& box, int top, const LaneMeasures& measures);

// Red lines in the lane while it is down; below its boxes while it is only slow or stalled. Before
// the boxes; `number` names it.
void draw_fault(Panel& panel, const LaneFault& fault, std::size_t number, int top,
                const LaneMeasures& measures);
// Its words, over no box, where they fit.
void draw_fault_words(Panel& panel, const LaneFault& fault, std::size_t number, int top,
                      const LaneMeasures& measures);

// What pointing at a batch on its lane shows.
[[nodiscard]] std::string box_tooltip(const Panel& panel, const LaneBox& box);

}  // namespace lockstep

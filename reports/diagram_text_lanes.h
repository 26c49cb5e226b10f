// The lanes of a timing diagram as text: a row for each, with the boxes of its batches. Private to
// reports/diagram_text*.cpp.
#pragma once

#include "reports/diagram_axis.h"
#include "reports/diagram_content.h"
#include "reports/diagram_text_grid.h"

namespace lockstep {

// From row `top` on; returns the row after them.
[[nodiscard]] int draw_text_lanes(TextGrid& grid, const DiagramContent& content, const Axis& axis,
                                  int top);

}  // namespace lockstep

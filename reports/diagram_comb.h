// One comb of a queue band: how much room it takes, and its marks.
//
// Bars up to 200 requests; beyond, a comb is the outline of its bars, a staircase. Private to
// reports/diagram_*_layout.cpp.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "reports/diagram_canvas.h"
#include "reports/diagram_packing.h"

namespace lockstep {

struct Density {
  int pitch_tenths = 0;  // tenths of a point from one request to the next
  int bar = 0;           // height of a bar; 0: outlines
  bool ids = false;      // request ids at the bars
  int above = 0;         // from the comb's top to its first bar: room for the timer bracket
  int below = 0;
  [[nodiscard]] bool outlines() const { return bar == 0; }
};
// From the most readable to the thinnest; bars first.
inline constexpr std::array<Density, 9> kDensities = {{
    {110, 9, true, 10, 8},  // up to 60 requests
    {50, 4, false, 9, 7},   // up to 200
    {30, 2, false, 7, 6},   // when that is too high
    {20, 1, false, 7, 3},   // 200 rows in 410 points
    {30, 0, false, 7, 4},   // up to 2,000
    {20, 0, false, 6, 3},
    {10, 0, false, 5, 3},
    {5, 0, false, 4, 2},
    {3, 0, false, 4, 2},  // 2,000 rows in 606 points
}};
inline constexpr std::size_t kFirstOutline = 4;

// A comb with everything that decides how much room it takes.
struct CombPlan {
  const Comb* comb = nullptr;
  int bars_height = 0;
  int wall_x = 0;
  bool has_wall = false;  // dispatched within the window
  std::vector<std::string> lines;
  int lines_width = 0;
  bool label_below = false;  // no room to the right of the wall
  PackBox box;
};

[[nodiscard]] CombPlan plan_comb(const Panel& panel, const Comb& comb, const Density& density);
void draw_comb(Panel& panel, const CombPlan& plan, int top, const Density& density);

// What pointing at a request shows.
[[nodiscard]] std::string request_tooltip(const Panel& panel, const RequestRow& row);

}  // namespace lockstep

// Geometry of a timing diagram: one run, or two runs stacked on one time axis.
//
// Pure: the same content gives the same scene on every machine. Rules (what the picture promises):
// 1. No two label boxes overlap: a label that would hit another moves down one line, else it is
//    left out and counted (DiagramScene::dropped_labels).
// 2. Up to 60 requests have ids at their bars; up to 200 have thinner bars without ids; more, up to
//    2,000, have no bars: a comb is then the outline of its bars, labelled where it is wide enough.
// 3. A run that would be too high gets thinner bars, down to 2 points a row, and only then loses
//    batches, counted in DiagramScene::hidden_batches and said at the foot of the page. A batch of
//    200 requests, as many as a window has, is always drawn.
// 4. Every colour of a bar, wall or box has an entry in the legend.
#pragma once

#include <span>

#include "reports/diagram_content.h"
#include "reports/diagram_scene.h"

namespace lockstep {

// Requires: one or two contents with the same from and to.
// `grey`: for printers without colours; each wall then has the letter of its reason.
[[nodiscard]] DiagramScene lay_out(std::span<const DiagramContent> runs, bool grey = false);

}  // namespace lockstep

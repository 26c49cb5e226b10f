// The lanes band: which lanes are drawn, their boxes and faults, and the slowest request.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "reports/diagram_canvas.h"
#include "reports/diagram_crowd.h"
#include "reports/diagram_lane.h"

namespace lockstep {
namespace {

using namespace diagram;

constexpr int kSlowestHeight = 13;  // above the first lane, for the one red label
constexpr std::size_t kMostLanes = 24;
constexpr int kFaultWordsHeight = 8;         // below the boxes of each lane, where one is stalled
constexpr std::size_t kMostDropLines = 100;  // more would hide what they connect

LaneMeasures measures_for(std::size_t lanes) {
  return lanes <= 6    ? LaneMeasures{36, 29, 85}
         : lanes <= 12 ? LaneMeasures{24, 18, 80}
                       : LaneMeasures{15, 11, 70};
}

// Which lanes are drawn: all when they are few, else those with a box.
std::vector<std::uint32_t> drawn_lanes(const DiagramContent& content) {
  std::set<std::uint32_t> lanes;
  for (const LaneBox& box : content.boxes) {
    lanes.insert(box.lane);
  }
  for (std::uint32_t lane = 0; content.lane_count <= 6 && lane < content.lane_count; ++lane) {
    lanes.insert(lane);
  }
  std::vector<std::uint32_t> drawn(lanes.begin(), lanes.end());
  drawn.resize(std::min(drawn.size(), kMostLanes));
  return drawn;
}

std::string slowest_text(const RequestRow& row) {
  return fmt::format("slowest: request {}, {}", row.request,
                     short_time(*row.finished - row.arrival));
}

// Its end is not in the picture: words alone, which say the lane: they stand above lane 0.
void draw_slowest_beyond(Panel& panel, int label_top) {
  const RequestRow& row = *panel.content.slowest;
  Label label = text_label(fmt::format("{}, in B{} on lane {}, ends beyond the right edge",
                                       slowest_text(row), *row.batch, row.lane),
                           {kPlotRight + 1, label_top}, Align::kRight, 80, kRed);
  label.ground = kBand;
  panel.canvas.label(std::move(label));
}

// One red mark and one label: the request that took longest.
void draw_slowest(Panel& panel, const LaneBox& box, std::size_t outline, int label_top, int top,
                  const LaneMeasures& measures) {
  const RequestRow& row = *panel.content.slowest;
  const std::string text = slowest_text(row);
  const int x = panel.x(*row.finished);
  const bool to_the_left = x - label_width(text, 80) >= kPlotLeft;
  Label label = text_label(text, {to_the_left ? x + 1 : x - 1, label_top},
                           to_the_left ? Align::kRight : Align::kLeft, 80, kRed);
  label.ground = kBand;
  panel.canvas.label(std::move(label));
  const std::size_t end =
      panel.canvas.mark({.box = {x - 1, top - 2, 3, measures.box + 4},
                         .fill = kRed,
                         .line = "",
                         .id = fmt::format("{}slowest", panel.prefix),
                         .kind = "slowest",
                         .tooltip = fmt::format("{}\nin batch B{}", text, box.batch)});
  if (top - label_top > 2 * kSlowestHeight) {
    panel.canvas.drop_line({.x = x,
                            .top = label_top + 10,
                            .bottom = top,
                            .colour = kRed,
                            .dashed = false,
                            .from_mark = end,
                            .to_mark = outline});
  }
}

// From the wall of the batch straight down to its box.
void draw_drop_line(Panel& panel, const LaneBox& box, std::size_t outline, int top) {
  const auto wall = panel.walls.find(box.batch);
  if (wall == panel.walls.end() || panel.walls.size() > kMostDropLines) {
    return;
  }
  panel.canvas.drop_line({.x = panel.x(box.dispatched),
                          .top = panel.canvas.mark_box(wall->second).bottom(),
                          .bottom = top,
                          .colour = colours_of(box.reason).strong,
                          .dashed = true,
                          .from_mark = wall->second,
                          .to_mark = outline});
}

// `top_of` is of a lane that is drawn; those of others are left out.
template <typename TopOf>
void draw_boxes(Panel& panel, const std::vector<std::uint32_t>& lanes, const TopOf& top_of,
                const LaneMeasures& measures, int slowest_top) {
  const DiagramContent& content = panel.content;
  struct {
    const LaneBox* box = nullptr;
    std::size_t outline = 0;
    int top = 0;
  } slowest;
  std::vector<BatchSpan> spans;
  for (const LaneBox& box : content.boxes) {
    spans.push_back({&box, box.lane, box.lane_taken, box.finished});
  }
  const SpansApart apart = told_apart(panel, spans);
  for (const Crowd& crowd : apart.crowds) {
    if (const auto lane = std::find(lanes.begin(), lanes.end(), crowd.row); lane != lanes.end()) {
      draw_crowd(panel, crowd, "lane", top_of(lane), measures);
    }
  }
  for (const BatchSpan& span : apart.single) {
    const LaneBox& box = *span.box;
    const auto lane = std::find(lanes.begin(), lanes.end(), box.lane);
    if (lane == lanes.end()) {
      continue;
    }
    const Emphasis emphasis(panel.canvas, panel.violates_batch(box.batch));
    const int top = top_of(lane);
    const std::size_t outline = draw_box(panel, box, top, measures);
    draw_drop_line(panel, box, outline, top);
    if (content.slowest != nullptr && content.slowest->batch == box.batch) {
      slowest = {&box, outline, top};
    }
  }
  if (content.slowest != nullptr && *content.slowest->finished > content.to) {
    draw_slowest_beyond(panel, slowest_top);
  } else if (slowest.box != nullptr) {  // above all boxes
    draw_slowest(panel, *slowest.box, slowest.outline, slowest_top, slowest.top, measures);
  }
}

}  // namespace

void lay_out_lanes(Panel& panel) {
  Canvas& canvas = panel.canvas;
  const DiagramContent& content = panel.content;
  const std::vector<std::uint32_t> lanes = drawn_lanes(content);
  LaneMeasures measures = measures_for(lanes.size());
  const bool words_below = std::any_of(content.faults.begin(), content.faults.end(),
                                       [](const LaneFault& fault) { return !fault.down; });
  measures.pitch += words_below && measures.box > 12 ? kFaultWordsHeight : 0;
  const int band_top = canvas.foot_top;
  const int first_top = band_top + kSlowestHeight + 2;
  const int height = first_top - band_top + static_cast<int>(lanes.size()) * measures.pitch;
  canvas.band(band_top, height);
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    const int top = first_top + static_cast<int>(i) * measures.pitch;
    canvas.label(text_label(fmt::format("lane {}", lanes[i]), {8, top + (measures.box - 11) / 2},
                            Align::kLeft, measures.box < 12 ? 75 : 90, kInk));
  }
  const auto top_of = [&](std::vector<std::uint32_t>::const_iterator lane) {
    return first_top + static_cast<int>(lane - lanes.begin()) * measures.pitch;
  };
  const auto each_fault = [&](const auto& draw) {
    for (std::size_t i = 0; i < content.faults.size(); ++i) {
      const auto lane = std::find(lanes.begin(), lanes.end(), content.faults[i].lane);
      if (lane != lanes.end()) {
        draw(content.faults[i], i, top_of(lane));
      }
    }
  };
  each_fault([&](const LaneFault& fault, std::size_t number, int top) {
    draw_fault(panel, fault, number, top, measures);
  });
  draw_boxes(panel, lanes, top_of, measures, band_top + 1);
  each_fault([&](const LaneFault& fault, std::size_t number, int top) {
    draw_fault_words(panel, fault, number, top, measures);
  });
  canvas.foot_top += height;
  const std::size_t hidden =
      content.lane_count - std::min<std::size_t>(lanes.size(), content.lane_count);
  if (hidden > 0) {
    canvas.notes.push_back(fmt::format("{} more lanes are not drawn", hidden));
  }
}

}  // namespace lockstep

// The lanes: a box per batch from dispatch to finish, and who had the GPU.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "reports/diagram_canvas.h"
#include "reports/text_width.h"

namespace lockstep {
namespace {

using namespace diagram;

constexpr int kSlowestHeight = 13;  // above the first lane, for the one red label
constexpr int kGpuPitch = 16;
constexpr std::size_t kMostLanes = 24;
constexpr std::size_t kMostGpus = 4;

struct LaneMeasures {
  int pitch;
  int box;
  int text_size;
};

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

std::string box_tooltip(const Panel& panel, const LaneBox& box) {
  std::string text = fmt::format("batch B{} on lane {}: {} of {} rows ({})\ndispatched {}",
                                 box.batch, box.lane, box.rows, panel.content.batch_rows_max,
                                 reason_name(box.reason), panel.offset(box.dispatched));
  if (box.lane_taken < box.dispatched) {
    text += fmt::format("\nfilled on the lane for {}", exact_time(box.dispatched - box.lane_taken));
  }
  if (box.finished == kForever) {
    return text + "\nnot finished";
  }
  return text + fmt::format("\nqueued behind other lanes for {}\non the GPU for {}, finished {}",
                            exact_time(box.device_start - box.dispatched),
                            exact_time(box.finished - box.device_start),
                            panel.offset(box.finished));
}

// Draws the box and returns its outline's mark.
std::size_t draw_box(Panel& panel, const LaneBox& box, int top, const LaneMeasures& measures) {
  Canvas& canvas = panel.canvas;
  const ReasonColours colours = colours_of(box.reason);
  const int left = panel.x(box.lane_taken);
  const int sealed = panel.x(box.dispatched);
  const int start = panel.x(box.device_start);
  const int right = std::max(panel.x(box.finished), left + 1);
  const std::string tooltip = box_tooltip(panel, box);
  const std::string reason = std::string(box.drawn ? reason_name(box.reason) : "other");
  const auto part = [&](const Rect& rect, std::string_view fill, std::string_view line,
                        std::string_view name) {
    const std::string id = name == "box" ? "" : fmt::format("-{}", name);
    return canvas.mark({.box = rect,
                        .fill = fill,
                        .line = line,
                        .id = fmt::format("{}b{}{}", panel.prefix, box.batch, id),
                        .kind = fmt::format("{} {}", name, reason),
                        .tooltip = tooltip});
  };
  part({left, top, right - left, measures.box}, kPaper, "", "ground");
  if (sealed > left) {
    part({left, top, sealed - left, measures.box}, kFillingOnLane, "", "filling");
    canvas.legend.filling = true;
  }
  if (start > sealed) {
    part({sealed, top, start - sealed, measures.box}, kQueuedOnGpu, "", "gpu-queue");
    canvas.legend.gpu_queue = true;
  }
  // The fill is at least one point high, so that a single row of many can be seen.
  const auto fill_height = [&](std::uint32_t rows) {
    const std::int64_t most = std::max(panel.content.batch_rows_max, box.padded_rows);
    return std::clamp(static_cast<int>(scaled(measures.box, rows, most)), rows > 0 ? 1 : 0,
                      measures.box);
  };
  const int used = fill_height(box.rows);
  const int padded = fill_height(box.padded_rows) - used;
  const int bottom = top + measures.box;
  if (right > start && padded > 0) {
    part({start, bottom - used - padded, right - start, padded}, kMutedFill, "", "padding");
    canvas.legend.padding = true;
  }
  if (right > start && used > 0) {
    part({start, bottom - used, right - start, used}, box.drawn ? colours.tint : kMutedFill, "",
         "fill");
    canvas.legend.fill |= box.drawn;
  }
  if (start > left && start < right) {
    part({start, top, 1, measures.box}, box.drawn ? colours.strong : kMutedLine, "", "start");
  }
  canvas.legend.other_batches |= !box.drawn;
  if (box.drawn && box.reason != Reason::kNone) {
    canvas.legend.reasons.insert(box.reason);  // its comb may be hidden or outside of the window
  }
  canvas.legend.unfinished |= box.drawn && box.reason == Reason::kNone;
  const std::size_t outline = part({left, top, right - left, measures.box}, "",
                                   box.drawn ? colours.strong : kMutedLine, "box");
  const std::string name = fmt::format("B{}", box.batch);
  const int width = text_width(name, measures.text_size) + 6;
  const bool in_execution = right - start >= width;
  if (in_execution || right - left >= width) {
    const int middle = ((in_execution ? start : left) + right) / 2;
    const int height = (measures.text_size * 12 + 99) / 100;
    Label label = text_label(name, {middle, top + (measures.box - height) / 2}, Align::kCentre,
                             measures.text_size, box.drawn ? kInk : kGreyText);
    label.tooltip = tooltip;
    canvas.optional_label(std::move(label));
  }
  return outline;
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

// Which batch each GPU worked on: explains boxes that stretch.
void draw_gpus(Panel& panel) {
  std::map<std::uint32_t, std::vector<const LaneBox*>> gpus;
  for (const LaneBox& box : panel.content.boxes) {
    if (box.finished != kForever && box.finished > box.device_start) {
      gpus[box.gpu].push_back(&box);
    }
  }
  const bool shared = panel.content.lane_count > panel.content.gpu_count;
  if (!shared || gpus.size() > kMostGpus || gpus.empty()) {
    return;
  }
  Canvas& canvas = panel.canvas;
  const int band_top = canvas.foot_top;
  canvas.band(band_top, static_cast<int>(gpus.size()) * kGpuPitch + 6);
  int top = band_top + 4;
  for (const auto& [gpu, boxes] : gpus) {
    const std::string name = panel.content.gpu_count == 1 ? "GPU" : fmt::format("GPU {}", gpu);
    canvas.label(text_label(name, {8, top}, Align::kLeft, 90, kInk));
    for (const LaneBox* box : boxes) {
      const int left = panel.x(box->device_start);
      const int right = panel.x(box->finished);
      if (right <= left) {
        continue;
      }
      const ReasonColours colours = colours_of(box->reason);
      canvas.mark({.box = {left, top, right - left, 12},
                   .fill = box->drawn ? colours.tint : kMutedFill,
                   .line = box->drawn ? colours.strong : kMutedLine,
                   .id = fmt::format("{}b{}-gpu", panel.prefix, box->batch),
                   .kind = "gpu",
                   .tooltip = box_tooltip(panel, *box)});
      const std::string text = fmt::format("B{}", box->batch);
      if (right - left >= text_width(text, 70) + 4) {
        canvas.optional_label(text_label(text, {(left + right) / 2, top + 2}, Align::kCentre, 70,
                                         box->drawn ? colours.text : kGreyText));
      }
    }
    top += kGpuPitch;
  }
  canvas.foot_top += static_cast<int>(gpus.size()) * kGpuPitch + 6;
}

}  // namespace

void lay_out_lanes(Panel& panel) {
  Canvas& canvas = panel.canvas;
  const DiagramContent& content = panel.content;
  const std::vector<std::uint32_t> lanes = drawn_lanes(content);
  const LaneMeasures measures = measures_for(lanes.size());
  const int band_top = canvas.foot_top;
  const int first_top = band_top + kSlowestHeight + 2;
  const int height = first_top - band_top + static_cast<int>(lanes.size()) * measures.pitch;
  canvas.band(band_top, height);
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    const int top = first_top + static_cast<int>(i) * measures.pitch;
    canvas.label(text_label(fmt::format("lane {}", lanes[i]), {8, top + (measures.box - 11) / 2},
                            Align::kLeft, measures.box < 12 ? 75 : 90, kInk));
  }
  struct {
    const LaneBox* box = nullptr;
    std::size_t outline = 0;
    int top = 0;
  } slowest;
  for (const LaneBox& box : content.boxes) {
    const auto lane = std::find(lanes.begin(), lanes.end(), box.lane);
    if (lane == lanes.end()) {
      continue;
    }
    const int top = first_top + static_cast<int>(lane - lanes.begin()) * measures.pitch;
    const std::size_t outline = draw_box(panel, box, top, measures);
    if (const auto wall = panel.walls.find(box.batch); wall != panel.walls.end()) {
      const int x = panel.x(box.dispatched);
      canvas.drop_line({.x = x,
                        .top = canvas.mark_box(wall->second).bottom(),
                        .bottom = top,
                        .colour = colours_of(box.reason).strong,
                        .dashed = true,
                        .from_mark = wall->second,
                        .to_mark = outline});
    }
    if (content.slowest != nullptr && content.slowest->batch == box.batch) {
      slowest = {&box, outline, top};
    }
  }
  if (content.slowest != nullptr && *content.slowest->finished > content.to) {
    draw_slowest_beyond(panel, band_top + 1);
  } else if (slowest.box != nullptr) {  // above all boxes
    draw_slowest(panel, *slowest.box, slowest.outline, band_top + 1, slowest.top, measures);
  }
  canvas.foot_top += height;
  const std::size_t hidden =
      content.lane_count - std::min<std::size_t>(lanes.size(), content.lane_count);
  if (hidden > 0) {
    canvas.notes.push_back(fmt::format("{} more lanes are not drawn", hidden));
  }
  draw_gpus(panel);
}

}  // namespace lockstep

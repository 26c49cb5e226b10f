// What frames a run's bands: heading, waiting strip, time axis with its grid, and the legend.
#include <algorithm>
#include <array>
#include <functional>

#include <fmt/format.h>

#include "reports/diagram_canvas.h"
#include "reports/text_width.h"

namespace lockstep {
namespace {

using namespace diagram;

constexpr int kStripHeight = 42;
constexpr int kAreaHeight = 30;
constexpr int kLegendLine = 17;

// `text` without its end where it is wider than the page.
std::string fitted(std::string text, int size_tenths) {
  if (label_width(text, size_tenths) + 16 <= kPageWidth) {
    return text;
  }
  std::size_t longest = text.size();
  while (longest > 2 && label_width(displayable(text, longest), size_tenths) + 16 > kPageWidth) {
    --longest;
  }
  return displayable(text, longest);
}

struct LegendEntry {
  std::string text;
  int swatch_width;
  std::function<void(Canvas&, int x, int y)> draw;  // y: middle of the line
};

LegendEntry square(std::string text, std::string_view colour) {
  return {std::move(text), 10, [colour](Canvas& canvas, int x, int y) {
            canvas.rectangle({x, y - 5, 10, 10}, colour);
          }};
}

LegendEntry swatch(std::string text, std::string_view colour) {
  return {std::move(text), 22, [colour](Canvas& canvas, int x, int y) {
            canvas.rectangle({x, y - 4, 22, 9}, colour);
          }};
}

std::vector<LegendEntry> legend_entries(const LegendNeeds& needs) {
  std::vector<LegendEntry> entries;
  for (const Reason reason : needs.reasons) {
    entries.push_back(square(std::string(reason_name(reason)), colours_of(reason).strong));
  }
  const auto when = [&](bool occurs, LegendEntry entry) {
    if (occurs) {
      entries.push_back(std::move(entry));
    }
  };
  when(needs.arrivals, {"arrival", 4, [](Canvas& canvas, int x, int y) {
                          canvas.rectangle({x + 1, y - 5, 2, 10}, kInk);
                        }});
  when(needs.refused, {"refused", 4, [](Canvas& canvas, int x, int y) {
                         canvas.rectangle({x + 1, y - 5, 2, 10}, kRed);
                       }});
  when(needs.forming != Reason::kNone,
       swatch("waiting while the batch forms", colours_of(needs.forming).tint));
  when(needs.waiting_without_batch,
       swatch("waiting, no batch of it has ended", colours_of(Reason::kNone).tint));
  when(needs.lane_wait, swatch("due, waiting for a lane", kWaitingLane));
  when(needs.filling, swatch("open on its lane, filling", kFillingOnLane));
  when(needs.gpu_queue, swatch("queued behind other lanes on the GPU", kQueuedOnGpu));
  when(needs.timer, {"batch_timeout running", 30, [](Canvas& canvas, int x, int y) {
                       canvas.horizontal(x, x + 30, y, kFaintLine);
                       canvas.vertical(x + 30, y - 4, y + 4, kFaintLine);
                     }});
  when(needs.fill, {"fill of a box = rows used", 12, [&needs](Canvas& canvas, int x, int y) {
                      canvas.rectangle({x, y - 6, 12, 12}, kMutedLine);
                      canvas.rectangle({x + 1, y - 5, 10, 10}, kPaper);
                      canvas.rectangle({x + 1, y, 10, 5}, colours_of(needs.forming).tint);
                    }});
  when(needs.padding, swatch("padding", kMutedFill));
  when(needs.unfinished, {"batch that has not ended", 14, [](Canvas& canvas, int x, int y) {
                            canvas.rectangle({x, y - 6, 14, 12}, colours_of(Reason::kNone).strong);
                            canvas.rectangle({x + 1, y - 5, 12, 10}, kPaper);
                          }});
  when(needs.other_batches, {"batch of requests not drawn", 14, [](Canvas& canvas, int x, int y) {
                               canvas.rectangle({x, y - 6, 14, 12}, kMutedLine);
                               canvas.rectangle({x + 1, y - 5, 12, 10}, kMutedFill);
                             }});
  when(needs.rows_in_ids, {"27 (4) = request 27 of 4 rows", 0, [](Canvas&, int, int) {}});
  return entries;
}

}  // namespace

void lay_out_heading(Panel& panel) {
  Canvas& canvas = panel.canvas;
  const int top = canvas.foot_top;
  canvas.label(text_label(fitted(panel.content.title, 130), {8, top + 7}, Align::kLeft, 130, kInk));
  canvas.label(
      text_label(fitted(panel.content.subtitle, 85), {8, top + 27}, Align::kLeft, 85, kGreyText));
  canvas.foot_top += 45;
}

void lay_out_waiting(Panel& panel) {
  Canvas& canvas = panel.canvas;
  const DiagramContent& content = panel.content;
  const int top = canvas.foot_top;
  const int base = top + 5 + kAreaHeight;
  canvas.band(top, kStripHeight);
  canvas.label(text_label("waiting", {8, top + 4}, Align::kLeft, 90, kInk));
  if (content.waiting_max > 0) {
    const auto height = [&](std::uint32_t count) {
      return static_cast<int>(scaled(kAreaHeight, count, content.waiting_max));
    };
    canvas.label(text_label(fmt::format("max {}", content.waiting_max), {kPlotLeft - 6, top + 19},
                            Align::kRight, 75, kGreyText));
    std::vector<Point> outline;
    outline.push_back({kPlotLeft, base});
    int level = base;
    for (const WaitingStep& step : content.waiting) {
      const int x = panel.x(step.at);
      outline.push_back({x, level});
      level = base - height(step.count);
      outline.push_back({x, level});
    }
    outline.push_back({kPlotRight, level});
    outline.push_back({kPlotRight, base});
    canvas.shape(std::move(outline), kWaitingArea, "");
  }
  canvas.horizontal(kPlotLeft, kPlotRight, base, kWaitingArea);
  canvas.foot_top += kStripHeight + 6;
}

void lay_out_axis(Panel& panel) {
  Canvas& canvas = panel.canvas;
  const int top = canvas.foot_top + 4;
  for (const AxisTick& tick : panel.axis.ticks()) {
    const int x = panel.x(panel.content.from + tick.offset);
    canvas.vertical(x, canvas.foot_top, canvas.foot_top + 3, kFaintLine);
    canvas.optional_label(text_label(tick.text, {x, top}, Align::kCentre, 80, kGreyText));
  }
  canvas.label(text_label(std::string(unit_name(panel.axis.unit())), {kPlotLeft - 14, top},
                          Align::kRight, 80, kGreyText));
  canvas.foot_top += 20;
}

void lay_out_legend(Canvas& canvas) {
  const LegendNeeds needs = canvas.legend;
  int x = kPlotLeft;
  int top = canvas.foot_top + 8;
  for (const LegendEntry& entry : legend_entries(needs)) {
    const int width = entry.swatch_width + 4 + label_width(entry.text, 80);
    if (x > kPlotLeft && x + width > kPlotRight) {
      x = kPlotLeft;
      top += kLegendLine;
    }
    entry.draw(canvas, x, top + 6);
    const int text_left = x + entry.swatch_width + (entry.swatch_width > 0 ? 4 : 0);
    canvas.label(text_label(entry.text, {text_left, top + 1}, Align::kLeft, 80, kInk));
    x += width + 18;
  }
  canvas.foot_top = top + kLegendLine + 4;
}

}  // namespace lockstep

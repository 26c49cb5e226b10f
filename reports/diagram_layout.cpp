#include "reports/diagram_layout.h"

#include <fmt/format.h>

#include "core/check.h"
#include "reports/diagram_canvas.h"

namespace lockstep {
namespace {

using namespace diagram;

// Thin lines at the ticks, through all bands of a run.
void draw_grid(Panel& panel, int bottom) {
  panel.canvas.use(Layer::kGrid);
  for (const AxisTick& tick : panel.axis.ticks()) {
    panel.canvas.vertical(panel.x(panel.content.from + tick.offset), panel.first_band_top, bottom,
                          kGrid);
  }
  panel.canvas.use(Layer::kDetails);
}

void add_notes(Canvas& canvas, const DiagramContent& content) {
  if (content.earlier_not_drawn > 0) {
    canvas.notes.push_back(
        fmt::format("{} requests that arrived earlier are not drawn", content.earlier_not_drawn));
  }
}

void lay_out_foot(Canvas& canvas) {
  if (canvas.hidden_batches > 0) {
    canvas.notes.push_back(fmt::format("{} batch{} hidden: the picture would be too high",
                                       canvas.hidden_batches,
                                       canvas.hidden_batches == 1 ? "" : "es"));
  }
  std::string text;
  for (const std::string& note : canvas.notes) {
    text += (text.empty() ? "" : "; ") + note;
  }
  if (!text.empty()) {
    canvas.label(text_label(text, {kPlotLeft, canvas.foot_top - 2}, Align::kLeft, 80, kGreyText));
    canvas.foot_top += 14;
  }
}

}  // namespace

DiagramScene lay_out(std::span<const DiagramContent> runs, bool grey) {
  LOCKSTEP_CHECK(runs.size() == 1 || runs.size() == 2);
  Canvas canvas;
  bool faded = false;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const DiagramContent& content = runs[i];
    LOCKSTEP_CHECK(content.from < content.to);
    LOCKSTEP_CHECK(content.from == runs[0].from && content.to == runs[0].to);
    Panel panel{.canvas = canvas,
                .content = content,
                .axis = {content.from, content.to, kPlotLeft, kPlotRight},
                .prefix = runs.size() == 1 ? ""
                          : i == 0         ? "a-"
                                           : "b-",
                .queue_height_wanted = runs.size() == 1 ? 600 : 400,
                .queue_height_max = 680};  // a batch of nearly 200 and five small queues
    panel.grey = grey;
    lay_out_heading(panel);
    lay_out_violations(panel);
    lay_out_queues(panel);
    lay_out_waiting(panel);
    lay_out_lanes(panel);
    lay_out_gpus(panel);
    draw_grid(panel, canvas.foot_top);
    draw_violations(panel, canvas.foot_top);
    lay_out_axis(panel);
    lay_out_card(panel);
    add_notes(canvas, content);
    faded |= !content.violations.empty();
    canvas.foot_top += i + 1 < runs.size() ? 10 : 0;
  }
  lay_out_legend(canvas);
  lay_out_foot(canvas);
  DiagramScene scene = canvas.finish(canvas.foot_top);
  scene.grey = grey;
  scene.faded = faded;
  return scene;
}

}  // namespace lockstep

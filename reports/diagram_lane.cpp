#include "reports/diagram_lane.h"

#include <algorithm>

#include <fmt/format.h>

#include "reports/text_width.h"

namespace lockstep {
namespace {

using namespace diagram;

constexpr int kHatchPitch = 5;

// A part of a batch's box, with the id "b4" or "b4-NAME".
struct BoxPart {
  Rect rect;
  std::string_view fill;
  std::string_view line = "";
  std::string name = "box";
  std::string_view kind = "";  // class; "": the name
  MarkForm form = MarkForm::kBox;
};

class BoxPainter {
 public:
  BoxPainter(Panel& panel, const LaneBox& box, int top, const LaneMeasures& measures)
      : panel_(panel),
        box_(box),
        top_(top),
        measures_(measures),
        colours_(colours_of(box.reason)),
        tooltip_(box_tooltip(panel, box)),
        left_(panel.x(box.lane_taken)),
        right_(std::max(panel.x(box.finished), left_ + 1)) {}

  // Returns the mark of the outline.
  std::size_t draw() {
    LegendNeeds& legend = panel_.canvas.legend;
    part({.rect = whole(left_, right_), .fill = kPaper, .name = "ground"});
    const int sealed = panel_.x(box_.dispatched);
    if (sealed > left_) {
      part({.rect = whole(left_, sealed), .fill = kFillingOnLane, .name = "filling"});
      legend.filling = true;
    }
    draw_execution(sealed);
    legend.other_batches |= !box_.drawn;
    if (box_.drawn && box_.reason != Reason::kNone) {
      legend.reasons.insert(box_.reason);  // its comb may be hidden or outside of the window
    }
    legend.unfinished |= box_.drawn && box_.reason == Reason::kNone;
    const std::size_t outline = part({.rect = whole(left_, right_), .fill = "", .line = line()});
    draw_held_back();
    draw_expired();
    draw_name();
    return outline;
  }

 private:
  [[nodiscard]] Rect whole(int from, int to) const {
    return {from, top_, to - from, measures_.box};
  }
  [[nodiscard]] std::string_view line() const {
    return box_.drawn ? colours_.strong : std::string_view(kMutedLine);
  }

  std::size_t part(const BoxPart& part) {
    const std::string_view kind = part.kind.empty() ? std::string_view(part.name) : part.kind;
    return panel_.canvas.mark(
        {.box = part.rect,
         .fill = part.fill,
         .line = part.line,
         .id = fmt::format("{}b{}{}", panel_.prefix, box_.batch,
                           part.name == "box" ? "" : "-" + part.name),
         .kind = fmt::format("{} {}", kind, box_.drawn ? reason_name(box_.reason) : "other"),
         .tooltip = tooltip_,
         .form = part.form});
  }

  // At least one point high, so that a single row of many can be seen.
  [[nodiscard]] int fill_height(std::uint32_t rows) const {
    const std::int64_t most = std::max(panel_.content.batch_rows_max, box_.padded_rows);
    return std::clamp(static_cast<int>(scaled(measures_.box, rows, most)), rows > 0 ? 1 : 0,
                      measures_.box);
  }

  void wait(int from, int to, std::string name) {
    if (to > from) {
      part({.rect = whole(from, to),
            .fill = kQueuedOnGpu,
            .name = std::move(name),
            .kind = "gpu-queue"});
      panel_.canvas.legend.gpu_queue = true;
    }
  }

  // Rows used from the bottom up, above them in stripes what the batch was padded with.
  void execute(int from, int to, std::string_view colour, const std::string& suffix) {
    const int used = fill_height(box_.rows);
    const int padded = fill_height(box_.padded_rows) - used;
    const int bottom = top_ + measures_.box;
    if (to <= from) {
      return;
    }
    if (padded > 0) {
      part({.rect = {from, bottom - used - padded, to - from, padded},
            .fill = kMutedLine,
            .name = "padding" + suffix,
            .kind = "padding",
            .form = MarkForm::kStripes});
      panel_.canvas.legend.padding = true;
    }
    if (used > 0) {
      part({.rect = {from, bottom - used, to - from, used},
            .fill = box_.drawn ? colour : std::string_view(kMutedFill),
            .name = "fill" + suffix,
            .kind = "fill"});
      panel_.canvas.legend.fill |= box_.drawn;
    }
  }

  void draw_execution(int sealed) {
    const int start = panel_.x(box_.device_start);
    wait(sealed, start, "gpu-queue");
    if (box_.stages) {
      const StageRow& stages = *box_.stages;
      const auto x = [&](SimTime time) { return panel_.x(time); };
      execute(x(stages.to_device.from), x(stages.to_device.to), colours_.copy_in, "-in");
      wait(x(stages.to_device.to), x(stages.compute.from), "gpu-queue-in");
      execute(x(stages.compute.from), x(stages.compute.to), colours_.tint, "");
      wait(x(stages.compute.to), x(stages.to_host.from), "gpu-queue-out");
      execute(x(stages.to_host.from), x(stages.to_host.to), colours_.copy_out, "-out");
      panel_.canvas.legend.stages |=
          box_.drawn && (x(stages.to_device.to) > x(stages.to_device.from) ||
                         x(stages.to_host.to) > x(stages.to_host.from));
    } else {
      execute(start, right_, colours_.tint, "");
    }
    if (start > left_ && start < right_) {
      part({.rect = whole(start, start + 1), .fill = line(), .name = "start"});
    }
  }

  // Answers that came later than the batch ended: a line below the box up to the last one.
  void draw_held_back() {
    if (box_.finished == kForever || box_.answered_last == kForever ||
        box_.answered_last <= box_.finished || !box_.drawn) {
      return;
    }
    const int end = std::max(panel_.x(box_.answered_last), right_ + 1);
    const int y = top_ + measures_.box + 1;
    part({.rect = {right_ - 1, y, end - right_ + 1, 1}, .fill = kInk, .name = "held"});
    if (box_.answered_last <= panel_.content.to) {
      part({.rect = {end - 1, y - 2, 2, 5}, .fill = kInk, .name = "reply"});
    }
    panel_.canvas.legend.held_back = true;
  }

  void draw_expired() {
    constexpr int kSize = 8;
    if (!box_.expired || !box_.drawn || box_.finished > panel_.content.to ||
        right_ - left_ <= kSize) {
      return;
    }
    part({.rect = {right_ - kSize - 1, top_ + 1, kSize, kSize},
          .fill = kRed,
          .name = "expired",
          .form = MarkForm::kTriangle});
    panel_.canvas.legend.expired = true;
  }

  void draw_name() {
    std::string name = fmt::format("B{}", box_.batch);
    if (panel_.grey && box_.drawn && box_.reason != Reason::kNone) {
      name += fmt::format(" {}", letter_of(box_.reason));
    }
    const bool failed = box_.status != Status::kOk;
    name = failed ? "⚡" + name : name;
    panel_.canvas.legend.faults |= failed;
    const int width = text_width(name, measures_.text_size) + 6;
    const int start = panel_.x(box_.device_start);
    const bool in_execution = right_ - start >= width;
    if (!in_execution && right_ - left_ < width) {
      return;
    }
    const int middle = ((in_execution ? start : left_) + right_) / 2;
    const int height = (measures_.text_size * 12 + 99) / 100;
    Label label = text_label(name, {middle, top_ + (measures_.box - height) / 2}, Align::kCentre,
                             measures_.text_size,
                             failed       ? std::string_view(kRed)
                             : box_.drawn ? std::string_view(kInk)
                                          : std::string_view(kGreyText));
    label.id = fmt::format("{}b{}-name", panel_.prefix, box_.batch);
    label.tooltip = tooltip_;
    label.ground = box_.padded_rows > box_.rows ? kPaper : std::string_view();  // over stripes
    panel_.canvas.optional_label(std::move(label));
  }

  Panel& panel_;
  const LaneBox& box_;
  int top_;
  const LaneMeasures& measures_;
  ReasonColours colours_;
  std::string tooltip_;
  int left_;
  int right_;
};

// Diagonal lines in `area`.
void hatch(Canvas& canvas, const Rect& area, std::string_view colour) {
  for (int shift = -area.height; shift < area.width; shift += kHatchPitch) {
    // From the bottom up to the right, cut at the left and right edge.
    const int cut_left = std::max(0, -shift);
    const int cut_right = std::max(0, shift + area.height - area.width);
    if (cut_left + cut_right < area.height) {
      canvas.shape({{area.left + shift + cut_left, area.bottom() - cut_left},
                    {area.left + shift + area.height - cut_right, area.top + cut_right}},
                   "", colour);
    }
  }
}

}  // namespace

std::size_t draw_box(Panel& panel, const LaneBox& box, int top, const LaneMeasures& measures) {
  return BoxPainter(panel, box, top, measures).draw();
}

void draw_fault(Panel& panel, const LaneFault& fault, std::size_t number, int top,
                const LaneMeasures& measures) {
  Canvas& canvas = panel.canvas;
  const int left = panel.x(fault.from);
  const int width = std::max(panel.x(fault.to) - left, 2);
  const int gap = measures.pitch - measures.box;
  const Rect area = fault.down ? Rect{left, top, width, measures.box + std::min(gap - 1, 6)}
                               : Rect{left, top + measures.box + 2, width, std::max(gap - 4, 2)};
  const std::string tooltip = fmt::format(
      "lane {}: {}\nfrom {}{}", fault.lane, fault.text, panel.offset(fault.from),
      fault.to == kForever ? std::string(", for good") : " to " + panel.offset(fault.to));
  hatch(canvas, area, kRed);
  canvas.mark({.box = area,
               .fill = kHoverOnly,
               .line = "",
               .id = fmt::format("{}fault-{}", panel.prefix, number),
               .kind = fault.down ? "fault down" : "fault",
               .tooltip = tooltip});
  canvas.legend.faults = true;
}

// A lane that is down has no boxes: the words stand in it, if they fit. Else they stand in the room
// that the lanes have for them below their boxes.
void draw_fault_words(Panel& panel, const LaneFault& fault, std::size_t number, int top,
                      const LaneMeasures& measures) {
  const int size = 70;
  const int left = panel.x(fault.from);
  const int line = (size * 12 + 99) / 100;
  if (!fault.down && measures.pitch - measures.box < line + 3) {
    return;
  }
  const int room = fault.down ? panel.x(fault.to) - left - 4 : kPlotRight - left;
  for (const std::string& words : {"⚡ " + displayable(fault.text, 40), std::string("⚡")}) {
    if (label_width(words, size) > room) {
      continue;
    }
    Label label = text_label(words, {left + 2, fault.down ? top + 1 : top + measures.box + 3},
                             Align::kLeft, size, kRed);
    label.id = fmt::format("{}fault-{}-label", panel.prefix, number);
    label.box.height = line;
    label.ground = fault.down ? kPaper : kBand;
    if (panel.canvas.optional_label(std::move(label))) {
      return;
    }
  }
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

}  // namespace lockstep

// What frames a run's bands: heading, violated bounds, waiting strip, time axis and a batch's card.
#include <algorithm>

#include <fmt/format.h>

#include "reports/diagram_canvas.h"
#include "reports/text_width.h"

namespace lockstep {
namespace {

using namespace diagram;

constexpr int kStripHeight = 42;
constexpr int kAreaHeight = 30;
constexpr int kViolationHeight = 18;
constexpr std::size_t kMostViolations = 4;
constexpr int kCardColumnWidthMax = 226;

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

// The edge of a step area. However many steps, a column has at most four points: where it begins,
// its extremes and where it ends.
class Outline {
 public:
  explicit Outline(int base) : base_(base), points_{{kPlotLeft, base}}, level_(base) {}

  // Its columns come in order; y is the level from here on.
  void step(const Point& to) {
    if (in_column_ == 0 || points_.back().x != to.x) {
      points_.push_back({to.x, level_});
      points_.push_back(to);
      in_column_ = 1;
    } else if (in_column_ == 1) {
      points_.push_back({to.x, level_});
      points_.push_back(to);
      in_column_ = 2;
    } else {
      Point& low = points_[points_.size() - 3];
      Point& high = points_[points_.size() - 2];
      low.y = std::min({low.y, level_, to.y});
      high.y = std::max({high.y, level_, to.y});
      points_.back() = to;
    }
    level_ = to.y;
  }
  [[nodiscard]] std::vector<Point> close(int right) {
    points_.push_back({right, level_});
    points_.push_back({right, base_});
    return std::move(points_);
  }

 private:
  int base_;
  std::vector<Point> points_;
  int level_;
  int in_column_ = 0;
};

// A bracket over the span that broke the bound, its ends led down through the bands.
void draw_violation(Panel& panel, const DiagramViolation& violation, std::size_t number, int top,
                    int bands_bottom) {
  Canvas& canvas = panel.canvas;
  const int left = panel.x(violation.from);
  const int right = std::max(panel.x(violation.to), left + 1);
  const std::string text = violation_text(violation);
  const std::string tooltip = fmt::format("{}\nfrom {} to {}", text, panel.offset(violation.from),
                                          panel.offset(violation.to));
  const auto part = [&](const Rect& box, std::string_view name) {
    canvas.mark({.box = box,
                 .fill = kRed,
                 .line = "",
                 .id = fmt::format("{}violation-{}{}", panel.prefix, number, name),
                 .kind = "violation",
                 .tooltip = tooltip});
  };
  part({left, top + 3, right - left, 2}, "");
  part({left - 1, top + 3, 2, 11}, "-from");
  if (right - left > 2) {
    part({right - 1, top + 3, 2, 11}, "-to");
  }
  canvas.use(Layer::kGrid);
  canvas.vertical(left, top + 14, bands_bottom, kRed);
  canvas.vertical(right, top + 14, bands_bottom, kRed);
  canvas.use(Layer::kDetails);
  const std::string words = displayable(text, 120);
  const int width = label_width(words, 85);
  // Right of the bracket, else left of it, else over it.
  const bool to_the_right = right + 6 + width <= kPageWidth - 4;
  const bool to_the_left = !to_the_right && left - 6 - width >= kPlotLeft;
  Label label = text_label(words,
                           {to_the_right  ? right + 6
                            : to_the_left ? left - 6
                                          : std::min(left + 6, kPageWidth - 4 - width),
                            top + 6},
                           to_the_left ? Align::kRight : Align::kLeft, 85, kRed);
  label.tooltip = tooltip;
  canvas.label(std::move(label));
}

}  // namespace

void lay_out_violations(Panel& panel) {
  const std::vector<DiagramViolation>& violations = panel.content.violations;
  if (panel.content.violations_outside > 0 || violations.size() > kMostViolations) {
    panel.canvas.notes.push_back(fmt::format("{} more violated bounds are not drawn",
                                             panel.content.violations_outside + violations.size() -
                                                 std::min(violations.size(), kMostViolations)));
  }
  if (violations.empty()) {
    return;
  }
  Canvas& canvas = panel.canvas;
  const Emphasis emphasis(canvas, true);
  const std::size_t count = std::min(violations.size(), kMostViolations);
  const int height = static_cast<int>(count) * kViolationHeight + 4;
  canvas.band(canvas.foot_top, height);
  canvas.label(text_label("violated", {8, canvas.foot_top + 4}, Align::kLeft, 90, kRed));
  for (std::size_t i = 0; i < count; ++i) {
    const int top = canvas.foot_top + 2 + static_cast<int>(i) * kViolationHeight;
    panel.brackets.push_back({.violation = i, .top = top});
  }
  canvas.legend.violations = true;
  canvas.foot_top += height + 6;
}

void draw_violations(Panel& panel, int bands_bottom) {
  const Emphasis emphasis(panel.canvas, true);
  for (const Panel::Bracket& bracket : panel.brackets) {
    draw_violation(panel, panel.content.violations[bracket.violation], bracket.violation,
                   bracket.top, bands_bottom);
  }
}

void lay_out_card(Panel& panel) {
  if (!panel.content.card) {
    return;
  }
  Canvas& canvas = panel.canvas;
  Card card{.box = {}, .id = fmt::format("{}card", panel.prefix), .columns = {}};
  std::size_t lines = 0;
  int width = 12;
  for (const BatchCard::Column& column : panel.content.card->columns) {
    int widest = label_width(column.heading, 80);
    for (const std::string& line : column.lines) {
      widest = std::max(widest, label_width(line, 80));
    }
    const int wide = std::min(widest + widest / 12 + 10, kCardColumnWidthMax);
    card.columns.push_back({.heading = column.heading, .lines = column.lines, .width = wide});
    lines = std::max(lines, column.lines.size());
    width += wide;
  }
  const int height = (static_cast<int>(lines) + 1) * kCardLine + 10;
  card.box = {kPlotLeft, canvas.foot_top + 4, width, height};
  card.box.left = std::min(kPlotLeft, kPageWidth - 4 - width);
  canvas.card(std::move(card));
  canvas.foot_top += height + 8;
}

void lay_out_heading(Panel& panel) {
  const Emphasis emphasis(panel.canvas, true);
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
    Outline outline(base);
    for (const WaitingStep& step : content.waiting) {
      outline.step({panel.x(step.at), base - height(step.count)});
    }
    canvas.shape(outline.close(kPlotRight), kWaitingArea, "");
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

}  // namespace lockstep

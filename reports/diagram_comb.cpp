#include "reports/diagram_comb.h"

#include <algorithm>

#include <fmt/format.h>

#include "reports/text_width.h"

namespace lockstep {
namespace {

using namespace diagram;

constexpr int kLabelSize = 80;
constexpr int kLabelLine = 10;
constexpr int kIdSize = 70;
constexpr int kOutlineLabelWidth = 24;  // combs that are not wider have no label
constexpr int kOutlineHeightMin = 3;

std::string id_text(const RequestRow& row) {
  return row.size == 1 ? fmt::format("{}", row.request)
                       : fmt::format("{} ({})", row.request, row.size);
}

int row_top(const Density& density, std::size_t row) {
  return static_cast<int>(row) * density.pitch_tenths / 10;
}

std::string lane_wait_text(const Panel& panel, SimDuration lane_wait) {
  const TimeUnit unit = panel.axis.unit();
  const bool small = lane_wait.count() * 100 < unit_ns(unit);
  return fmt::format("+{} for a lane",
                     small ? short_time(lane_wait)
                           : fmt::format("{} {}", time_in(lane_wait, unit, 2), unit_name(unit)));
}

std::vector<std::string> label_lines(const Panel& panel, const CombPlan& plan,
                                     const Density& density, int comb_width) {
  const Comb& comb = *plan.comb;
  if (density.outlines()) {
    if (comb_width <= kOutlineLabelWidth) {
      return {};
    }
    return {comb.batch ? fmt::format("B{}", *comb.batch)
                       : comb_label(comb, panel.content.batch_rows_max)};
  }
  std::vector<std::string> lines = {comb_label(comb, panel.content.batch_rows_max)};
  if (const std::string failure = failure_label(comb); !failure.empty()) {
    lines.push_back(failure);
  }
  const SimDuration lane_wait = comb.dispatched - std::max(comb.due, comb.opened);
  const bool fits = density.ids || plan.bars_height >= 2 * kLabelLine;
  if (plan.has_wall && lane_wait.count() > 0 && fits) {
    lines.push_back(lane_wait_text(panel, lane_wait));
  }
  return lines;
}

void draw_timer(Panel& panel, const CombPlan& plan, int y) {
  const Comb& comb = *plan.comb;
  const SimDuration timeout = panel.content.batch_timeout;
  const SimTime end = after(comb.opened, timeout);
  const bool hidden = plan.lines.empty();  // an outline without a label
  if (timeout.count() == 0 || !comb.batch || end < panel.content.from || hidden) {
    return;
  }
  const int left = panel.x(comb.opened);
  // Cut where the comb's room ends: another comb may stand there.
  const int whole = panel.x(end);
  const int right = std::min(whole, plan.box.right - 4);
  if (right <= left) {
    return;
  }
  panel.canvas.horizontal(left, right, y, kFaintLine);
  if (right == whole && end <= panel.content.to) {
    panel.canvas.vertical(right, y - 3, y + 3, kFaintLine);
  }
  panel.canvas.legend.timer = true;
}

// Where a request left without an answer of its batch: a circle or a triangle, and until it was
// gone a thin line.
void draw_wait_end(Panel& panel, const RequestRow& row, const WaitEnd& end, int top, int bar,
                   const std::string& id, const std::string& tooltip) {
  const int x = panel.x(end.at);
  const int middle = top + bar / 2;
  if (const int gone = panel.x(end.gone); gone > x) {
    panel.canvas.mark({.box = {x, middle, gone - x, 1},
                       .fill = kMutedLine,
                       .line = "",
                       .id = id + "-gone",
                       .kind = "gone",
                       .tooltip = tooltip});
  }
  if (end.kind == WaitEnd::Kind::kOther || end.at < panel.content.from ||
      end.at > panel.content.to) {
    return;
  }
  const bool cancelled = end.kind == WaitEnd::Kind::kCancelled;
  const int size = std::clamp(bar, 4, 8);
  panel.canvas.mark(
      {.box = {x - size / 2, middle - size / 2, size, size},
       .fill = cancelled ? kPaper : kRed,
       .line = kRed,
       .id = id + (cancelled ? "-cancelled" : "-expired"),
       .kind = cancelled ? "cancelled" : "expired",
       .tooltip = fmt::format("request {} {} at {}", row.request,
                              cancelled ? "cancelled" : "expired", panel.offset(end.at)),
       .form = cancelled ? MarkForm::kCircle : MarkForm::kTriangle});
  (cancelled ? panel.canvas.legend.cancelled : panel.canvas.legend.expired) = true;
}

void draw_tick(Panel& panel, const Comb& comb, const RequestRow& row, int top, int bar,
               const std::string& id, const std::string& tooltip) {
  if (row.arrival < panel.content.from) {
    return;
  }
  const bool slowest = panel.content.slowest == &row;
  // It joined a batch that was due: its tick stands out of the grey.
  const bool late = comb.batch && comb.reason != Reason::kNone && row.arrival > comb.due;
  const int above = !late ? 0 : bar > 8 ? 2 : 1;
  panel.canvas.mark({.box = {panel.x(row.arrival) - 1, top - above, 2, bar + above},
                     .fill = slowest ? kRed : kInk,
                     .line = "",
                     .id = id,
                     .kind = slowest ? "arrival slowest"
                             : late  ? "arrival late"
                                     : "arrival",
                     .tooltip = tooltip});
  panel.canvas.legend.arrivals = true;
  panel.canvas.legend.late_arrivals |= late;
}

void draw_bar(Panel& panel, const CombPlan& plan, const RequestRow& row, int top,
              const Density& density) {
  const Comb& comb = *plan.comb;
  const Emphasis emphasis(panel.canvas, panel.violates(row));
  const std::string id = fmt::format("{}r{}", panel.prefix, row.request);
  const std::string reason = std::string(reason_name(comb.reason));
  const std::string tooltip = request_tooltip(panel, row);
  const WaitEnd end = wait_end(panel.content, row);
  const SimTime due = row.batch ? std::clamp(comb.due, row.arrival, end.at) : end.at;
  const auto bar = [&](SimTime from, SimTime to, std::string_view fill, std::string_view part) {
    const int left = panel.x(from);
    const int width = panel.x(to) - left;
    if (width > 0) {
      panel.canvas.mark({.box = {left, top, width, density.bar},
                         .fill = fill,
                         .line = "",
                         .id = fmt::format("{}-{}", id, part),
                         .kind = fmt::format("bar {} {}", part, reason),
                         .tooltip = tooltip});
    }
    return width > 0;
  };
  const ReasonColours colours = colours_of(comb.batch ? comb.reason : Reason::kNone);
  if (bar(row.arrival, due, colours.tint, "forming")) {
    if (!comb.batch || comb.reason == Reason::kNone) {
      panel.canvas.legend.waiting_without_batch = true;
    } else {
      panel.canvas.legend.forming = comb.reason;
      panel.canvas.legend.reasons.insert(comb.reason);  // its wall may be outside of the window
    }
  }
  if (bar(due, end.at, kWaitingLane, "lane")) {
    panel.canvas.legend.lane_wait = true;
  }
  draw_tick(panel, comb, row, top, density.bar, id, tooltip);
  draw_wait_end(panel, row, end, top, density.bar, id, tooltip);
  if (density.ids) {
    const bool slowest = panel.content.slowest == &row;
    Label label = text_label(id_text(row), {panel.x(row.arrival) - 2, top}, Align::kRight, kIdSize,
                             slowest ? kRed : kGreyText);
    label.box.height = density.bar;
    label.ground = kBand;
    label.id = id + "-id";
    panel.canvas.label(std::move(label));
    panel.canvas.legend.rows_in_ids |= row.size != 1;
  }
}

// The staircase of the rows' left edges, closed by a line at `right`; rows that begin there or
// later are not in it. Returns whether anything is.
bool fill_staircase(Panel& panel, const CombPlan& plan, int bars_top, const Density& density,
                    int from, int right, std::string_view fill) {
  const std::vector<const RequestRow*>& members = plan.comb->members;
  std::vector<Point> points;
  std::size_t rows = 0;
  int x = right;
  for (; rows < members.size(); ++rows) {
    const int left = std::max(panel.x(members[rows]->arrival), from);
    if (left >= right) {
      break;
    }
    if (left != x) {
      const int y = bars_top + row_top(density, rows);
      points.push_back({x, y});
      points.push_back({left, y});
      x = left;
    }
  }
  if (rows == 0) {
    return false;
  }
  const int bottom = rows == members.size() ? plan.bars_height : row_top(density, rows);
  points.push_back({x, bars_top + std::max(bottom, 1)});
  points.push_back({right, bars_top + std::max(bottom, 1)});
  panel.canvas.shape(std::move(points), fill, "");
  return true;
}

void draw_outline(Panel& panel, const CombPlan& plan, int bars_top, const Density& density) {
  const Comb& comb = *plan.comb;
  const bool reasoned = comb.batch && comb.reason != Reason::kNone;
  const int wall = plan.wall_x;
  const int due = reasoned ? std::min(panel.x(comb.due), wall) : wall;
  const ReasonColours colours = colours_of(comb.batch ? comb.reason : Reason::kNone);
  if (fill_staircase(panel, plan, bars_top, density, 0, due, colours.tint)) {
    if (reasoned) {
      panel.canvas.legend.forming = comb.reason;
      panel.canvas.legend.reasons.insert(comb.reason);
    } else {
      panel.canvas.legend.waiting_without_batch = true;
    }
  }
  if (fill_staircase(panel, plan, bars_top, density, due, wall, kWaitingLane)) {
    panel.canvas.legend.lane_wait = true;
  }
  const int left = panel.x(comb.members.front()->arrival);
  const std::string name = comb.batch ? fmt::format("b{}", *comb.batch)
                                      : fmt::format("r{}", comb.members.front()->request);
  panel.canvas.mark({.box = {left, bars_top, std::max(wall - left, 1), plan.bars_height},
                     .fill = kHoverOnly,
                     .line = "",
                     .id = fmt::format("{}{}-comb", panel.prefix, name),
                     .kind = fmt::format("comb {}", reason_name(comb.reason)),
                     .tooltip = fmt::format("{}\n{} requests, the first {} at {}",
                                            comb_label(comb, panel.content.batch_rows_max),
                                            comb.members.size(), comb.members.front()->request,
                                            panel.offset(comb.members.front()->arrival))});
}

void draw_letter(Panel& panel, const CombPlan& plan, int bars_top) {
  if (!panel.grey || plan.comb->reason == Reason::kNone || plan.bars_height < 9) {
    return;
  }
  Label letter =
      text_label(std::string(letter_of(plan.comb->reason)),
                 {plan.wall_x, bars_top + (plan.bars_height - 9) / 2}, Align::kCentre, 70, kInk);
  letter.box = {plan.wall_x - 4, letter.box.top, 8, 9};
  letter.ground = kPaper;
  panel.canvas.optional_label(std::move(letter));
  panel.canvas.legend.letters = true;
}

void draw_wall(Panel& panel, const CombPlan& plan, int bars_top, const std::string& tooltip) {
  const Comb& comb = *plan.comb;
  if (!plan.has_wall) {
    return;
  }
  const int width = plan.lines.empty() ? 1 : 2;
  panel.walls[*comb.batch] =
      panel.canvas.mark({.box = {plan.wall_x - 1, bars_top - 1, width, plan.bars_height + 1},
                         .fill = colours_of(comb.reason).strong,
                         .line = "",
                         .id = fmt::format("{}b{}-wall", panel.prefix, *comb.batch),
                         .kind = fmt::format("wall {}", reason_name(comb.reason)),
                         .tooltip = tooltip});
  if (comb.reason != Reason::kNone) {
    panel.canvas.legend.reasons.insert(comb.reason);
  }
  draw_letter(panel, plan, bars_top);
}

void draw_labels(Panel& panel, const CombPlan& plan, int bars_top, const std::string& tooltip) {
  const Comb& comb = *plan.comb;
  const std::string_view colour =
      comb.batch ? colours_of(comb.reason).text : std::string_view(kGreyText);
  int line_top = plan.label_below ? bars_top + plan.bars_height + 2 : bars_top - 1;
  for (const std::string& line : plan.lines) {
    const bool first = &line == &plan.lines.front();
    const int right = std::min(plan.wall_x + 2, kPageWidth - 4);
    Label label = text_label(line, {plan.label_below ? right : plan.wall_x + 4, line_top},
                             plan.label_below ? Align::kRight : Align::kLeft, kLabelSize,
                             first ? colour : std::string_view(kGreyText));
    label.ground = kBand;
    label.tooltip = tooltip;
    if (first && comb.batch) {
      label.id = fmt::format("{}b{}-label", panel.prefix, *comb.batch);
    }
    panel.canvas.label(std::move(label));
    line_top += kLabelLine;
  }
}

}  // namespace

CombPlan plan_comb(const Panel& panel, const Comb& comb, const Density& density) {
  CombPlan plan;
  plan.comb = &comb;
  plan.bars_height = row_top(density, comb.members.size());
  if (density.outlines()) {
    plan.bars_height = std::max(plan.bars_height, kOutlineHeightMin);
  }
  plan.has_wall = comb.batch && comb.dispatched <= panel.content.to;
  plan.wall_x = panel.x(comb.dispatched);
  int left = plan.wall_x - 2;
  for (const RequestRow* row : comb.members) {
    const int id = density.ids ? label_width(id_text(*row), kIdSize) + 4 : 2;
    left = std::min(left, panel.x(row->arrival) - id);
  }
  plan.lines = label_lines(panel, plan, density, plan.wall_x - left - 2);
  for (const std::string& line : plan.lines) {
    plan.lines_width = std::max(plan.lines_width, label_width(line, kLabelSize));
  }
  plan.label_below = plan.wall_x + 4 + plan.lines_width > kPageWidth - 4;
  const int lines_height = static_cast<int>(plan.lines.size()) * kLabelLine;
  int height = std::max(plan.bars_height, lines_height);
  int right = plan.wall_x + (plan.lines.empty() ? 3 : 10 + plan.lines_width);
  if (plan.label_below) {
    right = plan.wall_x + 6;
    left = std::min(left, right - plan.lines_width - 6);
    height = plan.bars_height + 2 + lines_height;
  }
  plan.box = {left, right, density.above + height + density.below};
  return plan;
}

void draw_comb(Panel& panel, const CombPlan& plan, int top, const Density& density) {
  const Comb& comb = *plan.comb;
  const Emphasis emphasis(panel.canvas, comb.batch && panel.violates_batch(*comb.batch));
  const int bars_top = top + density.above;
  draw_timer(panel, plan, top + density.above * 2 / 5);
  if (density.outlines()) {
    draw_outline(panel, plan, bars_top, density);
  } else {
    for (std::size_t i = 0; i < comb.members.size(); ++i) {
      draw_bar(panel, plan, *comb.members[i], bars_top + row_top(density, i), density);
    }
  }
  std::string tooltip = comb_label(comb, panel.content.batch_rows_max);
  if (comb.batch) {
    tooltip += fmt::format("\nopened {}, due {}, dispatched {}", panel.offset(comb.opened),
                           panel.offset(comb.due), panel.offset(comb.dispatched));
  }
  draw_wall(panel, plan, bars_top, tooltip);
  draw_labels(panel, plan, bars_top, tooltip);
}

std::string request_tooltip(const Panel& panel, const RequestRow& row) {
  std::string text = fmt::format("request {}, {} row{}\narrived at {}", row.request, row.size,
                                 row.size == 1 ? "" : "s", panel.offset(row.arrival));
  if (const auto cancel = panel.content.cancels.find(row.request);
      cancel != panel.content.cancels.end()) {
    text += fmt::format("\ncancelled by its client at {}", panel.offset(cancel->second));
  }
  if (row.finished && row.batch) {
    const LatencyParts parts = split_latency(row.arrival, row.due, row.dispatched, *row.finished);
    text += fmt::format("\nanswered after {}: {} forming, {} for a lane, {} on the lane",
                        exact_time(*row.finished - row.arrival), exact_time(parts.forming),
                        exact_time(parts.lane_wait), exact_time(parts.device));
    if (row.status != Status::kOk) {
      text += fmt::format("\n{} ({})", status_name(row.status), reason_name(row.reason));
    }
  } else if (row.finished) {
    text += fmt::format("\n{} ({}) at {}", status_name(row.status), reason_name(row.reason),
                        panel.offset(*row.finished));
  } else {
    text += "\nnever answered";
  }
  return text;
}

}  // namespace lockstep

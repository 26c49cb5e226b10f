// The queue bands: combs of waiting bars against their walls.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "reports/diagram_canvas.h"
#include "reports/diagram_packing.h"
#include "reports/text_width.h"

namespace lockstep {
namespace {

using namespace diagram;

struct Density {
  int pitch;
  int bar;    // height of a bar
  bool ids;   // request ids at the bars
  int above;  // from the comb's top to its first bar: room for the timer bracket
  int below;
};
constexpr std::array<Density, 4> kDensities = {{{11, 9, true, 10, 8},   // up to 60 requests
                                                {5, 4, false, 9, 7},    // up to 200
                                                {3, 2, false, 7, 6},    // when that is too high
                                                {2, 1, false, 7, 3}}};  // 200 rows in 410 points
constexpr int kLabelSize = 80;
constexpr int kLabelLine = 10;
constexpr int kIdSize = 70;
constexpr int kNameSize = 90;
constexpr int kHeaderHeight = 14;  // for a queue name that does not fit the margin
constexpr int kRefusedHeight = 16;

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

std::string id_text(const RequestRow& row) {
  return row.size == 1 ? fmt::format("{}", row.request)
                       : fmt::format("{} ({})", row.request, row.size);
}

CombPlan plan_comb(const Panel& panel, const Comb& comb, const Density& density) {
  CombPlan plan;
  plan.comb = &comb;
  plan.bars_height = static_cast<int>(comb.members.size()) * density.pitch;
  plan.has_wall = comb.batch && comb.dispatched <= panel.content.to;
  plan.wall_x = panel.x(comb.dispatched);
  plan.lines.push_back(comb_label(comb, panel.content.batch_rows_max));
  if (const std::string failure = failure_label(comb); !failure.empty()) {
    plan.lines.push_back(failure);
  }
  const SimDuration lane_wait = comb.dispatched - std::max(comb.due, comb.opened);
  const bool fits = density.ids || plan.bars_height >= 2 * kLabelLine;
  if (plan.has_wall && lane_wait.count() > 0 && fits) {
    const TimeUnit unit = panel.axis.unit();
    const bool small = lane_wait.count() * 100 < unit_ns(unit);
    plan.lines.push_back(
        fmt::format("+{} for a lane",
                    small ? short_time(lane_wait)
                          : fmt::format("{} {}", time_in(lane_wait, unit, 2), unit_name(unit))));
  }
  for (const std::string& line : plan.lines) {
    plan.lines_width = std::max(plan.lines_width, label_width(line, kLabelSize));
  }
  plan.label_below = plan.wall_x + 4 + plan.lines_width > kPageWidth - 4;
  int left = plan.wall_x - 2;
  for (const RequestRow* row : comb.members) {
    const int id = density.ids ? label_width(id_text(*row), kIdSize) + 4 : 2;
    left = std::min(left, panel.x(row->arrival) - id);
  }
  const int lines_height = static_cast<int>(plan.lines.size()) * kLabelLine;
  int height = std::max(plan.bars_height, lines_height);
  int right = plan.wall_x + 10 + plan.lines_width;
  if (plan.label_below) {
    right = plan.wall_x + 6;
    left = std::min(left, right - plan.lines_width - 6);
    height = plan.bars_height + 2 + lines_height;
  }
  plan.box = {left, right, density.above + height + density.below};
  return plan;
}

void draw_timer(Panel& panel, const CombPlan& plan, int y) {
  const Comb& comb = *plan.comb;
  const SimDuration timeout = panel.content.batch_timeout;
  const SimTime end = after(comb.opened, timeout);
  if (timeout.count() == 0 || !comb.batch || end < panel.content.from) {
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

std::string request_tooltip(const Panel& panel, const RequestRow& row) {
  std::string text = fmt::format("request {}, {} row{}\narrived at {}", row.request, row.size,
                                 row.size == 1 ? "" : "s", panel.offset(row.arrival));
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

void draw_bar(Panel& panel, const CombPlan& plan, const RequestRow& row, int top,
              const Density& density) {
  const Comb& comb = *plan.comb;
  const DiagramContent& content = panel.content;
  const std::string id = fmt::format("{}r{}", panel.prefix, row.request);
  const std::string reason = std::string(reason_name(comb.reason));
  const std::string tooltip = request_tooltip(panel, row);
  const SimTime end = row.batch ? row.dispatched : row.finished.value_or(kForever);
  const SimTime due = row.batch ? std::clamp(comb.due, row.arrival, end) : end;
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
  if (bar(row.arrival, due, colours_of(comb.reason).tint, "forming")) {
    if (comb.reason == Reason::kNone) {
      panel.canvas.legend.waiting_without_batch = true;
    } else {
      panel.canvas.legend.forming = comb.reason;
      panel.canvas.legend.reasons.insert(comb.reason);  // its wall may be outside of the window
    }
  }
  if (bar(due, end, kWaitingLane, "lane")) {
    panel.canvas.legend.lane_wait = true;
  }
  const bool slowest = content.slowest == &row;
  if (row.arrival >= content.from) {
    panel.canvas.mark({.box = {panel.x(row.arrival) - 1, top, 2, density.bar},
                       .fill = slowest ? kRed : kInk,
                       .line = "",
                       .id = id,
                       .kind = slowest ? "arrival slowest" : "arrival",
                       .tooltip = tooltip});
    panel.canvas.legend.arrivals = true;
  }
  if (density.ids) {
    Label label = text_label(id_text(row), {panel.x(row.arrival) - 2, top}, Align::kRight, kIdSize,
                             slowest ? kRed : kGreyText);
    label.box.height = density.bar;
    label.ground = kBand;
    panel.canvas.label(std::move(label));
    panel.canvas.legend.rows_in_ids |= row.size != 1;
  }
}

void draw_comb(Panel& panel, const CombPlan& plan, int top, const Density& density) {
  const Comb& comb = *plan.comb;
  const ReasonColours colours = colours_of(comb.reason);
  const int bars_top = top + density.above;
  draw_timer(panel, plan, top + 4);
  int y = bars_top;
  for (const RequestRow* row : comb.members) {
    draw_bar(panel, plan, *row, y, density);
    y += density.pitch;
  }
  std::string tooltip = plan.lines.front();
  if (comb.batch) {
    tooltip += fmt::format("\nopened {}, due {}, dispatched {}", panel.offset(comb.opened),
                           panel.offset(comb.due), panel.offset(comb.dispatched));
  }
  if (plan.has_wall) {
    panel.walls[*comb.batch] =
        panel.canvas.mark({.box = {plan.wall_x - 1, bars_top - 1, 2, plan.bars_height + 1},
                           .fill = colours.strong,
                           .line = "",
                           .id = fmt::format("{}b{}-wall", panel.prefix, *comb.batch),
                           .kind = fmt::format("wall {}", reason_name(comb.reason)),
                           .tooltip = tooltip});
    if (comb.reason != Reason::kNone) {
      panel.canvas.legend.reasons.insert(comb.reason);
    }
  }
  int line_top = plan.label_below ? bars_top + plan.bars_height + 2 : bars_top - 1;
  for (const std::string& line : plan.lines) {
    const bool first = &line == &plan.lines.front();
    const int right = std::min(plan.wall_x + 2, kPageWidth - 4);
    Label label = text_label(line, {plan.label_below ? right : plan.wall_x + 4, line_top},
                             plan.label_below ? Align::kRight : Align::kLeft, kLabelSize,
                             first ? colours.text : kGreyText);
    label.ground = kBand;
    label.tooltip = tooltip;
    if (first && comb.batch) {
      label.id = fmt::format("{}b{}-label", panel.prefix, *comb.batch);
    }
    panel.canvas.label(std::move(label));
    line_top += kLabelLine;
  }
}

void draw_refused(Panel& panel, const QueueBand& queue, int top) {
  for (const RequestRow* row : queue.refused) {
    const std::string tooltip = request_tooltip(panel, *row);
    const int x = panel.x(row->arrival);
    panel.canvas.mark({.box = {x - 1, top + 8, 2, 7},
                       .fill = kRed,
                       .line = "",
                       .id = fmt::format("{}r{}", panel.prefix, row->request),
                       .kind = "arrival refused",
                       .tooltip = tooltip});
    // Crosses that would hit another stand for it: the tick below is enough.
    Label cross = text_label("×", {x, top}, Align::kCentre, 80, kRed);
    cross.box = {x - 4, top - 1, 8, 9};
    cross.tooltip = tooltip;
    panel.canvas.optional_label(std::move(cross));
    panel.canvas.legend.refused = true;
  }
}

struct BandPlan {
  std::vector<CombPlan> combs;
  Packing packing;
  bool header = false;
  int height = 0;
};

constexpr int kBandGap = 6;
constexpr int kUnlimited = 1'000'000;

// `height_max` is of the whole band and the gap below it.
BandPlan plan_band(const Panel& panel, const QueueBand& queue, const Density& density,
                   int height_max) {
  BandPlan band;
  band.header = panel.content.queues.size() > 1 || text_width(queue.name, kNameSize) > 46;
  std::vector<PackBox> boxes;
  for (const Comb& comb : queue.combs) {
    band.combs.push_back(plan_comb(panel, comb, density));
    boxes.push_back(band.combs.back().box);
  }
  const int around =
      (band.header ? kHeaderHeight : 0) + (queue.refused.empty() ? 0 : kRefusedHeight) + 8;
  band.packing = pack_first_fit(boxes, height_max - around - kBandGap);
  band.height = std::max(band.packing.height + around, 34);
  return band;
}

std::vector<BandPlan> plan_bands(const Panel& panel, const Density& density, int each_height_max) {
  std::vector<BandPlan> bands;
  for (const QueueBand& queue : panel.content.queues) {
    bands.push_back(plan_band(panel, queue, density, each_height_max));
  }
  return bands;
}

int total_height(const std::vector<BandPlan>& bands) {
  int sum = 0;
  for (const BandPlan& band : bands) {
    sum += band.height + kBandGap;
  }
  return sum;
}

// What each band may have so that all fit: what low bands leave goes to the high ones.
int fair_height(const std::vector<BandPlan>& bands, int total) {
  std::vector<int> needs;
  needs.reserve(bands.size());
  for (const BandPlan& band : bands) {
    needs.push_back(band.height + kBandGap);
  }
  std::sort(needs.begin(), needs.end());
  auto left = static_cast<int>(needs.size());
  for (const int need : needs) {
    if (need > total / left) {
      return total / left;
    }
    total -= need;
    --left;
  }
  return kUnlimited;
}

struct QueuesPlan {
  Density density;
  std::vector<BandPlan> bands;
};

// The most readable density that fits. Only the thinnest may be higher, and only it hides combs.
QueuesPlan plan_queues(const Panel& panel) {
  const bool full_detail = panel.content.request_count <= kDiagramFullDetailRequests;
  QueuesPlan plan{};
  for (std::size_t choice = full_detail ? 0 : 1; choice < kDensities.size(); ++choice) {
    plan = {kDensities[choice], plan_bands(panel, kDensities[choice], kUnlimited)};
    if (total_height(plan.bands) <= panel.queue_height_wanted) {
      return plan;
    }
  }
  if (const int each = fair_height(plan.bands, panel.queue_height_max); each < kUnlimited) {
    plan.bands = plan_bands(panel, plan.density, each);
  }
  return plan;
}

}  // namespace

void lay_out_queues(Panel& panel) {
  Canvas& canvas = panel.canvas;
  const auto [density, bands] = plan_queues(panel);
  panel.first_band_top = canvas.foot_top;
  for (std::size_t i = 0; i < bands.size(); ++i) {
    const BandPlan& band = bands[i];
    const QueueBand& queue = panel.content.queues[i];
    int top = canvas.foot_top;
    canvas.band(top, band.height);
    canvas.label(text_label(queue.name, {8, top + 3}, Align::kLeft, kNameSize, kInk));
    top += band.header ? kHeaderHeight : 0;
    for (std::size_t j = 0; j < band.combs.size(); ++j) {
      if (band.packing.tops[j]) {
        draw_comb(panel, band.combs[j], top + 3 + *band.packing.tops[j], density);
      }
    }
    draw_refused(panel, queue, canvas.foot_top + band.height - kRefusedHeight);
    canvas.hidden_batches += band.packing.hidden;
    canvas.foot_top += band.height + kBandGap;
  }
  if (std::string hidden = hidden_queues_text(panel.content); !hidden.empty()) {
    canvas.notes.push_back(std::move(hidden));
  }
}

}  // namespace lockstep

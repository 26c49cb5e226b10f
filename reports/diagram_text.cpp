#include "reports/diagram_text.h"

#include <algorithm>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "reports/diagram_axis.h"
#include "reports/diagram_packing.h"
#include "reports/diagram_text_grid.h"
#include "reports/diagram_text_lanes.h"
#include "reports/format.h"

namespace lockstep {
namespace {

constexpr int kLeft = 8;
constexpr int kRight = kTextDiagramColumns - 2;  // column of the window's end

std::string_view short_reason(Reason reason) {
  switch (reason) {
    case Reason::kFull:
      return "FULL";
    case Reason::kTimeout:
      return "TIME";
    case Reason::kGreedy:
      return "GREEDY";
    case Reason::kOverflow:
      return "OVER";
    case Reason::kFlush:
      return "FLUSH";
    case Reason::kTaskLimit:
      return "TASKS";
    case Reason::kExpired:
      return "EXPIRED";
    case Reason::kExpress:
      return "EXPRESS";
    default:
      return "OPEN";
  }
}

struct TextComb {
  const Comb* comb = nullptr;
  int wall = 0;
  std::vector<std::string> lines;
  bool below = false;
  PackBox box;
};

TextComb plan(const DiagramContent& content, const Axis& axis, const Comb& comb) {
  TextComb text;
  text.comb = &comb;
  text.wall = axis.position(comb.dispatched);
  text.lines.push_back(comb.batch
                           ? fmt::format("B{} {} {}/{}", *comb.batch, short_reason(comb.reason),
                                         comb.rows, content.batch_rows_max)
                           : comb_label(comb, content.batch_rows_max));
  if (const std::string failure = failure_label(comb); !failure.empty()) {
    text.lines.push_back(failure);
  }
  const SimDuration lane_wait = comb.dispatched - std::max(comb.due, comb.opened);
  if (comb.batch && lane_wait.count() > 0) {
    text.lines.push_back(fmt::format("+{} for a lane", short_time(lane_wait)));
  }
  std::size_t width = 0;
  for (const std::string& line : text.lines) {
    width = std::max(width, line.size());
  }
  const auto rows = static_cast<int>(comb.members.size());
  const auto lines = static_cast<int>(text.lines.size());
  int left = text.wall;
  for (const RequestRow* row : comb.members) {
    left = std::min(left, axis.position(row->arrival));
  }
  text.below = text.wall + 1 + static_cast<int>(width) > kTextDiagramColumns;
  if (text.below) {
    left = std::min(left, text.wall + 1 - static_cast<int>(width));
    text.box = {left - 1, text.wall + 1, rows + lines};
  } else {
    text.box = {left, text.wall + 2 + static_cast<int>(width), std::max(rows, lines)};
  }
  return text;
}

void draw(TextGrid& grid, const DiagramContent& content, const Axis& axis, const TextComb& text,
          int top) {
  const Comb& comb = *text.comb;
  const bool has_wall = comb.batch && comb.dispatched <= content.to;
  int row = top;
  for (const RequestRow* request : comb.members) {
    const WaitEnd end = wait_end(content, *request);
    const SimTime due = request->batch ? std::clamp(comb.due, request->arrival, end.at) : end.at;
    const int stop = axis.position(end.at);
    for (int column = axis.position(request->arrival); column < stop; ++column) {
      grid.put(row, column, column < axis.position(due) ? '-' : '=');
    }
    if (has_wall) {
      grid.put(row, text.wall, '|');
    }
    if (request->arrival >= content.from) {
      // At the wall's own column the arrival goes before it.
      const int column = axis.position(request->arrival);
      grid.put(row, column == text.wall && has_wall ? std::max(column - 1, kLeft) : column, 'o');
    }
    if (end.kind != WaitEnd::Kind::kOther && end.at <= content.to) {
      grid.put(row, stop, end.kind == WaitEnd::Kind::kCancelled ? 'c' : 'e');
    }
    ++row;
  }
  row = text.below ? row : top;
  for (const std::string& line : text.lines) {
    const int column = text.below ? text.wall + 1 - static_cast<int>(line.size()) : text.wall + 1;
    grid.put(row++, column, line);
  }
}

int draw_queue(TextGrid& grid, const DiagramContent& content, const Axis& axis,
               const QueueBand& queue, int top) {
  const bool header = queue.name.size() > kLeft - 1 || content.queues.size() > 1;
  grid.put(top, 0, queue.name);
  top += header ? 1 : 0;
  std::vector<TextComb> combs;
  std::vector<PackBox> boxes;
  for (const Comb& comb : queue.combs) {
    combs.push_back(plan(content, axis, comb));
    boxes.push_back(combs.back().box);
  }
  const Packing packing = pack_first_fit(boxes, 1'000'000);
  for (std::size_t i = 0; i < combs.size(); ++i) {
    draw(grid, content, axis, combs[i], top + *packing.tops[i]);
  }
  int bottom = top + std::max(packing.height, header ? 0 : 1);
  for (const RequestRow* row : queue.refused) {
    grid.put(bottom, axis.position(row->arrival), 'x');
  }
  return bottom + (queue.refused.empty() ? 0 : 1);
}

void draw_axis(TextGrid& grid, const DiagramContent& content, const Axis& axis, int row) {
  grid.put(row, 0, unit_name(axis.unit()));
  int free_from = 0;
  for (const AxisTick& tick : axis.ticks()) {
    const int column = axis.position(content.from + tick.offset);
    const int left = std::min(column, kTextDiagramColumns - static_cast<int>(tick.text.size()));
    if (left >= free_from) {
      grid.put(row, left, tick.text);
      free_from = left + static_cast<int>(tick.text.size()) + 1;
    }
  }
}

// Broken between words where it is longer than a line.
std::string wrapped(std::string_view text) {
  std::string out;
  while (text.size() > kTextDiagramColumns) {
    std::size_t cut = text.rfind(' ', kTextDiagramColumns);
    cut = cut == std::string_view::npos || cut == 0 ? kTextDiagramColumns : cut;
    out += std::string(text.substr(0, cut)) + "\n";
    text.remove_prefix(text[cut] == ' ' ? cut + 1 : cut);
  }
  return out + std::string(text) + "\n";
}

std::string plain(std::string text) {
  const std::string_view dot = "  ·  ";
  for (std::size_t at = text.find(dot); at != std::string::npos; at = text.find(dot)) {
    text.replace(at, dot.size(), ", ");
  }
  for (char& character : text) {
    character = character >= ' ' && character <= '~' ? character : '?';
  }
  return text;
}

// An instant, from the left edge on.
std::string offset_text(const DiagramContent& content, SimTime time) {
  return time < content.from ? "-" + exact_time(content.from - time)
                             : exact_time(time - content.from);
}

std::string until_text(const DiagramContent& content, SimTime time) {
  return time == kForever ? "on" : "to " + offset_text(content, time);
}

// What has no place in the grid: faults, answers held back, violated bounds, the card.
std::string words_below(const DiagramContent& content) {
  std::string text;
  for (const LaneFault& fault : content.faults) {
    text += wrapped(
        plain(fmt::format("! lane {}: {}, from {} {}", fault.lane, fault.text,
                          offset_text(content, fault.from), until_text(content, fault.to))));
  }
  for (const LaneBox& box : content.boxes) {
    if (box.drawn && box.finished != kForever && box.answered_last > box.finished) {
      text += fmt::format("B{}: answers held back until {}\n", box.batch,
                          offset_text(content, box.answered_last));
    }
  }
  for (const DiagramViolation& violation : content.violations) {
    text += wrapped(plain(fmt::format("VIOLATED {}; from {} {}", violation_text(violation),
                                      offset_text(content, violation.from),
                                      until_text(content, violation.to))));
  }
  if (content.card) {
    for (const BatchCard::Column& column : content.card->columns) {
      std::string line = column.heading + ": ";
      for (const std::string& part : column.lines) {
        line += (&part == &column.lines.front() ? "" : ", ") + part;
      }
      text += wrapped(plain(line));
    }
  }
  return text;
}

std::string one_run(const DiagramContent& content) {
  const Axis axis{content.from, content.to, kLeft, kRight};
  TextGrid grid;
  int row = 0;
  for (const QueueBand& queue : content.queues) {
    row = draw_queue(grid, content, axis, queue, row);
  }
  row = draw_text_lanes(grid, content, axis, row);
  draw_axis(grid, content, axis, row);
  std::string text = wrapped(plain(content.title)) + wrapped(plain(content.subtitle));
  text += grid.text();
  if (content.slowest != nullptr) {
    const RequestRow& slowest = *content.slowest;
    text += fmt::format("slowest: request {}, {}, in batch B{}; at most {} waiting\n",
                        slowest.request, short_time(*slowest.finished - slowest.arrival),
                        *slowest.batch, content.waiting_max);
  }
  text += words_below(content);
  if (content.hidden_queues > 0) {
    text += hidden_queues_text(content) + "\n";
  }
  if (content.earlier_not_drawn > 0) {
    text +=
        fmt::format("{} requests that arrived earlier are not drawn\n", content.earlier_not_drawn);
  }
  return text;
}

bool any_box(std::span<const DiagramContent> runs, bool (*is)(const LaneBox&)) {
  return std::any_of(runs.begin(), runs.end(), [&](const DiagramContent& content) {
    return std::any_of(content.boxes.begin(), content.boxes.end(), is);
  });
}

bool any_wait(std::span<const DiagramContent> runs, WaitEnd::Kind kind) {
  for (const DiagramContent& content : runs) {
    for (const QueueBand& queue : content.queues) {
      for (const Comb& comb : queue.combs) {
        if (std::any_of(comb.members.begin(), comb.members.end(), [&](const RequestRow* row) {
              return wait_end(content, *row).kind == kind;
            })) {
          return true;
        }
      }
    }
  }
  return false;
}

bool copies(const StageRow& stages) {
  return stages.to_device.to > stages.to_device.from || stages.to_host.to > stages.to_host.from;
}

// The legend of marks that most pictures do not have.
std::string rare_marks(std::span<const DiagramContent> runs) {
  std::string text;
  const auto entry = [&](bool occurs, std::string_view words) {
    text += occurs ? (text.empty() ? "" : "  ") + std::string(words) : "";
  };
  entry(any_box(runs, [](const LaneBox& box) { return box.lane_taken < box.dispatched; }),
        "_ open on its lane, filling");
  entry(any_box(runs, [](const LaneBox& box) { return box.padded_rows > box.rows; }), ": padding");
  entry(any_box(runs, [](const LaneBox& box) { return box.stages && copies(*box.stages); }),
        "> copied to the GPU  < copied back");
  entry(any_box(
            runs,
            [](const LaneBox& box) { return box.stages && box.stages->to_host.to < box.finished; }),
        "* done, not told yet");
  entry(any_wait(runs, WaitEnd::Kind::kCancelled), "c cancelled");
  entry(any_wait(runs, WaitEnd::Kind::kExpired), "e expired");
  entry(std::any_of(runs.begin(), runs.end(),
                    [](const DiagramContent& content) { return !content.faults.empty(); }),
        "! lane down");
  return text.empty() ? text : text + "\n";
}

}  // namespace

std::string diagram_text(std::span<const DiagramContent> runs) {
  std::string text;
  for (const DiagramContent& content : runs) {
    text += one_run(content) + (runs.size() > 1 ? "\n" : "");
  }
  text += wrapped(
      "o arrival  - forming  = due, no lane  | dispatched  x refused   "
      "# used  . unused  ~ queued on GPU");
  return text + rare_marks(runs);
}

}  // namespace lockstep

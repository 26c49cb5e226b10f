#include "reports/diagram_text_lanes.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "reports/format.h"

namespace lockstep {
namespace {

constexpr std::size_t kTextLanesMax = 24;

// Where the parts of a box begin, as columns.
struct BoxColumns {
  int left = 0;
  int sealed = 0;
  int start = 0;   // of what the GPU does with the batch, copies included
  int copied = 0;  // to the GPU
  int compute = 0;
  int used = 0;    // end of its rows, within compute
  int padded = 0;  // end of its rows with padding
  int computed = 0;
  int copy_back = 0;
  int copied_back = 0;  // after it the batch is done and nobody knows
  int right = 0;        // its last column
};

BoxColumns columns_of(const DiagramContent& content, const Axis& axis, const LaneBox& box) {
  BoxColumns at;
  at.left = axis.position(box.lane_taken);
  at.sealed = axis.position(box.dispatched);
  at.right = std::max(axis.position(box.finished) - 1, at.left);
  const auto within = [&](SimTime time) {
    return std::clamp(axis.position(time), at.left + 1, at.right + 1);
  };
  at.start = at.copied = at.compute = within(box.device_start);
  at.computed = at.copy_back = at.copied_back = at.right;
  if (box.stages) {
    at.copied = within(box.stages->to_device.to);
    at.compute = within(box.stages->compute.from);
    at.computed = std::min(within(box.stages->compute.to), at.right);
    at.copy_back = std::min(within(box.stages->to_host.from), at.right);
    at.copied_back = std::min(within(box.stages->to_host.to), at.right);
  }
  const std::int64_t most = std::max(content.batch_rows_max, box.padded_rows);
  const auto share = [&](std::uint32_t rows) {
    return at.compute + static_cast<int>(scaled(at.computed - at.compute, rows, most));
  };
  at.used = share(box.rows);
  at.padded = share(std::max(box.padded_rows, box.rows));
  return at;
}

char character_at(const BoxColumns& at, int column) {
  return column < at.sealed        ? '_'
         : column < at.start       ? '~'
         : column < at.copied      ? '>'
         : column < at.compute     ? '~'
         : column < at.used        ? '#'
         : column < at.padded      ? ':'
         : column < at.computed    ? '.'
         : column < at.copy_back   ? '~'
         : column < at.copied_back ? '<'
                                   : '*';
}

void draw_text_box(TextGrid& grid, const DiagramContent& content, const Axis& axis,
                   const LaneBox& box, int row) {
  const BoxColumns at = columns_of(content, axis, box);
  for (int column = at.left + 1; column < at.right; ++column) {
    grid.put(row, column, character_at(at, column));
  }
  grid.put(row, at.left, '[');
  if (at.right > at.left) {
    grid.put(row, at.right, ']');
  }
  const std::string name = fmt::format("B{}", box.batch);
  if (at.right - at.left > static_cast<int>(name.size())) {
    grid.put(row, at.left + 1, name);
  }
}

}  // namespace

int draw_text_lanes(TextGrid& grid, const DiagramContent& content, const Axis& axis, int top) {
  std::set<std::uint32_t> lanes;
  for (const LaneBox& box : content.boxes) {
    lanes.insert(box.lane);
  }
  for (std::uint32_t lane = 0; content.lane_count <= 8 && lane < content.lane_count; ++lane) {
    lanes.insert(lane);
  }
  std::size_t drawn = 0;
  for (const std::uint32_t lane : lanes) {
    if (drawn++ == kTextLanesMax) {
      grid.put(top++, 0, fmt::format("{} more lanes are not drawn", lanes.size() - kTextLanesMax));
      break;
    }
    grid.put(top, 0, fmt::format("lane {}", lane));
    for (const LaneFault& fault : content.faults) {
      for (int column = axis.position(fault.from);
           fault.down && fault.lane == lane && column < axis.position(fault.to); ++column) {
        grid.put(top, column, '!');
      }
    }
    for (const LaneBox& box : content.boxes) {
      if (box.lane == lane) {
        draw_text_box(grid, content, axis, box, top);
      }
    }
    ++top;
  }
  return top;
}

}  // namespace lockstep

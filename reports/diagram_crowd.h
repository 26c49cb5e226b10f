// Batches on a lane or a GPU that are too many and too narrow to be told apart: drawn as one block.
//
// A server that drowns executes thousands of batches while one request waits: a picture around that
// request would have a box for each of them, megabytes of it, and show a grey line. Up to 500
// batches whose requests are not in the picture keep boxes of their own, however narrow. Private to
// reports/diagram_*_layout.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "reports/diagram_canvas.h"
#include "reports/diagram_lane.h"

namespace lockstep {

inline constexpr std::size_t kOtherBatchesMost = 500;
inline constexpr int kNarrowBox = 8;  // points; narrower ones are not told apart
inline constexpr int kNarrowGap = 3;  // points; up to this, neighbours are one block

// A batch while it is on a lane or a GPU, and on which.
struct BatchSpan {
  const LaneBox* box = nullptr;
  std::uint32_t row = 0;
  SimTime from{};
  SimTime to{};
};

// Neighbours on one of them.
struct Crowd {
  std::uint32_t row = 0;
  SimTime from{};
  SimTime to{};
  std::size_t batches = 0;
  std::uint64_t rows = 0;
};

struct SpansApart {
  std::vector<BatchSpan> single;  // ordered as they were
  std::vector<Crowd> crowds;      // by row, then by time
};
[[nodiscard]] SpansApart told_apart(const Panel& panel, const std::vector<BatchSpan>& spans);

// `what`: "lane", "GPU". Its height is filled up to the mean rows of its batches.
void draw_crowd(Panel& panel, const Crowd& crowd, std::string_view what, int top,
                const LaneMeasures& measures);

}  // namespace lockstep

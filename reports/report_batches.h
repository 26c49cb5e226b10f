// How large a run's batches were, and why they left: for the report's histogram and table.
//
// Of executed batches; those that expired (not executed) are counted beside. Sizes are rows without
// padding, in at most kSizeBarsMost bars of equal width: [first + i * width, first + (i+1) *
// width).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/status.h"
#include "core/time.h"
#include "traces/run_table.h"

namespace lockstep {

inline constexpr std::uint32_t kSizeBarsMost = 64;

struct SizeBar {
  std::uint32_t rows_from = 0;
  std::uint32_t rows_to = 0;  // inclusive
  std::array<std::uint64_t, kReasonCount> by_reason{};
  std::uint64_t count = 0;
};

// Batches of one reason. Sums in ns are of all of them.
struct ReasonFigures {
  Reason reason = Reason::kNone;
  std::uint64_t batches = 0;
  std::uint64_t requests = 0;
  std::uint64_t rows = 0;
  std::uint64_t padded_rows = 0;
  std::uint64_t failed = 0;
  __extension__ unsigned __int128 lane_wait_ns = 0;  // due to lane taken
  __extension__ unsigned __int128 device_ns = 0;     // device start to finish
};

struct BatchFigures {
  // To the largest size, gaps included; from one row on where each size has its bar, else from the
  // smallest.
  std::vector<SizeBar> bars;
  std::vector<ReasonFigures> reasons;  // most batches first, then in the order of Reason
  std::uint64_t expired = 0;
  std::uint32_t rows_largest = 0;
};

[[nodiscard]] BatchFigures batch_figures(const RunTable& table);

}  // namespace lockstep

// How many requests wait over a span of time, as one line of characters: what a window that is too
// large to be drawn is answered with.
#pragma once

#include <span>
#include <string>

#include "core/time.h"
#include "traces/run_log.h"

namespace lockstep {

struct OverviewMark {
  char letter = ' ';
  SimTime at{};
};

inline constexpr int kOverviewColumns = 72;

// Two lines, each begun by `indent` and ended by LF but the last:
//   |  ..::--==++**##%%@@ |   the most that wait in each part: blank is 0, @ is `most`
//   |    w           q    |   `marks` where they lie; `*` where several do
// All requests of the run count. Requires: from < to. `most` is set to the largest number.
[[nodiscard]] std::string waiting_overview(const RunLog& run, SimTime from, SimTime to,
                                           std::span<const OverviewMark> marks,
                                           const std::string& indent, std::size_t& most);

}  // namespace lockstep

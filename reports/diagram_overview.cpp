#include "reports/diagram_overview.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "reports/format.h"

namespace lockstep {
namespace {

constexpr std::string_view kLevels = " .:-=+*#%@";

std::size_t column_of(SimTime time, SimTime from, SimTime to) {
  const SimTime inside = std::clamp(time, from, to - SimDuration{1});
  // Down, so that the last instant is in the last column.
  __extension__ using Wide = __int128;
  return static_cast<std::size_t>(Wide{(inside - from).count()} * kOverviewColumns /
                                  (to - from).count());
}

// The most that wait at once in each column.
std::array<std::size_t, kOverviewColumns> most_waiting(const RunLog& run, SimTime from,
                                                       SimTime to) {
  std::vector<std::pair<SimTime, int>> changes;
  for (const RequestRow& row : run.requests) {
    const SimTime end = row.batch ? row.dispatched : row.finished.value_or(kForever);
    if (end > row.arrival && row.arrival < to && end > from) {
      changes.emplace_back(std::max(row.arrival, from), 1);
      changes.emplace_back(std::min(end, to), -1);
    }
  }
  std::sort(changes.begin(), changes.end());
  std::array<std::size_t, kOverviewColumns> columns{};
  std::size_t waiting = 0;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    waiting = changes[i].second > 0 ? waiting + 1 : waiting - 1;
    const SimTime until = i + 1 < changes.size() ? changes[i + 1].first : to;
    if (until == changes[i].first) {
      continue;  // more happens at this instant
    }
    const std::size_t last = column_of(until - SimDuration{1}, from, to);
    for (std::size_t at = column_of(changes[i].first, from, to); at <= last; ++at) {
      columns[at] = std::max(columns[at], waiting);
    }
  }
  return columns;
}

}  // namespace

std::string waiting_overview(const RunLog& run, SimTime from, SimTime to,
                             std::span<const OverviewMark> marks, const std::string& indent,
                             std::size_t& most) {
  const std::array<std::size_t, kOverviewColumns> columns = most_waiting(run, from, to);
  most = *std::max_element(columns.begin(), columns.end());
  std::string strip;
  for (const std::size_t count : columns) {
    // Up, so that whoever waits shows: only 0 is blank.
    const std::size_t level = count == 0 ? 0 : (count * (kLevels.size() - 1) + most - 1) / most;
    strip += kLevels[level];
  }
  std::string below(kOverviewColumns, ' ');
  for (const OverviewMark& mark : marks) {
    char& place = below[column_of(mark.at, from, to)];
    place = place == ' ' ? mark.letter : '*';
  }
  return indent + "|" + strip + "|\n" + indent + "|" + below + "|";
}

}  // namespace lockstep

#include "reports/report_series.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace lockstep {
namespace {

__extension__ using Area = unsigned __int128;  // level times nanoseconds

struct BinGrid {
  SimTime begin{};
  SimTime end{};
  SimDuration width{1};

  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>((end - begin + width - SimDuration{1}) / width);
  }
  // Of a time in [begin, end]; what happens at the very end belongs to the last bin.
  [[nodiscard]] std::size_t bin_of(SimTime time) const {
    return std::min(static_cast<std::size_t>((time - begin) / width), count() - 1);
  }
  [[nodiscard]] SimTime begin_of(std::size_t bin) const {
    return begin + width * static_cast<std::int64_t>(bin);
  }
  [[nodiscard]] SimTime end_of(std::size_t bin) const {
    return std::min(end, begin_of(bin) + width);
  }
};

// A level that holds its value from one change to the next.
class LevelBins {
 public:
  explicit LevelBins(const BinGrid& grid) : grid_(grid), peak_(grid.count()), area_(grid.count()) {}

  void hold(SimTime from, SimTime to, std::uint64_t level) {
    if (from >= to || level == 0) {
      return;
    }
    for (std::size_t bin = grid_.bin_of(from); bin < peak_.size() && grid_.begin_of(bin) < to;
         ++bin) {
      const SimTime begin = std::max(from, grid_.begin_of(bin));
      const SimTime end = std::min(to, grid_.end_of(bin));
      if (begin < end) {
        peak_[bin] = std::max(peak_[bin], level);
        area_[bin] += Area{level} * static_cast<std::uint64_t>((end - begin).count());
      }
    }
  }

  [[nodiscard]] LevelSeries series() const {
    LevelSeries series{.peak = peak_, .mean_thousandths = {}};
    series.mean_thousandths.reserve(area_.size());
    for (std::size_t bin = 0; bin < area_.size(); ++bin) {
      const auto length =
          static_cast<std::uint64_t>((grid_.end_of(bin) - grid_.begin_of(bin)).count());
      series.mean_thousandths.push_back(
          static_cast<std::uint64_t>((area_[bin] * 1'000 + length / 2) / length));
    }
    return series;
  }

 private:
  BinGrid grid_;
  std::vector<std::uint64_t> peak_;
  std::vector<Area> area_;
};

// Times at which a level rises and falls by one. A rise and a fall at one instant cancel out.
struct LevelChanges {
  std::vector<SimTime> up;
  std::vector<SimTime> down;

  void add(SimTime from, SimTime to) {
    if (from < to) {
      up.push_back(from);
      down.push_back(to);
    }
  }

  [[nodiscard]] LevelSeries over(const BinGrid& grid) {
    std::sort(up.begin(), up.end());
    std::sort(down.begin(), down.end());
    LevelBins bins(grid);
    std::size_t risen = 0;
    std::size_t fallen = 0;
    SimTime at = grid.begin;
    while (risen < up.size() || fallen < down.size()) {
      const SimTime next = std::min(risen < up.size() ? up[risen] : kForever,
                                    fallen < down.size() ? down[fallen] : kForever);
      bins.hold(at, std::min(next, grid.end), risen - fallen);
      if (next >= grid.end) {
        break;
      }
      for (; risen < up.size() && up[risen] == next; ++risen) {
      }
      for (; fallen < down.size() && down[fallen] == next; ++fallen) {
      }
      at = next;
    }
    return bins.series();
  }
};

LevelSeries waiting_series(const RunTable& table, const BinGrid& grid) {
  LevelChanges changes;
  for (const RequestRecord& request : table.requests) {
    const BatchRow* const batch = table.batch_of(request);
    changes.add(request.arrival, batch != nullptr ? batch->record.dispatched : request.finished);
  }
  return changes.over(grid);
}

LevelSeries lane_series(const RunTable& table, const BinGrid& grid) {
  LevelChanges changes;
  for (const BatchRow& batch : table.run.batches) {
    changes.add(batch.record.lane_taken, batch.record.finished);
  }
  return changes.over(grid);
}

// Each GPU counts once however many batches share it: the union of its batches' times.
LevelSeries gpu_series(const RunTable& table, const BinGrid& grid) {
  std::vector<std::vector<std::pair<SimTime, SimTime>>> work(table.run.gpu_count);
  for (const BatchRow& batch : table.run.batches) {
    if (batch.record.reason != Reason::kExpired) {
      work.at(batch.gpu).emplace_back(batch.record.device_start, batch.record.finished);
    }
  }
  LevelChanges changes;
  for (auto& spans : work) {
    std::sort(spans.begin(), spans.end());
    SimTime begin{};
    SimTime end{};
    for (const auto& [from, to] : spans) {
      if (from > end) {
        changes.add(begin, end);
        begin = from;
      }
      end = std::max(end, to);
    }
    changes.add(begin, end);
  }
  return changes.over(grid);
}

// Nearest rank; reorders `values`. Requires: not empty.
std::int64_t quantile_in(std::vector<std::int64_t>& values, std::uint64_t percent) {
  const std::size_t rank = (values.size() * percent + 99) / 100;
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

void close_bin(std::size_t bin, std::vector<std::int64_t>& latencies, RunSeries& series) {
  if (!latencies.empty()) {
    series.p50_ns[bin] = quantile_in(latencies, 50);
    series.p99_ns[bin] = quantile_in(latencies, 99);
    series.max_ns[bin] = *std::max_element(latencies.begin(), latencies.end());
    latencies.clear();
  }
}

void count_requests(const RunTable& table, const BinGrid& grid, SimDuration overhead,
                    RunSeries& series) {
  for (std::vector<std::uint64_t>* counts : {&series.arrived, &series.answered, &series.lost}) {
    counts->assign(grid.count(), 0);
  }
  for (std::vector<std::int64_t>* times : {&series.p50_ns, &series.p99_ns, &series.max_ns}) {
    times->assign(grid.count(), -1);
  }
  std::vector<std::int64_t> latencies;
  std::size_t current = 0;
  for (const RequestRecord& request : table.requests) {  // in the order of arrival
    const std::size_t bin = grid.bin_of(request.arrival);
    if (bin != current) {
      close_bin(current, latencies, series);
      current = bin;
    }
    ++series.arrived[bin];
    if (request.is_answered()) {
      ++series.answered[grid.bin_of(request.finished)];
      latencies.push_back((request.latency() + overhead).count());
    } else {
      ++series.lost[bin];
    }
  }
  close_bin(current, latencies, series);
}

}  // namespace

SimDuration bin_width(SimDuration span, std::uint64_t most) {
  LOCKSTEP_CHECK(span.count() > 0 && most > 0);
  const auto length = static_cast<std::uint64_t>(span.count());
  const std::uint64_t least = (length + most - 1) / most;
  for (std::uint64_t power = 1;; power *= 10) {
    for (const std::uint64_t factor : {1u, 2u, 5u}) {
      if (factor * power >= least) {
        return SimDuration{static_cast<std::int64_t>(factor * power)};
      }
    }
  }
}

RunSeries series_of(const RunTable& table, SimDuration overhead) {
  RunSeries series;
  if (!table.requests.empty()) {
    series.begin = table.requests.front().arrival;
  }
  series.end = series.begin + SimDuration{1};
  for (const RequestRecord& request : table.requests) {
    series.end = std::max(series.end, request.has_ended() ? request.finished : request.arrival);
  }
  for (const BatchRow& batch : table.run.batches) {
    series.end = std::max(series.end, batch.record.finished);
  }
  const SimDuration span = series.end - series.begin;
  series.fine = bin_width(span, kFineBinsMost);
  series.coarse = bin_width(span, kCoarseBinsMost);
  const BinGrid fine{.begin = series.begin, .end = series.end, .width = series.fine};
  series.waiting = waiting_series(table, fine);
  series.lanes_busy = lane_series(table, fine);
  series.gpus_busy = gpu_series(table, fine);
  count_requests(table, {.begin = series.begin, .end = series.end, .width = series.coarse},
                 overhead, series);
  return series;
}

}  // namespace lockstep

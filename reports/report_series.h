// What a run did over virtual time, in bins: waiting requests, busy lanes and GPUs, throughput and
// latency.
//
// Bins are 1, 2 or 5 times a power of ten nanoseconds wide, as narrow as the counts below allow,
// and begin at the first arrival. Levels (fine bins) keep the peak and the mean over time of each
// bin: reducing never loses a peak that lasted at all. Counts and latencies (coarse bins) belong to
// the bin of the arrival; `answered` to that of the answer. Integers only.
#pragma once

#include <cstdint>
#include <vector>

#include "core/time.h"
#include "traces/run_table.h"

namespace lockstep {

inline constexpr std::uint64_t kFineBinsMost = 4'000;
inline constexpr std::uint64_t kCoarseBinsMost = 400;

struct LevelSeries {
  std::vector<std::uint64_t> peak;
  std::vector<std::uint64_t> mean_thousandths;
};

struct RunSeries {
  SimTime begin{};
  SimTime end{};  // of the last event; after begin
  SimDuration fine{1};
  SimDuration coarse{1};
  LevelSeries waiting;     // requests that arrived and are in no started batch
  LevelSeries lanes_busy;  // lanes that hold a batch
  LevelSeries gpus_busy;   // GPUs that work on a batch
  std::vector<std::uint64_t> arrived;
  std::vector<std::uint64_t> answered;
  std::vector<std::uint64_t> lost;  // refused, failed or never answered
  // Of the answered requests that arrived in the bin; -1 without any.
  std::vector<std::int64_t> p50_ns;
  std::vector<std::int64_t> p99_ns;
  std::vector<std::int64_t> max_ns;
};

// The narrowest bin of which at most `most` cover `span`. Requires: span > 0, most > 0.
[[nodiscard]] SimDuration bin_width(SimDuration span, std::uint64_t most);

[[nodiscard]] RunSeries series_of(const RunTable& table, SimDuration overhead);

}  // namespace lockstep

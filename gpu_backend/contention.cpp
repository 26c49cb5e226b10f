#include "gpu_backend/contention.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

namespace lockstep {
namespace {

constexpr double kUnit = 1'000'000;
constexpr double kMostSlowDown = 4'000'000'000;  // what a device file takes
constexpr std::uint32_t kLeastShare = 10;        // one in so many

SimDuration sum_from(std::span<const SimDuration> by_count, std::size_t first) {
  const auto rest = by_count.subspan(std::min(first, by_count.size()));
  return std::accumulate(rest.begin(), rest.end(), SimDuration{0});
}

}  // namespace

std::vector<SimDuration> time_by_count(std::span<const StageTimes> batches) {
  // Times at which one more or one less is in compute; at one time the ends come first.
  std::vector<std::pair<SimTime, int>> changes;
  changes.reserve(2 * batches.size());
  for (const StageTimes& batch : batches) {
    if (batch.to_host_from > batch.compute_from) {
      changes.emplace_back(batch.compute_from, 1);
      changes.emplace_back(batch.to_host_from, -1);
    }
  }
  std::sort(changes.begin(), changes.end());
  std::vector<SimDuration> by_count(1);
  std::size_t count = 0;
  SimTime since{};
  for (const auto& [time, change] : changes) {
    if (count > 0) {
      by_count.resize(std::max(by_count.size(), count + 1));
      by_count[count] += time - since;
    }
    since = time;
    count = change > 0 ? count + 1 : count - 1;
  }
  return by_count;
}

std::uint32_t overlap_share(std::span<const SimDuration> by_count) {
  const auto all = static_cast<double>(sum_from(by_count, 1).count());
  const auto together = static_cast<double>(sum_from(by_count, 2).count());
  return all > 0 ? static_cast<std::uint32_t>(together / all * kUnit) : 0;
}

std::uint32_t busy_share(std::span<const SimDuration> by_count, SimDuration whole) {
  const auto busy = static_cast<double>(sum_from(by_count, 1).count());
  return whole > SimDuration{0}
             ? static_cast<std::uint32_t>(busy / static_cast<double>(whole.count()) * kUnit)
             : 0;
}

std::optional<std::uint32_t> next_slow_down(std::span<const StageTimes> batches, SimDuration alone,
                                            std::span<const std::uint32_t> slow_down) {
  const std::vector<SimDuration> by_count = time_by_count(batches);
  const std::size_t wanted = slow_down.size() + 2;
  if (by_count.size() <= wanted ||
      by_count[wanted] * std::int64_t{kLeastShare} < sum_from(by_count, 1)) {
    return std::nullopt;
  }
  double left = static_cast<double>(batches.size()) * static_cast<double>(alone.count()) -
                static_cast<double>(by_count[1].count());
  for (std::size_t n = 2; n < wanted; ++n) {
    left -= static_cast<double>(by_count[n].count()) * static_cast<double>(n) * kUnit /
            static_cast<double>(slow_down[n - 2]);
  }
  if (left <= 0) {
    return std::nullopt;
  }
  const double factor =
      static_cast<double>(by_count[wanted].count()) * static_cast<double>(wanted) * kUnit / left;
  return static_cast<std::uint32_t>(std::clamp(std::round(factor), kUnit, kMostSlowDown));
}

std::uint32_t slow_down_without_gain(std::uint32_t n, std::uint32_t before) {
  const std::uint64_t factor = std::uint64_t{before} * n / (n - 1);
  return static_cast<std::uint32_t>(std::min(factor, static_cast<std::uint64_t>(kMostSlowDown)));
}

}  // namespace lockstep

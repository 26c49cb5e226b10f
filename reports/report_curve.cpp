#include "reports/report_curve.h"

#include <algorithm>

#include "core/check.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kEvenPoints = 200;
// Those that tables name; the others of theirs are among the even ones.
constexpr std::uint64_t kThousandthsNamed = 999;

}  // namespace

LatencyOrder::LatencyOrder(const RunTable& table, SimDuration overhead) : table_(table) {
  for (std::size_t i = 0; i < table.requests.size(); ++i) {
    const RequestRecord& request = table.requests[i];
    if (request.is_answered()) {
      order_.emplace_back((request.latency() + overhead).count(), static_cast<std::uint32_t>(i));
    }
  }
  std::sort(order_.begin(), order_.end());
}

SimDuration LatencyOrder::at(std::uint64_t rank) const {
  LOCKSTEP_CHECK(rank > 0 && rank <= count());
  return SimDuration{order_[rank - 1].first};
}

const RequestRecord& LatencyOrder::request_at(std::uint64_t rank) const {
  LOCKSTEP_CHECK(rank > 0 && rank <= count());
  return table_.requests[order_[rank - 1].second];
}

std::uint64_t LatencyOrder::count_within(SimDuration limit) const {
  const auto beyond =
      std::upper_bound(order_.begin(), order_.end(), std::pair(limit.count(), UINT32_MAX));
  return static_cast<std::uint64_t>(beyond - order_.begin());
}

std::vector<LatencyPoint> LatencyOrder::points() const {
  std::vector<std::uint64_t> ranks;
  for (std::uint64_t i = 1; i <= kEvenPoints && count() > 0; ++i) {
    ranks.push_back((count() * i + kEvenPoints - 1) / kEvenPoints);
  }
  if (count() > 0) {
    ranks.push_back((count() * kThousandthsNamed + 999) / 1'000);
  }
  // From both ends inwards: 1, 2, 3, ..., then a tenth further each time.
  for (std::uint64_t step = 1; step <= count(); step = std::max(step + 1, step + step / 10)) {
    ranks.push_back(step);
    ranks.push_back(count() - step + 1);
  }
  std::sort(ranks.begin(), ranks.end());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  std::vector<LatencyPoint> points;
  points.reserve(ranks.size());
  for (const std::uint64_t rank : ranks) {
    points.push_back({.rank = rank, .latency = at(rank)});
  }
  return points;
}

}  // namespace lockstep

// The latencies of a run in order, and a few hundred points that draw their distribution.
//
// Of answered requests only (RequestRecord::is_answered), each with `overhead` added. Order:
// (latency, number of the request). The points keep both ends exactly: every one of the slowest,
// then ever fewer towards the median, so that a quantile plot to the last request has no gaps. The
// nearest ranks of each half per cent and of p99.9 are among them.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/time.h"
#include "traces/run_table.h"

namespace lockstep {

struct LatencyPoint {
  std::uint64_t rank = 0;  // 1-based: so many answered requests took this long or less
  SimDuration latency{0};
};

class LatencyOrder {
 public:
  LatencyOrder(const RunTable& table, SimDuration overhead);

  [[nodiscard]] std::uint64_t count() const { return order_.size(); }
  // The rank-th fastest. Requires: 0 < rank <= count().
  [[nodiscard]] SimDuration at(std::uint64_t rank) const;
  [[nodiscard]] const RequestRecord& request_at(std::uint64_t rank) const;
  // How many took at most `limit`.
  [[nodiscard]] std::uint64_t count_within(SimDuration limit) const;
  // At most about 500 points, in order of rank; rank 1 and the last one among them.
  [[nodiscard]] std::vector<LatencyPoint> points() const;

 private:
  const RunTable& table_;
  std::vector<std::pair<std::int64_t, std::uint32_t>> order_;  // latency in ns, index of request
};

}  // namespace lockstep

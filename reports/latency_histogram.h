// Counts of durations in log-linear buckets: constant memory, quantiles within 0.1 % of exact.
//
// Below 1024 ns every value has its own bucket; above, each power of two is cut into 1024 buckets
// and a bucket reports its middle, so the relative error is at most 1/2048. The sum is exact.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "core/time.h"

namespace lockstep {

class LatencyHistogram {
 public:
  LatencyHistogram();

  // Requires: value >= 0.
  void add(SimDuration value) {
    ++counts_[bucket_of(static_cast<std::uint64_t>(value.count()))];
    ++count_;
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }

  // The middle of the bucket that holds the rank-th smallest value. Requires: 0 < rank <= count().
  [[nodiscard]] SimDuration at_rank(std::uint64_t rank) const;

  // Nearest-rank quantile: middle of the bucket that holds the ceil(count * per_million / 10^6)-th
  // smallest value. Requires: count() > 0, 0 < per_million <= 10^6.
  [[nodiscard]] SimDuration quantile(std::uint32_t per_million) const;

 private:
  static constexpr unsigned kSubBits = 10;

  [[nodiscard]] static std::size_t bucket_of(std::uint64_t value) {
    if (value < (1u << kSubBits)) {
      return static_cast<std::size_t>(value);
    }
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - kSubBits - 1;
    return (std::size_t{shift} << kSubBits) + static_cast<std::size_t>(value >> shift);
  }

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
};

}  // namespace lockstep

#include "reports/latency_histogram.h"

#include "core/check.h"
#include "core/limits.h"

namespace lockstep {

LatencyHistogram::LatencyHistogram()
    : counts_(bucket_of(static_cast<std::uint64_t>(2 * kMaxTimeNs)) + 1) {}

SimDuration LatencyHistogram::quantile(std::uint32_t per_million) const {
  LOCKSTEP_CHECK(count_ > 0);
  LOCKSTEP_CHECK(per_million > 0 && per_million <= 1'000'000);
  return at_rank((count_ * per_million + 999'999) / 1'000'000);
}

SimDuration LatencyHistogram::at_rank(std::uint64_t rank) const {
  LOCKSTEP_CHECK(rank > 0 && rank <= count_);
  std::uint64_t seen = 0;
  std::size_t bucket = 0;
  while (seen + counts_[bucket] < rank) {
    seen += counts_[bucket];
    ++bucket;
  }
  constexpr std::size_t kSub = std::size_t{1} << kSubBits;
  if (bucket < 2 * kSub) {
    return SimDuration{static_cast<std::int64_t>(bucket)};
  }
  const unsigned shift = static_cast<unsigned>(bucket >> kSubBits) - 1;
  const std::uint64_t low = std::uint64_t{(bucket & (kSub - 1)) + kSub} << shift;
  return SimDuration{static_cast<std::int64_t>(low + (std::uint64_t{1} << shift) / 2)};
}

}  // namespace lockstep

// Times of one part of generated traffic, one after another: the clockwork inside ArrivalSource.
//
// Invariant: times do not decrease. The exact position is kept in units of 2^-64 ns and rounded
// down once per arrival, so no rate drifts. A gap is a sample of mean 1 (core/gap_distribution.h)
// in "operational time", which passes as fast as the rate says: a gap that begins in a slow stretch
// and ends in a fast one is shared between them (time rescaling). One sample per arrival whatever
// the rate does, so the same seed gives the same gaps under any rate (common random numbers).
#pragma once

#include <cstdint>
#include <memory>

#include "core/gap_distribution.h"
#include "core/prng.h"
#include "core/sampling.h"
#include "sim/rate.h"
#include "sim/rate_profile.h"

namespace lockstep {

inline constexpr std::int64_t kNoArrival = INT64_MAX;

class ArrivalTimes {
 public:
  ArrivalTimes() = default;
  ArrivalTimes(const ArrivalTimes&) = delete;
  ArrivalTimes& operator=(const ArrivalTimes&) = delete;
  virtual ~ArrivalTimes() = default;

  // kNoArrival: there are no more. Times above kMaxTimeNs mean that time ran out.
  [[nodiscard]] virtual std::int64_t next_ns() = 0;
};

// Arrival k (from 1) at k / rate, rounded down: exact for ever. Requires: rate > 0.
[[nodiscard]] std::unique_ptr<ArrivalTimes> constant_times(const Rate& rate);

// The times of PoissonArrivals. Requires: rate > 0.
[[nodiscard]] std::unique_ptr<ArrivalTimes> poisson_times(const Rate& rate, Prng gaps);

// Gaps of any family at a rate that changes. Ends where the profile falls silent for ever.
[[nodiscard]] std::unique_ptr<ArrivalTimes> paced_times(const UnitGap& gap, Prng gaps,
                                                        std::unique_ptr<RateProfile> profile);

}  // namespace lockstep

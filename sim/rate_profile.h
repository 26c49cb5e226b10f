// A rate that changes with time, as stretches of constant rate: what ramps, days and on-off
// sources have in common.
//
// A smooth rate is cut into kRateSteps stretches, each with the rate in its middle: the expected
// count of a whole ramp or period is exact, and within it the rate is off by less than 0.1 % of its
// range. An on-off source (a Markov-modulated Poisson process of two states) has random stretches,
// from a stream of its own.
#pragma once

#include <cstdint>
#include <memory>

#include "core/prng.h"
#include "core/scaled_number.h"
#include "sim/rate.h"

namespace lockstep {

inline constexpr std::int64_t kRateSteps = 4096;

// Times up to its end have this rate.
struct RateStretch {
  std::int64_t end_ns = 0;        // from the start; kNoEnd: for ever
  ScaledNumber per_nanosecond{};  // requests per ns; zero: silence
};
inline constexpr std::int64_t kNoEnd = INT64_MAX;

class RateProfile {
 public:
  RateProfile() = default;
  RateProfile(const RateProfile&) = delete;
  RateProfile& operator=(const RateProfile&) = delete;
  virtual ~RateProfile() = default;

  // The stretches in order, each beginning where the last one ended; ends rise. Not called again
  // after one without end.
  [[nodiscard]] virtual RateStretch next() = 0;
};

struct RampRate {
  Rate from;
  Rate to;  // reached after `over_ns`, and kept
  std::int64_t over_ns = 0;
};
struct DiurnalRate {
  Rate mean;
  std::uint64_t amplitude_millionths = 0;  // of the mean, at most 1,000,000
  std::int64_t period_ns = 0;
  std::int64_t phase_ns = 0;  // the day is this old at time 0; it begins at the mean, rising
};
struct OnOffRate {
  Rate on;
  Rate off;
  std::int64_t on_ns = 0;   // mean of the exponential stay
  std::int64_t off_ns = 0;  // the first state is drawn: on with probability on / (on + off)
};

[[nodiscard]] std::unique_ptr<RateProfile> steady_profile(const Rate& rate);
// Requires: spans > 0.
[[nodiscard]] std::unique_ptr<RateProfile> ramp_profile(const RampRate& ramp);
[[nodiscard]] std::unique_ptr<RateProfile> diurnal_profile(const DiurnalRate& day);
[[nodiscard]] std::unique_ptr<RateProfile> on_off_profile(const OnOffRate& source, Prng stays);

// sin(2 pi turns), `turns` in units of 2^-64: units of 2^-60, to within 2^-56.
[[nodiscard]] std::int64_t sine_fixed60(std::uint64_t turns);

}  // namespace lockstep

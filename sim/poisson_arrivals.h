// Poisson arrivals: independent exponential gaps at a mean rate, drawn with integers only.
//
// Gap = -ln(U) / rate, where U is one 64-bit draw of the stream "arrivals" and the logarithm is our
// fixed-point one (core/sampling.h): the same bytes on every machine. Arrival k is the exact sum of
// the first k gaps, rounded down to whole ns: the mean rate is the one asked for even where many
// requests share a nanosecond. One draw per request: the k-th gap of a seed is the same whatever
// the rate (common random numbers). The first request arrives after the first gap.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/prng.h"
#include "core/result.h"
#include "core/sampling.h"
#include "traces/arrival_source.h"

namespace lockstep {

struct PoissonOptions {
  // Mean rate as a ratio: rate_count requests in `per`.
  std::uint64_t rate_count = 1000;
  SimDuration per{1'000'000'000};
  std::uint64_t request_count = 0;
  std::uint64_t seed = 1;
};

class PoissonArrivals final : public ArrivalSource {
 public:
  // Requires: rate_count > 0, per > 0.
  explicit PoissonArrivals(const PoissonOptions& options);
  [[nodiscard]] Result<std::size_t> read(std::span<Arrival> out) override;
  [[nodiscard]] const std::vector<std::string>& queue_names() const override { return names_; }

 private:
  PoissonOptions options_;
  Prng prng_;
  ExponentialSpan gap_;
  std::uint64_t drawn_ = 0;
  std::int64_t now_ns_ = 0;
  std::vector<std::string> names_ = {"queue"};
};

// "poisson:1200/s", "poisson:1.5/ms" (decimal rate; units /s, /ms, /min, /h). request_count and
// seed are left at their defaults.
[[nodiscard]] Result<PoissonOptions> parse_poisson(std::string_view spec);

}  // namespace lockstep

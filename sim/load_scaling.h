// The same traffic, more or less of it: arrival times divided by a load factor.
//
// `--load 2x` compresses every gap to half: twice the rate, the same burstiness in relative terms.
// time' = floor(time * denominator / numerator), exact in 128-bit integers; order is kept.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "traces/arrival_source.h"

namespace lockstep {

struct LoadFactor {
  std::uint64_t numerator = 1;
  std::uint64_t denominator = 1;
  [[nodiscard]] bool is_one() const { return numerator == denominator; }
};

// "2x", "400x", "0.5x", "1.25x": up to 6 fractional digits, above 0, at most 1000000x.
[[nodiscard]] Result<LoadFactor> parse_load(std::string_view text);

class LoadScaledArrivals final : public ArrivalSource {
 public:
  // `source` outlives this.
  LoadScaledArrivals(ArrivalSource& source, const LoadFactor& factor)
      : source_(source), factor_(factor) {}
  [[nodiscard]] Result<std::size_t> read(std::span<Arrival> out) override;
  [[nodiscard]] const std::vector<std::string>& queue_names() const override {
    return source_.queue_names();
  }

 private:
  ArrivalSource& source_;
  LoadFactor factor_;
};

}  // namespace lockstep

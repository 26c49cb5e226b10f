// A distribution by its quantiles: one value for each draw, in integers.
//
// Between two quantiles the value is linear in the share (interpolation.h), below the first and
// above the last one it is theirs: what was not measured is not made up. So the quantile of a
// large sample is the one that was given. Shares are parts per million, strictly rising; values do
// not fall.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace lockstep {

class Quantiles {
 public:
  struct Point {
    std::uint32_t per_million = 0;
    std::int64_t value = 0;
  };

  Quantiles() = default;  // of nothing: empty()
  // Requires: at least one point, in the order above, shares of at most 10^6.
  explicit Quantiles(std::vector<Point> points);

  [[nodiscard]] bool empty() const { return points_.empty(); }
  [[nodiscard]] const std::vector<Point>& points() const { return points_; }
  // `draw`: uniform over all 64 bits; it stands for the share draw / 2^64. Requires: !empty().
  [[nodiscard]] std::int64_t at(std::uint64_t draw) const;

 private:
  std::vector<Point> points_;
};

// A decimal number with at most `digits` fractional digits, in units of 10^-digits: "99.9" with 4
// is 999'000. Digits and one point only. Errors: anything else, or above `max` (in those units).
[[nodiscard]] Result<std::uint64_t> parse_decimal(std::string_view text, unsigned digits,
                                                  std::uint64_t max);
// The inverse: "99.9", "100".
[[nodiscard]] std::string decimal_text(std::uint64_t value, unsigned digits);

}  // namespace lockstep

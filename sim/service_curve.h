// How long one stage of the GPU works on a batch, by its rows: affine, or a piecewise-linear table
// of times or of distributions. Integer ns.
//
// Spec texts: `1ms+50us/row` (affine); `1:2.0ms,8:3.0ms,32:6.5ms` (table: linear between points,
// rounded to the nearest ns, half up; does not extrapolate unless asked). A point of a table may be
// a distribution, its quantiles as TIME@PERCENT: `8:2.9ms@50/3.4ms@99`. Between two sizes each
// quantile is interpolated by itself: the same draw at both, then the line. Times may fall with
// rows (real tables do); each is positive and below kMaxTimeNs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "sim/quantiles.h"

namespace lockstep {

class ServiceCurve {
 public:
  struct Point {
    std::uint32_t rows = 0;
    SimDuration time{0};
    Quantiles spread{};  // in ns, in the place of `time` unless empty
  };

  // base + per_row * rows. Requires: base, per_row >= 0, not both 0.
  [[nodiscard]] static ServiceCurve affine(SimDuration base, SimDuration per_row);
  // Points in strictly increasing rows, at least one.
  [[nodiscard]] static ServiceCurve table(std::vector<Point> points);

  // From now on a table goes on beyond its first and last point as between the two nearest ones,
  // but not below 1 ns and not above kMaxTimeNs. Requires: can_extrapolate().
  void extrapolate();
  [[nodiscard]] bool can_extrapolate() const { return points_.size() != 1; }

  // Requires: covers(rows), !is_random().
  [[nodiscard]] SimDuration time(std::uint32_t rows) const {
    return points_.empty() ? SimDuration{base_.count() + per_row_.count() * std::int64_t{rows}}
                           : interpolate(rows, 0);
  }
  // Of a batch whose draw is `draw` (quantiles.h). Requires: covers(rows).
  [[nodiscard]] SimDuration time(std::uint32_t rows, std::uint64_t draw) const {
    return points_.empty() ? time(rows) : interpolate(rows, draw);
  }
  // Is a time of it a distribution?
  [[nodiscard]] bool is_random() const;
  [[nodiscard]] bool covers(std::uint32_t rows) const;
  // "rows 1 to 32", for messages.
  [[nodiscard]] std::string range_text() const;
  // Canonical spec text: "1.8874ms+143.8us/row", "1:2ms,8:3ms".
  [[nodiscard]] std::string text() const;

 private:
  [[nodiscard]] SimDuration interpolate(std::uint32_t rows, std::uint64_t draw) const;

  SimDuration base_{0};
  SimDuration per_row_{0};
  std::vector<Point> points_;
  bool extrapolates_ = false;
};

// The longest time that a text may name. rows * per_row must not overflow either.
inline constexpr std::int64_t kMaxServiceNs = 3'600'000'000'000;

// Parses a spec text. Errors name the text, what was found and what was expected.
[[nodiscard]] Result<ServiceCurve> parse_service_curve(std::string_view spec);

}  // namespace lockstep

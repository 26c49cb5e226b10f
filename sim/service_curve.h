// How long the GPU works on a batch, by its rows: affine, or a piecewise-linear table. Integer ns.
//
// Spec texts: `1ms+50us/row` (affine), `1:2.0ms,8:3.0ms,32:6.5ms` (table: linear between points,
// rounded to the nearest ns, half up; refuses to extrapolate), or a bundled name
// (bundled_curves()). Times may fall with rows (real tables do); each is positive and below
// kMaxTimeNs.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace lockstep {

class ServiceCurve {
 public:
  struct Point {
    std::uint32_t rows = 0;
    SimDuration time{0};
  };

  // base + per_row * rows. Requires: base, per_row >= 0, not both 0.
  [[nodiscard]] static ServiceCurve affine(SimDuration base, SimDuration per_row);
  // Points in strictly increasing rows, at least one.
  [[nodiscard]] static ServiceCurve table(std::vector<Point> points);

  // Requires: covers(rows).
  [[nodiscard]] SimDuration time(std::uint32_t rows) const {
    return points_.empty() ? SimDuration{base_.count() + per_row_.count() * std::int64_t{rows}}
                           : interpolate(rows);
  }
  [[nodiscard]] bool covers(std::uint32_t rows) const;
  // "rows 1 to 32", for messages.
  [[nodiscard]] std::string range_text() const;
  // Canonical spec text: "1.8874ms+143.8us/row", "1:2ms,8:3ms".
  [[nodiscard]] std::string text() const;

 private:
  [[nodiscard]] SimDuration interpolate(std::uint32_t rows) const;

  SimDuration base_{0};
  SimDuration per_row_{0};
  std::vector<Point> points_;
};

struct BundledCurve {
  std::string_view name;    // "v100-resnet50"
  std::string_view spec;    // affine text
  std::string_view source;  // where the figures are from
};
[[nodiscard]] std::span<const BundledCurve> bundled_curves();

// Parses a spec text or a bundled name. Errors name the text, what was found and what was expected.
[[nodiscard]] Result<ServiceCurve> parse_service_curve(std::string_view spec);

}  // namespace lockstep

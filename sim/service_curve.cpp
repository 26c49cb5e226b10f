#include "sim/service_curve.h"

#include <array>
#include <charconv>
#include <utility>

#include "core/check.h"
#include "core/limits.h"

namespace lockstep {
namespace {

constexpr std::array<BundledCurve, 2> kBundled = {
    BundledCurve{"v100-resnet50", "1.8874ms+143.8us/row",
                 "ResNet-50 on one V100, linear fit of Inoue, arXiv 1912.06322: tau0 1.8874 ms, "
                 "alpha 0.1438 ms"},
    BundledCurve{"p4-resnet50", "1.4284ms+583.3us/row",
                 "ResNet-50 on one P4, linear fit of Inoue, arXiv 1912.06322: tau0 1.4284 ms, "
                 "alpha 0.5833 ms"}};

// The longest service time: rows * per_row must not overflow either.
constexpr std::int64_t kMaxServiceNs = 3'600'000'000'000;
static_assert(std::int64_t{kMaxBatchRows} * 1'000'000 + kMaxServiceNs < kMaxTimeNs);

tl::unexpected<Error> not_a_curve(std::string_view spec, const std::string& why) {
  return bad_input("found GPU curve '" + std::string(spec) + "', expected 1ms+50us/row, " +
                   "1:2.0ms,8:3.0ms,32:6.5ms or a name of `lockstep list gpus`" +
                   (why.empty() ? "" : " (" + why + ")"));
}

Result<ServiceCurve> parse_affine(std::string_view spec, std::size_t plus) {
  constexpr std::string_view kPerRow = "/row";
  const std::string_view slope = spec.substr(plus + 1);
  if (slope.size() < kPerRow.size() || slope.substr(slope.size() - kPerRow.size()) != kPerRow) {
    return not_a_curve(spec, "the second term ends in /row");
  }
  const Result<SimDuration> base = parse_duration(spec.substr(0, plus));
  const Result<SimDuration> per_row =
      parse_duration(slope.substr(0, slope.size() - kPerRow.size()));
  if (!base || !per_row) {
    return not_a_curve(spec, (!base ? base : per_row).error().message);
  }
  if (base->count() > kMaxServiceNs || per_row->count() > 1'000'000'000'000) {
    return not_a_curve(spec, "at most 1h+1000s/row");
  }
  if (base->count() + per_row->count() == 0) {
    return not_a_curve(spec, "a batch takes longer than 0");
  }
  return ServiceCurve::affine(*base, *per_row);
}

Result<ServiceCurve> parse_table(std::string_view spec) {
  std::vector<ServiceCurve::Point> points;
  std::string_view rest = spec;
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string_view item = rest.substr(0, comma);
    const std::size_t colon = item.find(':');
    std::uint32_t rows = 0;
    const auto [end, error] =
        std::from_chars(item.data(), item.data() + (colon == item.npos ? 0 : colon), rows);
    if (colon == item.npos || error != std::errc{} || end != item.data() + colon || rows == 0 ||
        rows > kMaxBatchRows) {
      return not_a_curve(spec, "'" + std::string(item) + "' is not ROWS:TIME");
    }
    const Result<SimDuration> time = parse_duration(item.substr(colon + 1));
    if (!time || time->count() <= 0 || time->count() > kMaxServiceNs) {
      return not_a_curve(spec, time ? "a time lies between 1ns and 1h" : time.error().message);
    }
    if (!points.empty() && rows <= points.back().rows) {
      return not_a_curve(spec, "rows rise from point to point");
    }
    points.push_back(ServiceCurve::Point{rows, *time});
    if (comma == rest.npos) {
      return ServiceCurve::table(std::move(points));
    }
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace

ServiceCurve ServiceCurve::affine(SimDuration base, SimDuration per_row) {
  LOCKSTEP_CHECK(base.count() >= 0 && per_row.count() >= 0);
  LOCKSTEP_CHECK(base.count() + per_row.count() > 0);
  ServiceCurve curve;
  curve.base_ = base;
  curve.per_row_ = per_row;
  return curve;
}

ServiceCurve ServiceCurve::table(std::vector<Point> points) {
  LOCKSTEP_CHECK(!points.empty());
  ServiceCurve curve;
  curve.points_ = std::move(points);
  return curve;
}

bool ServiceCurve::covers(std::uint32_t rows) const {
  if (points_.empty()) {
    return rows <= kMaxBatchRows && (rows > 0 || base_ > SimDuration{0}) &&
           per_row_.count() <= (kMaxTimeNs - base_.count()) / (std::int64_t{rows} + 1);
  }
  return rows >= points_.front().rows && rows <= points_.back().rows;
}

SimDuration ServiceCurve::interpolate(std::uint32_t rows) const {
  LOCKSTEP_CHECK(covers(rows));
  std::size_t upper = 0;
  while (points_[upper].rows < rows) {
    ++upper;
  }
  if (points_[upper].rows == rows) {
    return points_[upper].time;
  }
  const Point& low = points_[upper - 1];
  const Point& high = points_[upper];
  const std::int64_t span = std::int64_t{high.rows} - low.rows;
  // An hour times the most rows of a batch is more than 64 bits hold.
  __extension__ using Wide = __int128;
  const Wide rise = Wide{(high.time - low.time).count()} * (std::int64_t{rows} - low.rows);
  // Nearest ns, half up, for rising and falling segments alike: floor((2 rise + span) / (2 span)).
  const Wide numerator = 2 * rise + span;
  const Wide denominator = 2 * Wide{span};
  const auto quotient = static_cast<std::int64_t>(numerator / denominator);
  const bool round_down = numerator % denominator < 0;
  return low.time + SimDuration{quotient - (round_down ? 1 : 0)};
}

std::string ServiceCurve::range_text() const {
  return points_.empty() ? "any number of rows"
                         : "rows " + std::to_string(points_.front().rows) + " to " +
                               std::to_string(points_.back().rows);
}

std::string ServiceCurve::text() const {
  if (points_.empty()) {
    return to_decimal_text(base_) + "+" + to_decimal_text(per_row_) + "/row";
  }
  std::string text;
  for (const Point& point : points_) {
    if (!text.empty()) {
      text += ',';
    }
    // One piece at a time: at link time g++ 12 warns of an overflow within operator+.
    text += std::to_string(point.rows);
    text += ':';
    text += to_decimal_text(point.time);
  }
  return text;
}

std::span<const BundledCurve> bundled_curves() {
  return kBundled;
}

Result<ServiceCurve> parse_service_curve(std::string_view spec) {
  for (const BundledCurve& curve : kBundled) {
    if (curve.name == spec) {
      return parse_service_curve(curve.spec);
    }
  }
  if (const std::size_t plus = spec.find('+'); plus != spec.npos) {
    return parse_affine(spec, plus);
  }
  if (spec.find(':') != spec.npos) {
    return parse_table(spec);
  }
  return not_a_curve(spec, "");
}

}  // namespace lockstep

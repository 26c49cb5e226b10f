#include "sim/service_curve.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/check.h"
#include "core/limits.h"
#include "sim/interpolation.h"

namespace lockstep {
namespace {

static_assert(std::int64_t{kMaxBatchRows} * 1'000'000 + kMaxServiceNs < kMaxTimeNs);

tl::unexpected<Error> not_a_curve(std::string_view spec, const std::string& why) {
  return bad_input(
      "found GPU curve '" + std::string(spec) + "', expected 1ms+50us/row, " +
      "1:2.0ms,8:3.0ms,32:6.5ms, a name of `lockstep list gpus` or a file called .csv or .json" +
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

Result<SimDuration> parse_point_time(std::string_view text) {
  Result<SimDuration> time = parse_duration(text);
  if (time && (time->count() <= 0 || time->count() > kMaxServiceNs)) {
    return bad_input("a time lies between 1ns and 1h");
  }
  return time;
}

// "2ms", or "2.9ms@50/3.4ms@99"; without its rows.
Result<ServiceCurve::Point> parse_point(std::string_view text) {
  if (text.find('@') == text.npos) {
    const Result<SimDuration> time = parse_point_time(text);
    return time ? Result<ServiceCurve::Point>(ServiceCurve::Point{0, *time})
                : tl::unexpected(time.error());
  }
  std::vector<Quantiles::Point> quantiles;
  if (text.ends_with('/')) {
    return bad_input("'" + std::string(text) + "' ends in the middle");
  }
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view item = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(item.size() + 1, rest.size()));
    const std::size_t at = item.find('@');
    const Result<SimDuration> time = parse_point_time(item.substr(0, at));
    const Result<std::uint64_t> share =
        parse_decimal(at == item.npos ? "" : item.substr(at + 1), 4, 1'000'000);
    if (!time || !share) {
      return bad_input("'" + std::string(item) +
                       "' is not TIME@PERCENT: " + (!time ? time.error() : share.error()).message);
    }
    const auto per_million = static_cast<std::uint32_t>(*share);
    if (!quantiles.empty() &&
        (per_million <= quantiles.back().per_million || time->count() < quantiles.back().value)) {
      return bad_input("quantiles rise: '" + std::string(text) + "'");
    }
    quantiles.push_back({per_million, time->count()});
  }
  return ServiceCurve::Point{0, SimDuration{0}, Quantiles(std::move(quantiles))};
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
    Result<ServiceCurve::Point> point = parse_point(item.substr(colon + 1));
    if (!point) {
      return not_a_curve(spec, point.error().message);
    }
    if (!points.empty() && rows <= points.back().rows) {
      return not_a_curve(spec, "rows rise from point to point");
    }
    point->rows = rows;
    points.push_back(std::move(*point));
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

void ServiceCurve::extrapolate() {
  LOCKSTEP_CHECK(can_extrapolate());
  extrapolates_ = true;
}

bool ServiceCurve::is_random() const {
  return std::any_of(points_.begin(), points_.end(),
                     [](const Point& point) { return !point.spread.empty(); });
}

bool ServiceCurve::covers(std::uint32_t rows) const {
  if (points_.empty()) {
    return rows <= kMaxBatchRows && (rows > 0 || base_ > SimDuration{0}) &&
           per_row_.count() <= (kMaxTimeNs - base_.count()) / (std::int64_t{rows} + 1);
  }
  if (extrapolates_) {
    return rows > 0 && rows <= kMaxBatchRows;
  }
  return rows >= points_.front().rows && rows <= points_.back().rows;
}

SimDuration ServiceCurve::interpolate(std::uint32_t rows, std::uint64_t draw) const {
  LOCKSTEP_CHECK(covers(rows));
  const auto time_of = [draw](const Point& point) {
    return point.spread.empty() ? point.time.count() : point.spread.at(draw);
  };
  // The first point that is not below, or the last; the line beyond an end is that of its segment.
  std::size_t upper = 0;
  while (points_[upper].rows < rows && upper + 1 < points_.size()) {
    ++upper;
  }
  if (points_[upper].rows == rows) {
    return SimDuration{time_of(points_[upper])};
  }
  upper = std::max<std::size_t>(upper, 1);
  const Point& low = points_[upper - 1];
  const Point& high = points_[upper];
  const std::int64_t time = interpolated(time_of(low), time_of(high), std::int64_t{rows} - low.rows,
                                         std::int64_t{high.rows} - low.rows);
  return SimDuration{std::clamp(time, std::int64_t{1}, kMaxTimeNs)};
}

std::string ServiceCurve::range_text() const {
  return points_.empty() || extrapolates_ ? "any number of rows"
                                          : "rows " + std::to_string(points_.front().rows) +
                                                " to " + std::to_string(points_.back().rows);
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
    if (point.spread.empty()) {
      text += to_decimal_text(point.time);
    }
    bool first = true;
    for (const Quantiles::Point& quantile : point.spread.points()) {
      text += first ? "" : "/";
      text += to_decimal_text(SimDuration{quantile.value});
      text += '@';
      text += decimal_text(quantile.per_million, 4);
      first = false;
    }
  }
  return text;
}

Result<ServiceCurve> parse_service_curve(std::string_view spec) {
  if (const std::size_t plus = spec.find('+'); plus != spec.npos) {
    return parse_affine(spec, plus);
  }
  if (spec.find(':') != spec.npos) {
    return parse_table(spec);
  }
  return not_a_curve(spec, "");
}

}  // namespace lockstep

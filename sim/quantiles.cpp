#include "sim/quantiles.h"

#include <utility>

#include "core/check.h"
#include "sim/interpolation.h"

namespace lockstep {

Quantiles::Quantiles(std::vector<Point> points) : points_(std::move(points)) {
  LOCKSTEP_CHECK(!points_.empty());
  LOCKSTEP_CHECK(points_.back().per_million <= 1'000'000);
  for (std::size_t i = 1; i < points_.size(); ++i) {
    LOCKSTEP_CHECK(points_[i - 1].per_million < points_[i].per_million);
    LOCKSTEP_CHECK(points_[i - 1].value <= points_[i].value);
  }
}

std::int64_t Quantiles::at(std::uint64_t draw) const {
  LOCKSTEP_CHECK(!points_.empty());
  // The share in units of 2^-32 of a millionth: below 2^52.
  __extension__ using Wide = unsigned __int128;
  const auto share = static_cast<std::int64_t>((Wide{draw} * 1'000'000) >> 32);
  const auto share_of = [](const Point& point) { return std::int64_t{point.per_million} << 32; };
  if (share <= share_of(points_.front())) {
    return points_.front().value;
  }
  for (std::size_t i = 1; i < points_.size(); ++i) {
    const Point& low = points_[i - 1];
    const Point& high = points_[i];
    if (share <= share_of(high)) {
      return interpolated(low.value, high.value, share - share_of(low),
                          share_of(high) - share_of(low));
    }
  }
  return points_.back().value;
}

Result<std::uint64_t> parse_decimal(std::string_view text, unsigned digits, std::uint64_t max) {
  LOCKSTEP_CHECK(max <= std::uint64_t{1} << 58);
  std::uint64_t value = 0;
  bool any = false;
  bool after_point = false;
  unsigned fraction = 0;
  const auto add = [&](std::uint64_t digit) { value = value > max ? value : value * 10 + digit; };
  for (const char letter : text) {
    if (letter == '.' && any && !after_point) {
      after_point = true;
      continue;
    }
    if (letter < '0' || letter > '9' || (after_point && fraction == digits)) {
      return bad_input("found '" + std::string(text) + "', expected a number with at most " +
                       std::to_string(digits) + " decimals");
    }
    any = true;
    add(static_cast<std::uint64_t>(letter - '0'));
    fraction += after_point ? 1 : 0;
  }
  if (!any || (after_point && fraction == 0)) {
    return bad_input("found '" + std::string(text) + "', expected a number");
  }
  for (; fraction < digits; ++fraction) {
    add(0);
  }
  if (value > max) {
    return bad_input("found '" + std::string(text) + "', expected at most " +
                     decimal_text(max, digits));
  }
  return value;
}

std::string decimal_text(std::uint64_t value, unsigned digits) {
  std::uint64_t unit = 1;
  for (unsigned i = 0; i < digits; ++i) {
    unit *= 10;
  }
  std::string text = std::to_string(value / unit);
  std::string fraction = std::to_string(unit + value % unit).substr(1);
  while (!fraction.empty() && fraction.back() == '0') {
    fraction.pop_back();
  }
  if (!fraction.empty()) {
    text += '.';
    text += fraction;
  }
  return text;
}

}  // namespace lockstep

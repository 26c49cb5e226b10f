#include "sim/rate.h"

#include <array>
#include <charconv>
#include <string>

namespace lockstep {
namespace {

struct RateUnit {
  std::string_view text;
  std::int64_t ns;
};
constexpr std::array<RateUnit, 5> kRateUnits = {
    RateUnit{"/s", 1'000'000'000}, RateUnit{"/ms", 1'000'000}, RateUnit{"/us", 1'000},
    RateUnit{"/min", 60'000'000'000}, RateUnit{"/h", 3'600'000'000'000}};

// Digits with an optional fraction of up to `places_max` digits; `places` is how many there were.
std::optional<std::uint64_t> parse_fraction(std::string_view text, std::size_t places_max,
                                            std::size_t& places) {
  std::string digits(text);
  places = 0;
  if (const std::size_t point = digits.find('.'); point != std::string::npos) {
    places = digits.size() - point - 1;
    if (places == 0 || places > places_max || point == 0) {
      return std::nullopt;
    }
    digits.erase(point, 1);
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

std::optional<Rate> parse_rate(std::string_view text) {
  const std::size_t slash = text.find('/');
  for (const RateUnit& unit : kRateUnits) {
    if (slash == std::string_view::npos || text.substr(slash) != unit.text) {
      continue;
    }
    // COUNT = all digits, PER = unit * 10^places.
    std::size_t places = 0;
    const std::optional<std::uint64_t> count = parse_fraction(text.substr(0, slash), 3, places);
    if (!count || *count > kMaxRateCount) {
      return std::nullopt;
    }
    Rate rate{.count = *count, .per_ns = unit.ns};
    for (std::size_t i = 0; i < places; ++i) {
      rate.per_ns *= 10;
    }
    return rate;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_millionths(std::string_view text) {
  constexpr std::uint64_t kMost = 10'000'000'000'000;
  std::size_t places = 0;
  std::optional<std::uint64_t> value = parse_fraction(text, 6, places);
  for (; value && places < 6; ++places) {
    value = *value <= kMost ? std::optional(*value * 10) : std::nullopt;
  }
  return value && *value <= kMost ? value : std::nullopt;
}

}  // namespace lockstep

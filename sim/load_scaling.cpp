#include "sim/load_scaling.h"

#include <charconv>

#include "core/limits.h"

namespace lockstep {
namespace {

tl::unexpected<Error> not_a_load(std::string_view text) {
  return bad_input("found load or speed '" + std::string(text) +
                   "', expected a factor such as 2x, 0.5x or 400x (at most 1000000x)");
}

}  // namespace

Result<LoadFactor> parse_load(std::string_view text) {
  if (text.size() < 2 || text.back() != 'x') {
    return not_a_load(text);
  }
  std::string digits(text.substr(0, text.size() - 1));
  LoadFactor factor;
  if (const std::size_t point = digits.find('.'); point != std::string::npos) {
    const std::size_t places = digits.size() - point - 1;
    if (point == 0 || places == 0 || places > 6) {
      return not_a_load(text);
    }
    for (std::size_t i = 0; i < places; ++i) {
      factor.denominator *= 10;
    }
    digits.erase(point, 1);
  }
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), factor.numerator);
  if (error != std::errc{} || end != digits.data() + digits.size() || factor.numerator == 0 ||
      factor.numerator > 1'000'000 * factor.denominator) {
    return not_a_load(text);
  }
  return factor;
}

Result<std::size_t> LoadScaledArrivals::read(std::span<Arrival> out) {
  Result<std::size_t> count = source_.read(out);
  if (!count) {
    return count;
  }
  __extension__ using Wide = unsigned __int128;
  for (Arrival& arrival : out.first(*count)) {
    const Wide scaled =
        static_cast<Wide>(ns_of(arrival.time)) * factor_.denominator / factor_.numerator;
    if (scaled > static_cast<Wide>(kMaxTimeNs)) {
      return bad_input("an arrival lies beyond 36 years of virtual time: expected a larger --load");
    }
    arrival.time = at_ns(static_cast<std::int64_t>(scaled));
  }
  return count;
}

}  // namespace lockstep

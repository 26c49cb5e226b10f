#include "sim/poisson_arrivals.h"

#include <array>
#include <charconv>
#include <string_view>

#include "core/check.h"
#include "core/limits.h"

namespace lockstep {
namespace {

struct RateUnit {
  std::string_view text;
  std::int64_t ns;
};
constexpr std::array<RateUnit, 5> kRateUnits = {
    RateUnit{"/s", 1'000'000'000}, RateUnit{"/ms", 1'000'000}, RateUnit{"/us", 1'000},
    RateUnit{"/min", 60'000'000'000}, RateUnit{"/h", 3'600'000'000'000}};

tl::unexpected<Error> not_poisson(std::string_view spec) {
  return bad_input(
      "found arrivals '" + std::string(spec) +
      "', expected poisson:RATE such as poisson:1200/s (units /us, /ms, /s, /min, /h)");
}

}  // namespace

PoissonArrivals::PoissonArrivals(const PoissonOptions& options)
    : options_(options),
      prng_(options.seed, "arrivals"),
      gap_(static_cast<std::uint64_t>(options.per.count()), options.rate_count) {}

Result<std::size_t> PoissonArrivals::read(std::span<Arrival> out) {
  std::size_t count = 0;
  while (count < out.size() && drawn_ < options_.request_count) {
    now_ns_ += gap_.next_ns(prng_.next());
    if (now_ns_ > kMaxTimeNs) {
      return bad_input("arrival " + std::to_string(drawn_) +
                       " lies beyond 36 years of virtual time: expected fewer requests or a "
                       "higher rate");
    }
    out[count].time = at_ns(now_ns_);
    ++count;
    ++drawn_;
  }
  return count;
}

Result<PoissonOptions> parse_poisson(std::string_view spec) {
  constexpr std::string_view kPrefix = "poisson:";
  if (spec.substr(0, kPrefix.size()) != kPrefix) {
    return not_poisson(spec);
  }
  const std::string_view rate = spec.substr(kPrefix.size());
  const std::size_t slash = rate.find('/');
  for (const RateUnit& unit : kRateUnits) {
    if (slash == std::string_view::npos || rate.substr(slash) != unit.text) {
      continue;
    }
    // RATE is digits with an optional fraction: COUNT = all digits, PER = unit * 10^places.
    std::string digits(rate.substr(0, slash));
    std::int64_t per = unit.ns;
    if (const std::size_t point = digits.find('.'); point != std::string::npos) {
      const std::size_t places = digits.size() - point - 1;
      if (places == 0 || places > 3 || point == 0) {
        return not_poisson(spec);
      }
      for (std::size_t i = 0; i < places; ++i) {
        per *= 10;
      }
      digits.erase(point, 1);
    }
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (error != std::errc{} || end != digits.data() + digits.size() || count == 0 ||
        count > 1'000'000'000'000) {
      return not_poisson(spec);
    }
    return PoissonOptions{.rate_count = count, .per = SimDuration{per}};
  }
  return not_poisson(spec);
}

}  // namespace lockstep

#include "sim/poisson_arrivals.h"

#include <optional>
#include <string_view>

#include "core/check.h"
#include "core/limits.h"
#include "sim/rate.h"

namespace lockstep {
namespace {

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
  const std::optional<Rate> rate = parse_rate(spec.substr(kPrefix.size()));
  if (!rate || rate->is_zero()) {
    return not_poisson(spec);
  }
  return PoissonOptions{.rate_count = rate->count, .per = SimDuration{rate->per_ns}};
}

}  // namespace lockstep

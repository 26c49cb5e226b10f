#include "sim/arrival_times.h"

#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "core/limits.h"
#include "tests/support/goodness_of_fit.h"

namespace lockstep {
namespace {

constexpr std::size_t kTimes = 100'000;

std::vector<std::int64_t> first_times(ArrivalTimes& source, std::size_t count) {
  std::vector<std::int64_t> times;
  for (std::size_t i = 0; i < count; ++i) {
    times.push_back(source.next_ns());
  }
  return times;
}

// Gaps over their mean.
std::vector<double> relative_gaps(ArrivalTimes& source, double mean_ns) {
  std::vector<double> gaps;
  std::int64_t last = 0;
  for (const std::int64_t time : first_times(source, kTimes)) {
    gaps.push_back(static_cast<double>(time - last) / mean_ns);
    last = time;
  }
  return gaps;
}

TEST(ConstantTimes, AreExactForEver) {
  const auto thirds = constant_times(*parse_rate("3/s"));
  EXPECT_EQ(first_times(*thirds, 4),
            (std::vector<std::int64_t>{333'333'333, 666'666'666, 1'000'000'000, 1'333'333'333}));
  const auto fast = constant_times(*parse_rate("1000000/us"));
  EXPECT_EQ(first_times(*fast, 3'000'000).back(), 3000);
}

// Kolmogorov-Smirnov at p = 0.001 over 100,000 gaps, fixed seeds. Higher CVs, whose shortest gaps
// vanish in a nanosecond: tests/core/gap_distribution_test.cpp.
TEST(GammaTimes, HaveTheirDistribution) {
  const auto source = paced_times(UnitGap::gamma(2'000'000), Prng(1, "arrivals"),
                                  steady_profile(*parse_rate("1/h")));
  EXPECT_LT(ks_distance(relative_gaps(*source, 3.6e12),
                        [](double x) { return gamma_cdf(0.25, x * 0.25); }),
            ks_critical(kTimes));
}

TEST(WeibullTimes, HaveTheirDistribution) {
  const auto source = paced_times(UnitGap::weibull(2'000'000), Prng(2, "arrivals"),
                                  steady_profile(*parse_rate("1000/s")));
  const double shape = std::exp2(kLogBits) / static_cast<double>(weibull_inverse_shape(2'000'000));
  const double scale = 1 / std::tgamma(1 + 1 / shape);
  EXPECT_LT(ks_distance(relative_gaps(*source, 1e6),
                        [&](double x) { return -std::expm1(-std::pow(x / scale, shape)); }),
            ks_critical(kTimes));
}

TEST(PacedTimes, OfExponentialGapsAreThePoissonTimes) {
  const Rate rate = *parse_rate("17230/s");
  const auto paced = paced_times(UnitGap::exponential(), Prng(1, "arrivals"), steady_profile(rate));
  const auto poisson = poisson_times(rate, Prng(1, "arrivals"));
  for (std::size_t i = 0; i < kTimes; ++i) {
    // Both are exact to far below a nanosecond; a sum may fall on either side of a whole one.
    ASSERT_LE(std::abs(paced->next_ns() - poisson->next_ns()), 1);
  }
}

TEST(PacedTimes, KeepTheirRateWhereANanosecondIsCoarse) {
  const auto source = paced_times(UnitGap::gamma(1'500'000), Prng(3, "arrivals"),
                                  steady_profile(*parse_rate("1000/us")));
  // 100,000 gaps of 1 ns on average, CV 1.5: standard error 474 ns.
  EXPECT_NEAR(static_cast<double>(first_times(*source, kTimes).back()), 1e5, 4 * 474.0);
}

TEST(PacedTimes, OfAnotherRateAreTheSameGapsScaled) {
  const auto slow = paced_times(UnitGap::weibull(3'000'000), Prng(1, "arrivals"),
                                steady_profile(*parse_rate("100/s")));
  const auto fast = paced_times(UnitGap::weibull(3'000'000), Prng(1, "arrivals"),
                                steady_profile(*parse_rate("200/s")));
  for (int i = 0; i < 1000; ++i) {
    const std::int64_t a = slow->next_ns();
    const std::int64_t b = fast->next_ns();
    ASSERT_LE(std::abs(a - 2 * b), 2);
  }
}

// 4 requests/s for one second, silence for one, then one a second: constant gaps share their way.
TEST(PacedTimes, ShareAGapBetweenStretchesOfDifferentRates) {
  class Steps final : public RateProfile {
   public:
    RateStretch next() override {
      ++step_;
      return step_ == 1   ? RateStretch{900'000'000, parse_rate("4/s")->per_nanosecond()}
             : step_ == 2 ? RateStretch{2'000'000'000, {}}
                          : RateStretch{kNoEnd, parse_rate("1/s")->per_nanosecond()};
    }
    int step_ = 0;
  };
  const auto source =
      paced_times(UnitGap::constant(), Prng(1, "arrivals"), std::make_unique<Steps>());
  // The fourth gap is 0.15 s at 4/s, which is 0.6 of it, and 0.4 s at 1/s.
  const std::vector<std::int64_t> expected = {250'000'000, 500'000'000, 750'000'000, 2'400'000'000,
                                              3'400'000'000};
  const std::vector<std::int64_t> found = first_times(*source, 5);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_LE(std::abs(found[i] - expected[i]), 1) << i;
  }
}

TEST(PacedTimes, EndWhereTheRateEnds) {
  const auto source = paced_times(
      UnitGap::constant(), Prng(1, "arrivals"),
      ramp_profile(
          {.from = *parse_rate("10/s"), .to = *parse_rate("0/s"), .over_ns = 1'000'000'000}));
  const std::vector<std::int64_t> times = first_times(*source, 5);
  EXPECT_LT(times[3], 1'000'000'000);  // 5 requests in all; rounding decides about the last
  EXPECT_EQ(source->next_ns(), kNoArrival);
}

TEST(PacedTimes, SayThatTimeRanOut) {
  const auto source =
      paced_times(UnitGap::constant(), Prng(1, "arrivals"), steady_profile(*parse_rate("0.001/h")));
  EXPECT_LT(source->next_ns(), kMaxTimeNs);  // 1000 h
  for (int i = 0; i < 400; ++i) {
    static_cast<void>(source->next_ns());  // 36 years are 320 of them
  }
  EXPECT_GT(source->next_ns(), kMaxTimeNs);
}

}  // namespace
}  // namespace lockstep

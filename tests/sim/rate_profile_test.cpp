#include "sim/rate_profile.h"

#include <cmath>
#include <cstdint>
#include <memory>
#include <numbers>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "sim/arrival_times.h"
#include "tests/support/goodness_of_fit.h"

namespace lockstep {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// Counts of the first `bins` bins of `bin_ns` each.
std::vector<double> counts_in(ArrivalTimes& source, std::size_t bins, std::int64_t bin_ns) {
  std::vector<double> counts(bins);
  while (true) {
    const std::int64_t time = source.next_ns();
    if (time >= static_cast<std::int64_t>(bins) * bin_ns) {
      return counts;
    }
    ++counts[static_cast<std::size_t>(time / bin_ns)];
  }
}

std::unique_ptr<ArrivalTimes> poisson_at(std::unique_ptr<RateProfile> profile, std::uint64_t seed) {
  return paced_times(UnitGap::exponential(), Prng(seed, "arrivals"), std::move(profile));
}

TEST(Rate, TakesUnitsAndFractions) {
  EXPECT_EQ(parse_rate("1.5/ms")->count, 15u);
  EXPECT_EQ(parse_rate("1.5/ms")->per_ns, 10'000'000);
  EXPECT_TRUE(parse_rate("0/s")->is_zero());
  for (const char* text : {"", "5", "/s", "5/day", "-1/s", "1e3/s", ".5/s", "5./s", "1.2345/s",
                           " 5/s", "5/s ", "1000000000001/s"}) {
    EXPECT_FALSE(parse_rate(text)) << text;
  }
  EXPECT_TRUE(parse_rate("1000000000000/s"));
}

TEST(Millionths, AreExact) {
  EXPECT_EQ(parse_millionths("2.5"), 2'500'000u);
  EXPECT_EQ(parse_millionths("0.000001"), 1u);
  EXPECT_EQ(parse_millionths("10000000"), 10'000'000'000'000u);
  for (const char* text : {"", ".5", "5.", "0.0000001", "10000001", "-1", "1e3"}) {
    EXPECT_FALSE(parse_millionths(text)) << text;
  }
}

TEST(Sine, AgreesWithTheLibrarys) {
  Prng prng(1, "turns");
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t turns = prng.next();
    const long double angle =
        2 * std::numbers::pi_v<long double> * (static_cast<long double>(turns) / powl(2, 64));
    const long double ours = static_cast<long double>(sine_fixed60(turns)) / powl(2, 60);
    ASSERT_LT(fabsl(ours - sinl(angle)), 1.4e-17L) << turns;  // 2^-56
  }
  EXPECT_EQ(sine_fixed60(0), 0);
  EXPECT_EQ(sine_fixed60(std::uint64_t{1} << 63), 0);
}

// Chi-square of counts in bins at p = 0.001, fixed seeds.
TEST(Ramp, HasItsRatesAndKeepsTheLast) {
  const auto source = poisson_at(
      ramp_profile(
          {.from = *parse_rate("100/s"), .to = *parse_rate("900/s"), .over_ns = 60 * kSecond}),
      1);
  const std::vector<double> found = counts_in(*source, 80, kSecond);
  std::vector<double> expected;
  for (int second = 0; second < 80; ++second) {
    expected.push_back(second < 60 ? 100 + 800 * (second + 0.5) / 60 : 900);
  }
  EXPECT_LT(chi_square(found, expected), chi_square_critical(80));
}

TEST(Diurnal, SwingsAroundItsMeanAndBeginsWhereItsPhaseSays) {
  for (const std::int64_t phase_hours : {0, 6, 17}) {
    const auto source = poisson_at(diurnal_profile({.mean = *parse_rate("600/min"),
                                                    .amplitude_millionths = 800'000,
                                                    .period_ns = 24 * 3600 * kSecond,
                                                    .phase_ns = phase_hours * 3600 * kSecond}),
                                   2);
    const std::vector<double> found = counts_in(*source, 36, 3600 * kSecond);
    std::vector<double> expected;
    for (int hour = 0; hour < 36; ++hour) {
      const double from = 2 * std::numbers::pi * static_cast<double>(hour + phase_hours) / 24;
      const double to = from + 2 * std::numbers::pi / 24;
      expected.push_back(36'000 *
                         (1 + 0.8 * (std::cos(from) - std::cos(to)) * 24 / 2 / std::numbers::pi));
    }
    EXPECT_LT(chi_square(found, expected), chi_square_critical(36)) << phase_hours;
  }
}

TEST(Diurnal, OfFullAmplitudeIsSilentAtNight) {
  const auto source = poisson_at(diurnal_profile({.mean = *parse_rate("100/s"),
                                                  .amplitude_millionths = 1'000'000,
                                                  .period_ns = 1000 * kSecond,
                                                  .phase_ns = 0}),
                                 3);
  const std::vector<double> found = counts_in(*source, 100, 10 * kSecond);
  EXPECT_LT(found[75], 10);    // 740 s to 750 s: the mean of 1 - cos is 0.0007
  EXPECT_GT(found[25], 1800);  // at noon 2000
}

std::vector<RateStretch> stretches_of(RateProfile& profile, std::size_t count) {
  std::vector<RateStretch> stretches;
  for (std::size_t i = 0; i < count; ++i) {
    stretches.push_back(profile.next());
  }
  return stretches;
}

TEST(OnOff, StaysExponentiallyLongInEachState) {
  const auto profile = on_off_profile({.on = *parse_rate("100/s"),
                                       .off = *parse_rate("0/s"),
                                       .on_ns = kSecond,
                                       .off_ns = 4 * kSecond},
                                      Prng(4, "stays"));
  std::vector<double> on;
  std::vector<double> off;
  std::int64_t last = 0;
  for (const RateStretch& stretch : stretches_of(*profile, 40'000)) {
    const auto length = static_cast<double>(stretch.end_ns - last) / 1e9;
    last = stretch.end_ns;
    stretch.per_nanosecond.is_zero() ? off.push_back(length / 4) : on.push_back(length);
  }
  EXPECT_EQ(on.size(), off.size());
  const auto unit = [](double x) { return -std::expm1(-x); };
  EXPECT_LT(ks_distance(on, unit), ks_critical(on.size()));
  EXPECT_LT(ks_distance(off, unit), ks_critical(off.size()));
}

// The count of a Markov-modulated Poisson process in a window of length t: its mean is that of the
// mean rate; its variance over its mean is 1 + 2 v (t - (1 - e^(-kt)) / k) / (k m t), with v the
// variance of the rate, m its mean, k the sum of the two switching rates (Fischer and
// Meier-Hellstern 1993).
TEST(OnOff, HasTheIndexOfDispersionOfItsProcess) {
  const auto source = poisson_at(on_off_profile({.on = *parse_rate("1000/s"),
                                                 .off = *parse_rate("100/s"),
                                                 .on_ns = kSecond / 10,
                                                 .off_ns = kSecond / 5},
                                                Prng(5, "stays")),
                                 5);
  constexpr std::size_t kBins = 20'000;
  const MeanAndCv found = mean_and_cv(counts_in(*source, kBins, kSecond));
  const double mean = 1000.0 / 3 + 100 * 2.0 / 3;
  const double variance = 900.0 * 900 * (1.0 / 3) * (2.0 / 3);
  const double k = 10 + 5;
  const double dispersion = 1 + 2 * variance * (1 - (1 - std::exp(-k)) / k) / (k * mean);
  const double found_dispersion = found.cv * found.cv * found.mean;
  // Standard errors: of the mean sqrt(59.6 * 400 / 20,000) = 1.1; of the dispersion 1 %.
  EXPECT_NEAR(found.mean, mean, 4.4);
  EXPECT_NEAR(found_dispersion, dispersion, 0.04 * dispersion);
}

TEST(OnOff, BeginsInEitherState) {
  int on = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const auto profile = on_off_profile({.on = *parse_rate("100/s"),
                                         .off = *parse_rate("0/s"),
                                         .on_ns = kSecond,
                                         .off_ns = 3 * kSecond},
                                        Prng(seed, "stays"));
    on += profile->next().per_nanosecond.is_zero() ? 0 : 1;
  }
  EXPECT_NEAR(on, 250, 4 * 13.7);  // binomial, four standard deviations
}

}  // namespace
}  // namespace lockstep

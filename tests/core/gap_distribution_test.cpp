#include "core/gap_distribution.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/goodness_of_fit.h"

namespace lockstep {
namespace {

constexpr std::size_t kDrawn = 100'000;

// What a double cannot hold becomes 1e-300: at a CV of 40 most gaps are shorter than that.
double as_double(ScaledNumber number) {
  return std::max(1e-300,
                  std::ldexp(static_cast<double>(number.mantissa()), number.exponent() - 63));
}

std::vector<double> samples_of(const UnitGap& gap, std::uint64_t seed) {
  Prng prng(seed, "gaps");
  std::vector<double> values;
  for (std::size_t i = 0; i < kDrawn; ++i) {
    values.push_back(as_double(gap.next(prng)));
  }
  return values;
}

double shape_of_weibull(std::uint64_t cv_millionths) {
  return std::exp2(kLogBits) / static_cast<double>(weibull_inverse_shape(cv_millionths));
}

// All fits: Kolmogorov-Smirnov at p = 0.001, 100,000 samples, fixed seeds.
TEST(NormalSample, HasTheRightDistribution) {
  Prng prng(1, "normal");
  std::vector<double> values;
  for (std::size_t i = 0; i < kDrawn; ++i) {
    values.push_back(std::ldexp(static_cast<double>(normal_fixed56(prng)), -56));
  }
  EXPECT_LT(ks_distance(values, [](double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }),
            ks_critical(kDrawn));
}

TEST(GammaGap, HasTheRightDistributionForEveryCv) {
  for (const std::uint64_t cv_millionths :
       {10'000u, 300'000u, 999'999u, 1'000'000u, 1'000'001u, 2'500'000u, 8'000'000u, 40'000'000u}) {
    const double cv = static_cast<double>(cv_millionths) / 1e6;
    const double shape = 1 / (cv * cv);
    const std::vector<double> values = samples_of(UnitGap::gamma(cv_millionths), 2);
    EXPECT_LT(ks_distance(values, [&](double x) { return gamma_cdf(shape, x * shape); }),
              ks_critical(kDrawn))
        << cv;
  }
}

TEST(WeibullGap, HasTheRightDistributionForEveryCv) {
  for (const std::uint64_t cv_millionths :
       {10'000u, 300'000u, 1'000'000u, 2'000'000u, 8'000'000u, 797'000'000u}) {
    const double shape = shape_of_weibull(cv_millionths);
    const double scale = 1 / std::tgamma(1 + 1 / shape);
    const std::vector<double> values = samples_of(UnitGap::weibull(cv_millionths), 3);
    EXPECT_LT(
        ks_distance(values, [&](double x) { return -std::expm1(-std::pow(x / scale, shape)); }),
        ks_critical(kDrawn))
        << cv_millionths;
  }
}

TEST(Gap, HasMeanOneAndItsCv) {
  // Within four standard errors of the mean; the CV of heavier tails converges too slowly to test.
  const double root = std::sqrt(static_cast<double>(kDrawn));
  for (const std::uint64_t cv_millionths : {100'000u, 500'000u, 1'000'000u, 2'000'000u}) {
    const double cv = static_cast<double>(cv_millionths) / 1e6;
    for (const UnitGap& gap : {UnitGap::gamma(cv_millionths), UnitGap::weibull(cv_millionths)}) {
      const MeanAndCv found = mean_and_cv(samples_of(gap, 4));
      EXPECT_NEAR(found.mean, 1, 4 * cv / root) << cv;
      EXPECT_NEAR(found.cv, cv, 0.05 * cv) << cv;
    }
  }
}

TEST(Gap, OfAShapeIsThatOfItsCv) {
  Prng by_cv(5, "gaps");
  Prng by_shape(5, "gaps");
  const UnitGap gamma = UnitGap::gamma(2'000'000);
  const UnitGap quarter = UnitGap::gamma_of_shape(250'000);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(gamma.next(by_cv), quarter.next(by_shape));
  }
  // A Weibull gap of shape 1 is exponential: CV 1.
  const std::vector<double> values = samples_of(UnitGap::weibull_of_shape(1'000'000), 6);
  EXPECT_LT(ks_distance(values, [](double x) { return -std::expm1(-x); }), ks_critical(kDrawn));
}

TEST(Gap, OfAConstantDrawsNothing) {
  Prng used(1, "gaps");
  Prng fresh(1, "gaps");
  EXPECT_EQ(UnitGap::constant().next(used), ScaledNumber::of(1));
  EXPECT_EQ(used.next(), fresh.next());
}

// Pinned: a change here changes every run with such gaps, and is a commit of its own.
TEST(Gap, IsTheSameForEver) {
  Prng prng(1, "arrivals");
  EXPECT_EQ(UnitGap::gamma(2'500'000).next(prng).mantissa(), 17'589'858'315'042'521'572u);
  EXPECT_EQ(UnitGap::weibull(2'000'000).next(prng).mantissa(), 11'990'607'572'575'439'068u);
  EXPECT_EQ(normal_fixed56(prng), 46'755'785'537'533'901);
}

TEST(WeibullShape, GivesTheCvThatWasAskedFor) {
  EXPECT_NEAR(shape_of_weibull(1'000'000), 1, 1e-12);
  for (const std::uint64_t cv_millionths : {10'000u, 500'000u, 2'000'000u, 797'000'000u}) {
    const double cv = static_cast<double>(cv_millionths) / 1e6;
    const double x = 1 / shape_of_weibull(cv_millionths);
    const double found = std::sqrt(std::expm1(std::lgamma(1 + 2 * x) - 2 * std::lgamma(1 + x)));
    EXPECT_NEAR(found / cv, 1, 1e-9) << cv;
  }
}

TEST(GammaFunction, AgreesWithTheLibrarys) {
  for (double z = 1; z <= 64; z += 0.37) {
    const auto fixed = static_cast<WideSigned>(std::ldexp(z, kLogBits));
    const double ours = std::ldexp(static_cast<double>(ln_gamma(fixed)), -kLogBits);
    EXPECT_NEAR(ours, std::lgamma(z), 4e-15 * std::max(1.0, std::lgamma(z))) << z;
  }
}

}  // namespace
}  // namespace lockstep

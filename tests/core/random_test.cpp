#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "core/prng.h"
#include "core/sampling.h"

namespace lockstep {
namespace {

TEST(Prng, GivesTheSameNumbersForEver) {
  // Pinned: a change here changes every run that draws, and is a commit of its own.
  Prng arrivals(1, "arrivals");
  EXPECT_EQ(arrivals.next(), 2084712875849575756u);
  EXPECT_EQ(arrivals.next(), 1430031712038942886u);
}

TEST(Prng, StreamsOfOneSeedAreUnrelated) {
  Prng arrivals(1, "arrivals");
  Prng faults(1, "faults");
  Prng other_seed(2, "arrivals");
  int equal_bits = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t a = arrivals.next();
    equal_bits += 64 - std::popcount(a ^ faults.next());
    equal_bits += 64 - std::popcount(a ^ other_seed.next());
  }
  // Binomial(128000, 1/2): ten standard deviations are 1,789.
  EXPECT_NEAR(equal_bits, 64'000, 1'789);
}

TEST(Prng, BelowIsUniformAndStaysBelow) {
  Prng prng(3, "below");
  std::vector<int> counts(10);
  for (int i = 0; i < 100'000; ++i) {
    ++counts[prng.below(10)];
  }
  double chi_square = 0;
  for (const int count : counts) {
    chi_square += (count - 10'000.0) * (count - 10'000.0) / 10'000.0;
  }
  EXPECT_LT(chi_square, 33.7);  // 9 degrees of freedom, p = 0.0001; fixed seed
  EXPECT_EQ(prng.below(1), 0u);
}

TEST(ExponentialSample, AgreesWithTheLogarithm) {
  Prng prng(5, "log");
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t draw = prng.next() >> (prng.next() % 64);
    const long double exact = -logl((static_cast<long double>(draw) + 1) / powl(2, 64));
    const long double ours = static_cast<long double>(exponential_fixed58(draw)) / powl(2, 58);
    ASSERT_LT(fabsl(ours - exact), 2e-17L) << draw;  // five units of 2^-58
  }
}

TEST(ExponentialSample, FallsAcrossEveryTableBoundary) {
  EXPECT_EQ(exponential_fixed58(~std::uint64_t{0}), 0u);
  for (unsigned octave = 10; octave < 64; ++octave) {
    for (std::uint64_t cell = 256; cell < 512; ++cell) {
      const std::uint64_t edge = octave >= 8 ? cell << (octave - 8) : 0;
      for (std::uint64_t u = edge - 2; u != edge + 2; ++u) {
        ASSERT_GE(exponential_fixed58(u) + 1, exponential_fixed58(u + 1)) << u;
      }
    }
  }
}

TEST(ExponentialSpan, HasTheRightDistribution) {
  // Kolmogorov-Smirnov against 1 - exp(-x / mean): critical value 1.95 / sqrt(n) at p = 0.001.
  constexpr int kCount = 100'000;
  ExponentialSpan span(1'000'000'000, 17'230);
  Prng prng(1, "arrivals");
  std::vector<double> values;
  for (int i = 0; i < kCount; ++i) {
    values.push_back(static_cast<double>(span.next_ns(prng.next())) * 17'230 / 1e9);
  }
  std::sort(values.begin(), values.end());
  double distance = 0;
  for (int i = 0; i < kCount; ++i) {
    const double expected = 1 - std::exp(-values[static_cast<std::size_t>(i)]);
    distance = std::max({distance, std::abs(expected - i / double{kCount}),
                         std::abs(expected - (i + 1) / double{kCount})});
  }
  EXPECT_LT(distance, 1.95 / std::sqrt(double{kCount}));
}

TEST(ExponentialSpan, KeepsExtremeMeansExact) {
  EXPECT_EQ(ExponentialSpan(1'000'000'000, 1).next_ns(~std::uint64_t{0}), 0);
  // The median of a draw of exactly one half is mean * ln 2.
  const std::uint64_t half = (std::uint64_t{1} << 63) - 1;
  EXPECT_EQ(ExponentialSpan(1'000'000'000'000'000, 1).next_ns(half), 693'147'180'559'945);
  EXPECT_EQ(ExponentialSpan((std::uint64_t{1} << 56) - 1, 1).next_ns(0), std::int64_t{1} << 60);
}

TEST(ExponentialSpan, GivesTheNextOneWhatRoundingTook) {
  const std::uint64_t half = (std::uint64_t{1} << 63) - 1;  // ln 2 of the mean
  ExponentialSpan one_ns(1'000'000'000, 1'000'000'000);
  // 0.69, 1.39, 2.08, 2.77, 3.47 ns since the start.
  for (const std::int64_t expected : {0, 1, 1, 0, 1}) {
    EXPECT_EQ(one_ns.next_ns(half), expected);
  }
  ExponentialSpan thousandth(1'000, 1'000'000);
  std::int64_t sum = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    sum += thousandth.next_ns(half);
  }
  EXPECT_EQ(sum, 693);  // 1000 ln 2 = 693.147
}

}  // namespace
}  // namespace lockstep

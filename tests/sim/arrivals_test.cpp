#include <cmath>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "sim/load_scaling.h"
#include "sim/poisson_arrivals.h"
#include "tests/support/vector_arrivals.h"

namespace lockstep {
namespace {

std::vector<std::int64_t> times_of(ArrivalSource& source, std::size_t block) {
  std::vector<std::int64_t> times;
  std::vector<Arrival> buffer(block);
  while (true) {
    const Result<std::size_t> count = source.read(buffer);
    EXPECT_TRUE(count);
    if (!count || *count == 0) {
      return times;
    }
    for (std::size_t i = 0; i < *count; ++i) {
      times.push_back(ns_of(buffer[i].time));
    }
  }
}

PoissonOptions options(const char* spec, std::uint64_t count, std::uint64_t seed = 1) {
  PoissonOptions poisson = *parse_poisson(spec);
  poisson.request_count = count;
  poisson.seed = seed;
  return poisson;
}

TEST(PoissonArrivals, AreTheSameInBlocksOfAnySize) {
  PoissonArrivals one(options("poisson:1200/s", 1000));
  PoissonArrivals many(options("poisson:1200/s", 1000));
  EXPECT_EQ(times_of(one, 1), times_of(many, 333));
}

TEST(PoissonArrivals, HaveTheirRateAndTheirPinnedBeginning) {
  PoissonArrivals source(options("poisson:17230/s", 200'000));
  const std::vector<std::int64_t> times = times_of(source, 512);
  ASSERT_EQ(times.size(), 200'000u);
  // Mean gap 58,038 ns; its standard error over 200,000 draws is 130 ns.
  EXPECT_NEAR(static_cast<double>(times.back()) / 200'000, 58'038.3, 4 * 130.0);
  EXPECT_EQ(times[0], 126538);
  EXPECT_EQ(times[1], 274953);
}

TEST(PoissonArrivals, OfAnotherRateAreTheSameDrawsScaled) {
  PoissonArrivals slow(options("poisson:100/s", 1000));
  PoissonArrivals fast(options("poisson:200/s", 1000));
  const std::vector<std::int64_t> a = times_of(slow, 512);
  const std::vector<std::int64_t> b = times_of(fast, 512);
  for (std::size_t i = 0; i < a.size(); ++i) {
    // Only the sums are rounded down, by less than 1 ns each.
    ASSERT_LE(std::abs(a[i] - 2 * b[i]), 2);
  }
}

// Gaps of 10 ns, 1 ns and 1 ps on average: below that, most requests share a nanosecond.
TEST(PoissonArrivals, HaveTheirRateWhereANanosecondIsCoarse) {
  constexpr double kCount = 200'000;
  for (const auto& [spec, gap_ns] :
       {std::pair{"poisson:100/us", 10.0}, std::pair{"poisson:1000/us", 1.0},
        std::pair{"poisson:1000000/us", 0.001}}) {
    PoissonArrivals source(options(spec, 200'000));
    const double last = static_cast<double>(times_of(source, 512).back());
    EXPECT_NEAR(last, kCount * gap_ns, 4 * std::sqrt(kCount) * gap_ns + 1) << spec;
  }
}

TEST(PoissonSpec, TakesRatesWithUnitsAndFractions) {
  EXPECT_EQ(parse_poisson("poisson:1200/s")->rate_count, 1200u);
  EXPECT_EQ(parse_poisson("poisson:1.5/ms")->rate_count, 15u);
  EXPECT_EQ(parse_poisson("poisson:1.5/ms")->per.count(), 10'000'000);
  for (const char* spec : {"", "poisson", "poisson:", "poisson:0/s", "poisson:-1/s", "poisson:5",
                           "poisson:5/day", "poisson:1e3/s", "poisson:.5/s", "poisson:5./s",
                           "gamma:5/s", "poisson: 5/s", "poisson:5/s "}) {
    EXPECT_FALSE(parse_poisson(spec)) << spec;
  }
}

TEST(Load, CompressesEveryGapExactly) {
  VectorArrivals trace(VectorArrivals::at({0, 400, 1001, 1'000'000'000'000'000'000}));
  LoadScaledArrivals scaled(trace, *parse_load("400x"));
  EXPECT_EQ(times_of(scaled, 2), (std::vector<std::int64_t>{0, 1, 2, 2'500'000'000'000'000}));
}

TEST(Load, BelowOneStretches) {
  VectorArrivals trace(VectorArrivals::at({0, 3, 10}));
  LoadScaledArrivals scaled(trace, *parse_load("0.5x"));
  EXPECT_EQ(times_of(scaled, 8), (std::vector<std::int64_t>{0, 6, 20}));
}

TEST(Load, RefusesWhatIsNotAFactorAndWhatRunsOutOfTime) {
  for (const char* text :
       {"", "x", "2", "0x", "-2x", "2X", "2.x", ".5x", "1000001x", "0.0x", "2xx"}) {
    EXPECT_FALSE(parse_load(text)) << text;
  }
  VectorArrivals trace(VectorArrivals::at({1'000'000'000'000'000'000}));
  LoadScaledArrivals scaled(trace, *parse_load("0.5x"));
  std::vector<Arrival> buffer(4);
  EXPECT_FALSE(scaled.read(buffer));
}

}  // namespace
}  // namespace lockstep

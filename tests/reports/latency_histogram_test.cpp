#include "reports/latency_histogram.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "core/prng.h"

namespace lockstep {
namespace {

TEST(LatencyHistogram, IsExactBelow2048Nanoseconds) {
  LatencyHistogram histogram;
  for (int value = 1; value <= 2000; ++value) {
    histogram.add(SimDuration{value});
  }
  EXPECT_EQ(histogram.quantile(500'000).count(), 1000);
  EXPECT_EQ(histogram.quantile(999'500).count(), 1999);
  EXPECT_EQ(histogram.quantile(999'501).count(), 2000);
  EXPECT_EQ(histogram.quantile(1).count(), 1);
}

TEST(LatencyHistogram, StaysWithinOnePerMilleOfTheExactQuantile) {
  LatencyHistogram histogram;
  std::vector<std::int64_t> values;
  Prng prng(7, "latencies");
  for (int i = 0; i < 20'000; ++i) {
    const auto value = static_cast<std::int64_t>(prng.next() >> (4 + prng.below(58)));
    values.push_back(value);
    histogram.add(SimDuration{value});
  }
  std::sort(values.begin(), values.end());
  for (const std::uint32_t per_million : {1u, 10'000u, 500'000u, 990'000u, 999'000u, 1'000'000u}) {
    const std::size_t rank = (values.size() * per_million + 999'999) / 1'000'000;
    const std::int64_t exact = values[rank - 1];
    const std::int64_t error = histogram.quantile(per_million).count() - exact;
    EXPECT_LE(std::abs(error), exact / 1000) << "quantile " << per_million << " of " << exact;
  }
}

}  // namespace
}  // namespace lockstep

#include "sim/value_distribution.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/goodness_of_fit.h"
#include "tests/traces/scratch_directory.h"

namespace lockstep {
namespace {

constexpr std::size_t kValues = 100'000;

ValueSampler sampler_of(const std::string& text, ValueColumn column = ValueColumn::kSize) {
  const Result<ValueSpec> spec = parse_values(text, column);
  EXPECT_TRUE(spec) << (spec ? "" : spec.error().message);
  Result<ValueSampler> sampler = ValueSampler::make(*spec);
  EXPECT_TRUE(sampler) << (sampler ? "" : sampler.error().message);
  return *sampler;
}

// How often each value came, among 100,000.
std::map<std::uint64_t, double> tally(const std::string& text) {
  const ValueSampler sampler = sampler_of(text);
  Prng prng(1, "sizes");
  std::map<std::uint64_t, double> counts;
  for (std::size_t i = 0; i < kValues; ++i) {
    ++counts[sampler.next(prng)];
  }
  return counts;
}

// Chi-square at p = 0.001 of values 1, 2, ... with these probabilities.
void expect_fit(const std::string& text, const std::vector<double>& probabilities) {
  const std::map<std::uint64_t, double> counts = tally(text);
  std::vector<double> found;
  std::vector<double> expected;
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    const auto at = counts.find(i + 1);
    found.push_back(at == counts.end() ? 0 : at->second);
    expected.push_back(probabilities[i] * static_cast<double>(kValues));
  }
  EXPECT_LT(chi_square(found, expected), chi_square_critical(probabilities.size() - 1)) << text;
}

TEST(Values, UniformAreUniform) {
  expect_fit("1..8", std::vector<double>(8, 0.125));
  EXPECT_EQ(tally("1..8").size(), 8u);
}

TEST(Values, WeightedHaveTheirWeights) {
  const std::map<std::uint64_t, double> counts = tally("1:70,4:20,16:10");
  EXPECT_EQ(counts.size(), 3u);
  const double sum = kValues;
  EXPECT_LT(
      chi_square({counts.at(1), counts.at(4), counts.at(16)}, {0.7 * sum, 0.2 * sum, 0.1 * sum}),
      chi_square_critical(2));
}

TEST(Values, GeometricHaveTheirMean) {
  std::vector<double> probabilities;
  for (int k = 0; k < 20; ++k) {
    probabilities.push_back(0.25 * std::pow(0.75, k));
  }
  expect_fit("geometric:4", probabilities);
  EXPECT_EQ(tally("geometric:1").size(), 1u);
}

TEST(Values, ZipfFallsWithItsExponent) {
  std::vector<double> probabilities;
  double sum = 0;
  for (int k = 1; k <= 50; ++k) {
    probabilities.push_back(std::pow(k, -1.1));
    sum += probabilities.back();
  }
  for (double& probability : probabilities) {
    probability /= sum;
  }
  expect_fit("zipf:50:1.1", probabilities);
  expect_fit("zipf:50:0", std::vector<double>(50, 0.02));
}

TEST(Values, OfQueuesHaveNames) {
  const ValueSampler zipf = sampler_of("zipf:3:1", ValueColumn::kQueue);
  EXPECT_EQ(zipf.names(), (std::vector<std::string>{"queue-1", "queue-2", "queue-3"}));
  const ValueSampler fixed = sampler_of("zipf", ValueColumn::kQueue);
  EXPECT_EQ(fixed.names(), (std::vector<std::string>{"zipf"}));
  Prng prng(1, "queues");
  EXPECT_EQ(fixed.next(prng), 0u);
}

TEST(Values, AreResampledFromATrace) {
  const ScratchDirectory scratch;
  const std::string path = scratch.written("t.csv", "arrival_ns,size,queue\n0,3,a\n1,3,b\n2,9,a\n");
  const std::map<std::uint64_t, double> counts = tally("trace:" + path);
  EXPECT_EQ(counts.size(), 2u);
  EXPECT_NEAR(counts.at(3), kValues * 2.0 / 3, 600);  // four standard deviations
  const ValueSampler queues = sampler_of("trace:" + path, ValueColumn::kQueue);
  EXPECT_EQ(queues.names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_NE(queues.content_digest(), 0u);
}

TEST(Values, RefuseWhatIsNone) {
  const auto refusal = [](const char* text, ValueColumn column) {
    const Result<ValueSpec> spec = parse_values(text, column);
    return spec ? "accepted" : spec.error().message;
  };
  for (const char* text : {"",
                           "0",
                           "16777217",
                           "-1",
                           "1.5",
                           "a",
                           "1,",
                           "8..1",
                           "0..4",
                           "1..16777217",
                           "1:0",
                           "1:1000000001",
                           "zipf:0:1",
                           "zipf:65537:1",
                           "zipf:4:4.1",
                           "zipf:4",
                           "zipf:",
                           "geometric:0",
                           "geometric:0.5",
                           "geometric:1000000.000001",
                           "trace:"}) {
    EXPECT_NE(refusal(text, ValueColumn::kSize), "accepted") << text;
  }
  for (const char* text : {"16777216", "1..16777216", "zipf:65536:4", "geometric:1000000"}) {
    EXPECT_EQ(refusal(text, ValueColumn::kSize), "accepted") << text;
  }
  EXPECT_EQ(refusal("255", ValueColumn::kPriority), "accepted");
  EXPECT_NE(refusal("256", ValueColumn::kPriority), "accepted");
  EXPECT_NE(refusal("a,a", ValueColumn::kQueue), "accepted");
  EXPECT_NE(refusal("it's", ValueColumn::kQueue), "accepted");
  EXPECT_EQ(refusal("x:0", ValueColumn::kQueue),
            "found \"x:0\", expected a weight from 1 to 1000000000");
}

}  // namespace
}  // namespace lockstep

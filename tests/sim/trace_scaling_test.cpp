#include "sim/trace_scaling.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/vector_arrivals.h"
#include "traces/bundled.h"
#include "traces/trace_reader.h"

namespace lockstep {
namespace {

std::vector<Arrival> read_all(ArrivalSource& source, std::size_t block = 64) {
  std::vector<Arrival> all;
  std::vector<Arrival> buffer(block);
  while (true) {
    const Result<std::size_t> count = source.read(buffer);
    EXPECT_TRUE(count) << count.error().message;
    if (!count || *count == 0) {
      return all;
    }
    all.insert(all.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count));
  }
}

std::vector<std::int64_t> scaled_times(const std::vector<std::int64_t>& trace,
                                       const TraceScaling& scaling) {
  VectorArrivals source(VectorArrivals::at(trace));
  ScaledTrace scaled(source, scaling);
  std::vector<std::int64_t> times;
  for (const Arrival& arrival : read_all(scaled)) {
    times.push_back(ns_of(arrival.time));
  }
  return times;
}

TEST(Repeat, PutsTheTraceEndToEndWithItsMeanGapBetween) {
  // Gaps of 10 and 50: their mean is 30.
  EXPECT_EQ(scaled_times({5, 15, 65}, {.repeat = 3}),
            (std::vector<std::int64_t>{5, 15, 65, 95, 105, 155, 185, 195, 245}));
}

TEST(Repeat, OfOneIsTheTrace) {
  EXPECT_EQ(scaled_times({5, 15, 15, 65}, {.repeat = 1}),
            (std::vector<std::int64_t>{5, 15, 15, 65}));
}

TEST(Replicate, SuperposesTurnedCopies) {
  const std::vector<std::int64_t> trace = {100, 110, 160};
  const std::vector<std::int64_t> times = scaled_times(trace, {.replicate = 2, .seed = 7});
  ASSERT_EQ(times.size(), 6u);
  // The span is 60 + 30. Without copy 0, the gaps of the other one are 10, 50, 30 in some turn.
  std::vector<std::int64_t> other = times;
  for (const std::int64_t time : trace) {
    other.erase(std::find(other.begin(), other.end(), time));
  }
  std::vector<std::int64_t> gaps = {other[1] - other[0], other[2] - other[1],
                                    other[0] + 90 - other[2]};
  std::rotate(gaps.begin(), std::find(gaps.begin(), gaps.end(), 10), gaps.end());
  EXPECT_EQ(gaps, (std::vector<std::int64_t>{10, 50, 30}));
  for (const std::int64_t time : times) {
    EXPECT_GE(time, 100);
    EXPECT_LT(time, 190);
  }
}

TEST(Replicate, ComesInOrderOfTimeAndThenOfCopies) {
  const std::vector<std::int64_t> times =
      scaled_times({0, 1, 1, 2, 5, 6, 6, 9}, {.repeat = 2, .replicate = 20});
  EXPECT_EQ(times.size(), 8u * 20 * 2);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
}

TEST(Replicate, KeepsTheOffsetsOfAllCopiesWhenOneIsAdded) {
  const std::vector<std::int64_t> trace = {0, 1000, 50'000, 51'000, 90'000};
  const std::vector<std::int64_t> two = scaled_times(trace, {.replicate = 2});
  const std::vector<std::int64_t> three = scaled_times(trace, {.replicate = 3});
  EXPECT_TRUE(std::includes(three.begin(), three.end(), two.begin(), two.end()));
}

TEST(Replicate, NumbersQueuesByTheirFirstUse) {
  constexpr const char* kTrace = "arrival_ns,queue,size\n0,a,1\n1,b,2\n2,c,3\n";
  const auto reader = open_trace_text("t.csv", kTrace, {});
  ScaledTrace scaled(**reader, {.replicate = 5, .seed = 3});
  std::uint32_t next = 0;
  for (const Arrival& arrival : read_all(scaled, 1)) {
    ASSERT_LE(raw(arrival.queue), next);
    next = std::max(next, raw(arrival.queue) + 1);
    // The row stays together: a has size 1, b 2, c 3.
    const std::string& name = scaled.queue_names()[raw(arrival.queue)];
    ASSERT_EQ(name, std::string(1, static_cast<char>('a' + arrival.size - 1)));
  }
  EXPECT_EQ(next, 3u);
}

// The index of dispersion of counts: their variance over their mean, in bins of 1 s.
double dispersion(const std::vector<std::int64_t>& times) {
  std::vector<double> counts(static_cast<std::size_t>(times.back() / 1'000'000'000 + 1));
  for (const std::int64_t time : times) {
    ++counts[static_cast<std::size_t>(time / 1'000'000'000)];
  }
  double sum = 0;
  double squares = 0;
  for (const double count : counts) {
    sum += count;
    squares += count * count;
  }
  const double mean = sum / static_cast<double>(counts.size());
  return (squares / static_cast<double>(counts.size()) - mean * mean) / mean;
}

TEST(Replicate, KeepsTheBurstsOfTheTrace) {
  const BundledTrace* const bundled = find_bundled_trace("azure-conv-2023");
  const auto times_with = [&](const TraceScaling& scaling) {
    const auto reader = open_trace_text("conv", bundled->text, {});
    ScaledTrace scaled(**reader, scaling);
    std::vector<std::int64_t> times;
    for (const Arrival& arrival : read_all(scaled, 4096)) {
      times.push_back(ns_of(arrival.time));
    }
    return times;
  };
  const std::vector<std::int64_t> trace = times_with({});
  const std::vector<std::int64_t> eight = times_with({.replicate = 8});
  EXPECT_EQ(eight.size(), 8 * trace.size());
  // Counts of independent copies add up: so do their means and variances.
  EXPECT_NEAR(dispersion(eight), dispersion(trace), 0.15 * dispersion(trace));
  // A Poisson process of that rate would have 1.
  EXPECT_GT(dispersion(trace), 1.3);
  // Bins of 1 s lie otherwise in the second and third time.
  EXPECT_NEAR(dispersion(times_with({.repeat = 3})), dispersion(trace), 0.1 * dispersion(trace));
}

TEST(TraceScaling, NeedsSomeLength) {
  for (const std::vector<std::int64_t>& times : {std::vector<std::int64_t>{7}, {7, 7}}) {
    VectorArrivals source(VectorArrivals::at(times));
    ScaledTrace scaled(source, {.repeat = 2});
    std::vector<Arrival> buffer(4);
    const Result<std::size_t> count = scaled.read(buffer);
    ASSERT_FALSE(count);
    EXPECT_EQ(count.error().message,
              "found a trace whose requests all arrive at one time, expected some length for "
              "--repeat and --replicate: it has no mean gap");
  }
}

TEST(TraceScaling, StopsAtTheEndOfTime) {
  VectorArrivals source(VectorArrivals::at({0, 600'000'000'000'000'000}));
  ScaledTrace scaled(source, {.repeat = 2});  // the second at 1.2e18 ns
  std::vector<Arrival> buffer(4);
  EXPECT_FALSE(scaled.read(buffer));
}

TEST(Shortened, EndsBeforeItsLengthAndReadsOn) {
  VectorArrivals source(VectorArrivals::at({0, 9, 10, 11, 12}));
  ShortenedArrivals shortened(source, 10);
  EXPECT_EQ(read_all(shortened, 2).size(), 2u);
  std::vector<Arrival> buffer(1);
  EXPECT_EQ(*source.read(buffer), 0u);  // the source was read to its end
}

}  // namespace
}  // namespace lockstep

// The union of intervals: what a GPU is busy for while several batches share it.
#include "reports/busy_time.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/check.h"
#include "core/prng.h"

namespace lockstep {
namespace {

std::uint64_t busy_for(const std::vector<std::pair<std::int64_t, std::int64_t>>& intervals) {
  BusyTime busy;
  for (const auto& [begin, end] : intervals) {
    busy.add(at_ns(begin), at_ns(end));
  }
  return busy.total_ns();
}

TEST(BusyTime, OfOneAfterAnotherIsTheirSum) {
  EXPECT_EQ(busy_for({{0, 10}, {10, 15}, {20, 21}}), 16u);
}

TEST(BusyTime, CountsWhatOverlapsOnce) {
  EXPECT_EQ(busy_for({{0, 10}, {5, 10}, {5, 12}}), 12u);
  EXPECT_EQ(busy_for({{3, 4}, {6, 7}, {9, 10}, {0, 11}}), 11u);  // the last was there all along
  EXPECT_EQ(busy_for({{3, 4}, {6, 7}, {5, 11}}), 7u);
}

TEST(BusyTime, OfNothingIsNothing) {
  EXPECT_EQ(busy_for({}), 0u);
  EXPECT_EQ(busy_for({{5, 5}, {7, 7}}), 0u);
}

// Against a count of every nanosecond.
TEST(BusyTime, AgreesWithCountingNanoseconds) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Prng prng(seed, "busy");
    std::vector<std::pair<std::int64_t, std::int64_t>> intervals;
    for (int i = 0; i < 30; ++i) {
      const auto begin = static_cast<std::int64_t>(prng.below(300));
      intervals.emplace_back(begin, begin + static_cast<std::int64_t>(prng.below(40)));
    }
    std::stable_sort(intervals.begin(), intervals.end(),
                     [](const auto& a, const auto& b) { return a.second < b.second; });
    std::vector<bool> ns(400);
    for (const auto& [begin, end] : intervals) {
      std::fill(ns.begin() + begin, ns.begin() + end, true);
    }
    EXPECT_EQ(busy_for(intervals),
              static_cast<std::uint64_t>(std::count(ns.begin(), ns.end(), true)))
        << "seed " << seed;
  }
}

// One that reaches back over more parts than are kept counts from the oldest one kept.
TEST(BusyTime, KeepsALimitedPast) {
  BusyTime busy;
  const auto parts = static_cast<std::int64_t>(BusyTime::kPartsMax) + 1;
  for (std::int64_t i = 0; i < parts; ++i) {
    busy.add(at_ns(10 * i), at_ns(10 * i + 1));
  }
  EXPECT_EQ(busy.total_ns(), static_cast<std::uint64_t>(parts));
  busy.add(at_ns(0), at_ns(10 * parts));
  EXPECT_EQ(busy.total_ns(), static_cast<std::uint64_t>(10 * parts));
}

}  // namespace
}  // namespace lockstep

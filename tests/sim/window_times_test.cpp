#include "sim/window_times.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/goodness_of_fit.h"
#include "tests/traces/scratch_directory.h"

namespace lockstep {
namespace {

constexpr std::int64_t kWindowSecond = 1'000'000'000;

ServegenWindow window_of(std::int64_t start_s, std::uint64_t per_second, GapFamily family,
                         std::uint64_t cv_millionths) {
  return {.start_ns = start_s * kWindowSecond,
          .length_ns = 600 * kWindowSecond,
          .rate_nano = per_second * 1'000'000'000,
          .family = family,
          .cv_millionths = cv_millionths,
          .shape_millionths = 200'000};
}

std::vector<std::int64_t> all_times(ArrivalTimes& source) {
  std::vector<std::int64_t> times;
  for (std::int64_t time = source.next_ns(); time != kNoArrival; time = source.next_ns()) {
    EXPECT_TRUE(times.empty() || times.back() <= time);
    times.push_back(time);
  }
  return times;
}

TEST(WindowTimes, HaveTheCountOfEachWindowWhateverItsCv) {
  // The extremes of the published files: a CV of 797, and windows without requests.
  const auto source = window_times({window_of(0, 100, GapFamily::kWeibull, 797'000'000),
                                    window_of(600, 0, GapFamily::kConstant, 0),
                                    window_of(1200, 20, GapFamily::kGamma, 400'000'000),
                                    window_of(1800, 3, GapFamily::kConstant, 0)},
                                   false, Prng(1, "arrivals"));
  std::vector<std::size_t> counts(4);
  for (const std::int64_t time : all_times(*source)) {
    ++counts[static_cast<std::size_t>(time / (600 * kWindowSecond))];
  }
  EXPECT_EQ(counts, (std::vector<std::size_t>{60'000, 0, 12'000, 1'800}));
}

TEST(WindowTimes, OfACvOfOneAreAPoissonProcess) {
  const auto source =
      window_times({window_of(0, 100, GapFamily::kGamma, 1'000'000)}, false, Prng(2, "arrivals"));
  std::vector<double> places;
  for (const std::int64_t time : all_times(*source)) {
    places.push_back(static_cast<double>(time) / (600.0 * kWindowSecond));
  }
  // Given their count, the arrivals of a Poisson process are uniform.
  EXPECT_LT(ks_distance(places, [](double x) { return x; }), ks_critical(places.size()));
}

std::vector<double> window_gaps(bool by_shape) {
  const auto source = window_times({window_of(0, 100, GapFamily::kWeibull, 2'000'000)}, by_shape,
                                   Prng(3, "arrivals"));
  std::vector<double> gaps;
  std::int64_t last = 0;
  for (const std::int64_t time : all_times(*source)) {
    gaps.push_back(static_cast<double>(time - last) / 1e7);
    last = time;
  }
  return gaps;
}

TEST(WindowTimes, HaveTheGapsOfTheirFamily) {
  const double shape = std::exp2(kLogBits) / static_cast<double>(weibull_inverse_shape(2'000'000));
  const double scale = 1 / std::tgamma(1 + 1 / shape);
  const std::vector<double> gaps = window_gaps(false);
  EXPECT_LT(ks_distance(gaps, [&](double x) { return -std::expm1(-std::pow(x / scale, shape)); }),
            ks_critical(gaps.size()));
  EXPECT_NEAR(mean_and_cv(gaps).cv, 2, 0.1);
  // By their shape of 0.2 they are another distribution: the CV of Weibull's is 15.8.
  EXPECT_GT(mean_and_cv(window_gaps(true)).cv, 8);
}

TEST(WindowTimes, AreTheSameForEver) {
  const auto source = window_times({window_of(0, 5, GapFamily::kGamma, 2'000'000),
                                    window_of(600, 5, GapFamily::kWeibull, 4'000'000)},
                                   false, Prng(4, "arrivals"));
  const std::vector<std::int64_t> times = all_times(*source);
  ASSERT_EQ(times.size(), 6000u);
  EXPECT_EQ(times[0], 2'363'564);
  EXPECT_EQ(times[2999], 599'999'999'335);
  EXPECT_EQ(times[5999], 1'199'995'351'461);
}

TEST(SourceWindows, BeginWhereTheyAreToldAndAreScaled) {
  const ScratchDirectory scratch;
  const std::string path = scratch.written(
      "w.csv", "0,1,1,Gamma,1,1\n600,2,1,Gamma,1,1\n1200,0,0,,0,0\n1800,4,1,Gamma,1,1\n");
  const Result<SourceWindows> all = source_windows({.path = path});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->windows.size(), 4u);
  const Result<SourceWindows> part = source_windows({.path = path,
                                                     .by_shape = false,
                                                     .from_ns = 600 * kWindowSecond,
                                                     .scale_millionths = 500'000});
  ASSERT_TRUE(part);
  EXPECT_EQ(part->windows.size(), 3u);
  EXPECT_EQ(part->windows[0].start_ns, 0);
  EXPECT_EQ(part->windows[0].request_count(), 600u);
  EXPECT_EQ(part->windows[2].start_ns, 1200 * kWindowSecond);
  EXPECT_EQ(part->content_digest, all->content_digest);
  const Result<SourceWindows> none =
      source_windows({.path = path, .by_shape = false, .from_ns = 1801 * kWindowSecond});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, path + ": found no window at or after from=1801s, expected one");
}

}  // namespace
}  // namespace lockstep

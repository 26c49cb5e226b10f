#include "reports/confidence.h"

#include <algorithm>
#include <array>
#include <vector>

namespace lockstep {
namespace {

__extension__ using WideSum = __int128;
__extension__ using WideCount = unsigned __int128;

// 97.5 % quantiles of Student's t with 1 to 30 degrees of freedom, in thousandths; with more the
// last one, which is a little wide.
constexpr std::array<std::uint32_t, 30> kStudent = {
    12706, 4303, 3182, 2776, 2571, 2447, 2365, 2306, 2262, 2228, 2201, 2179, 2160, 2145, 2131,
    2120,  2110, 2101, 2093, 2086, 2080, 2074, 2069, 2064, 2060, 2056, 2052, 2048, 2045, 2042};

// Rounded down.
std::uint64_t square_root(WideCount value) {
  WideCount low = 0;
  WideCount high = WideCount{1} << 64;  // above every root
  while (high - low > 1) {
    const WideCount middle = (low + high) / 2;
    (middle * middle <= value && middle < (WideCount{1} << 63) ? low : high) = middle;
  }
  return static_cast<std::uint64_t>(low);
}

std::int64_t rounded_mean(std::span<const std::int64_t> values) {
  WideSum sum = 0;
  for (const std::int64_t value : values) {
    sum += value;
  }
  const auto count = static_cast<WideSum>(values.size());
  return static_cast<std::int64_t>((2 * sum + (sum < 0 ? -count : count)) / (2 * count));
}

}  // namespace

MeanInterval mean_of_independent(std::span<const std::int64_t> values) {
  MeanInterval result;
  if (values.empty()) {
    return result;
  }
  result.mean = rounded_mean(values);
  if (values.size() < 2) {
    return result;
  }
  WideCount squares = 0;
  for (const std::int64_t value : values) {
    const auto off = static_cast<WideSum>(value) - result.mean;
    squares += static_cast<WideCount>(off * off);
  }
  const auto count = static_cast<WideCount>(values.size());
  // The variance of the mean, in millionths of ns^2 where they fit: its root is thousandths of ns.
  const WideCount divisor = count * (count - 1);
  constexpr WideCount kMillion = 1'000'000;
  const WideCount variance =
      squares < (WideCount{1} << 106) ? squares * kMillion / divisor : squares / divisor * kMillion;
  const std::uint32_t student = kStudent[std::min(values.size() - 1, kStudent.size()) - 1];
  const WideCount half = WideCount{square_root(variance)} * student;
  result.half_width = static_cast<std::int64_t>((half + kMillion / 2) / kMillion);
  return result;
}

MeanInterval mean_of_correlated(std::span<const std::int64_t> values) {
  if (values.size() < kBatchMeans * kFewestPerMean) {
    return {.mean = values.empty() ? 0 : rounded_mean(values), .half_width = std::nullopt};
  }
  std::vector<std::int64_t> means;
  std::size_t begin = 0;
  for (std::size_t i = 1; i <= kBatchMeans; ++i) {
    const std::size_t end = values.size() * i / kBatchMeans;
    means.push_back(rounded_mean(values.subspan(begin, end - begin)));
    begin = end;
  }
  return {.mean = rounded_mean(values), .half_width = mean_of_independent(means).half_width};
}

}  // namespace lockstep

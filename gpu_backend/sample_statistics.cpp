#include "gpu_backend/sample_statistics.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "core/check.h"
#include "core/time.h"
#include "sim/interpolation.h"
#include "sim/quantiles.h"

namespace lockstep {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kDriftLimit = 50'000;
constexpr std::int64_t kOutlierFactor = 3;
constexpr std::size_t kOutlierShare = 100;  // one in so many may be one
constexpr std::size_t kLeastForShape = 15;
constexpr double kGroupVariance = 0.85;
constexpr double kGroupDistance = 1.2;

std::vector<std::int64_t> sorted_copy(std::span<const std::int64_t> values) {
  std::vector<std::int64_t> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

std::int64_t median_of(std::span<const std::int64_t> values) {
  return sample_quantile(sorted_copy(values), 500'000);
}

std::int64_t drift_of(std::span<const std::int64_t> in_order) {
  if (in_order.size() < kLeastForShape) {
    return 0;
  }
  const std::size_t third = in_order.size() / 3;
  const std::int64_t first = median_of(in_order.first(third));
  const std::int64_t last = median_of(in_order.last(third));
  if (first <= 0) {
    return 0;
  }
  const auto share = static_cast<std::int64_t>(static_cast<double>(last - first) * kMillion /
                                               static_cast<double>(first));
  return std::abs(share) > kDriftLimit ? share : 0;
}

// The cut between two groups that leaves the least variance inside them (Otsu 1979).
std::optional<SampleInterval> groups_of(const std::vector<std::int64_t>& sorted) {
  const std::size_t count = sorted.size();
  if (count < kLeastForShape) {
    return std::nullopt;
  }
  // Relative to the smallest, so that squares keep their digits.
  const auto at = [&](std::size_t i) { return static_cast<double>(sorted[i] - sorted.front()); };
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < count; ++i) {
    sum += at(i);
    squares += at(i) * at(i);
  }
  const auto n = static_cast<double>(count);
  const double variance = squares / n - (sum / n) * (sum / n);
  const std::size_t least = (count + 9) / 10;
  double best = 0;
  std::size_t cut = 0;
  double low_sum = 0;
  for (std::size_t i = 1; i + least <= count; ++i) {
    low_sum += at(i - 1);
    if (i < least) {
      continue;
    }
    const auto low = static_cast<double>(i);
    const double distance = (sum - low_sum) / (n - low) - low_sum / low;
    const double between = low / n * (n - low) / n * distance * distance;
    if (between > best) {
      best = between;
      cut = i;
    }
  }
  if (variance <= 0 || best <= kGroupVariance * variance) {
    return std::nullopt;
  }
  const std::span<const std::int64_t> all = sorted;
  const SampleInterval groups{sample_quantile(all.first(cut), 500'000),
                              sample_quantile(all.subspan(cut), 500'000)};
  const bool apart =
      static_cast<double>(groups.high) >= kGroupDistance * static_cast<double>(groups.low);
  return apart ? std::optional(groups) : std::nullopt;
}

void append_sentence(std::string& text, const std::string& sentence) {
  text += text.empty() ? "" : "; ";
  text += sentence;
}

}  // namespace

std::int64_t sample_quantile(std::span<const std::int64_t> sorted, std::uint32_t per_million) {
  LOCKSTEP_CHECK(!sorted.empty());
  LOCKSTEP_CHECK(per_million <= kMillion);
  // The place among the samples, in millionths.
  const std::uint64_t place = (sorted.size() - 1) * std::uint64_t{per_million};
  const std::size_t below = place / kMillion;
  if (below + 1 == sorted.size()) {
    return sorted.back();
  }
  return interpolated(sorted[below], sorted[below + 1], static_cast<std::int64_t>(place % kMillion),
                      kMillion);
}

std::optional<SampleInterval> median_interval(std::span<const std::int64_t> sorted,
                                              std::uint32_t confidence) {
  LOCKSTEP_CHECK(confidence > 0 && confidence < kMillion);
  const std::size_t count = sorted.size();
  if (count == 0) {
    return std::nullopt;
  }
  // Binomial weights from the middle down, relative to the middle: no count is too large for them.
  std::vector<double> weights(count / 2 + 1);
  weights.back() = 1;
  double total = count % 2 == 0 ? 1 : 2;
  for (std::size_t below = count / 2; below > 0; --below) {
    weights[below - 1] =
        weights[below] * static_cast<double>(below) / static_cast<double>(count - below + 1);
    total += 2 * weights[below - 1];
  }
  // As many from each end as may be left out: the true median is below the k-th with the chance
  // that fewer than k samples are below it.
  const double allowed = total * static_cast<double>(kMillion - confidence) / kMillion / 2;
  double tail = 0;
  std::size_t left_out = 0;
  while (left_out < weights.size() && tail + weights[left_out] <= allowed) {
    tail += weights[left_out];
    ++left_out;
  }
  if (left_out == 0) {
    return std::nullopt;
  }
  return SampleInterval{sorted[left_out - 1], sorted[count - left_out]};
}

std::uint64_t half_width(const SampleInterval& interval, std::int64_t median) {
  LOCKSTEP_CHECK(median > 0);
  const std::int64_t half = std::max(interval.high - median, median - interval.low);
  __extension__ using Wide = __int128;
  return static_cast<std::uint64_t>((Wide{half} * kMillion + median - 1) / median);
}

Disturbance find_disturbance(std::span<const std::int64_t> in_order) {
  Disturbance found;
  if (in_order.empty()) {
    return found;
  }
  const std::vector<std::int64_t> sorted = sorted_copy(in_order);
  const std::int64_t limit = kOutlierFactor * sample_quantile(sorted, 500'000);
  const auto beyond = std::upper_bound(sorted.begin(), sorted.end(), limit);
  const auto outliers = static_cast<std::size_t>(sorted.end() - beyond);
  if (outliers * kOutlierShare > sorted.size()) {
    found.outliers = outliers;
    found.largest = sorted.back();
  }
  found.drift = drift_of(in_order);
  found.groups = groups_of(sorted);
  return found;
}

std::string disturbance_text(const Disturbance& disturbance, std::size_t count) {
  std::string text;
  if (disturbance.drift != 0) {
    const auto percent = static_cast<std::uint64_t>(std::abs(disturbance.drift));
    append_sentence(text, decimal_text(percent / 1'000, 1) + " % " +
                              (disturbance.drift > 0 ? "slower" : "faster") +
                              " in the last third than in the first");
  }
  if (disturbance.outliers != 0) {
    append_sentence(text, std::to_string(disturbance.outliers) + " of " + std::to_string(count) +
                              " took more than three times the median, up to " +
                              to_decimal_text(SimDuration{disturbance.largest}));
  }
  if (disturbance.groups) {
    append_sentence(text, "two groups around " +
                              to_decimal_text(SimDuration{disturbance.groups->low}) + " and " +
                              to_decimal_text(SimDuration{disturbance.groups->high}));
  }
  return text;
}

}  // namespace lockstep

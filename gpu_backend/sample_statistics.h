// What can be said of repeated measurements of one quantity: quantiles, how sure the median is, and
// whether something disturbed them.
//
// Nothing is assumed of the distribution: confidence comes from order statistics (the number of
// samples below the true median is binomial). Samples are whole numbers, here nanoseconds; shares
// are parts per million.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace lockstep {

// The value at share `per_million` of sorted samples, linear between two of them: 0 is the
// smallest, 10^6 the largest. Requires: at least one.
[[nodiscard]] std::int64_t sample_quantile(std::span<const std::int64_t> sorted,
                                           std::uint32_t per_million);

struct SampleInterval {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

// Where the median of the distribution lies with a probability of at least `confidence`; nullopt:
// too few samples to say so (95 % needs six). Requires: 0 < confidence < 10^6.
[[nodiscard]] std::optional<SampleInterval> median_interval(std::span<const std::int64_t> sorted,
                                                            std::uint32_t confidence);

// How far the interval's farther end is from `median`, as a share of it, rounded up. Requires:
// median > 0.
[[nodiscard]] std::uint64_t half_width(const SampleInterval& interval, std::int64_t median);

// What a clock that changes its speed, or somebody else on the machine, does to samples.
struct Disturbance {
  // Median of the last third against that of the first, if they differ by more than 5 %: +80'000 is
  // 8 % slower. Of 15 samples or more.
  std::int64_t drift = 0;
  // Samples above three times the median, if they are more than 1 % of all.
  std::size_t outliers = 0;
  std::int64_t largest = 0;
  // Two groups, each of at least a tenth of the samples and 20 % apart, explain more than 85 % of
  // the variance (one even spread: 75 %). The medians of the groups. Of 15 samples or more.
  std::optional<SampleInterval> groups;

  [[nodiscard]] bool any() const { return drift != 0 || outliers != 0 || groups.has_value(); }
};

// `in_order`: as they were measured.
[[nodiscard]] Disturbance find_disturbance(std::span<const std::int64_t> in_order);

// "8 % slower in the last third than in the first; 3 of 100 took more than three times the median,
// up to 5ms; two groups around 1ms and 2ms", or "".
[[nodiscard]] std::string disturbance_text(const Disturbance& disturbance, std::size_t count);

}  // namespace lockstep

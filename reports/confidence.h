// 95 % confidence intervals of means, in integers: the same figures give the same bytes everywhere.
//
// Of independent values (repeats of a run): Student's t. Of the differences of requests, which come
// one after another and are correlated, because one slow batch slows its neighbours: by batch
// means. The requests, in the order of their arrival, are cut into kBatchMeans runs of equal length
// (to one), and the interval is Student's of their means; that holds as far as such a run is longer
// than what one request does to another. Source: batch means with 10 to 30 batches, Schmeiser 1982;
// Law, Simulation Modeling and Analysis, 9.5.3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace lockstep {

inline constexpr std::size_t kBatchMeans = 20;
inline constexpr std::size_t kFewestPerMean = 5;

struct MeanInterval {
  std::int64_t mean = 0;                   // rounded to the nearest
  std::optional<std::int64_t> half_width;  // nullopt: too few values to tell
};

// Of values below 2^60. No interval of fewer than two.
[[nodiscard]] MeanInterval mean_of_independent(std::span<const std::int64_t> values);

// In their order. No interval of fewer than kBatchMeans * kFewestPerMean.
[[nodiscard]] MeanInterval mean_of_correlated(std::span<const std::int64_t> values);

}  // namespace lockstep

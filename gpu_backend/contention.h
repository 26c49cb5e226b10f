// How much longer a batch takes in compute while others are there, from when batches were.
//
// The model is the simulated GPU's (docs/device.md, sharing): with n batches in compute each
// advances at 1 / s(n) of its speed. So over any stretch of time in which `count` batches of
// `alone` each begin and end,
//
//     sum over n of T(n) * n / s(n) = count * alone        T(n): time with n batches in compute
//
// and s(1) = 1, so s(2), s(3), ... follow one after another, from runs with that many lanes busy.
// Copies that overlap, and beginnings and ends with fewer batches, are accounted for, not assumed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/time.h"
#include "gpu_backend/device.h"

namespace lockstep {

// T(n) at index n, from 1 (index 0 is 0) to the most that were there at once.
[[nodiscard]] std::vector<SimDuration> time_by_count(std::span<const StageTimes> batches);

// The share of the time with a batch in compute in which there were at least two, per million.
[[nodiscard]] std::uint32_t overlap_share(std::span<const SimDuration> by_count);

// The share of `whole` with a batch in compute, per million.
[[nodiscard]] std::uint32_t busy_share(std::span<const SimDuration> by_count, SimDuration whole);

// s(n) in millionths, at least 10^6, of n = slow_down.size() + 2 from a run with n lanes busy;
// `slow_down`: s(2), s(3), ... so far. nullopt: n batches were together for less than a tenth of
// the time, or what the others did in theirs is more than all there was to do.
[[nodiscard]] std::optional<std::uint32_t> next_slow_down(std::span<const StageTimes> batches,
                                                          SimDuration alone,
                                                          std::span<const std::uint32_t> slow_down);

// s(n) where it could not be measured, from s(n - 1): one more lane gains nothing. Requires: n
// >= 2.
[[nodiscard]] std::uint32_t slow_down_without_gain(std::uint32_t n, std::uint32_t before);

}  // namespace lockstep

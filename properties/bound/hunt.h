// Hunts for the worst latency that a scheduler can be driven to: the other side of its bound.
//
// Deterministic: traffic of a few shapes, made from the settings, each run through the real core;
// the worst latency of any request counts. The shapes are those of the derivation (docs/bound.md):
// every lane has just begun and every queue is full, or everything comes a nanosecond before the
// time-out of the one that waits; each with what completes the victim's batch now, later or never,
// and with the victim in each queue.
#pragma once

#include <cstdint>

#include "properties/cases/case.h"

namespace lockstep {

struct HuntShape {
  std::uint32_t lanes = 1;
  std::uint32_t queues = 1;
  std::uint32_t batches_max = 1;  // M
  std::uint32_t rows_max = 1;     // E
  SimDuration timeout{0};         // T
  SimDuration batch_max{0};       // C
  SimDuration poll{0};            // I
};

struct HuntResult {
  SimDuration latency{0};  // the worst
  Case worst{};            // whose run had it
  std::uint64_t runs = 0;
};

// More requests than this are not tried.
inline constexpr std::uint64_t kHuntRequestsMax = 20'000;

// `base`: scheduler, options and device; its events are replaced. Requires: its scheduler accepts
// its options.
[[nodiscard]] HuntResult hunt_worst_latency(const Case& base, const HuntShape& shape);

// Of a run of `value`: the longest from arrival to answer of a request that was in a batch.
[[nodiscard]] SimDuration worst_latency(const Case& value);

}  // namespace lockstep

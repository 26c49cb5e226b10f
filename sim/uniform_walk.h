// A random walk that makes every interleaving about equally likely, also when fibers differ in
// length (URW; Shuttle's urw.rs; verification 4.3).
//
// A plain random walk favours the schedules in which a short fiber runs early. Here a fiber is
// chosen with the probability (events that it still has) / (events that all ready ones still have).
// How many a fiber has is an estimate: what it had in an earlier run. One beyond its estimate, or
// without one, counts as having a single event left. Exactly uniform for fibers that never wait and
// have as many events as estimated.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/prng.h"
#include "sim/choices.h"

namespace lockstep {

class UniformWalk final : public Choices {
 public:
  // events: by fiber (ControlledRuntime::events()).
  UniformWalk(std::uint64_t seed, std::vector<std::uint32_t> events, std::uint32_t rarity = 16)
      : prng_(seed, "choices.uniform"), rarity_(rarity), left_(std::move(events)) {}
  [[nodiscard]] std::uint32_t choose(const ChoicePoint& point) override;

 private:
  [[nodiscard]] std::uint64_t weight_of(std::uint32_t fiber) const;

  Prng prng_;
  std::uint32_t rarity_;
  std::vector<std::uint32_t> left_;  // by fiber
};

}  // namespace lockstep

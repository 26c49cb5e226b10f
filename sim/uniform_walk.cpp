#include "sim/uniform_walk.h"

namespace lockstep {

std::uint64_t UniformWalk::weight_of(std::uint32_t fiber) const {
  return fiber < left_.size() && left_[fiber] > 0 ? left_[fiber] : 1;
}

std::uint32_t UniformWalk::choose(const ChoicePoint& point) {
  if (point.kind != ChoiceKind::kFiber) {
    return choose_without_fibers(prng_, rarity_, point);
  }
  std::uint64_t sum = 0;
  for (std::uint32_t option = 0; option < point.count; ++option) {
    sum += weight_of(point.fibers[option]);
  }
  std::uint64_t draw = prng_.below(sum);
  std::uint32_t chosen = 0;
  while (draw >= weight_of(point.fibers[chosen])) {
    draw -= weight_of(point.fibers[chosen]);
    ++chosen;
  }
  const std::uint32_t fiber = point.fibers[chosen];
  if (fiber < left_.size() && left_[fiber] > 0) {
    --left_[fiber];
  }
  return chosen;
}

}  // namespace lockstep

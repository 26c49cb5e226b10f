// Draws of one case: RapidCheck's splittable generator, read number by number.
//
// The same key gives the same numbers on every compiler (Threefish, integers only). Ranges by
// remainder, as RapidCheck's own: the bias is below 2^-40 and decides nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <rapidcheck/Random.h>

namespace lockstep {

class Draws {
 public:
  explicit Draws(const rc::Random& random) : random_(random) {}

  [[nodiscard]] std::uint64_t bits() { return random_.next(); }
  // In [0, bound). Requires: bound > 0.
  [[nodiscard]] std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(bound));
  }
  // In [least, most]. Requires: least <= most.
  [[nodiscard]] std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + below(most - least + 1);
  }
  [[nodiscard]] bool one_in(std::int64_t count) { return below(count) == 0; }
  template <std::size_t Count>
  [[nodiscard]] std::int64_t pick(const std::array<std::int64_t, Count>& values) {
    return values[static_cast<std::size_t>(below(Count))];
  }

 private:
  rc::Random random_;
};

}  // namespace lockstep

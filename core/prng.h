// Integer random numbers from named streams of one root seed (design 3).
//
// The generator is xoshiro256++ (Blackman and Vigna, public domain algorithm), seeded through
// splitmix64 from (root seed, stream name). A new draw in one stream moves no other stream.
// No floating point, no std:: distribution: the same numbers on every compiler.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

namespace lockstep {

class Prng {
 public:
  // Stream `name` of `root_seed`; the same pair gives the same numbers for ever.
  Prng(std::uint64_t root_seed, std::string_view name);

  [[nodiscard]] std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // Uniform in [0, bound), without bias. Requires: bound > 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace lockstep

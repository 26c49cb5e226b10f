#include "core/prng.h"

#include "core/check.h"

namespace lockstep {
namespace {

std::uint64_t splitmix64(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15u;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// FNV-1a: short names, and the value must never change.
std::uint64_t name_hash(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char letter : name) {
    hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3u;
  }
  return hash;
}

}  // namespace

Prng::Prng(std::uint64_t root_seed, std::string_view name) : state_{} {
  std::uint64_t seeder = root_seed ^ std::rotl(name_hash(name), 17);
  for (std::uint64_t& word : state_) {
    word = splitmix64(seeder);
  }
}

std::uint64_t Prng::below(std::uint64_t bound) {
  LOCKSTEP_CHECK(bound > 0);
  // Rejection from the top: values below `reject` would make the first residues more likely.
  const std::uint64_t reject = (0 - bound) % bound;
  std::uint64_t value = next();
  while (value < reject) {
    value = next();
  }
  return value % bound;
}

}  // namespace lockstep

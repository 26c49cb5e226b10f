// A set of small integers (lanes, queues) with a fast "lowest" and "next from here, cyclic".
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lockstep {

class IndexSet {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  // Grows the range to [0, size); new members are absent.
  void resize(std::uint32_t size) { words_.resize((size + 63) / 64); }

  // Grows the range to [0, size) and takes all of it in: every lane is idle at the start.
  void fill(std::uint32_t size) {
    resize(size);
    for (std::uint32_t index = 0; index < size; ++index) {
      insert(index);
    }
  }

  void insert(std::uint32_t index) {
    const std::uint64_t bit = std::uint64_t{1} << (index % 64);
    count_ += (words_[index / 64] & bit) == 0 ? 1u : 0u;
    words_[index / 64] |= bit;
  }
  void erase(std::uint32_t index) {
    const std::uint64_t bit = std::uint64_t{1} << (index % 64);
    count_ -= (words_[index / 64] & bit) != 0 ? 1u : 0u;
    words_[index / 64] &= ~bit;
  }
  [[nodiscard]] bool contains(std::uint32_t index) const {
    return (words_[index / 64] >> (index % 64) & 1) != 0;
  }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::uint32_t count() const { return count_; }

  // The smallest member >= from, or kNone.
  [[nodiscard]] std::uint32_t first_from(std::uint32_t from) const {
    std::size_t word = from / 64;
    if (word >= words_.size()) {
      return kNone;
    }
    std::uint64_t bits = words_[word] & (~std::uint64_t{0} << (from % 64));
    while (bits == 0) {
      if (++word == words_.size()) {
        return kNone;
      }
      bits = words_[word];
    }
    return static_cast<std::uint32_t>(word * 64) +
           static_cast<std::uint32_t>(std::countr_zero(bits));
  }
  [[nodiscard]] std::uint32_t lowest() const { return first_from(0); }
  // The first member met when going up from `from` and wrapping once. Requires: not empty.
  [[nodiscard]] std::uint32_t next_cyclic(std::uint32_t from) const {
    const std::uint32_t above = first_from(from);
    return above != kNone ? above : lowest();
  }

 private:
  std::vector<std::uint64_t> words_;
  std::uint32_t count_ = 0;
};

}  // namespace lockstep

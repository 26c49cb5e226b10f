// At most one deadline per queue, earliest first; ties go to the lower queue index.
//
// An indexed binary heap: set and clear cost O(log n), the earliest O(1). Total order: (time,
// index).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/time.h"

namespace lockstep {

class DeadlineHeap {
 public:
  // Grows the index range to [0, size).
  void resize(std::uint32_t size) { places_.resize(size, kAbsent); }

  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] SimTime earliest() const { return heap_.front().time; }
  [[nodiscard]] std::uint32_t earliest_index() const { return heap_.front().index; }

  // kForever when it has none.
  [[nodiscard]] SimTime of(std::uint32_t index) const {
    return places_[index] == kAbsent ? kForever : heap_[places_[index]].time;
  }

  void set(std::uint32_t index, SimTime time);  // Requires: index has none
  void clear(std::uint32_t index);              // no effect if it has none

 private:
  static constexpr std::uint32_t kAbsent = UINT32_MAX;
  struct Entry {
    SimTime time{};
    std::uint32_t index = 0;
  };
  [[nodiscard]] static bool before(const Entry& a, const Entry& b) {
    return a.time != b.time ? a.time < b.time : a.index < b.index;
  }
  void put(std::size_t place, const Entry& entry);
  void sift_up(std::size_t place, const Entry& entry);
  void sift_down(std::size_t place, const Entry& entry);

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> places_;  // by index: place in heap_, or kAbsent
};

}  // namespace lockstep

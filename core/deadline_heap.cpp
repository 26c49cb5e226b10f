#include "core/deadline_heap.h"

#include "core/check.h"

namespace lockstep {

void DeadlineHeap::put(std::size_t place, const Entry& entry) {
  heap_[place] = entry;
  places_[entry.index] = static_cast<std::uint32_t>(place);
}

void DeadlineHeap::sift_up(std::size_t place, const Entry& entry) {
  while (place > 0) {
    const std::size_t parent = (place - 1) / 2;
    if (!before(entry, heap_[parent])) {
      break;
    }
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, entry);
}

void DeadlineHeap::sift_down(std::size_t place, const Entry& entry) {
  while (true) {
    std::size_t child = 2 * place + 1;
    if (child >= heap_.size()) {
      break;
    }
    if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) {
      ++child;
    }
    if (!before(heap_[child], entry)) {
      break;
    }
    put(place, heap_[child]);
    place = child;
  }
  put(place, entry);
}

void DeadlineHeap::set(std::uint32_t index, SimTime time) {
  LOCKSTEP_CHECK(index < places_.size());
  LOCKSTEP_CHECK(places_[index] == kAbsent);
  heap_.emplace_back();
  sift_up(heap_.size() - 1, Entry{time, index});
}

void DeadlineHeap::clear(std::uint32_t index) {
  const std::uint32_t place = places_[index];
  if (place == kAbsent) {
    return;
  }
  places_[index] = kAbsent;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (last.index == index) {
    return;
  }
  // The entry that fills the gap may have to go either way.
  if (place > 0 && before(last, heap_[(place - 1) / 2])) {
    sift_up(place, last);
  } else {
    sift_down(place, last);
  }
}

}  // namespace lockstep

// The completions of plain devices that are to come, in their total order: (time, start order).
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/ids.h"
#include "core/time.h"

namespace lockstep {

struct PlannedCompletion {
  SimTime time{};
  std::uint64_t order = 0;  // BatchId
  LaneId lane{0};
  SimDuration service{0};
};

class CompletionHeap {
 public:
  void push(const PlannedCompletion& completion) {
    heap_.push_back(completion);
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  // Requires: there is one.
  PlannedCompletion pop() {
    const PlannedCompletion first = heap_.front();
    std::pop_heap(heap_.begin(), heap_.end(), later);
    heap_.pop_back();
    return first;
  }
  // Of the first; kForever when there is none.
  [[nodiscard]] SimTime next() const { return heap_.empty() ? kForever : heap_.front().time; }

 private:
  static bool later(const PlannedCompletion& a, const PlannedCompletion& b) {
    return a.time != b.time ? a.time > b.time : a.order > b.order;
  }

  std::vector<PlannedCompletion> heap_;  // at most one per lane
};

}  // namespace lockstep

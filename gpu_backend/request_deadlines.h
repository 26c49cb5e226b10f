// When clients give up: earliest first, ties in the order of arrival.
//
// Deadlines of requests that were answered meanwhile are forgotten when they come to the front, and
// in bulk when they are the larger part: memory is at most twice that of the requests that wait.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "core/ids.h"
#include "core/time.h"
#include "gpu_backend/live_table.h"

namespace lockstep {

class RequestDeadlines {
 public:
  void add(SimTime at, RequestId request, const LiveTable& live) {
    if (heap_.size() >= forgets_at_) {
      std::erase_if(heap_, [&live](const Entry& entry) { return !is_awaited(entry, live); });
      std::make_heap(heap_.begin(), heap_.end(), later);
      forgets_at_ = std::max<std::size_t>(kFew, 2 * heap_.size());
    }
    heap_.push_back({.at = at, .request = request});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  // kForever: nobody that waits has one.
  [[nodiscard]] SimTime next(const LiveTable& live) {
    while (!heap_.empty() && !is_awaited(heap_.front(), live)) {
      pop();
    }
    return heap_.empty() ? kForever : heap_.front().at;
  }
  // Whose next() is. Requires: next() is not kForever.
  RequestId take() {
    const RequestId request = heap_.front().request;
    pop();
    return request;
  }
  [[nodiscard]] std::size_t size() const { return heap_.size(); }

 private:
  static constexpr std::size_t kFew = 64;
  struct Entry {
    SimTime at{};
    RequestId request{0};
  };
  static bool later(const Entry& a, const Entry& b) {
    return a.at != b.at ? a.at > b.at : a.request > b.request;
  }
  static bool is_awaited(const Entry& entry, const LiveTable& live) {
    return live.find(entry.request) != nullptr;
  }
  void pop() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    heap_.pop_back();
  }

  std::vector<Entry> heap_;
  std::size_t forgets_at_ = kFew;
};

}  // namespace lockstep

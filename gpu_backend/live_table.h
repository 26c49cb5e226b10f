// Who waits for which request: by RequestId, in constant time, for ids that come in order.
//
// A request is here from its arrival at the core until the core ends it. Its client may give up
// before: then it is here still, and nobody waits for it. Ids are dense and end roughly in order,
// so those that are here are a window that moves. Memory is the window: as long as the oldest
// request lives, it grows with those that came after it.
#pragma once

#include <cstdint>
#include <utility>

#include "core/check.h"
#include "core/ids.h"
#include "core/ring.h"
#include "gpu_backend/live_request.h"

namespace lockstep {

class LiveTable {
 public:
  // Requires: ids come one after another.
  void add(RequestId id, LiveRequest& request, std::uint64_t ticket) {
    LOCKSTEP_CHECK_EQ(raw(id), first_ + window_.size());
    window_.push_back({.request = &request, .ticket = ticket, .in_core = true});
    ++live_count_;
  }
  [[nodiscard]] bool is_empty() const { return window_.empty(); }
  [[nodiscard]] bool is_in_core(RequestId id) const {
    return raw(id) >= first_ && raw(id) - first_ < window_.size() &&
           window_.at(raw(id) - first_).in_core;
  }
  // nullptr: nobody waits for it, any more.
  [[nodiscard]] LiveRequest* find(RequestId id) const {
    return raw(id) < first_ ? nullptr : window_.at(raw(id) - first_).request;
  }
  // Its client gives up; the core still has it. Requires: somebody waits for it.
  LiveRequest& give_up(RequestId id) {
    LiveRequest* const request = std::exchange(window_.at(raw(id) - first_).request, nullptr);
    LOCKSTEP_CHECK(request != nullptr);
    --live_count_;
    return *request;
  }
  // The core ended it; nullptr: nobody waits for it. Requires: is_in_core().
  LiveRequest* take(RequestId id) {
    LOCKSTEP_CHECK(is_in_core(id));
    Entry& entry = window_.at(raw(id) - first_);
    entry.in_core = false;
    LiveRequest* const request = std::exchange(entry.request, nullptr);
    live_count_ -= request != nullptr ? 1U : 0U;
    while (!window_.empty() && !window_.front().in_core) {
      window_.pop_front();
      ++first_;
    }
    return request;
  }
  // Looks at every one: for cancellations, which are rare. False: nobody waits for it.
  [[nodiscard]] bool find_ticket(std::uint64_t ticket, RequestId& id) const {
    for (std::size_t i = 0; i < window_.size(); ++i) {
      if (window_.at(i).request != nullptr && window_.at(i).ticket == ticket) {
        id = RequestId{first_ + i};
        return true;
      }
    }
    return false;
  }
  // The oldest; requires !is_empty().
  [[nodiscard]] RequestId oldest() const { return RequestId{first_}; }
  // For which somebody waits.
  [[nodiscard]] std::size_t live_count() const { return live_count_; }

 private:
  struct Entry {
    LiveRequest* request = nullptr;
    std::uint64_t ticket = 0;
    bool in_core = false;
  };
  Ring<Entry> window_;
  std::uint64_t first_ = 0;
  std::size_t live_count_ = 0;
};

}  // namespace lockstep

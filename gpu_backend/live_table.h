// Who waits for which request: by RequestId, in constant time, for ids that come in order.
//
// Ids are dense and end roughly in order, so the live ones are a window that moves. Memory is the
// window: as long as the oldest request lives, it grows with those that came after it.
#pragma once

#include <cstdint>
#include <deque>

#include "core/check.h"
#include "core/ids.h"
#include "gpu_backend/live_request.h"

namespace lockstep {

class LiveTable {
 public:
  // Requires: ids come one after another.
  void add(RequestId id, LiveRequest& request, std::uint64_t ticket) {
    LOCKSTEP_CHECK_EQ(raw(id), first_ + window_.size());
    window_.push_back({.request = &request, .ticket = ticket});
    ++live_count_;
  }
  // nullptr: it was answered.
  [[nodiscard]] LiveRequest* find(RequestId id) const {
    return raw(id) < first_ ? nullptr : window_[raw(id) - first_].request;
  }
  // It was answered; nullptr: it had been.
  LiveRequest* take(RequestId id) {
    LiveRequest* const request = find(id);
    if (request != nullptr) {
      window_[raw(id) - first_].request = nullptr;
      --live_count_;
      while (!window_.empty() && window_.front().request == nullptr) {
        window_.pop_front();
        ++first_;
      }
    }
    return request;
  }
  // Looks at every live one: for cancellations, which are rare. False: it was answered.
  [[nodiscard]] bool find_ticket(std::uint64_t ticket, RequestId& id) const {
    for (std::size_t i = 0; i < window_.size(); ++i) {
      if (window_[i].request != nullptr && window_[i].ticket == ticket) {
        id = RequestId{first_ + i};
        return true;
      }
    }
    return false;
  }
  // The oldest; requires live_count() > 0.
  [[nodiscard]] RequestId oldest() const { return RequestId{first_}; }
  [[nodiscard]] std::size_t live_count() const { return live_count_; }

 private:
  struct Entry {
    LiveRequest* request = nullptr;
    std::uint64_t ticket = 0;
  };
  std::deque<Entry> window_;
  std::uint64_t first_ = 0;
  std::size_t live_count_ = 0;
};

}  // namespace lockstep

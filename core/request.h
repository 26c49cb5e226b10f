// A request, from arrival to its one end, and the table of the requests that are alive.
//
// Invariants:
// 1. A slot names one request until it ends; then its generation moves on and old slots are
// refused.
// 2. rows_done <= rows_started <= size: rows enter batches in order, and finish at most once.
// Owner: the server. Schedulers read; only the server writes. Memory is the largest number of
// requests alive at once, whatever the length of the run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/check.h"
#include "core/ids.h"
#include "core/limits.h"
#include "core/status.h"
#include "core/time.h"

namespace lockstep {

// What a client sends: one row of a trace. Sizes are rows of the 0th dimension (TF "task size").
struct Arrival {
  SimTime time{};
  SimDuration timeout{0};  // the client's own deadline after `time`; 0 = none
  ClientId client{0};
  QueueId queue{0};
  std::uint32_t size = 1;
  std::uint8_t priority = 0;
};

struct Request {
  Arrival arrival;
  RequestId id{0};
  std::uint32_t rows_started = 0;  // rows that are in a started batch
  std::uint32_t rows_done = 0;     // rows whose batch has finished
  // Even while the slot is free, odd while its request lives: old slots never match again.
  std::uint32_t generation = 0;
  Status first_error = Status::kOk;     // of its finished pieces; first error wins (TF 2.6)
  Reason first_reason = Reason::kNone;  // of that error
};

class RequestTable {
 public:
  // The request in `slot`. Requires: it is alive (checked).
  [[nodiscard]] const Request& at(RequestSlot slot) const {
    LOCKSTEP_CHECK(is_alive(slot));
    return entries_[slot.index()];
  }
  // False once the request ended, also when its slot was given to another.
  [[nodiscard]] bool is_alive(RequestSlot slot) const {
    return slot.index() < entries_.size() && entries_[slot.index()].generation == slot.generation();
  }
  [[nodiscard]] std::size_t live_count() const { return live_count_; }
  // The slot of a live request; nullopt when it ended or never came. Looks at every slot: for what
  // happens rarely (a client cancels).
  [[nodiscard]] std::optional<RequestSlot> find(RequestId id) const;

  // Of an entry that a visit is shown.
  [[nodiscard]] RequestSlot slot_of(const Request& request) const {
    return RequestSlot{static_cast<std::uint32_t>(&request - entries_.data()), request.generation};
  }

  // Calls visit(request) for each live request, in slot order.
  template <typename Visit>
  void for_each_live(Visit&& visit) const {
    for (const Request& entry : entries_) {
      if (entry.generation % 2 == 1) {
        visit(entry);
      }
    }
  }

 private:
  friend class Server;
  static constexpr std::uint32_t kNoSlot = UINT32_MAX;

  [[nodiscard]] Request& mutable_at(RequestSlot slot) {
    LOCKSTEP_CHECK(is_alive(slot));
    return entries_[slot.index()];
  }

  [[nodiscard]] RequestSlot add(RequestId id, const Arrival& arrival) {
    if (first_free_ == kNoSlot) {
      grow();
    }
    const std::uint32_t index = first_free_;
    Request& entry = entries_[index];
    LOCKSTEP_CHECK(entry.generation % 2 == 0);
    first_free_ = entry.rows_started;
    entry.arrival = arrival;
    entry.id = id;
    entry.rows_started = 0;
    entry.rows_done = 0;
    entry.first_error = Status::kOk;
    entry.first_reason = Reason::kNone;
    ++entry.generation;
    ++live_count_;
    return RequestSlot{index, entry.generation};
  }

  // Requires: one of ours, alive.
  void remove(const Request& request) {
    const auto index = static_cast<std::uint32_t>(&request - entries_.data());
    Request& entry = entries_[index];
    LOCKSTEP_CHECK(entry.generation % 2 == 1);
    ++entry.generation;
    entry.rows_started = first_free_;
    first_free_ = index;
    --live_count_;
  }

  void grow();

  std::vector<Request> entries_;
  std::uint32_t first_free_ = kNoSlot;  // free entries are chained through rows_started
  std::size_t live_count_ = 0;
};

}  // namespace lockstep

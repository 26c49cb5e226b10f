// The shared scheduler's list of queues and the cursor into it (TF 2.4).
//
// Queues are kept in the order added. The cursor stands at the next one to be asked; asking a queue
// moves it past that queue. A closed queue that is asked, yields nothing and is completely empty
// leaves the list; a cursor at it moves to its successor. Cost of leaving: the closed queues that
// are still listed.
#pragma once

#include <cstdint>

#include "core/index_set.h"

namespace lockstep {

class TfQueueList {
 public:
  static constexpr std::uint32_t kNone = IndexSet::kNone;

  // Appends the queues up to `count`.
  void grow(std::uint32_t count) {
    listed_.resize(count);
    closing_.resize(count);
    for (; size_ < count; ++size_) {
      listed_.insert(size_);
    }
  }
  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] std::uint32_t cursor() const { return cursor_; }
  void close(std::uint32_t index) { closing_.insert(index); }
  [[nodiscard]] bool any_closing() const { return !closing_.empty(); }

  // The first listed queue met when going up from `from`, around. Requires: any is listed.
  [[nodiscard]] std::uint32_t next_listed(std::uint32_t from) const {
    return listed_.next_cyclic(from);
  }
  // `index` was asked: the cursor stands at the queue after it.
  void move_past(std::uint32_t index) { cursor_ = successor(index); }
  // A whole turn in vain, begun with the cursor at `first`.
  void move_back(std::uint32_t first) {
    cursor_ = first >= size_ || listed_.contains(first) ? first : successor(first);
  }
  // How far `index` is from `first`, going up and around.
  [[nodiscard]] std::uint32_t distance(std::uint32_t first, std::uint32_t index) const {
    return index >= first ? index - first : index + size_ - first;
  }
  // Asked are the queues from the cursor up to the one that yields, or all when none (kNone) does.
  [[nodiscard]] bool asked(std::uint32_t index, std::uint32_t yielding) const {
    return yielding == kNone || (cursor_ <= yielding ? index >= cursor_ && index < yielding
                                                     : index >= cursor_ || index < yielding);
  }

  // A request came after its queue was closed (the retrier offers again, TF 2.15): it is asked
  // until it is empty once more.
  void list_again(std::uint32_t index) {
    if (!listed_.contains(index)) {
      listed_.insert(index);
      closing_.insert(index);
    }
  }

  // Of the closed queues that were asked, those for which empty(index) holds leave.
  template <typename Empty>
  void leave_asked(std::uint32_t yielding, Empty&& empty) {
    for (std::uint32_t index = closing_.lowest(); index != kNone;
         index = closing_.first_from(index + 1)) {
      if (asked(index, yielding) && empty(index)) {
        closing_.erase(index);
        listed_.erase(index);
        if (cursor_ == index) {
          cursor_ = successor(index);
        }
      }
    }
  }

 private:
  // The list is a circle.
  [[nodiscard]] std::uint32_t successor(std::uint32_t index) const {
    return listed_.empty() ? 0 : listed_.next_cyclic(index + 1);
  }

  IndexSet listed_;   // added, not yet gone
  IndexSet closing_;  // closed, and still listed
  std::uint32_t size_ = 0;
  std::uint32_t cursor_ = 0;
};

}  // namespace lockstep

// A growing ring buffer: push at the back, pop at the front, contiguous halves for ranges.
//
// No allocation after warm-up: capacity doubles when full and is kept. Positions are absolute
// (front_position() rises for ever), so a range [begin, begin + count) stays named while it lives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/check.h"

namespace lockstep {

template <typename T>
class Ring {
 public:
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(back_ - front_); }
  [[nodiscard]] bool empty() const { return front_ == back_; }
  [[nodiscard]] bool full() const { return size() == capacity_; }  // the next push grows it
  [[nodiscard]] std::uint64_t front_position() const { return front_; }
  [[nodiscard]] std::uint64_t back_position() const { return back_; }

  // A new back element, with whatever an earlier element left in it: the caller fills it in place
  // (building it aside and copying it costs more than the rest of an arrival).
  [[nodiscard]] T& push_slot() {
    if (size() == capacity_) [[unlikely]] {
      grow();
    }
    return slots_[back_++ & mask_];
  }
  void push_back(const T& value) { push_slot() = value; }
  // Positions are modulo 2^64, so stepping below the first one is fine.
  void push_front(const T& value) {
    if (size() == capacity_) {
      grow();
    }
    slots_[--front_ & mask_] = value;
  }
  void pop_back() {
    LOCKSTEP_CHECK(!empty());
    --back_;
  }
  // The element `index` places behind the front. Requires: index < size().
  [[nodiscard]] T& at(std::size_t index) { return slots_[(front_ + index) & mask_]; }
  [[nodiscard]] const T& at(std::size_t index) const { return slots_[(front_ + index) & mask_]; }
  [[nodiscard]] const T& front() const { return slots_[front_ & mask_]; }
  [[nodiscard]] T& back() { return slots_[(back_ - 1) & mask_]; }
  // Requires: count <= size().
  void pop_front(std::size_t count = 1) {
    LOCKSTEP_CHECK(count <= size());
    front_ += count;
  }

  // The first `count` elements as two contiguous halves; valid until the next push_back.
  [[nodiscard]] std::pair<std::span<const T>, std::span<const T>> front_range(
      std::size_t count) const {
    LOCKSTEP_CHECK(count <= size());
    const std::size_t begin = front_ & mask_;
    const std::size_t first = count < slots_.size() - begin ? count : slots_.size() - begin;
    const std::span<const T> all(slots_);
    return {all.subspan(begin, first), all.subspan(0, count - first)};
  }

 private:
  [[gnu::noinline]] void grow() {
    std::vector<T> larger(slots_.empty() ? 16 : slots_.size() * 2);
    const std::size_t larger_mask = larger.size() - 1;
    for (std::uint64_t position = front_; position != back_; ++position) {
      larger[position & larger_mask] = slots_[position & mask_];
    }
    slots_ = std::move(larger);
    mask_ = larger_mask;
    capacity_ = slots_.size();
  }

  std::vector<T> slots_;
  std::size_t mask_ = 0;
  std::size_t capacity_ = 0;
  std::uint64_t front_ = 0;
  std::uint64_t back_ = 0;
};

}  // namespace lockstep

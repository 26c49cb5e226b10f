// std::atomic on a controlled runtime: <lockstep/sync/atomic.h>.
//
// A scheduling point before each operation, nothing else: what runs is sequentially consistent, so
// an order that is too weak is not found. compare_exchange_weak() may fail without reason, a choice
// each time. For what std::atomic<T> does with integers, bool, enums, pointers and other plain
// types; without wait() and notify.
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>

#include "sim/sync/controlled_world.h"

namespace lockstep::sync {

template <typename T>
requires std::is_trivially_copyable_v<T>
class ControlledAtomic {
 public:
  using value_type = T;  // NOLINT(readability-identifier-naming): std's name
  // NOLINTNEXTLINE(readability-identifier-naming): std's name
  static constexpr bool is_always_lock_free = true;

  constexpr ControlledAtomic() noexcept = default;
  // NOLINTNEXTLINE(google-explicit-constructor): implicit in std too
  constexpr ControlledAtomic(T value) noexcept : value_(value) {}
  ControlledAtomic(const ControlledAtomic&) = delete;
  ControlledAtomic& operator=(const ControlledAtomic&) = delete;
  ~ControlledAtomic() = default;

  [[nodiscard]] bool is_lock_free() const noexcept { return true; }
  [[nodiscard]] T load(std::memory_order /*order*/ = std::memory_order_seq_cst) const noexcept {
    before("atomic.load");
    return value_;
  }
  void store(T value, std::memory_order /*order*/ = std::memory_order_seq_cst) noexcept {
    before("atomic.store");
    value_ = value;
  }
  T exchange(T value, std::memory_order /*order*/ = std::memory_order_seq_cst) noexcept {
    before("atomic.exchange");
    return std::exchange(value_, value);
  }
  // NOLINTNEXTLINE(google-explicit-constructor): implicit in std too
  operator T() const noexcept { return load(); }
  T operator=(T value) noexcept {  // NOLINT(misc-unconventional-assign-operator): T as std's
    store(value);
    return value;
  }

  bool compare_exchange_strong(T& expected, T wanted,
                               std::memory_order /*success*/ = std::memory_order_seq_cst,
                               std::memory_order /*failure*/ = std::memory_order_seq_cst) noexcept {
    before("atomic.compare_exchange");
    return compare_and_set(expected, wanted);
  }
  bool compare_exchange_weak(T& expected, T wanted,
                             std::memory_order /*success*/ = std::memory_order_seq_cst,
                             std::memory_order /*failure*/ = std::memory_order_seq_cst) noexcept {
    before("atomic.compare_exchange");
    if (ControlledWorld::current().fails_without_reason("atomic.compare_exchange")) {
      expected = value_;
      return false;
    }
    return compare_and_set(expected, wanted);
  }

  // For integers, and pointers with a std::ptrdiff_t.
  using difference_type =  // NOLINT(readability-identifier-naming): std's name
      std::conditional_t<std::is_pointer_v<T>, std::ptrdiff_t, T>;
  static constexpr bool kCounts =
      std::is_pointer_v<T> || (std::is_integral_v<T> && !std::is_same_v<T, bool>);
  static constexpr bool kHasBits = std::is_integral_v<T> && !std::is_same_v<T, bool>;

  T fetch_add(difference_type by,
              std::memory_order /*order*/ = std::memory_order_seq_cst) noexcept requires kCounts {
    return update("atomic.fetch_add", [by](T value) { return static_cast<T>(value + by); });
  }
  T fetch_sub(difference_type by,
              std::memory_order /*order*/ = std::memory_order_seq_cst) noexcept requires kCounts {
    return update("atomic.fetch_sub", [by](T value) { return static_cast<T>(value - by); });
  }
  T fetch_and(T bits,
              std::memory_order /*order*/ = std::memory_order_seq_cst) noexcept requires kHasBits {
    return update("atomic.fetch_and", [bits](T value) { return static_cast<T>(value & bits); });
  }
  T fetch_or(T bits,
             std::memory_order /*order*/ = std::memory_order_seq_cst) noexcept requires kHasBits {
    return update("atomic.fetch_or", [bits](T value) { return static_cast<T>(value | bits); });
  }
  T fetch_xor(T bits,
              std::memory_order /*order*/ = std::memory_order_seq_cst) noexcept requires kHasBits {
    return update("atomic.fetch_xor", [bits](T value) { return static_cast<T>(value ^ bits); });
  }
  T operator++() noexcept requires kCounts { return static_cast<T>(fetch_add(1) + 1); }
  T operator++(int) noexcept requires kCounts { return fetch_add(1); }
  T operator--() noexcept requires kCounts { return static_cast<T>(fetch_sub(1) - 1); }
  T operator--(int) noexcept requires kCounts { return fetch_sub(1); }
  T operator+=(difference_type by) noexcept requires kCounts {
    return static_cast<T>(fetch_add(by) + by);
  }
  T operator-=(difference_type by) noexcept requires kCounts {
    return static_cast<T>(fetch_sub(by) - by);
  }

 private:
  static void before(const char* site) noexcept { ControlledWorld::current().point(site); }
  template <typename Change>
  T update(const char* site, Change change) noexcept {
    before(site);
    return std::exchange(value_, change(value_));
  }
  // Compares bytes, as std's does.
  bool compare_and_set(T& expected, T wanted) noexcept {
    if (std::memcmp(&value_, &expected, sizeof(T)) == 0) {
      value_ = wanted;
      return true;
    }
    expected = value_;
    return false;
  }

  T value_{};
};

}  // namespace lockstep::sync

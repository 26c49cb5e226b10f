// From any thread to the driver's: requests and cancellations, bounded, lock-free, in order of
// arrival in the queue.
//
// A ring of cells, each with a ticket that says whose turn it is (Vyukov's bounded queue): a
// producer takes a position by one compare-and-swap and publishes its cell by one release store;
// the one consumer needs neither. A producer that is suspended between the two holds back those
// behind it, not the consumer's other work. Capacity is a power of two.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/time.h"
#include "gpu_backend/live_request.h"

namespace lockstep {

struct Submission {
  LiveRequest* request = nullptr;  // nullptr: a cancellation
  std::uint64_t ticket = 0;
  SimTime at{};  // when it was submitted, or its intended arrival
};

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): the two ends have a cache line each
class SubmissionQueue {
 public:
  // `capacity` is rounded up to a power of two.
  explicit SubmissionQueue(std::size_t capacity);

  enum class Pushed : std::uint8_t { kYes, kFull, kClosed };
  // Any thread. Cancellations are taken by a closed queue, too.
  [[nodiscard]] Pushed push(const Submission& submission);
  // Any thread, any number of times: no more requests.
  void close() { tail_.fetch_or(kClosed, std::memory_order_acq_rel); }
  [[nodiscard]] bool is_closed() const {
    return (tail_.load(std::memory_order_acquire) & kClosed) != 0;
  }
  // The driver's thread. False: it is empty, or its next cell is being filled.
  [[nodiscard]] bool pop(Submission& submission);
  // The driver's thread: nothing was pushed that was not popped, half-pushed cells included.
  [[nodiscard]] bool is_empty() const {
    return (tail_.load(std::memory_order_acquire) & ~kClosed) == head_;
  }
  [[nodiscard]] std::size_t capacity() const { return cells_.size(); }

 private:
  static constexpr std::size_t kClosed = ~(~std::size_t{0} >> 1);  // the highest bit of a position

  struct alignas(64) Cell {
    std::atomic<std::size_t> turn{0};
    Submission submission;
  };
  std::vector<Cell> cells_;
  std::size_t mask_;
  alignas(64) std::atomic<std::size_t> tail_{0};  // next position to be taken by a producer
  alignas(64) std::size_t head_ = 0;              // the consumer's
};

}  // namespace lockstep

// The rows of one lane's batch on their way between requests and the lane's buffers.
//
// The lane's fiber lists them, which needs the core's tables; copying needs nothing but the list
// and can be done by a fiber of another thread, the lane's copier:
//
//     idle --hand_over()--> handed --finish()--> idle
//
// Between the two the list is read by both and written by neither. Rows of requests that were
// answered before are listed without one: zeros in a batch, like those of padding, and thrown away
// out of one. Nothing here allocates while there is room.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "core/check.h"
#include "gpu_backend/live_request.h"

namespace lockstep {

class RowCopies {
 public:
  // --- the lane's fiber, while idle ---

  // Room for so many entries.
  void reserve(std::size_t entries) { rows_.reserve(entries); }
  // What is listed from here on goes into `input`, the whole of which is written.
  void start_gathering(std::span<std::byte> input) { start(input, {}); }
  // Or out of `output`.
  void start_scattering(std::span<const std::byte> output) { start({}, output); }
  // The next rows of the buffer: `bytes` of a request's from `first` on; nullptr: nobody's.
  void add(LiveRequest* request, std::size_t first, std::size_t bytes) {
    rows_.push_back({.request = request, .first = first, .bytes = bytes});
  }
  void hand_over() { state_.store(State::kHanded, std::memory_order_release); }
  // The copier ends.
  void end() { state_.store(State::kEnded, std::memory_order_release); }

  // --- the lane's fiber ---

  [[nodiscard]] bool is_handed() const {
    return state_.load(std::memory_order_acquire) == State::kHanded;
  }
  [[nodiscard]] bool contains(const LiveRequest& request) const {
    return std::any_of(rows_.begin(), rows_.end(),
                       [&request](const Row& row) { return row.request == &request; });
  }

  // --- whoever copies ---

  [[nodiscard]] bool is_ended() const {
    return state_.load(std::memory_order_acquire) == State::kEnded;
  }
  void copy() {
    copy([] {});
  }
  // `between` is called before each request's rows.
  template <typename Between>
  void copy(const Between& between) {
    std::size_t at = 0;
    for (const Row& row : rows_) {
      between();
      if (!input_.empty()) {
        gather(row, input_.data() + at);
      } else if (row.request != nullptr) {
        std::memcpy(row.request->output.data() + row.first, output_.data() + at, row.bytes);
      }
      at += row.bytes;
    }
    if (!input_.empty()) {
      std::memset(input_.data() + at, 0, input_.size() - at);
    }
  }
  // The copier is done with it.
  void finish() {
    LOCKSTEP_CHECK(is_handed());
    state_.store(State::kIdle, std::memory_order_release);
  }

 private:
  enum class State : std::uint8_t { kIdle, kHanded, kEnded };
  struct Row {
    LiveRequest* request = nullptr;
    std::size_t first = 0;
    std::size_t bytes = 0;
  };

  void start(std::span<std::byte> input, std::span<const std::byte> output) {
    rows_.clear();
    input_ = input;
    output_ = output;
  }
  static void gather(const Row& row, std::byte* to) {
    if (row.request != nullptr) {
      std::memcpy(to, row.request->input.data() + row.first, row.bytes);
    } else {
      std::memset(to, 0, row.bytes);
    }
  }

  std::vector<Row> rows_;
  std::span<std::byte> input_;  // empty: scattering
  std::span<const std::byte> output_;
  std::atomic<State> state_{State::kIdle};
};

}  // namespace lockstep

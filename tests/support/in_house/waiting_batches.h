// What the in-house schedulers have in common: requests of one queue in the order of arrival, and
// the batch in front.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include <lockstep/plugin.hpp>

namespace lockstep::in_house {

class WaitingBatches {
 public:
  explicit WaitingBatches(std::int64_t rows_max) : rows_max_(rows_max) {}

  void push(const plugin::Input& arrival) {
    waiting_.push_back(arrival);
    rows_ += arrival.rows;
  }
  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] std::int64_t rows() const { return rows_; }
  // Of the first that waits. Requires: not empty.
  [[nodiscard]] std::int64_t first_arrival_ns() const { return waiting_.front().now_ns; }

  // How many batches it takes, with one more request of `rows` at its end; 0 adds none.
  [[nodiscard]] std::int64_t batches_with(std::int64_t rows) const {
    std::int64_t batches = 0;
    std::int64_t used = rows_max_;
    const auto add = [&](std::int64_t more) {
      const bool opens = used + more > rows_max_;
      batches += opens ? 1 : 0;
      used = (opens ? 0 : used) + more;
    };
    for (const plugin::Input& request : waiting_) {
      add(request.rows);
    }
    if (rows > 0) {
      add(rows);
    }
    return batches;
  }

  // The batch in front, which leaves. Requires: not empty.
  std::vector<plugin::Piece> pop_batch() {
    std::vector<plugin::Piece> batch;
    for (std::int64_t rows = 0; !waiting_.empty() && rows + waiting_.front().rows <= rows_max_;) {
      rows += waiting_.front().rows;
      rows_ -= waiting_.front().rows;
      batch.push_back(plugin::whole(waiting_.front()));
      waiting_.pop_front();
    }
    return batch;
  }

 private:
  std::int64_t rows_max_;
  std::int64_t rows_ = 0;
  std::deque<plugin::Input> waiting_;
};

// Of options that all of them have.
inline std::int64_t timeout_ns(const plugin::Options& options) {
  const std::int64_t micros = options.integer("batch_timeout_micros");
  plugin::Options::require(micros >= 0 && micros <= 3'600'000'000,
                           "batch_timeout_micros must be 0 to 1 h");
  return micros * 1000;
}
inline std::int64_t rows_max(const plugin::Options& options) {
  const std::int64_t rows = options.integer("max_batch_size");
  plugin::Options::require(rows >= 1, "max_batch_size must be positive");
  return rows;
}

}  // namespace lockstep::in_house

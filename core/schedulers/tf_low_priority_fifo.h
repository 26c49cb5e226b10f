// Low-priority requests of a queue, waiting un-batched in the order they came (TF 2.7).
//
// Invariant: rows() is the sum of the waiting tasks' rows. Owned by TfBatchQueue.
#pragma once

#include <cstdint>

#include "core/check.h"
#include "core/ring.h"
#include "core/schedulers/tf_sizes.h"
#include "core/schedulers/tf_task_queue.h"

namespace lockstep {

class TfLowPriorityFifo {
 public:
  [[nodiscard]] bool empty() const { return tasks_.empty(); }
  [[nodiscard]] std::size_t size() const { return tasks_.size(); }
  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] const TfTask& front() const { return tasks_.front(); }

  void push_back(const TfTask& task) {
    tasks_.push_back(task);
    rows_ += task.rows;
  }
  void push_front(const TfTask& task) {
    tasks_.push_front(task);
    rows_ += task.rows;
  }
  TfTask pop_front() {
    const TfTask task = tasks_.front();
    tasks_.pop_front();
    rows_ -= task.rows;
    return task;
  }

  // "Take up to `budget`": from the front while the next one still fits; no skipping, no splitting.
  template <typename Visit>
  void take_up_to(std::uint64_t budget, Visit&& visit) {
    while (!empty() && front().rows <= budget) {
      budget -= front().rows;
      visit(pop_front());
    }
  }

  // Cuts the front task: its first `room` rows are returned, the rest stays in front in pieces of
  // at most `limit`, with its arrival time. Requires: 0 < room < rows of the front task.
  TfTask cut_front(std::uint32_t room, std::uint32_t limit) {
    TfTask rest = pop_front();
    LOCKSTEP_CHECK(room > 0 && room < rest.rows);
    TfTask first = rest;
    first.rows = room;
    first.is_piece = true;
    // The last pieces go in first: whole limits stand in front of the remainder.
    rest.is_piece = true;
    std::uint32_t end = rest.first_row + rest.rows;
    const std::uint32_t begin = rest.first_row + room;
    while (end > begin) {
      const std::uint32_t remainder = (end - begin) % limit;
      rest.rows = remainder != 0 ? remainder : limit;
      rest.first_row = end - rest.rows;
      push_front(rest);
      end -= rest.rows;
    }
    return first;
  }

 private:
  Ring<TfTask> tasks_;
  std::uint64_t rows_ = 0;
};

}  // namespace lockstep

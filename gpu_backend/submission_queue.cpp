#include "gpu_backend/submission_queue.h"

#include <algorithm>
#include <bit>

namespace lockstep {

SubmissionQueue::SubmissionQueue(std::size_t capacity)
    : cells_(std::bit_ceil(std::max<std::size_t>(capacity, 2))), mask_(cells_.size() - 1) {
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    cells_[i].turn.store(i, std::memory_order_relaxed);
  }
}

SubmissionQueue::Pushed SubmissionQueue::push(const Submission& submission) {
  std::size_t tail = tail_.load(std::memory_order_relaxed);
  while (true) {
    const std::size_t closed = tail & kClosed;
    if (closed != 0 && submission.request != nullptr) {
      return Pushed::kClosed;
    }
    const std::size_t position = tail & ~kClosed;
    Cell& cell = cells_[position & mask_];
    const std::size_t turn = cell.turn.load(std::memory_order_acquire);
    if (turn == position) {
      if (tail_.compare_exchange_weak(tail, (position + 1) | closed, std::memory_order_acq_rel,
                                      std::memory_order_relaxed)) {
        cell.submission = submission;
        cell.turn.store(position + 1, std::memory_order_release);
        return Pushed::kYes;
      }
    } else if (turn < position) {
      return Pushed::kFull;  // the consumer has not emptied the cell since the last round
    } else {
      tail = tail_.load(std::memory_order_relaxed);
    }
  }
}

bool SubmissionQueue::pop(Submission& submission) {
  Cell& cell = cells_[head_ & mask_];
  if (cell.turn.load(std::memory_order_acquire) != head_ + 1) {
    return false;
  }
  submission = cell.submission;
  cell.turn.store(head_ + cells_.size(), std::memory_order_release);
  ++head_;
  return true;
}

}  // namespace lockstep

// Batches that wait for a thread, of the adaptive and the serial-device scheduler (TF 3.1, 3.2).
//
// One list for all queues, in the order in which the batches were added, which is that of their
// creation. A batch may grow while it waits, and leaves from anywhere in the list.
// Numbers of batches name slots, which are reused: no allocation after warm-up.
// Owned by the scheduler, which knows what a queue and a lane are.
#pragma once

#include <cstdint>
#include <vector>

#include "core/batch.h"
#include "core/ring.h"
#include "core/time.h"

namespace lockstep {

// What upstream's clock shows: whole microseconds.
[[nodiscard]] constexpr std::int64_t tf_clock_us(SimTime time) {
  return ns_of(time) / 1000;
}

struct TfWaitingBatch {
  std::vector<Piece> pieces;
  SimTime opened{};
  SimTime due = kForever;       // the first moment at which it could have left
  std::int64_t created_us = 0;  // `opened` by upstream's clock
  std::int64_t ready_us = 0;    // TF 3.1: a regular start not before
  std::uint32_t queue = 0;
  std::uint32_t rows = 0;
  std::uint32_t rows_max = 1;  // of its queue
  Reason reason = Reason::kNone;
  bool closed = false;  // gains no member any more
  bool listed = false;
};

class TfWaitingBatches {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  // A fresh batch, not in the list yet.
  [[nodiscard]] std::uint32_t create();
  [[nodiscard]] TfWaitingBatch& at(std::uint32_t batch) { return slots_[batch]; }
  [[nodiscard]] const TfWaitingBatch& at(std::uint32_t batch) const { return slots_[batch]; }
  // No more members. Idempotent.
  void close(std::uint32_t batch);
  // Puts it at the end of the list. Requires: created no earlier than the others in it.
  void add(std::uint32_t batch);

  [[nodiscard]] bool empty() const { return list_.empty(); }
  [[nodiscard]] bool any_closed() const { return closed_count_ > 0; }
  [[nodiscard]] std::size_t size() const { return list_.size(); }
  // The batch at this place of the list.
  [[nodiscard]] std::uint32_t listed(std::size_t place) const { return list_.at(place); }

  // Takes the batch with the smallest score (the first of equal ones) among those ready by now_us
  // out of the list; kNone when none is.
  [[nodiscard]] std::uint32_t take_best(std::int64_t now_us, std::int64_t boost_us);
  // Takes the one at this place out of the list.
  std::uint32_t take(std::size_t place);
  // Forgets a batch that was taken: its number may come again.
  void recycle(std::uint32_t batch);

 private:
  std::vector<TfWaitingBatch> slots_;
  std::vector<std::uint32_t> free_;
  Ring<std::uint32_t> list_;
  std::size_t closed_count_ = 0;  // in the list
};

}  // namespace lockstep

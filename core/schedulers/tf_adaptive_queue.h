// One queue of TF-Serving's adaptive scheduler: how requests become batches (TF 3.1, queue side).
//
// Invariants: the open batch, if there is one, is the last of the queue's in the list and not
// empty; all its others are closed. Batches live in the scheduler's TfWaitingBatches; a queue knows
// their numbers. Knows nothing of lanes, limits or other queues. Owned by TfAdaptive.
#pragma once

#include <cstdint>
#include <vector>

#include "core/ids.h"
#include "core/scheduler.h"
#include "core/schedulers/tf_adaptive.h"
#include "core/schedulers/tf_waiting_batches.h"
#include "core/time.h"

namespace lockstep {

class TfAdaptiveQueue {
 public:
  // Requires: checked options.
  explicit TfAdaptiveQueue(const TfAdaptiveQueueOptions& options);

  // The commonest arrival: true when the request joined the open batch and neither filled nor
  // closed it. False means that nothing happened: use refusal() and take().
  [[nodiscard]] bool joins_quietly(TfWaitingBatches& batches, RequestSlot request,
                                   std::uint32_t size) {
    // Whatever fits the open batch is within the capacity, but for quirk d of tf_adaptive.h.
    if (open_ == TfWaitingBatches::kNone || size > input_rows_max_ ||
        batch_count_ > batch_count_max_) {
      return false;
    }
    TfWaitingBatch& batch = batches.at(open_);
    if (batch.rows + size >= rows_max_ ||
        static_cast<std::int64_t>(batch.pieces.size()) + 1 >= piece_count_max_) {
      return false;
    }
    join(batch, Piece{.request = request, .rows = size});
    return true;
  }

  // kNone, kTooLarge or kQueueFull.
  [[nodiscard]] Reason refusal(const TfWaitingBatches& batches, std::uint32_t size) const;

  struct Arrival {
    RequestSlot request;
    std::uint32_t size = 0;
    std::uint32_t queue = 0;  // this one, as the scheduler counts
    SimTime now{};
  };
  // Puts it into the open batch and as many after it as it takes. Numbers of batches that this made
  // are appended to `fresh`, to be listed by the caller. True when it closed a batch. Requires: no
  // refusal.
  [[nodiscard]] bool take(TfWaitingBatches& batches, const Arrival& arrival,
                          std::vector<std::uint32_t>& fresh);

  // One of its batches left the list: from here on it is not enqueued any more.
  void forget(std::uint32_t batch, const TfWaitingBatch& leaving);

  [[nodiscard]] SimDuration timeout() const { return timeout_; }
  [[nodiscard]] QueueCounters counters(const TfWaitingBatches& batches) const;

 private:
  [[nodiscard]] std::int64_t capacity(const TfWaitingBatches& batches) const;
  void join(TfWaitingBatch& batch, const Piece& piece) {
    batch.pieces.push_back(piece);
    batch.rows += piece.rows;
    rows_ += piece.rows;
    ++piece_count_;
  }
  void open_batch(TfWaitingBatches& batches, const Arrival& arrival);
  void close_open(TfWaitingBatches& batches, SimTime now, Reason reason);

  std::uint32_t rows_max_;
  std::int64_t batch_count_max_;  // M
  SimDuration timeout_;
  std::int64_t input_rows_max_;
  std::int64_t piece_count_max_;  // of one batch
  bool splits_;

  std::uint32_t open_ = TfWaitingBatches::kNone;  // c
  std::int64_t batch_count_ = 0;                  // K
  std::uint64_t piece_count_ = 0;                 // in those batches
  std::uint64_t rows_ = 0;
};

}  // namespace lockstep

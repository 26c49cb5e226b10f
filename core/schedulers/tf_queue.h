// One queue of TF-Serving's shared scheduler: closed batches, then one open batch (TF 2.0 to 2.3).
//
// Invariants (TF 2.0): the open batch always exists and may be empty; closed batches are non-empty;
// pieces of the closed batches, oldest first, then of the open one, are one ring in arrival order.
// Knows nothing of lanes or of other queues. Owned by TfShared.
#pragma once

#include <cstdint>

#include "core/batch.h"
#include "core/ring.h"
#include "core/scheduler.h"
#include "core/status.h"
#include "core/time.h"

namespace lockstep {

struct TfQueueLimits {
  std::uint32_t batch_rows_max = 0;    // L = E (no splitting): max_batch_size
  SimDuration timeout{0};              // T
  std::uint64_t batch_count_max = 10;  // M, the open batch included
};

class TfQueue {
 public:
  // A batch while it is private: its pieces are the next `request_count` of the ring.
  struct Batch {
    std::uint32_t request_count = 0;
    std::uint32_t rows = 0;
    SimTime opened{};
    SimTime due{};  // first moment at which it was due; kForever while it is not
    Reason reason = Reason::kNone;
  };

  explicit TfQueue(const TfQueueLimits& limits) : limits_(limits) {}

  // The commonest arrival in few instructions: true when the request was taken and joined a batch
  // that was not empty, did not become full, and is not being flushed: nothing became due. False
  // means that nothing happened: use offer().
  [[nodiscard]] bool joins_quietly(RequestSlot request, std::uint32_t size) {
    const std::uint32_t rows = open_.rows + size;
    if (open_.request_count == 0 || rows >= limits_.batch_rows_max || closed_ || pieces_.full()) {
      return false;
    }
    open_.rows = rows;
    ++open_.request_count;
    Piece& piece = pieces_.push_slot();
    piece.request = request;
    piece.first_row = 0;
    piece.rows = size;
    piece.padding = false;
    return true;
  }

  struct Offer {
    Reason refusal = Reason::kNone;  // kTooLarge or kQueueFull: the request was not taken
    bool changed = false;            // the queue may yield now, or has another deadline
  };
  // TF 2.1 steps 2 to 5: refuses the request or takes it.
  [[nodiscard]] Offer offer(RequestSlot request, std::uint32_t size, SimTime now) {
    const std::uint32_t room = limits_.batch_rows_max - open_.rows;
    bool changed = false;
    if (size > room) [[unlikely]] {
      if (const Reason refusal = overflow(size, now); refusal != Reason::kNone) {
        return Offer{refusal, false};
      }
      changed = true;
    }
    if (open_.request_count == 0) {
      open_.opened = now;
      open_.due = kForever;
      changed = true;
    }
    Piece& piece = pieces_.push_slot();
    piece.request = request;
    piece.first_row = 0;
    piece.rows = size;
    piece.padding = false;
    ++open_.request_count;
    open_.rows += size;
    if (open_.rows == limits_.batch_rows_max || closed_) [[unlikely]] {
      settle_due(now, open_.rows == limits_.batch_rows_max ? Reason::kFull : Reason::kFlush);
      changed = true;
    }
    return Offer{Reason::kNone, changed};
  }

  // n of TF 2.0, the open batch included.
  [[nodiscard]] std::uint64_t batch_count() const { return closed_batches_.size() + 1; }
  // When the open batch becomes due by time alone; kForever when it is empty. May lie in the past.
  [[nodiscard]] SimTime open_deadline() const {
    return open_.request_count == 0 ? kForever : after(open_.opened, limits_.timeout);
  }
  // TF 2.2 and 2.3 steps 2 to 3: would a pull at `now` yield a batch?
  [[nodiscard]] bool yields(SimTime now) const { return !closed_batches_.empty() || open_due(now); }

  // Removes the front batch, closing the open one when it is alone. Requires: yields(now). The
  // pieces stay readable through front_pieces(count) until drop_pieces(count).
  [[nodiscard]] Batch pull(SimTime now);
  [[nodiscard]] PieceRange front_pieces(std::uint32_t count) const;
  void drop_pieces(std::uint32_t count) { pieces_.pop_front(count); }

  // TF 2.10: from now on a non-empty open batch is due at once. Idempotent.
  void close(SimTime now);

  // TF 2.4: closed and without a waiting request.
  [[nodiscard]] bool closed_and_empty() const {
    return closed_ && closed_batches_.empty() && open_.request_count == 0;
  }

  [[nodiscard]] QueueCounters counters() const;

 private:
  [[nodiscard]] bool open_due(SimTime now) const {
    return open_.request_count != 0 && (open_.due <= now || open_deadline() <= now);
  }
  // Fixes the open batch's due time and reason: the time-out if it came first, else (now, reason);
  // of causes at one instant the time-out, then full, then flush.
  void settle_due(SimTime now, Reason reason);
  void close_open_batch();
  // The request does not fit the open batch: refuse it, or close the batch and open a fresh one.
  [[nodiscard]] Reason overflow(std::uint32_t size, SimTime now);

  TfQueueLimits limits_;
  Ring<Piece> pieces_;
  Ring<Batch> closed_batches_;
  Batch open_;
  std::uint64_t closed_rows_ = 0;  // rows of closed_batches_
  bool closed_ = false;
};

}  // namespace lockstep

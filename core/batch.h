// Pieces of requests, ranges of them, and what is known of a batch once it was started.
//
// Life of a batch (verification S6): private to the scheduler, then started on a lane, sealed (at
// start, or later for streaming schedulers), executed, finished. Members are frozen from seal() on,
// and the device gets a batch only then. A batch may be sealed empty: it is done at once.
#pragma once

#include <cstdint>
#include <span>

#include "core/ids.h"
#include "core/status.h"
#include "core/time.h"

namespace lockstep {

// Rows [first_row, first_row + rows) of a request. A request that is not split is one piece.
struct Piece {
  RequestSlot request;
  std::uint32_t first_row = 0;
  std::uint32_t rows = 0;
  bool padding =
      false;  // member of the low-priority padding list (TF 2.7), executed after the rest
};

// A range of a ring of pieces: `first`, then `second` (where the ring wrapped). Order is batch
// order.
struct PieceRange {
  std::span<const Piece> first;
  std::span<const Piece> second;
  [[nodiscard]] std::size_t size() const { return first.size() + second.size(); }
};

// One batch as the log knows it. Times: opened <= due <= dispatched <= device_start <= finished,
// and lane_taken <= dispatched. A member may have arrived after `due` (it joined while no lane was
// free), none after `dispatched`.
struct BatchRecord {
  BatchId id{0};
  QueueId queue{0};
  LaneId lane{0};
  SimTime opened{};      // first member entered the batch (TF 2.2: the time-out counts from here);
                         // without members: it was made
  SimTime due{};         // it could have left from here on, had a lane been free
  SimTime lane_taken{};  // its lane is busy from here on: before `dispatched` when it was started
                         // unsealed and filled on its lane, else equal
  SimTime dispatched{};  // sealed on its lane: handed to the device
  SimTime device_start{};  // the device began to work on it (it may have queued behind other lanes)
  SimTime finished{};
  std::uint32_t request_count = 0;  // pieces, padding list included
  std::uint32_t rows = 0;           // rows of its pieces
  std::uint32_t padded_rows = 0;    // executed; >= rows when padded; 0: it expired
  Reason reason = Reason::kNone;    // why it was due
  Status status = Status::kOk;
};

}  // namespace lockstep

// The contract in the middle (design 3): one input with its time in, decisions out.
//
// A Scheduler is a plain single-threaded state machine. It has no clock, no lock, no callback into
// the outside and no randomness but a stream it was built with. It knows its lanes, so it pushes.
//
// Rules that hold for every scheduler (the server checks each at the decision that breaks it):
// 1. kArrive without finish(request) means accepted; every accepted request is finished exactly
// once.
// 2. start() names a lane that is up and idle, the next BatchId in order, pieces of live requests
//    of one queue, each continuing where the request's last piece ended.
// 3. After seal (or a sealed start) a batch gains no member, and only then is it executed: it is
//    due when it is sealed. A batch without members takes the queue of its first one.
// 4. wake() replaces the previous wake-up and lies after `now`; kForever means none.
// 5. kCancel without finish(request) means too late.
// 6. A batch that starts with Reason::kExpired is not executed: it is done at once (TF 2.13).
// 7. A request of no rows reaches only a scheduler that needs() them: the server refuses the
// others.
// 8. From kLaneDown until kLaneUp nothing starts on that lane. A batch that fills there is sealed
//    in the step of kLaneDown. One that runs there ends with a kBatchDone before the lane comes
//    back, and does not make it idle. kLaneDown may be said again of a lane that is down.
// 9. Once every lane is down for good (kLaneDown with INTERNAL, not UNAVAILABLE) and the batches on
//    them have ended, the scheduler hears of nothing more: the server itself ends every live
//    request, and each that still comes, with UNAVAILABLE. So nobody waits for lanes that never
//    come back, whatever the scheduler.
// Before start() a batch is private: growing, trimming and merging it needs no call. A call's order
// is the decision order, which the journal keeps.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/batch.h"
#include "core/ids.h"
#include "core/request.h"
#include "core/status.h"
#include "core/time.h"

namespace lockstep {

enum class InputKind : std::uint8_t {
  kArrive,      // request, queue
  kTimer,       // the wake-up that was asked for, at its time or later
  kStepDone,    // batch, lane: one step of a continuous batch
  kBatchDone,   // batch, lane, status, device_time, device_pending: the lane is idle again
  kCancel,      // request
  kCloseQueue,  // queue: no more arrivals; drain what is there
  kLaneUp,      // lane: it is idle
  kLaneDown,    // lane, status: UNAVAILABLE while it may come back, INTERNAL when it never will
};
inline constexpr std::uint8_t kInputKindCount = 8;

// Journalled whole: every measured value enters the core here and nowhere else.
struct Input {
  SimTime now{};
  std::uint64_t sequence = 0;  // ordinal of the input, from 0
  InputKind kind = InputKind::kArrive;
  Status status = Status::kOk;
  RequestSlot request;
  QueueId queue{0};
  LaneId lane{0};
  BatchId batch{0};
  SimDuration device_time{0};  // execution time of the batch on its device
  // Batches handed to the same device and not finished at that moment, this one left out (TF 3.2).
  std::int64_t device_pending = 0;
};

enum class DecisionKind : std::uint8_t { kStart, kAdd, kSeal, kFinish, kFinishBatch, kWake };
inline constexpr std::uint8_t kDecisionKindCount = 6;

// One entry of the flat decision sink. Fields that a kind does not use stay at their defaults.
struct Decision {
  DecisionKind kind = DecisionKind::kWake;
  Reason reason = Reason::kNone;
  Status status = Status::kOk;
  bool sealed = true;
  LaneId lane{0};
  QueueId queue{0};
  std::uint32_t padded_rows = 0;
  RequestSlot request;
  BatchId batch{0};
  SimTime opened{};               // kStart
  SimTime due{};                  // kStart: when the batch became due
  SimTime wake{};                 // kWake
  std::uint32_t piece_begin = 0;  // kStart, kAdd: range of Decisions::pieces()
  std::uint32_t piece_count = 0;
};

struct Start {
  BatchId batch{0};
  LaneId lane{0};
  QueueId queue{0};
  SimTime opened{};
  SimTime due{};
  std::uint32_t padded_rows = 0;  // 0: as many as the pieces have
  Reason reason = Reason::kNone;
  bool sealed = true;
};

// Where a scheduler writes its decisions. Owned and reused by the server: no allocation after
// warm-up.
class Decisions {
 public:
  void start(const Start& start, const PieceRange& pieces);
  // After start of an unsealed batch: streaming, continuous batching. `padded_rows` as in Start;
  // `reason`: why it was sealed.
  void add(BatchId batch, const PieceRange& pieces);
  void seal(BatchId batch, std::uint32_t padded_rows, Reason reason);
  // Ends ANY live request on ANY input: refused, evicted, expired, cancelled, answered.
  void finish(RequestSlot request, Status status, Reason reason);
  // All pieces of a finished batch are done: the server joins split requests and ends those whose
  // last piece this was, in batch order (last piece answers, first error wins; TF 2.6).
  void finish_batch(BatchId batch, Status status, Reason reason);
  void wake(SimTime time);
  // For schedulers around schedulers: takes over a decision of another sink, members included.
  void pass_on(const Decisions& from, const Decision& decision);

  void clear() {
    entries_.clear();
    pieces_.clear();
  }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] const std::vector<Decision>& entries() const { return entries_; }
  [[nodiscard]] std::span<const Piece> pieces(const Decision& decision) const {
    return std::span(pieces_).subspan(decision.piece_begin, decision.piece_count);
  }

 private:
  Decision& append(DecisionKind kind);
  void append_pieces(Decision& decision, const PieceRange& pieces);

  std::vector<Decision> entries_;
  std::vector<Piece> pieces_;
};

// Numbers a server would report for one queue (TF 2.1, last paragraph).
struct QueueCounters {
  std::uint64_t enqueued_requests = 0;  // waiting pieces; those on lanes excluded
  std::uint64_t enqueued_rows = 0;
  std::uint64_t enqueued_batches = 0;  // the open one included, even if empty
  std::int64_t capacity_rows = 0;      // TF SchedulingCapacity; never a promise (it ignores sizes)
};

// What a scheduler claims; the checkers hold it to that and to nothing else.
struct Promises {
  bool fifo_per_queue = false;   // S3: within a queue, requests leave in arrival order
  bool work_conserving = false;  // L3/L3b: no lane idles while a batch is due
  bool timeout_bound = false;    // L1: with an idle lane nobody waits past the time-out
  bool starvation_free = false;  // L7, V1: every accepted request ends when arrivals stop
  bool cancellable = false;      // S12: a cancel before dispatch is honoured
  bool drains_on_close = false;  // V2: closing a queue flushes it at once
  // Claims that schedulers of one's own may make. Of the registered ones these properties are
  // judged by their rules, which are finer (docs/properties.md). Options are read by TF's names.
  bool replies_in_order = false;   // S3b: of one queue, answers leave in arrival order
  bool waits_for_timeout = false;  // L1b: a batch with room left does not leave before its time-out
  bool fills_batches = false;      // L3c: nobody stays behind who would have fitted
  bool takes_turns = false;        // L4: no queue is served twice while another is due
  bool shares_by_weight = false;   // L4b: rows by option queue_weights, or equal ones
  bool isolates_queues = false;    // L5: other queues' load refuses nobody
  bool strict_priority = false;    // L6: in a queue, the most critical leave first
  bool queue_wait_bound = false;   // L2: a queue alone waits for the batches ahead, or the time-out
  bool latency_bound = false;      // L7: the bound of docs/bound.md
};

// What it needs beyond the rules above; the driver and the server ask once.
struct Needs {
  bool device_pending = false;  // kBatchDone tells it; else it is 0
  bool empty_requests = false;  // it takes requests of no rows; else the server refuses them
};

class Scheduler {
 public:
  Scheduler() = default;
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  virtual ~Scheduler() = default;

  // Reacts to one input. Requires: input.now does not decrease. Never fails: refusing is a
  // decision.
  virtual void step(const Input& input, const RequestTable& requests, Decisions& out) = 0;
  [[nodiscard]] virtual QueueCounters counters(QueueId queue) const = 0;
  [[nodiscard]] virtual Promises promises() const = 0;
  [[nodiscard]] virtual Needs needs() const { return {}; }
  // The limit on batches in flight that it tunes itself (TF 3.1, 3.2), as an exact decimal number;
  // "" when it has none.
  [[nodiscard]] virtual std::string in_flight_limit() const { return {}; }
};

}  // namespace lockstep

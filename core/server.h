// The server: one scheduler, its lanes and the request table; it checks every decision.
//
// Feeds inputs to the scheduler, applies its decisions, and holds them to the rules of
// core/scheduler.h: exactly one finish per accepted request, lane exclusivity, sealed means frozen,
// wake-ups in the future. A broken rule is a failed LOCKSTEP_CHECK at the decision that breaks it.
// Everything is folded into the digest, log or no log.
//
// Use: a driver calls one input function at a time, with times that do not decrease; after each it
// executes started() and plans a timer(wake_at()). Single-threaded; owns the scheduler, not the
// sink.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/digest.h"
#include "core/event_log.h"
#include "core/ids.h"
#include "core/request.h"
#include "core/scheduler.h"
#include "core/time.h"

namespace lockstep {

struct ServerOptions {
  std::uint32_t lane_count = 1;
  std::uint64_t settings_digest = 0;  // start of the digest chain
};

// A batch that the last input handed to its device: started sealed, or sealed now. The driver
// executes it and answers with batch_done; without rows there is nothing to execute.
struct StartedBatch {
  BatchId batch{0};
  LaneId lane{0};
  QueueId queue{0};
  std::uint32_t rows = 0;  // to execute, padding included
};

struct BatchDone {
  SimTime now{};
  LaneId lane{0};
  Status status = Status::kOk;
  SimDuration device_time{0};  // execution alone, without queueing on the device
  std::int64_t device_pending = 0;
};

// Counts of a whole run.
struct ServerTotals {
  std::uint64_t arrived = 0;
  std::uint64_t refused = 0;   // ended by themselves, not by a batch: refused, evicted, cancelled
  std::uint64_t answered = 0;  // ended with kOk
  std::uint64_t failed = 0;    // their batch failed
  std::uint64_t batches = 0;   // started
  std::uint64_t inputs = 0;
  std::uint64_t decisions = 0;
};

class Server {
 public:
  // `sink` may be nullptr (no log); else it outlives the server.
  Server(std::unique_ptr<Scheduler> scheduler, const ServerOptions& options, EventSink* sink);

  // At arrival.time. A request of no rows is refused with INVALID_ARGUMENT before the scheduler
  // sees it, unless that needs() them: only so can rows be counted on (TF 2.0: sizes are positive).
  RequestId arrive(const Arrival& arrival);
  void timer(SimTime now);                 // Requires: now >= wake_at()
  void batch_done(const BatchDone& done);  // Requires: the lane runs a sealed batch
  void close_queue(SimTime now, QueueId queue);
  // Its client no longer wants `request`. Either the scheduler ends it in this step, or it is too
  // late: then it stays in its queue or batch, ends as if nothing had happened, and the client
  // discards the result (TF 2.11). Requires: the request is alive.
  void cancel(SimTime now, RequestId request);
  void cancel(SimTime now, RequestSlot request);  // Requires: the same

  // Nothing may start on `lane` any more. `status`: UNAVAILABLE while it may come back, INTERNAL
  // when it never will. Its batch, if there is one, is ended by batch_done with a failure before
  // the lane comes back. May be repeated, but what is lost for good stays so.
  void lane_down(SimTime now, LaneId lane, Status status);
  // Requires: it is down, not for good, and has no batch.
  void lane_up(SimTime now, LaneId lane);

  // Reports requests that were accepted and not answered to the sink; returns how many.
  std::uint64_t report_unanswered();

  [[nodiscard]] std::span<const StartedBatch> started() const { return started_; }
  [[nodiscard]] SimTime wake_at() const { return wake_; }
  [[nodiscard]] std::uint64_t digest() const { return digest_.value(); }
  [[nodiscard]] const ServerTotals& totals() const { return totals_; }
  [[nodiscard]] const RequestTable& requests() const { return requests_; }
  [[nodiscard]] const Scheduler& scheduler() const { return *scheduler_; }
  [[nodiscard]] std::uint32_t lane_count() const {
    return static_cast<std::uint32_t>(lanes_.size());
  }
  // The batch that runs on `lane`; nullopt when it is idle or there is no such lane. While it is
  // unsealed its `due` and `dispatched` are kForever.
  [[nodiscard]] std::optional<BatchRecord> running_on(LaneId lane) const;
  // Its members, in batch order; empty when the lane is idle. Once it is sealed they stay as they
  // are until its batch_done.
  [[nodiscard]] std::span<const Piece> members_on(LaneId lane) const;
  // kOk: `lane` is up; else what lane_down() said of it. Requires: there is such a lane.
  [[nodiscard]] Status down_status(LaneId lane) const;

 private:
  struct Lane {
    BatchRecord batch;
    std::vector<Piece> members;
    bool busy = false;
    bool sealed = false;
    Status down = Status::kOk;  // kOk: up
  };

  void take(Input& input, RequestId request, const Arrival& arrival);
  void feed(Input& input, RequestId request, const Arrival& arrival);
  void refuse_unheard(RequestId request, const Arrival& arrival);
  // Ends all that lives once no lane will ever come back (rule 9 of core/scheduler.h).
  void end_without_lanes(SimTime now);
  void feed_other(Input& input, RequestId request = RequestId{0});
  void apply_all(SimTime now);
  // Each apply_* adds the members it sees to the decision's `line`.
  void apply(const Decision& decision, SimTime now);
  void apply_start(const Decision& decision, SimTime now, LineDigest& line);
  void apply_add(const Decision& decision, SimTime now, LineDigest& line);
  void apply_seal(const Decision& decision, SimTime now);
  void hand_to_device(Lane& lane, std::uint32_t padded_rows);
  void add_pieces(Lane& lane, std::span<const Piece> pieces, LineDigest& line);
  Lane& running(BatchId batch);
  void apply_finish_batch(const Decision& decision, SimTime now);
  void end_requests(std::span<const Request* const> ending, const BatchRecord* batch, SimTime now,
                    Status status, Reason reason);
  void journal_input(const Input& input, RequestId request, const Arrival& arrival);
  void journal_decision(const Decision& decision, RequestId request);

  std::unique_ptr<Scheduler> scheduler_;
  Needs needs_;
  EventSink* sink_;
  bool journalling_;
  RequestTable requests_;
  std::vector<Lane> lanes_;
  std::size_t filling_lane_ = 0;  // where running() found the last one
  std::size_t lost_lanes_ = 0;    // down for good
  bool no_lane_ = false;          // all of them, and no batch is left: the scheduler is not asked
  Lane done_;                     // the batch whose completion is being processed
  Decisions decisions_;
  Input arrive_input_;
  std::vector<const Request*> ending_;  // reused by apply_finish_batch
  std::vector<StartedBatch> started_;
  JournalLine line_;  // reused
  ChainDigest digest_;
  SimTime now_{};
  SimTime wake_ = kForever;
  ServerTotals totals_;
};

}  // namespace lockstep

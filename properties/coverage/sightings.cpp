// marks_of(): one pass over lines, batches and requests.
#include <algorithm>

#include "core/time.h"
#include "properties/coverage/marks.h"

namespace lockstep {
namespace {

class Sightings {
 public:
  Sightings(const Case& value, const RunRecord& run) : value_(value), run_(run) {}

  Marks all() {
    lines();
    for (const RecordedBatch& batch : run_.batches) {
      look_at(batch);
    }
    for (const RecordedRequest& request : run_.requests) {
      look_at(request);
    }
    worlds();
    return marks_;
  }

 private:
  void see(Sight sight, bool seen = true) {
    if (seen) {
      marks_.set(mark_of(sight));
    }
  }

  void lines() {
    const JournalLine* before = nullptr;  // the input before
    const JournalLine* refused = nullptr;
    for (const JournalLine& line : run_.lines) {
      if (!line.is_input) {
        if (line.decision.kind == DecisionKind::kFinish &&
            line.decision.reason == Reason::kQueueFull) {
          refused = before;
        }
        continue;
      }
      marks_.set(mark_of_input(line.input.kind));
      if (before != nullptr && before->input.now == line.input.now) {
        marks_.set(mark_of_race(before->input.kind, line.input.kind));
      }
      if (line.input.kind == InputKind::kArrive) {
        small_after_large(before, refused, line);
      } else if (line.input.kind == InputKind::kCloseQueue) {
        closed(line);
      } else if (line.input.kind == InputKind::kLaneDown) {
        lane_down(line);
      }
      before = &line;
    }
  }

  // Refused was the input before, in the same queue, and this smaller one is accepted.
  void small_after_large(const JournalLine* before, const JournalLine* refused,
                         const JournalLine& line) {
    if (refused == nullptr || refused != before || before->input.kind != InputKind::kArrive ||
        before->input.queue != line.input.queue || line.arrival.size >= before->arrival.size) {
      return;
    }
    const RecordedRequest* request = run_.request(line.request);
    see(Sight::kSmallAfterLarge, request != nullptr && request->first_batch.has_value());
  }

  void closed(const JournalLine& line) {
    const auto number = static_cast<std::size_t>(&line - run_.lines.data());
    bool waits = false;
    bool runs = false;
    for (const RecordedRequest& request : run_.requests) {
      if (request.arrival.queue != line.input.queue || request.line == kNoLine ||
          request.line > number || (request.end && request.end->line <= number)) {
        continue;
      }
      const RecordedBatch* batch = request.first_batch ? run_.batch(*request.first_batch) : nullptr;
      const bool started = batch != nullptr && batch->start_line < number;
      runs = runs || started;
      waits = waits || !started;
      see(Sight::kLowAfterClose,
          !started && batch != nullptr &&
              (batch->reason == Reason::kLowTimeout || batch->reason == Reason::kLowFull));
    }
    see(Sight::kClosedWaiting, waits);
    see(Sight::kClosedRunning, runs);
    see(Sight::kClosedEmpty, !waits && !runs);
  }

  void lane_down(const JournalLine& line) {
    const auto number = static_cast<std::size_t>(&line - run_.lines.data());
    const bool busy =
        std::any_of(run_.batches.begin(), run_.batches.end(), [&](const RecordedBatch& batch) {
          return batch.lane == line.input.lane && batch.start_line < number &&
                 (batch.done_line == kNoLine || batch.done_line > number);
        });
    see(busy ? Sight::kLaneDownBusy : Sight::kLaneDownIdle);
    see(Sight::kLaneLost, line.input.status == Status::kInternal);
  }

  void look_at(const RecordedBatch& batch) {
    const QueueRules& rules = run_.rules.of(batch.queue);
    marks_.set(mark_of_batch(batch.reason));
    see(Sight::kStartedLate, batch.started > batch.due);
    see(Sight::kFullBatchWaits, batch.reason == Reason::kFull && batch.started > batch.due);
    see(Sight::kPadded, batch.padded_rows > batch.rows);
    see(Sight::kEmptyBatch, batch.pieces.empty());
    see(Sight::kZeroRowBatch, !batch.pieces.empty() && batch.rows == 0);
    see(Sight::kUnsealedStart, batch.seal_line != batch.start_line);
    see(Sight::kFailedExecution, batch.done.has_value() && batch.status != Status::kOk);
    if (rules.batch_rows_max) {
      const auto rows = static_cast<std::int64_t>(batch.rows);
      see(Sight::kFullBatch, rows == *rules.batch_rows_max);
      see(Sight::kOneRowShort, rows > 0 && rows == *rules.batch_rows_max - 1);
    }
    see(Sight::kMergedRanked, batch.reason == Reason::kMerged && run_.rules.flag("rank_queues"));
    low_priority(batch);
    if (rules.timeout && *rules.timeout > SimDuration{0}) {
      around_timeout(batch, batch.opened + *rules.timeout);
    }
  }

  void low_priority(const RecordedBatch& batch) {
    if (batch.reason != Reason::kLowTimeout && batch.reason != Reason::kLowFull) {
      see(Sight::kPaddingList,
          std::any_of(batch.pieces.begin(), batch.pieces.end(),
                      [](const RecordedPiece& piece) { return piece.padding; }));
      return;
    }
    const auto limit = run_.rules.integer("low_priority_max_batch_size");
    see(Sight::kLowAboveLimit,
        run_.rules.queues.empty() && limit && static_cast<std::int64_t>(batch.rows) > *limit);
  }

  void around_timeout(const RecordedBatch& batch, SimTime timeout) {
    see(Sight::kStartedAtTimeout, batch.started == timeout && batch.reason == Reason::kTimeout);
    for (const RecordedPiece& piece : batch.pieces) {
      const RecordedRequest* request = run_.request(piece.request);
      if (request == nullptr) {
        continue;
      }
      const SimTime came = request->arrival.time;
      see(Sight::kJoinedOneBeforeTimeout, came + SimDuration{1} == timeout);
      see(Sight::kJoinedAtTimeout, came == timeout);
      see(Sight::kJoinedOverdue, came > batch.due);
    }
    // The next batch of the queue, where it was opened by somebody who came too late for this one.
    if (raw(batch.id) + 1 < run_.batches.size()) {
      const RecordedBatch& next = run_.batches[raw(batch.id) + 1];
      see(Sight::kMissedAtTimeout, next.queue == batch.queue && next.opened == timeout);
      see(Sight::kArrivedOneAfterTimeout,
          next.queue == batch.queue && next.opened == timeout + SimDuration{1});
    }
  }

  void look_at(const RecordedRequest& request) {
    if (request.end) {
      marks_.set(mark_of_end(request.end->reason));
      marks_.set(mark_of_end(request.end->status));
      see(Sight::kGaveUpRetrying,
          request.end->reason == Reason::kQueueFull && request.end->at > request.arrival.time);
    }
    see(Sight::kUnanswered, request.unanswered);
    see(Sight::kZeroRowRequest, request.arrival.size == 0);
    sizes(request);
    const RecordedBatch* first = request.first_batch ? run_.batch(*request.first_batch) : nullptr;
    const RecordedBatch* last = request.last_batch ? run_.batch(*request.last_batch) : nullptr;
    if (first != nullptr && last != nullptr && first != last) {
      see(request.piece_count == 2 ? Sight::kSplitInTwo : Sight::kSplitInMore);
      see(Sight::kPiecesAtOnce, !first->done || last->started < *first->done);
      see(Sight::kSplitFailed, request.end && request.end->status != Status::kOk &&
                                   (first->status == Status::kOk || last->status == Status::kOk));
    }
    if (request.arrival.timeout > SimDuration{0} && first != nullptr) {
      const SimTime deadline = request.arrival.time + request.arrival.timeout;
      see(Sight::kDeadlineOneBeforeStart, deadline + SimDuration{1} == first->started);
      see(Sight::kDeadlineAtStart, deadline == first->started);
      see(Sight::kDeadlineOneAfterStart, deadline == first->started + SimDuration{1});
    }
    see(Sight::kSessionUntimed, request.arrival.timeout == SimDuration{0} && first != nullptr &&
                                    run_.rules.flag("batching_session"));
    if (request.cancelled) {
      cancelled(request, first);
    }
    low_priority(request);
  }

  void sizes(const RecordedRequest& request) {
    const QueueRules& rules = run_.rules.of(request.arrival.queue);
    const std::int64_t rows = request.arrival.size;
    if (rules.request_rows_max) {
      see(Sight::kRequestAtLimit, rows == *rules.request_rows_max && request.piece_count > 0);
      see(Sight::kRequestOverLimit, rows == *rules.request_rows_max + 1);
    }
    const bool full = request.end && request.end->reason == Reason::kQueueFull;
    see(Sight::kOpenBatchIsQueue, full && rules.batches_max == 1);
    see(Sight::kEvictedByCritical, request.end && request.end->reason == Reason::kEvicted);
  }

  void cancelled(const RecordedRequest& request, const RecordedBatch* first) {
    const bool waiting = first == nullptr || request.cancel_line < first->start_line;
    see(Sight::kCancelledWaiting, waiting);
    see(Sight::kCancelledAtStart, first != nullptr && first->started == *request.cancelled);
    see(Sight::kCancelledRunning, !waiting && *request.cancelled > first->started);
    see(Sight::kCancelledAtDone, first != nullptr && first->done == request.cancelled);
    if (request.end) {
      see(request.end->status == Status::kCancelled ? Sight::kCancelHonoured
                                                    : Sight::kCancelTooLate);
    }
  }

  void low_priority(const RecordedRequest& request) {
    if (request.arrival.priority != 1 && request.arrival.priority != 2) {
      return;
    }
    see(Sight::kLowStarves, request.unanswered && run_.rules.flag("rank_queues") &&
                                run_.rules.flag("enable_priority_queue"));
    const QueueRules& rules = run_.rules.of(request.arrival.queue);
    const std::string* policy = run_.rules.option("mixed_priority_batching_policy");
    see(Sight::kNeverFits, request.unanswered && policy != nullptr && *policy == "priority_merge" &&
                               !rules.splits && rules.batch_rows_max &&
                               std::int64_t{request.arrival.size} > *rules.batch_rows_max);
  }

  void worlds() {
    see(Sight::kSimulated, !value_.device.empty());
    see(Sight::kTwoGpus, !value_.device.empty() && value_.gpus > 1);
    see(run_.rules.regime == FaultRegime::kInside ? Sight::kFaultsInside : Sight::kFaultsBeyond,
        run_.rules.has_faults);
    see(Sight::kTiesChosen, !value_.ties.empty());
    see(Sight::kOwnQueueOptions, !value_.queues.empty());
    see(Sight::kSeveralQueues,
        std::any_of(run_.requests.begin(), run_.requests.end(), [](const RecordedRequest& request) {
          return request.arrival.queue != QueueId{0};
        }));
    see(Sight::kDeadSizes, dead_sizes());
    see(Sight::kBeyond31Bits, ns_of(run_.now) >= std::int64_t{1} << 31);
    see(Sight::kBeyond32Bits, ns_of(run_.now) >= std::int64_t{1} << 32);
    see(Sight::kBeyond53Bits, ns_of(run_.now) >= std::int64_t{1} << 53);
    all_lanes_busy();
  }

  [[nodiscard]] bool dead_sizes() const {
    const QueueRules& rules = run_.rules.other_queues;
    return rules.splits && rules.batch_rows_max && !rules.allowed_sizes.empty() &&
           rules.allowed_sizes.back() > *rules.batch_rows_max;
  }

  // At some start: the last idle lane is taken.
  void all_lanes_busy() {
    std::size_t running = 0;
    for (const JournalLine& line : run_.lines) {
      if (line.is_input && line.input.kind == InputKind::kBatchDone) {
        running -= running > 0 ? 1 : 0;
      } else if (!line.is_input && line.decision.kind == DecisionKind::kStart) {
        see(Sight::kAllLanesBusy, ++running == run_.lanes.size());
      }
    }
  }

  const Case& value_;
  const RunRecord& run_;
  Marks marks_;
};

}  // namespace

Marks marks_of(const Case& value, const RunRecord& run) {
  return Sightings(value, run).all();
}

}  // namespace lockstep

// S4: no batch is larger than its queue allows, none is empty but where TF says so, and who is too
// large for any batch is refused as that, at once, and never dispatched.
//
// Empty batches: tf-streaming's (TF 2.14). Low-priority requests have a limit of their own, and
// their batches are topped up beyond it (TF 2.7, quirk 7).
#include <algorithm>
#include <cstdint>
#include <string>

#include "properties/checkers/judge.h"
#include "properties/checkers/registered_rules.h"
#include "properties/checkers/safety.h"

namespace lockstep {
namespace {

class SizeBound final : public Checker {
 public:
  explicit SizeBound(const RunRules& rules) : registered_(rules) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    if (line.is_input || line.decision.kind == DecisionKind::kWake ||
        line.decision.kind == DecisionKind::kFinishBatch) {
      return;
    }
    if (line.decision.kind == DecisionKind::kFinish) {
      refused(run, line, found);
    } else if (const RecordedBatch* batch = run.batch(line.decision.batch); batch != nullptr) {
      judge(run, *batch, found);
    }
  }

  void at_end(const RunRecord& run, Violations& found) override {
    for (std::size_t i = 0; !run.rules.parts.lines && i < run.batches.size(); ++i) {
      judge(run, run.batches[i], found);
    }
    for (std::uint64_t id = 0; id < run.requests.size(); ++id) {
      never_fits(run, RequestId{id}, found);
    }
  }

 private:
  struct Too {
    bool large = false;
    Status status = Status::kInvalidArgument;  // of its refusal
  };

  // Can it never be in a batch?
  [[nodiscard]] Too too_large(const RunRecord& run, const Arrival& arrival) const {
    if (registered_.kind == SchedulerKind::kOther) {
      const auto& most = run.rules.of(arrival.queue).request_rows_max;
      return {.large = most && arrival.size > *most};
    }
    const RegisteredQueue& queue = registered_.of(arrival.queue);
    if (registered_.is_low(arrival.queue, arrival.priority)) {
      return {.large = arrival.size > queue.low_rows_max, .status = Status::kUnavailable};
    }
    if (arrival.size > queue.request_rows_max) {
      return {.large = true};
    }
    return {.large = queue.priority_aware && arrival.size > queue.depth,
            .status = Status::kUnavailable};
  }

  void refused(const RunRecord& run, const JournalLine& line, Violations& found) {
    const RecordedRequest* request = run.request(line.request);
    if (request == nullptr || line.decision.reason != Reason::kTooLarge) {
      return;
    }
    const Too too = too_large(run, request->arrival);
    if (registered_.kind != SchedulerKind::kOther && !too.large) {
      found.add(broken("S4", run,
                       "refused as too large with " + std::to_string(request->arrival.size) +
                           " rows, which its queue takes",
                       {.request = line.request, .queue = request->arrival.queue}));
    } else if (registered_.kind != SchedulerKind::kOther && line.decision.status != too.status) {
      found.add(broken("S4", run,
                       "too large for any batch, refused with " +
                           std::string(status_name(line.decision.status)) + " for " +
                           std::string(status_name(too.status)),
                       {.request = line.request, .queue = request->arrival.queue}));
    }
  }

  void never_fits(const RunRecord& run, RequestId id, Violations& found) {
    const RecordedRequest& request = run.requests[raw(id)];
    const Too too = too_large(run, request.arrival);
    if (!too.large) {
      return;
    }
    const Where where{.request = id, .queue = request.arrival.queue, .line = request.line};
    if (request.piece_count > 0) {
      found.add(broken("S4", run,
                       "dispatched with " + std::to_string(request.arrival.size) +
                           " rows, more than its queue takes",
                       where));
    } else if (run.broken_rule.empty() && registered_.kind != SchedulerKind::kOther &&
               !refused_as_such(request, too)) {
      found.add(broken(
          "S4", run,
          "not refused at once as too large with " + std::to_string(request.arrival.size) + " rows",
          where));
    }
  }

  // A full priority-aware queue is found full first (TF 2.11); a closed tf-jit queue abandons
  // whoever comes, but looks at sizes before.
  [[nodiscard]] bool refused_as_such(const RecordedRequest& request, const Too& too) const {
    if (!request.end) {
      return false;
    }
    const bool at_once = request.end->at == request.arrival.time;
    if (request.end->reason == Reason::kNoLane) {
      return true;
    }
    if (too.status == Status::kInvalidArgument) {
      return at_once && request.end->reason == Reason::kTooLarge;
    }
    // UNAVAILABLE is tried again (TF 2.15).
    return (at_once || registered_.retries) && request.end->status == Status::kUnavailable &&
           (request.end->reason == Reason::kTooLarge ||
            (request.end->reason == Reason::kQueueFull &&
             registered_.of(request.arrival.queue).priority_aware));
  }

  void judge(const RunRecord& run, const RecordedBatch& batch, Violations& found) {
    const RegisteredQueue& queue = registered_.of(batch.queue);
    const Where where{.batch = batch.id, .queue = batch.queue, .lane = batch.lane};
    if (batch.pieces.empty() && registered_.kind != SchedulerKind::kOther &&
        registered_.kind != SchedulerKind::kStreaming) {
      found.add(broken("S4", run, "an empty batch was started", where));
    }
    const bool known = registered_.kind != SchedulerKind::kOther;
    const std::int64_t most =
        known ? bound(run, batch, queue) : run.rules.of(batch.queue).batch_rows_max.value_or(-1);
    const auto rows = static_cast<std::int64_t>(batch.rows);
    if (most >= 0 && rows > most) {
      found.add(broken("S4", run, beyond(rows, most) + " rows in a batch", where));
    }
    const auto pieces = static_cast<std::int64_t>(batch.pieces.size());
    if (known && (pieces > queue.pieces_max ||
                  (registered_.kind == SchedulerKind::kNaive && pieces != queue.pieces_max))) {
      found.add(broken("S4", run,
                       std::to_string(pieces) + " requests in a batch, " +
                           std::to_string(queue.pieces_max) + " allowed",
                       where));
    }
  }

  // Of the rows of `batch`, padding list included.
  [[nodiscard]] std::int64_t bound(const RunRecord& run, const RecordedBatch& batch,
                                   const RegisteredQueue& queue) const {
    if (!queue.low_class || queue.merges() || batch.pieces.empty()) {
      return queue.rows_max;
    }
    const RecordedRequest* first = run.request(batch.pieces.front().request);
    const bool low = first != nullptr && registered_.is_low(batch.queue, first->arrival.priority);
    const std::int64_t own_max = low ? queue.low_rows_max : queue.rows_max;
    std::int64_t own = 0;  // without the padding list
    for (const RecordedPiece& piece : batch.pieces) {
      own += piece.padding ? 0 : piece.rows;
    }
    switch (queue.mixed) {
      case MixedPolicy::kPadToMaximum:
        return own > own_max ? own_max : std::max(own, queue.rows_max);
      case MixedPolicy::kPadToNextAllowed:
        return own > own_max ? own_max : next_allowed(queue.allowed, own);
      default:
        return own_max;
    }
  }

  RegisteredRules registered_;
};

}  // namespace

Property s4_size_bound() {
  return {.id = "S4",
          .name = "batch-size-bound",
          .formula =
              "rows(b) <= most rows of a batch, and b has a member; who can never fit is "
              "refused as too large at once",
          .source = "verification 3.1 S4; TF 2.1, 2.7, 2.11, 2.14, 3.1",
          .kind = PropertyClass::kSafety,
          .star = true,
          .not_checked = needs_batches,
          .make = make_checker<SizeBound>};
}

}  // namespace lockstep

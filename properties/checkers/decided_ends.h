// How each request ends, as the decisions say it (core/scheduler.h, finish and finish_batch).
//
// The other witness is what the clients heard (RecordedRequest::end). Fed line by line; amortised
// O(1) per line and member. Owned by a checker.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "properties/record/run_record.h"

namespace lockstep {

class DecidedEnds {
 public:
  struct Entry {
    bool ended = false;
    std::uint64_t rows_done = 0;
    Status first_error = Status::kOk;     // of its finished pieces: the first wins (TF 2.6)
    Reason first_reason = Reason::kNone;  // of that error
    RecordedEnd end{};                    // ended: as decided, `line` its decision
  };

  // Looks at the newest line.
  void after_line(const RunRecord& run) {
    entries_.resize(run.requests.size());
    const JournalLine& line = run.lines.back();
    if (line.is_input) {
      return;
    }
    if (line.decision.kind == DecisionKind::kFinish && raw(line.request) < entries_.size()) {
      Entry& entry = entries_[raw(line.request)];
      if (!entry.ended) {
        end(run, entry, line.decision.status, line.decision.reason, std::nullopt);
      }
    } else if (line.decision.kind == DecisionKind::kFinishBatch) {
      finish_batch(run, line.decision);
    }
  }
  // Not ended when it never came.
  [[nodiscard]] const Entry& of(RequestId id) const {
    static const Entry kNever;
    return raw(id) < entries_.size() ? entries_[raw(id)] : kNever;
  }

 private:
  static void end(const RunRecord& run, Entry& entry, Status status, Reason reason,
                  std::optional<BatchId> batch) {
    entry.ended = true;
    entry.end = {.at = run.now,
                 .status = status,
                 .reason = reason,
                 .batch = batch,
                 .line = run.lines.size() - 1};
  }

  void finish_batch(const RunRecord& run, const Decision& decision) {
    const RecordedBatch* batch = run.batch(decision.batch);
    if (batch == nullptr) {
      return;
    }
    for (const RecordedPiece& piece : batch->pieces) {
      if (raw(piece.request) >= entries_.size() || entries_[raw(piece.request)].ended) {
        continue;
      }
      Entry& entry = entries_[raw(piece.request)];
      entry.rows_done += piece.rows;
      const bool failed_before = entry.first_error != Status::kOk;
      if (!failed_before && decision.status != Status::kOk) {
        entry.first_error = decision.status;
        entry.first_reason = decision.reason;
      }
      if (entry.rows_done == run.requests[raw(piece.request)].arrival.size) {
        end(run, entry, failed_before ? entry.first_error : decision.status,
            failed_before ? entry.first_reason : decision.reason, decision.batch);
      }
    }
  }

  std::vector<Entry> entries_;
};

}  // namespace lockstep

#include "core/scheduler.h"

#include "core/check.h"

namespace lockstep {

Decision& Decisions::append(DecisionKind kind) {
  Decision& decision = entries_.emplace_back();
  decision.kind = kind;
  return decision;
}

void Decisions::append_pieces(Decision& decision, const PieceRange& pieces) {
  decision.piece_begin = static_cast<std::uint32_t>(pieces_.size());
  decision.piece_count = static_cast<std::uint32_t>(pieces.size());
  pieces_.insert(pieces_.end(), pieces.first.begin(), pieces.first.end());
  pieces_.insert(pieces_.end(), pieces.second.begin(), pieces.second.end());
}

void Decisions::start(const Start& start, const PieceRange& pieces) {
  Decision& decision = append(DecisionKind::kStart);
  decision.batch = start.batch;
  decision.lane = start.lane;
  decision.queue = start.queue;
  decision.opened = start.opened;
  decision.due = start.due;
  decision.padded_rows = start.padded_rows;
  decision.reason = start.reason;
  decision.sealed = start.sealed;
  append_pieces(decision, pieces);
}

void Decisions::add(BatchId batch, const PieceRange& pieces) {
  Decision& decision = append(DecisionKind::kAdd);
  decision.batch = batch;
  append_pieces(decision, pieces);
}

void Decisions::seal(BatchId batch, std::uint32_t padded_rows, Reason reason) {
  Decision& decision = append(DecisionKind::kSeal);
  decision.batch = batch;
  decision.padded_rows = padded_rows;
  decision.reason = reason;
}

void Decisions::finish(RequestSlot request, Status status, Reason reason) {
  Decision& decision = append(DecisionKind::kFinish);
  decision.request = request;
  decision.status = status;
  decision.reason = reason;
}

void Decisions::finish_batch(BatchId batch, Status status, Reason reason) {
  Decision& decision = append(DecisionKind::kFinishBatch);
  decision.batch = batch;
  decision.status = status;
  decision.reason = reason;
}

void Decisions::wake(SimTime time) {
  append(DecisionKind::kWake).wake = time;
}

void Decisions::pass_on(const Decisions& from, const Decision& decision) {
  LOCKSTEP_CHECK(&from != this);
  append_pieces(entries_.emplace_back(decision), PieceRange{from.pieces(decision), {}});
}

}  // namespace lockstep

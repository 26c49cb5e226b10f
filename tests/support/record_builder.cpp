#include "tests/support/record_builder.h"

#include <utility>

#include "properties/cases/case_run.h"

namespace lockstep {
namespace {

RunRecord with_rules(RunRules rules) {
  RunRecord record;
  record.rules = std::move(rules);
  return record;
}

}  // namespace

RunRules rules_for(const std::string& scheduler, const OptionValues& options) {
  Result<MadeScheduler> made = make_registered({.scheduler = scheduler, .options = options});
  LOCKSTEP_CHECK(made.has_value());
  return made->rules;
}

RecordBuilder::RecordBuilder(RunRules rules)
    : record_(with_rules(std::move(rules))),
      checkers_(record_.rules),
      recorder_(record_, [this](const RunRecord& now) { checkers_.after_line(now); }) {}

// --- inputs

RecordBuilder& RecordBuilder::input(std::int64_t at, InputKind kind, JournalLine line) {
  line.is_input = true;
  line.input.now = at_ns(at);
  line.input.kind = kind;
  recorder_.line(line);
  return *this;
}

RecordBuilder& RecordBuilder::arrive(std::int64_t at, const Arrival& arrival) {
  Request request;
  request.arrival = arrival;
  request.arrival.time = at_ns(at);
  request.id = RequestId{requests_.size()};
  requests_.push_back(request);
  JournalLine line;
  line.arrival = request.arrival;
  line.request = request.id;
  line.input.queue = arrival.queue;
  return input(at, InputKind::kArrive, std::move(line));
}

RecordBuilder& RecordBuilder::done(std::int64_t at, std::uint64_t batch, Status status,
                                   std::int64_t device_time) {
  JournalLine line;
  line.input.batch = BatchId{batch};
  line.input.status = status;
  line.input.device_time = SimDuration{device_time};
  if (const RecordedBatch* recorded = record_.batch(BatchId{batch}); recorded != nullptr) {
    line.input.lane = recorded->lane;
    line.input.queue = recorded->queue;
  }
  return input(at, InputKind::kBatchDone, std::move(line));
}

RecordBuilder& RecordBuilder::timer(std::int64_t at) {
  return input(at, InputKind::kTimer, {});
}

RecordBuilder& RecordBuilder::cancel(std::int64_t at, std::uint64_t request) {
  JournalLine line;
  line.request = RequestId{request};
  return input(at, InputKind::kCancel, std::move(line));
}

RecordBuilder& RecordBuilder::close(std::int64_t at, std::uint32_t queue) {
  JournalLine line;
  line.input.queue = QueueId{queue};
  return input(at, InputKind::kCloseQueue, std::move(line));
}

RecordBuilder& RecordBuilder::lane_down(std::int64_t at, std::uint32_t lane, bool lost) {
  JournalLine line;
  line.input.lane = LaneId{lane};
  line.input.status = lost ? Status::kInternal : Status::kUnavailable;
  return input(at, InputKind::kLaneDown, std::move(line));
}

// --- decisions

RecordBuilder& RecordBuilder::decision(DecisionKind kind, JournalLine line) {
  line.is_input = false;
  line.decision.kind = kind;
  recorder_.line(line);
  return *this;
}

RecordBuilder& RecordBuilder::start(const BatchOf& batch) {
  JournalLine line;
  line.decision.batch = BatchId{record_.batches.size()};
  line.decision.lane = LaneId{batch.lane};
  line.decision.queue = QueueId{batch.queue};
  line.decision.opened = at_ns(batch.opened);
  line.decision.due = at_ns(batch.due);
  line.decision.reason = batch.reason;
  line.decision.padded_rows = batch.padded_rows;
  line.decision.sealed = batch.sealed;
  line.members = batch.members;
  return decision(DecisionKind::kStart, std::move(line));
}

RecordBuilder& RecordBuilder::add(std::uint64_t batch, const std::vector<JournalMember>& members) {
  JournalLine line;
  line.decision.batch = BatchId{batch};
  line.members = members;
  return decision(DecisionKind::kAdd, std::move(line));
}

RecordBuilder& RecordBuilder::seal(std::uint64_t batch, Reason reason) {
  JournalLine line;
  line.decision.batch = BatchId{batch};
  line.decision.reason = reason;
  return decision(DecisionKind::kSeal, std::move(line));
}

RecordBuilder& RecordBuilder::finish(std::uint64_t request, Status status, Reason reason) {
  JournalLine line;
  line.request = RequestId{request};
  line.decision.status = status;
  line.decision.reason = reason;
  decision(DecisionKind::kFinish, std::move(line));
  if (!silent_) {
    tell(RequestId{request}, status, reason, nullptr);
  }
  return *this;
}

RecordBuilder& RecordBuilder::finish_batch(std::uint64_t batch, Status status, Reason reason) {
  JournalLine line;
  line.decision.batch = BatchId{batch};
  line.decision.status = status;
  line.decision.reason = reason;
  decision(DecisionKind::kFinishBatch, std::move(line));
  BatchRecord record;
  record.id = BatchId{batch};
  for (const RecordedPiece& piece : record_.batches[batch].pieces) {
    Request& request = requests_[raw(piece.request)];
    request.rows_done += piece.rows;
    if (request.first_error == Status::kOk && status != Status::kOk) {
      request.first_error = status;
      request.first_reason = reason;
    }
    const bool failed = request.first_error != Status::kOk;
    if (request.rows_done == request.arrival.size && !silent_) {
      tell(request.id, failed ? request.first_error : status,
           failed ? request.first_reason : reason, &record);
    }
  }
  return *this;
}

RecordBuilder& RecordBuilder::wake(std::int64_t at) {
  JournalLine line;
  line.decision.wake = at_ns(at);
  return decision(DecisionKind::kWake, std::move(line));
}

RecordBuilder& RecordBuilder::answer(std::int64_t at, std::uint64_t batch, Status status) {
  return done(at, batch, status).finish_batch(batch, status, batch_end_reason(status));
}

// --- what is said and heard

RecordBuilder& RecordBuilder::reports(const QueueCounters& counters, bool before) {
  if (before) {
    recorder_.counters_before(QueueId{0}, counters);
  } else {
    recorder_.counters(QueueId{0}, counters);
  }
  return *this;
}

RecordBuilder& RecordBuilder::silent() {
  silent_ = true;
  return *this;
}

RecordBuilder& RecordBuilder::hears(std::uint64_t request, Status status, Reason reason) {
  tell(RequestId{request}, status, reason, nullptr);
  return *this;
}

void RecordBuilder::tell(RequestId id, Status status, Reason reason, const BatchRecord* batch) {
  recorder_.request_ended({requests_[raw(id)], batch, record_.now, status, reason});
}

std::string RecordBuilder::found(std::string_view property) {
  if (!std::exchange(ended_, true)) {
    for (const Request& request : requests_) {
      if (record_.requests[raw(request.id)].end_count == 0) {
        recorder_.request_unanswered(request);
      }
    }
    checkers_.at_end(record_);
  }
  for (const Violations::Entry& entry : checkers_.found().entries()) {
    if (entry.first.property == property) {
      return entry.first.found;
    }
    if (property == "all") {
      return std::string(entry.first.property) + ": " + entry.first.found;
    }
  }
  return {};
}

}  // namespace lockstep

#include "properties/record/run_recorder.h"

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

// Journals its inner scheduler's inputs and raw decisions.
class Observed final : public Scheduler {
 public:
  Observed(std::unique_ptr<Scheduler> inner, RunRecorder& recorder)
      : inner_(std::move(inner)), recorder_(recorder) {}

  void step(const Input& input, const RequestTable& requests, Decisions& out) override {
    line_.is_input = true;
    line_.input = input;
    line_.members.clear();
    line_.request = RequestId{0};
    if (input.kind == InputKind::kArrive || input.kind == InputKind::kCancel) {
      const Request& request = requests.at(input.request);
      line_.request = request.id;
      line_.arrival = request.arrival;
    }
    if (input.kind == InputKind::kArrive) {
      recorder_.counters_before(input.queue, inner_->counters(input.queue));
    }
    recorder_.line(line_);
    inner_->step(input, requests, out);
    line_.is_input = false;
    for (const Decision& decision : out.entries()) {
      tell(decision, requests, out);
    }
    const QueueId queue = input.queue;
    recorder_.counters(queue, inner_->counters(queue));
  }

  [[nodiscard]] QueueCounters counters(QueueId queue) const override {
    return inner_->counters(queue);
  }
  [[nodiscard]] Promises promises() const override { return inner_->promises(); }
  [[nodiscard]] Needs needs() const override { return inner_->needs(); }
  [[nodiscard]] std::string in_flight_limit() const override { return inner_->in_flight_limit(); }

 private:
  [[nodiscard]] static RequestId id_of(RequestSlot slot, const RequestTable& requests) {
    return requests.is_alive(slot) ? requests.at(slot).id : kUnknownRequest;
  }

  void tell(const Decision& decision, const RequestTable& requests, const Decisions& out) {
    line_.decision = decision;
    line_.request =
        decision.kind == DecisionKind::kFinish ? id_of(decision.request, requests) : RequestId{0};
    line_.members.clear();
    for (const Piece& piece : out.pieces(decision)) {
      line_.members.push_back(JournalMember{.request = id_of(piece.request, requests),
                                            .first_row = piece.first_row,
                                            .rows = piece.rows,
                                            .padding = piece.padding});
    }
    recorder_.line(line_);
  }

  std::unique_ptr<Scheduler> inner_;
  RunRecorder& recorder_;
  JournalLine line_;  // reused
};

}  // namespace

std::unique_ptr<Scheduler> observed(std::unique_ptr<Scheduler> inner, RunRecorder& recorder) {
  return std::make_unique<Observed>(std::move(inner), recorder);
}

RunRecorder::RunRecorder(RunRecord& record, AfterLine after_line)
    : record_(record), after_line_(std::move(after_line)) {
  RunRules rules = std::move(record_.rules);
  record_ = RunRecord{};
  record_.rules = std::move(rules);
  record_.lanes.resize(record_.rules.lane_count);
}

void RunRecorder::line(const JournalLine& line) {
  record_.lines.push_back(line);
  if (line.is_input) {
    input(line);
  } else {
    decision(line);
  }
  if (after_line_) {
    after_line_(record_);
  }
}

void RunRecorder::counters(QueueId queue, const QueueCounters& counters) {
  record_.counters.push_back({record_.lines.size() - 1, queue, counters});
}

void RunRecorder::counters_before(QueueId queue, const QueueCounters& counters) {
  record_.counters_before.push_back({record_.lines.size(), queue, counters});
}

void RunRecorder::input(const JournalLine& line) {
  const std::size_t number = record_.lines.size() - 1;
  const Input& input = line.input;
  record_.inputs_now = number > 0 && input.now == record_.now ? record_.inputs_now + 1 : 1;
  record_.now = input.now;
  switch (input.kind) {
    case InputKind::kArrive: {
      RecordedRequest request;
      request.arrival = line.arrival;
      request.arrival.time = input.now;
      request.line = number;
      // Some never reach the scheduler (core/scheduler.h, rule 7): they have no line.
      record_.requests.resize(std::max(record_.requests.size(), raw(line.request)));
      record_.requests.push_back(request);
      break;
    }
    case InputKind::kTimer:
      record_.wake = kForever;
      break;
    case InputKind::kBatchDone:
      if (raw(input.batch) < record_.batches.size()) {
        RecordedBatch& batch = record_.batches[raw(input.batch)];
        batch.done = input.now;
        batch.done_line = number;
        batch.status = input.status;
        batch.device_time = input.device_time;
      }
      if (raw(input.lane) < record_.lanes.size()) {
        record_.lanes[raw(input.lane)].running.reset();
      }
      break;
    case InputKind::kCancel:
      if (raw(line.request) < record_.requests.size()) {
        RecordedRequest& request = record_.requests[raw(line.request)];
        if (!request.cancelled) {
          request.cancelled = input.now;
          request.cancel_line = number;
        }
      }
      break;
    case InputKind::kCloseQueue:
      record_.closed.resize(std::max(record_.closed.size(), raw(input.queue) + std::size_t{1}));
      record_.closed[raw(input.queue)] = true;
      break;
    case InputKind::kLaneUp:
    case InputKind::kLaneDown:
      if (raw(input.lane) < record_.lanes.size()) {
        record_.lanes[raw(input.lane)].down =
            input.kind == InputKind::kLaneUp ? Status::kOk : input.status;
      }
      break;
    case InputKind::kStepDone:
      break;
  }
}

void RunRecorder::decision(const JournalLine& line) {
  const Decision& decision = line.decision;
  switch (decision.kind) {
    case DecisionKind::kStart:
      start(line);
      break;
    case DecisionKind::kAdd:
      if (raw(decision.batch) < record_.batches.size()) {
        RecordedBatch& batch = record_.batches[raw(decision.batch)];
        if (batch.pieces.empty() && !line.members.empty()) {
          // A batch without members takes the queue of its first one.
          if (const RecordedRequest* first = record_.request(line.members.front().request)) {
            batch.queue = first->arrival.queue;
          }
          batch.opened = record_.now;
        }
        add_pieces(batch, line);
      }
      break;
    case DecisionKind::kSeal:
      if (raw(decision.batch) < record_.batches.size()) {
        RecordedBatch& batch = record_.batches[raw(decision.batch)];
        batch.sealed = record_.now;
        batch.due = record_.now;
        batch.seal_line = record_.lines.size() - 1;
        batch.reason = decision.reason;
        batch.padded_rows = decision.padded_rows;
      }
      break;
    case DecisionKind::kFinishBatch:
      if (raw(decision.batch) < record_.batches.size()) {
        record_.batches[raw(decision.batch)].answered = true;
      }
      break;
    case DecisionKind::kWake:
      record_.wake = decision.wake;
      break;
    case DecisionKind::kFinish:
      break;  // its client hears of it
  }
}

void RunRecorder::start(const JournalLine& line) {
  const Decision& decision = line.decision;
  RecordedBatch batch;
  batch.id = decision.batch;
  batch.queue = decision.queue;
  batch.lane = decision.lane;
  batch.opened = decision.opened;
  batch.due = decision.due;
  batch.started = record_.now;
  batch.reason = decision.reason;
  batch.padded_rows = decision.padded_rows;
  batch.start_line = record_.lines.size() - 1;
  if (decision.sealed) {
    batch.sealed = record_.now;
    batch.seal_line = batch.start_line;
  }
  add_pieces(batch, line);
  if (raw(decision.lane) < record_.lanes.size()) {
    record_.lanes[raw(decision.lane)].running = decision.batch;
  }
  // A wrong number is the checkers' to find: the batch stands where it was started.
  record_.batches.push_back(std::move(batch));
}

void RunRecorder::add_pieces(RecordedBatch& batch, const JournalLine& line) {
  for (const JournalMember& member : line.members) {
    batch.pieces.push_back(
        {member.request, member.first_row, member.rows, member.padding, record_.now});
    batch.rows += member.rows;
    if (raw(member.request) >= record_.requests.size()) {
      continue;
    }
    RecordedRequest& request = record_.requests[raw(member.request)];
    request.rows_started += member.rows;
    ++request.piece_count;
    request.last_batch = batch.id;
    if (!request.first_batch) {
      request.first_batch = batch.id;
    }
  }
}

void RunRecorder::request_ended(const RequestEnd& end) {
  const std::uint64_t id = raw(end.request.id);
  if (id >= record_.requests.size()) {  // the scheduler never heard of it
    record_.requests.resize(id + 1);
    record_.requests[id].arrival = end.request.arrival;
  }
  RecordedRequest& request = record_.requests[id];
  if (++request.end_count == 1) {
    request.end =
        RecordedEnd{.at = end.at,
                    .status = end.status,
                    .reason = end.reason,
                    .batch = end.batch == nullptr ? std::nullopt : std::optional(end.batch->id),
                    .line = record_.lines.empty() ? kNoLine : record_.lines.size() - 1};
  }
}

void RunRecorder::batch_ended(const BatchRecord& batch) {
  if (raw(batch.id) < record_.batches.size()) {
    record_.batches[raw(batch.id)].reported = batch;
  }
}

void RunRecorder::request_unanswered(const Request& request) {
  if (raw(request.id) < record_.requests.size()) {
    record_.requests[raw(request.id)].unanswered = true;
  }
}

}  // namespace lockstep

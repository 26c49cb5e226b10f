#include "properties/checkers/start_reasons.h"

#include <algorithm>

namespace lockstep {
// --- following the record ------------------------------------------------------------------

StartReasons::Queue& StartReasons::queue_of(QueueId queue) {
  if (raw(queue) >= queues_.size()) {
    queues_.resize(raw(queue) + std::size_t{1});
  }
  return queues_[raw(queue)];
}

SimTime StartReasons::arrived(const RunRecord& run, RequestId id) {
  const RecordedRequest* request = run.request(id);
  return request == nullptr ? SimTime{} : request->arrival.time;
}

std::size_t StartReasons::idle_lanes() const {
  return static_cast<std::size_t>(std::count_if(lanes_.begin(), lanes_.end(), [](const Lane& lane) {
    return !lane.busy && lane.down == Status::kOk;
  }));
}

std::size_t StartReasons::lanes_not_lost() const {
  return static_cast<std::size_t>(std::count_if(lanes_.begin(), lanes_.end(), [](const Lane& lane) {
    return lane.down != Status::kInternal || lane.busy;
  }));
}

void StartReasons::note_full(QueueId id, SimTime now) {
  Queue& queue = queue_of(id);
  const auto rows = static_cast<std::int64_t>(waiting_.of(id).rows());
  if (rows < registered_.of(id).rows_max) {
    queue.full = kForever;
  } else if (queue.full == kForever) {
    queue.full = now;
  }
}

void StartReasons::follow_input(const RunRecord& run, const JournalLine& line) {
  input_ = line.input;
  const bool has_lane = raw(input_.lane) < lanes_.size();
  switch (input_.kind) {
    case InputKind::kArrive: {
      arrival_ = line.arrival;
      Queue& queue = queue_of(line.arrival.queue);
      positions_.resize(std::max(positions_.size(), run.requests.size()));
      positions_[raw(line.request)] = queue.accepted.size();
      queue.accepted.push_back(raw(line.request));
      offered_ = line.arrival.queue;
      break;
    }
    case InputKind::kCloseQueue:
      queue_of(input_.queue).closed_at = std::min(queue_of(input_.queue).closed_at, run.now);
      break;
    case InputKind::kBatchDone:
      if (has_lane) {
        lanes_[raw(input_.lane)].busy = false;
      }
      break;
    case InputKind::kLaneDown:
    case InputKind::kLaneUp:
      if (has_lane) {
        lanes_[raw(input_.lane)].down =
            input_.kind == InputKind::kLaneUp ? Status::kOk : input_.status;
      }
      break;
    default:
      break;
  }
}

void StartReasons::follow_decision(const RunRecord& run, const JournalLine& line) {
  const Decision& decision = line.decision;
  if (decision.kind == DecisionKind::kFinish) {
    const RecordedRequest* request = run.request(line.request);
    if (request != nullptr) {
      std::vector<std::uint64_t>& accepted = queue_of(request->arrival.queue).accepted;
      if (input_.kind == InputKind::kArrive && !accepted.empty() &&
          accepted.back() == raw(line.request)) {
        accepted.pop_back();  // refused
      }
    }
  } else if (decision.kind == DecisionKind::kStart) {
    if (raw(decision.lane) < lanes_.size()) {
      lanes_[raw(decision.lane)].busy = true;
    }
    if (!decision.sealed) {
      filling_ = decision.batch;
      filling_rows_ = 0;
    }
    note_full(decision.queue, run.now);
    queue_of(decision.queue).filtered_rows = 0;
    queue_of(decision.queue).filtered_earliest = kForever;
  } else if (decision.kind == DecisionKind::kSeal && filling_ == decision.batch) {
    filling_.reset();
  }
}

void StartReasons::after_line(const RunRecord& run) {
  const JournalLine& line = run.lines.back();
  lanes_.resize(run.rules.lane_count);
  const bool filters =
      !line.is_input && line.decision.kind == DecisionKind::kFinish &&
      (line.decision.reason == Reason::kExpired || line.decision.reason == Reason::kCancelled);
  if (offered_ && (line.is_input || filters)) {
    note_full(*offered_, now_);  // the offer is over; what follows belongs to a batch
    offered_.reset();
  }
  for (std::uint32_t id = 0; line.is_input && any_filtered_ && id < queues_.size(); ++id) {
    if (queues_[id].filtered_earliest != kForever) {
      note_full(QueueId{id}, now_);  // a look that dropped them and found nothing to start
      queues_[id].filtered_rows = 0;
      queues_[id].filtered_earliest = kForever;
    }
  }
  now_ = run.now;
  any_filtered_ = !line.is_input && (any_filtered_ || filters);
  if (filters && waiting_.waits(line.request)) {
    const RecordedRequest& request = *run.request(line.request);
    Queue& queue = queue_of(request.arrival.queue);
    queue.filtered_rows += std::int64_t{request.arrival.size} - request.rows_started;
    queue.filtered_earliest = std::min(queue.filtered_earliest, request.arrival.time);
  }
  waiting_.after_line(run);
  if (line.is_input) {
    follow_input(run, line);
  } else {
    follow_decision(run, line);
  }
  if (filling_ && run.batch(*filling_) != nullptr) {
    filling_rows_ = static_cast<std::int64_t>(run.batch(*filling_)->rows);
  }
}

std::string StartReasons::named(const RecordedBatch& batch, const std::string& but) {
  return "names " + std::string(reason_name(batch.reason)) + " with " + std::to_string(batch.rows) +
         " rows, opened " + to_text(batch.opened - SimTime{}) + ", due " +
         to_text(batch.due - SimTime{}) + ", started " + to_text(batch.started - SimTime{}) + ": " +
         but;
}

// --- starts --------------------------------------------------------------------------------

std::string StartReasons::start(const RunRecord& run, const RecordedBatch& batch,
                                const JournalLine& line) {
  if (offered_) {
    note_full(*offered_, run.now);
    offered_.reset();
  }
  if (!line.decision.sealed) {
    return registered_.kind != SchedulerKind::kStreaming || batch.reason != Reason::kNone ||
                   batch.opened != batch.due
               ? named(batch, "only tf-streaming starts a batch that goes on filling")
               : std::string();
  }
  if (batch.reason == Reason::kExpired) {
    return registered_.session ? std::string() : named(batch, "nobody looks at deadlines");  // S11
  }
  SimTime first = kForever;
  SimTime last{};
  for (const JournalMember& member : line.members) {
    first = std::min(first, arrived(run, member.request));
    last = std::max(last, arrived(run, member.request));
  }
  const bool as_it_came = registered_.retries || batch.opened == first;  // a retry comes later
  switch (registered_.kind) {
    case SchedulerKind::kShared:
      return registered_.of(batch.queue).priority_aware ? priority_aware(run, batch)
                                                        : shared(run, batch);
    case SchedulerKind::kAdaptive:
      if (!as_it_came) {
        return named(batch, "its first request came at another time");
      }
      if (std::string wrong = consecutive(run, line); !wrong.empty()) {
        return wrong;
      }
      return adaptive(run, batch);
    case SchedulerKind::kSerialDevice:
    case SchedulerKind::kJit:
      if (batch.reason != Reason::kGreedy || batch.due != batch.opened || !as_it_came) {
        return named(batch, "it is due as soon as its first request comes");
      }
      return registered_.kind == SchedulerKind::kJit ? std::string() : consecutive(run, line);
    case SchedulerKind::kNaive:
      if (batch.reason != Reason::kFull || batch.opened != first || batch.due != last) {
        return named(batch, "it is due when its last request comes");
      }
      return consecutive(run, line);
    case SchedulerKind::kStreaming:
      return batch.reason != Reason::kFlush || !batch.pieces.empty()
                 ? named(batch,
                         "only an empty batch that was closed before it had a lane starts "
                         "sealed")
                 : std::string();
    case SchedulerKind::kOther:
      break;
  }
  return {};
}

// Batches of these schedulers take whoever comes next: nobody is passed over.
std::string StartReasons::consecutive(const RunRecord& run, const JournalLine& line) {
  if (registered_.retries) {
    return {};
  }
  for (std::size_t i = 1; i < line.members.size(); ++i) {
    const RequestId before = line.members[i - 1].request;
    const RequestId id = line.members[i].request;
    if (run.request(before) == nullptr || run.request(id) == nullptr || before == id) {
      continue;
    }
    if (position(id) != position(before) + 1) {
      return "request " + std::to_string(raw(id)) + " follows " + std::to_string(raw(before)) +
             " in a batch and not in its queue";
    }
  }
  return {};
}

// --- batches that fill on their lane (TF 2.14) --------------------------------------------------

std::string StartReasons::seal(const RunRecord& run, const RecordedBatch& batch) const {
  const RegisteredQueue& queue = registered_.of(batch.queue);
  const auto rows = static_cast<std::int64_t>(batch.rows);
  const SimTime first = batch.pieces.empty() ? kForever : batch.pieces.front().joined;
  bool ok = false;
  switch (batch.reason) {
    case Reason::kFull:
      ok = rows == queue.rows_max;
      break;
    case Reason::kTimeout:
      ok = queue.timeout > SimDuration{0} && input_.kind == InputKind::kTimer &&
           after(first, queue.timeout) <= run.now;
      break;
    case Reason::kOverflow:
      ok = !batch.pieces.empty() &&
           (registered_.retries ||
            (input_.kind == InputKind::kArrive &&
             (arrival_.queue != batch.queue || rows + arrival_.size > queue.rows_max)));
      break;
    case Reason::kFlush:
      ok = (input_.kind == InputKind::kCloseQueue &&
            (batch.pieces.empty() || input_.queue == batch.queue)) ||
           (input_.kind == InputKind::kLaneDown && input_.lane == batch.lane);
      break;
    default:
      break;
  }
  return ok ? std::string() : named(batch, "its condition does not hold");
}

std::string StartReasons::step_over() const {
  // TF 2.14 step 6.
  const bool full = filling_ && registered_.kind == SchedulerKind::kStreaming &&
                    filling_rows_ >= registered_.of(QueueId{0}).rows_max;
  return full ? "is full and was not closed" : std::string();
}

}  // namespace lockstep

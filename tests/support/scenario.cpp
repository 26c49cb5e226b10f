#include "tests/support/scenario.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/journal.h"

namespace lockstep::support {

// Writes what the log says into the scenario's lists. Members of a batch are known from its start
// line, its times from batch_ended.
class Scenario::Recorder final : public EventSink {
 public:
  explicit Recorder(Scenario& scenario) : scenario_(scenario) {}

  [[nodiscard]] bool wants_journal() const override { return true; }

  void journal(const JournalLine& line) override {
    if (scenario_.keep_journal_) {
      scenario_.journal_lines_.push_back(describe(line));
    }
    const DecisionKind kind = line.decision.kind;
    const bool of_a_batch =
        kind == DecisionKind::kStart || kind == DecisionKind::kAdd || kind == DecisionKind::kSeal;
    if (line.is_input || !of_a_batch || raw(line.decision.batch) < scenario_.hidden_batches_) {
      return;
    }
    SeenBatch& batch = seen(line.decision.batch);
    if (kind == DecisionKind::kStart) {
      batch.record.queue = line.decision.queue;
      batch.record.lane = line.decision.lane;
      batch.record.opened = line.decision.opened;
      batch.record.due = line.decision.due;
      batch.record.lane_taken = scenario_.now_;
    }
    if (kind != DecisionKind::kAdd) {
      batch.record.reason = line.decision.reason;
    }
    for (const JournalMember& member : line.members) {
      batch.members.push_back(scenario_.names_.at(raw(member.request)));
      batch.member_rows.push_back(member.rows);
      batch.record.queue = QueueId{scenario_.request_queues_.at(raw(member.request))};
    }
  }

  void request_ended(const RequestEnd& end) override {
    if (raw(end.request.id) < scenario_.hidden_requests_) {
      return;
    }
    if (raw(end.request.id) == scenario_.arriving_) {
      scenario_.arriving_ = kNobody;  // refused: it never waited
    } else {
      --scenario_.queues_[raw(end.request.arrival.queue)].waiting_or_running;
    }
    scenario_.ends_.push_back(SeenEnd{scenario_.names_.at(raw(end.request.id)), end.at, end.status,
                                      end.reason, end.batch != nullptr});
  }

  void batch_ended(const BatchRecord& batch) override {
    if (raw(batch.id) >= scenario_.hidden_batches_) {
      seen(batch.id).record = batch;
      seen(batch.id).done = true;
    }
  }

  void request_unanswered(const Request& request) override {
    scenario_.unanswered_.push_back(scenario_.names_.at(raw(request.id)));
  }

 private:
  SeenBatch& seen(BatchId id) {
    const std::size_t index = raw(id) - scenario_.hidden_batches_;
    if (index >= scenario_.batches_.size()) {
      scenario_.batches_.resize(index + 1);
    }
    return scenario_.batches_[index];
  }

  Scenario& scenario_;
};

Scenario::Scenario(SchedulerUnderTest under_test)
    : full_batch_rows_(under_test.full_batch_rows), under_test_(std::move(under_test)) {}
Scenario::~Scenario() = default;

Scenario& Scenario::at(SimDuration time) {
  LOCKSTEP_CHECK(SimTime{time} >= script_time_);
  script_time_ = SimTime{time};
  return *this;
}
Scenario& Scenario::arrive(const std::string& name, const RequestOptions& options) {
  steps_.push_back({StepKind::kArrive, script_time_, name, options, options.queue});
  return *this;
}
Scenario& Scenario::close_queue(std::uint32_t queue) {
  steps_.push_back({StepKind::kClose, script_time_, {}, {}, queue});
  return *this;
}
Scenario& Scenario::probe(std::uint32_t queue) {
  steps_.push_back({StepKind::kProbe, script_time_, {}, {}, queue});
  return *this;
}
Scenario& Scenario::probe_limit() {
  steps_.push_back({StepKind::kProbeLimit, script_time_, {}, {}, 0});
  return *this;
}
Scenario& Scenario::release(std::uint64_t batch) {
  LOCKSTEP_CHECK(hold_all_ || std::count(held_.begin(), held_.end(), batch) == 1);
  LOCKSTEP_CHECK(!releases_.contains(batch));
  releases_[batch] = script_time_;
  return *this;
}
Scenario& Scenario::know_queues(std::uint32_t count) {
  known_queue_count_ = count;
  return *this;
}
Scenario& Scenario::hold_all_batches() {
  hold_all_ = true;
  return *this;
}
Scenario& Scenario::hold_batch(std::uint64_t batch) {
  held_.push_back(batch);
  return *this;
}
Scenario& Scenario::batch_takes(std::uint64_t batch, SimDuration duration) {
  durations_[batch] = duration;
  return *this;
}
Scenario& Scenario::every_batch_takes(SimDuration duration) {
  default_duration_ = duration;
  return *this;
}
Scenario& Scenario::pending_after(std::uint64_t batch, std::int64_t pending) {
  pending_[batch] = pending;
  return *this;
}
Scenario& Scenario::keep_journal() {
  keep_journal_ = true;
  return *this;
}

Scenario& Scenario::run() {
  LOCKSTEP_CHECK(!ran_);
  ran_ = true;
  recorder_ = std::make_unique<Recorder>(*this);
  server_ = std::make_unique<Server>(std::move(under_test_.scheduler),
                                     ServerOptions{.lane_count = under_test_.lane_count},
                                     recorder_.get());
  make_queues_known();
  while (step_once()) {
  }
  static_cast<void>(server_->report_unanswered());
  return *this;
}

void Scenario::make_queues_known() {
  hidden_requests_ = known_queue_count_;
  hidden_batches_ = known_queue_count_;
  for (std::uint32_t queue = 0; queue < known_queue_count_; ++queue) {
    names_.push_back("(first of queue " + std::to_string(queue) + ")");
    request_queues_.push_back(queue);
    server_->arrive({.queue = QueueId{queue}, .size = full_batch_rows_});
    LOCKSTEP_CHECK_EQ(server_->started().size(), std::size_t{1});
    server_->batch_done({.lane = server_->started().front().lane});
    LOCKSTEP_CHECK_EQ(server_->totals().answered, std::uint64_t{queue} + 1);
  }
  offset_ = SimDuration{known_queue_count_ > 0 ? 1'000'000'000 : 0};
}

// The next event in the total order: time, then completions, timers, outside events.
bool Scenario::step_once() {
  const auto completion =
      std::min_element(running_.begin(), running_.end(),
                       [](const Running& a, const Running& b) { return a.finishes < b.finishes; });
  const SimTime completes = completion == running_.end() ? kForever : completion->finishes;
  const SimTime wakes = server_->wake_at();
  const SimTime outside = next_step_ == steps_.size() ? kForever : steps_[next_step_].at + offset_;
  const SimTime now = std::min({completes, wakes, outside});
  if (now == kForever) {
    return false;
  }
  check_context().now_ns = ns_of(now);
  now_ = now;
  if (completes == now) {
    const Running running = *completion;
    running_.erase(completion);
    complete(running, now);
  } else if (wakes == now) {
    server_->timer(now);
    take_started(now);
  } else {
    external(steps_[next_step_++]);
  }
  return true;
}

void Scenario::complete(const Running& running, SimTime now) {
  const std::optional<BatchRecord> record = server_->running_on(running.lane);
  LOCKSTEP_CHECK(record.has_value());
  const auto pending = pending_.find(raw(record->id) - hidden_batches_);
  server_->batch_done({.now = now,
                       .lane = running.lane,
                       .device_time = now - running.started,
                       .device_pending = pending == pending_.end() ? 0 : pending->second});
  take_started(now);
  note_drained(now, raw(record->queue));
}

void Scenario::external(const Step& step) {
  const SimTime now = step.at + offset_;
  if (step.kind == StepKind::kProbe) {
    probes_.push_back({now, step.queue, server_->scheduler().counters(QueueId{step.queue})});
    return;
  }
  if (step.kind == StepKind::kProbeLimit) {
    limits_.push_back(time_text(now) + " " + server_->scheduler().in_flight_limit());
    return;
  }
  if (step.kind == StepKind::kClose) {
    queues_[step.queue].closed = true;
    server_->close_queue(now, QueueId{step.queue});
    take_started(now);
    note_drained(now, step.queue);
    return;
  }
  LOCKSTEP_CHECK(std::find(names_.begin(), names_.end(), step.name) == names_.end());
  names_.push_back(step.name);
  request_queues_.push_back(step.options.queue);
  arriving_ = names_.size() - 1;
  const RequestId id = server_->arrive({.time = now,
                                        .timeout = step.options.timeout,
                                        .queue = QueueId{step.options.queue},
                                        .size = step.options.rows,
                                        .priority = step.options.priority});
  LOCKSTEP_CHECK_EQ(raw(id), names_.size() - 1);
  queues_[step.queue].waiting_or_running += arriving_ == kNobody ? 0u : 1u;
  arriving_ = kNobody;
  take_started(now);
}

void Scenario::take_started(SimTime now) {
  for (const StartedBatch& started : server_->started()) {
    const std::uint64_t batch = raw(started.batch) - hidden_batches_;
    const bool executed = server_->running_on(started.lane)->reason != Reason::kExpired;
    running_.push_back({started.lane, now, executed ? finish_time(batch, now) : now});
    batches_.at(batch).record.dispatched = now;
    batches_.at(batch).dispatched = true;
  }
}

void Scenario::note_drained(SimTime now, std::uint32_t queue) {
  const QueueState& state = queues_[queue];
  if (state.closed && state.waiting_or_running == 0) {
    drains_.push_back({now, queue});
  }
}

SimTime Scenario::finish_time(std::uint64_t batch, SimTime started) const {
  if (hold_all_ || std::count(held_.begin(), held_.end(), batch) > 0) {
    const auto release = releases_.find(batch);
    return release == releases_.end() ? kForever : std::max(started, release->second + offset_);
  }
  const auto duration = durations_.find(batch);
  return started + (duration == durations_.end() ? default_duration_ : duration->second);
}

std::string Scenario::time_text(SimTime time) const {
  return "@" + to_text(time.time_since_epoch() - offset_);
}

std::string Scenario::members_text(const SeenBatch& batch) {
  std::string text = "q" + std::to_string(raw(batch.record.queue)) + "[";
  for (std::size_t i = 0; i < batch.members.size(); ++i) {
    text += (i == 0 ? "" : ",") + batch.members[i];
  }
  return text + "]";
}

std::string Scenario::batch_text(const SeenBatch& batch) const {
  return time_text(batch.record.dispatched) + " " + members_text(batch);
}

std::vector<std::string> Scenario::lane_use() const {
  std::vector<std::string> lines;
  for (const SeenBatch& batch : batches_) {
    const std::string taken = "lane" + std::to_string(raw(batch.record.lane)) + " " +
                              time_text(batch.record.lane_taken) + "..";
    lines.push_back(batch.dispatched ? taken + batch_text(batch) + " " +
                                           std::string(reason_name(batch.record.reason))
                                     : taken + " " + members_text(batch));
  }
  return lines;
}

std::vector<std::string> Scenario::dispatches() const {
  std::vector<std::string> lines;
  for (const SeenBatch& batch : batches_) {
    if (!batch.dispatched) {
      continue;
    }
    lines.push_back(batch_text(batch) + " " + std::string(reason_name(batch.record.reason)) +
                    " lane" + std::to_string(raw(batch.record.lane)));
  }
  return lines;
}

std::vector<std::string> Scenario::dispatches_with_due_times() const {
  std::vector<std::string> lines;
  for (const SeenBatch& batch : batches_) {
    if (!batch.dispatched) {
      continue;
    }
    lines.push_back(batch_text(batch) + " " + std::string(reason_name(batch.record.reason)) +
                    " due " + to_text(batch.record.due.time_since_epoch() - offset_) + " lane" +
                    std::to_string(raw(batch.record.lane)));
  }
  return lines;
}

std::vector<std::string> Scenario::members_at() const {
  std::vector<std::string> lines;
  for (const SeenBatch& batch : batches_) {
    if (!batch.dispatched) {
      continue;
    }
    lines.push_back(batch_text(batch));
  }
  return lines;
}

std::vector<std::string> Scenario::refusals() const {
  std::vector<std::string> lines;
  for (const SeenEnd& end : ends_) {
    if (!end.was_in_a_batch) {
      lines.push_back(time_text(end.at) + " " + end.request + " " +
                      std::string(status_name(end.status)) + " " +
                      std::string(reason_name(end.reason)));
    }
  }
  return lines;
}

std::vector<std::string> Scenario::answers() const {
  std::vector<std::string> lines;
  for (const SeenEnd& end : ends_) {
    if (end.was_in_a_batch) {
      lines.push_back(time_text(end.at) + " " + end.request + " " +
                      std::string(status_name(end.status)) + " " +
                      std::string(reason_name(end.reason)));
    }
  }
  return lines;
}

std::vector<std::string> Scenario::drained() const {
  std::vector<std::string> lines;
  for (const SeenDrain& drain : drains_) {
    lines.push_back(time_text(drain.at) + " q" + std::to_string(drain.queue));
  }
  return lines;
}

std::vector<std::string> Scenario::probes() const {
  std::vector<std::string> lines;
  for (const SeenProbe& probe : probes_) {
    lines.push_back(time_text(probe.at) + " q" + std::to_string(probe.queue) + ": " +
                    std::to_string(probe.counters.enqueued_requests) + " requests, " +
                    std::to_string(probe.counters.enqueued_rows) + " rows, " +
                    std::to_string(probe.counters.enqueued_batches) + " batches, room " +
                    std::to_string(probe.counters.capacity_rows));
  }
  return lines;
}

}  // namespace lockstep::support

#include "properties/reference/tf_full_reference.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/check.h"
#include "properties/reference/tf_full_aware_queue.h"
#include "properties/reference/tf_full_batch_queue.h"
#include "properties/reference/tf_full_model.h"

namespace lockstep::full_reference {
namespace {

// Numbers of trace priorities: 0 is "not set", which is Critical; 1 to 4 go up from Sheddable.
Criticality criticality_of(std::uint8_t priority) {
  return priority == 0 ? Criticality::kCritical : static_cast<Criticality>(priority - 1);
}

}  // namespace

void Model::add_queue(const TfQueueOptions& options) {
  list_.push_back(static_cast<std::uint32_t>(queues_.size()));
  known_.push_back(false);
  if (options.extras.enable_priority_aware_batch_scheduler) {
    queues_.push_back(std::make_unique<AwareQueue>(options, marks_));
  } else {
    queues_.push_back(std::make_unique<BatchQueue>(options, marks_));
  }
}

bool Model::is_running(std::uint32_t queue) const {
  return std::any_of(running_.begin(), running_.end(),
                     [queue](const Running& running) { return running.dispatch.queue == queue; });
}

bool Model::is_idle(std::uint32_t lane) const {
  return std::none_of(running_.begin(), running_.end(),
                      [lane](const Running& running) { return running.dispatch.lane == lane; });
}

std::optional<std::uint32_t> Model::lowest_idle_lane() const {
  for (std::uint32_t lane = 0; lane < script_.options.num_batch_threads; ++lane) {
    if (is_idle(lane)) {
      return lane;
    }
  }
  return std::nullopt;
}

SimTime Model::next_deadline() const {
  SimTime next = kForever;
  for (const std::uint32_t queue : list_) {
    for (const SimTime deadline : queues_[queue]->deadlines()) {
      next = deadline > now_ ? std::min(next, deadline) : next;
    }
  }
  return next;
}

// --- inputs --------------------------------------------------------------------------------------

void Model::end(const Ended& ended) {
  requests_[ended.request].ended = true;
  log_.lines.emplace_back(End{now_, ended.request, ended.status, ended.reason});
}

// TF 2.6: the last piece answers, with the first error there was.
void Model::complete(const Running& running) {
  const Execution& execution = script_.execution(running.ordinal);
  const Status status = execution.fails ? Status::kInternal : Status::kOk;
  const Dispatch& batch = running.dispatch;
  if (!execution.fails) {  // what a failed batch took says nothing about its size
    queues_[batch.queue]->measure({static_cast<std::uint32_t>(batch.padded_rows), execution.takes});
  }
  for (const Member& member : batch.members) {
    RequestState& request = requests_[member.request];
    request.rows_done += member.rows;
    if (request.ended) {
      continue;
    }
    marks_.hit_if(request.first_error != Status::kOk && status == Status::kOk &&
                      request.rows_done == request.rows,
                  Mark::kFirstErrorWins);
    request.first_error = request.first_error == Status::kOk ? status : request.first_error;
    if (request.rows_done == request.rows) {
      marks_.hit_if(member.rows < request.rows, Mark::kAnsweredByItsLastPiece);
      end({member.request, request.first_error,
           request.first_error == Status::kOk ? Reason::kAnswered : Reason::kBatchFailed});
    }
  }
}

void Model::arrive(const OutsideEvent& event) {
  note_arrival();
  LOCKSTEP_CHECK(event.queue <= queues_.size());
  if (event.queue == queues_.size()) {
    marks_.hit_if(batch_count_ > 0, Mark::kQueueAddedLate);
    const TfSharedOptions& options = script_.options;
    add_queue({options.max_batch_size, options.batch_timeout_micros, options.max_enqueued_batches,
               options.extras});
  }
  Queue& queue = *queues_[event.queue];
  LOCKSTEP_CHECK(!queue.is_closed());
  Task task;
  task.request = requests_.size();
  task.rows = event.rows;
  task.criticality = criticality_of(event.priority);
  task.arrived = now_;
  task.deadline = event.timeout.count() == 0 ? kForever : now_ + event.timeout;
  requests_.push_back({.rows = event.rows});
  std::vector<Ended> ends;
  queue.offer(task, now_, ends);
  marks_.hit_if(queue.enqueued_tasks() >= 100, Mark::kHundredWaiting);
  bool accepted = true;
  for (const Ended& ended : ends) {
    accepted = accepted && ended.request != task.request;
    end(ended);
  }
  if (accepted && script_.polls.enabled()) {
    wake_for(event.queue, task);
  }
}

void Model::note_arrival() {
  marks_.hit_if(last_completion_ == now_, Mark::kArrivalAtACompletion);
  for (const std::uint32_t queue : list_) {
    for (const SimTime deadline : queues_[queue]->deadlines()) {
      marks_.hit_if(deadline == now_ + SimDuration{1}, Mark::kArrivalJustBeforeADeadline);
    }
  }
}

void Model::outside(const OutsideEvent& event) {
  switch (event.kind) {
    case EventKind::kArrive:
      arrive(event);
      break;
    case EventKind::kClose:
      marks_.hit_if(is_running(event.queue), Mark::kClosedWhileRunning);
      queues_.at(event.queue)->close(now_);
      break;
    case EventKind::kProbe: {
      const Queue& queue = *queues_.at(event.queue);
      marks_.hit(is_aware(event.queue) ? Mark::kProbedAware : Mark::kProbedBatches);
      log_.lines.emplace_back(Probed{now_, event.queue, queue.enqueued_tasks(), queue.capacity()});
      break;
    }
  }
}

// --- the order of events (TF 2.5) ----------------------------------------------------------------

std::vector<Running>::iterator Model::first_to_finish() {
  return std::min_element(running_.begin(), running_.end(), [](const Running& a, const Running& b) {
    return a.finishes != b.finishes ? a.finishes < b.finishes : a.ordinal < b.ordinal;
  });
}

// At one instant completions, then deadlines, then outside events; after each the lanes.
Log Model::run() {
  std::size_t next_event = 0;
  for (;;) {
    const auto first = first_to_finish();
    const SimTime completion = first == running_.end() ? kForever : first->finishes;
    const SimTime deadline = script_.polls.enabled() ? next_tick() : next_deadline();
    const SimTime event =
        next_event == script_.events.size() ? kForever : script_.events[next_event].at;
    const SimTime next = std::min({completion, deadline, event});
    if (next == kForever) {
      break;
    }
    now_ = next;
    std::optional<std::uint32_t> lane_done;
    if (completion == next) {
      const Running running = *first;
      lane_done = running.dispatch.lane;
      running_.erase(first);
      marks_.hit_if(last_completion_ == now_, Mark::kTwoCompletionsAtOnce);
      last_completion_ = now_;
      complete(running);
    } else if (deadline != next) {
      changed_ = now_;
      ticked_ = now_;  // ticks of this instant came before it
      outside(script_.events[next_event++]);
    } else if (script_.polls.enabled()) {
      tick();
    }
    marks_.hit_if(deadline == next && event == next, Mark::kArrivalAtADeadline);
    if (!script_.polls.enabled()) {
      dispatch_all();
    } else if (lane_done) {
      changed_ = now_;
      look(*lane_done);
    }
  }
  for (std::size_t request = 0; request < requests_.size(); ++request) {
    if (!requests_[request].ended) {
      marks_.hit(Mark::kNeverAnswered);
      log_.unanswered.push_back(request);
    }
  }
  return std::move(log_);
}

Log run_reference(const Script& script, Marks& marks) {
  Log refused;
  refused.options_error = expected_options_error(script.options);
  if (!refused.options_error.empty()) {
    marks.hit_if(refused.options_error == "max_execution_batch_size", Mark::kExecutionZeroRefused);
    return refused;
  }
  return Model(script, marks).run();
}

}  // namespace lockstep::full_reference

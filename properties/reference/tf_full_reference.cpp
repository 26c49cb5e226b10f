#include "properties/reference/tf_full_reference.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "core/check.h"
#include "properties/reference/tf_full_aware_queue.h"
#include "properties/reference/tf_full_batch_queue.h"

namespace lockstep::full_reference {
namespace {

// TF 2.4 pulls from the best-ranked queue; when that yields nothing, the thread got nothing,
// however many others are due (false: it asks the next best).
constexpr bool kABarrenQueueHidesTheOthers = true;

struct RequestState {
  std::uint32_t rows = 0;
  std::uint32_t rows_left_queue = 0;
  std::uint32_t rows_done = 0;
  Status first_error = Status::kOk;
  bool ended = false;
};

struct Running {
  SimTime finishes{};
  std::size_t ordinal = 0;
  Dispatch dispatch;
};

// Numbers of trace priorities: 0 is "not set", which is Critical; 1 to 4 go up from Sheddable.
Criticality criticality_of(std::uint8_t priority) {
  return priority == 0 ? Criticality::kCritical : static_cast<Criticality>(priority - 1);
}

class Model {
 public:
  Model(const Script& script, Marks& marks) : script_(script), marks_(marks) {
    for (const TfQueueOptions& options : script.options.queues) {
      add_queue(options);
    }
  }

  Log run();

 private:
  void add_queue(const TfQueueOptions& options);
  [[nodiscard]] bool is_aware(std::uint32_t queue) const {
    return queues_[queue]->options().extras.enable_priority_aware_batch_scheduler;
  }
  [[nodiscard]] bool is_running(std::uint32_t queue) const;
  [[nodiscard]] std::optional<std::uint32_t> lowest_idle_lane() const;
  [[nodiscard]] SimTime next_deadline() const;
  [[nodiscard]] std::vector<Running>::iterator first_to_finish();
  void complete(const Running& running);
  void outside(const OutsideEvent& event);
  void arrive(const OutsideEvent& event);
  void dispatch_all();
  bool ask_in_turn();
  std::optional<std::uint32_t> best_queue(const std::vector<std::uint32_t>& barren);
  bool ask_the_best();
  Pulled pull(std::uint32_t queue);
  void start(std::uint32_t queue, const Formed& formed);
  void end(const Ended& ended);
  [[nodiscard]] Member leave(const Task& task, bool padding);
  void note_arrival();

  const Script& script_;
  Marks& marks_;
  SimTime now_{};
  std::vector<std::unique_ptr<Queue>> queues_;  // by number
  std::vector<std::uint32_t> list_;             // those not deleted, in the order added
  std::size_t cursor_ = 0;                      // into list_
  std::vector<Running> running_;
  std::size_t batch_count_ = 0;
  std::vector<RequestState> requests_;
  SimTime last_completion_ = kForever;
  Log log_;
};

void Model::add_queue(const TfQueueOptions& options) {
  list_.push_back(static_cast<std::uint32_t>(queues_.size()));
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

std::optional<std::uint32_t> Model::lowest_idle_lane() const {
  const auto lanes = static_cast<std::uint32_t>(script_.options.num_batch_threads);
  for (std::uint32_t lane = 0; lane < lanes; ++lane) {
    if (std::none_of(running_.begin(), running_.end(),
                     [lane](const Running& running) { return running.dispatch.lane == lane; })) {
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
  for (const Ended& ended : ends) {
    end(ended);
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

// --- dispatch ------------------------------------------------------------------------------------

void Model::dispatch_all() {
  while (lowest_idle_lane() && (script_.options.rank_queues ? ask_the_best() : ask_in_turn())) {
  }
}

Pulled Model::pull(std::uint32_t queue) {
  std::vector<Ended> ends;
  Pulled pulled = queues_[queue]->pull(now_, ends);
  for (const Ended& ended : ends) {
    end(ended);
  }
  return pulled;
}

// TF 2.4: one turn from the cursor at most; the first queue that yields a batch ends it, an empty
// one that cost somebody his place included. Says whether another turn may find something.
bool Model::ask_in_turn() {
  const std::size_t turn = list_.size();
  bool moved = false;
  for (std::size_t asked = 0; asked < turn; ++asked) {
    const std::uint32_t queue = list_.at(cursor_);
    const Pulled pulled = pull(queue);
    const bool yielded = pulled.formed || (pulled.formed_empty && pulled.moved_anything);
    moved = moved || pulled.moved_anything;
    const bool is_empty = queues_[queue]->enqueued_tasks() == 0 && !is_running(queue);
    if (queues_[queue]->is_closed() && is_empty && !yielded) {
      marks_.hit(Mark::kQueueDeleted);
      list_.erase(list_.begin() + static_cast<std::ptrdiff_t>(cursor_));
    } else {
      ++cursor_;
    }
    if (cursor_ == list_.size()) {
      cursor_ = 0;
    }
    if (pulled.formed) {
      marks_.hit_if(asked > 0, Mark::kEarlierQueuePassedOver);
      start(queue, *pulled.formed);
    }
    if (yielded) {
      return true;
    }
  }
  return moved;
}

// TF 2.4, rank_queues. The cursor ends where it began, at the first queue.
std::optional<std::uint32_t> Model::best_queue(const std::vector<std::uint32_t>& barren) {
  std::optional<std::uint32_t> best;
  std::optional<RankKey> best_key;
  for (const std::uint32_t queue : list_) {
    const std::optional<RankKey> key = queues_[queue]->rank_key(now_);
    marks_.hit_if(key && best_key && *key == *best_key, Mark::kRankTie);
    if (!key || (best_key && *best_key <= *key) ||
        std::count(barren.begin(), barren.end(), queue) > 0) {
      continue;
    }
    marks_.hit_if(best_key && key->rank == best_key->rank, Mark::kRankEarlierStart);
    marks_.hit_if(best.has_value() && is_aware(*best) != is_aware(queue), Mark::kRankAgainstAware);
    best = queue;
    best_key = key;
  }
  marks_.hit_if(best_key && best_key->rank == 2, Mark::kRankLowClass);
  return best;
}

bool Model::ask_the_best() {
  std::vector<std::uint32_t> barren;  // asked in vain
  while (const std::optional<std::uint32_t> best = best_queue(barren)) {
    const Pulled pulled = pull(*best);
    if (pulled.formed) {
      start(*best, *pulled.formed);
    }
    if (pulled.formed || pulled.moved_anything) {
      return true;
    }
    barren.push_back(*best);
    marks_.hit_if(best_queue(barren).has_value(), Mark::kRankBestYieldsNothing);
    if (kABarrenQueueHidesTheOthers) {
      return false;
    }
  }
  return false;
}

// Rows of a request leave in order, whichever piece stands for them.
Member Model::leave(const Task& task, bool padding) {
  RequestState& request = requests_[task.request];
  const auto rows = static_cast<std::uint32_t>(task.rows);
  const Member member{task.request, request.rows_left_queue, rows, padding};
  request.rows_left_queue += rows;
  return member;
}

void Model::start(std::uint32_t queue, const Formed& formed) {
  Dispatch dispatch;
  dispatch.at = now_;
  dispatch.queue = queue;
  dispatch.lane = lowest_idle_lane().value();
  dispatch.opened = formed.opened;
  dispatch.padded_rows = formed.padded_rows;
  for (const Task& task : formed.batch) {
    dispatch.members.push_back(leave(task, false));
  }
  for (const Task& task : formed.padding) {
    dispatch.members.push_back(leave(task, true));
  }
  marks_.hit_if(dispatch.lane == 3, Mark::kHighestLane);
  log_.lines.emplace_back(dispatch);
  const std::size_t ordinal = batch_count_++;
  running_.push_back({script_.execution(ordinal).finish(now_), ordinal, std::move(dispatch)});
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
    const SimTime deadline = next_deadline();
    const SimTime event =
        next_event == script_.events.size() ? kForever : script_.events[next_event].at;
    const SimTime next = std::min({completion, deadline, event});
    if (next == kForever) {
      break;
    }
    now_ = next;
    if (completion == next) {
      const Running running = *first;
      running_.erase(first);
      marks_.hit_if(last_completion_ == now_, Mark::kTwoCompletionsAtOnce);
      last_completion_ = now_;
      complete(running);
    } else if (deadline != next) {
      outside(script_.events[next_event++]);
    }
    marks_.hit_if(deadline == next && event == next, Mark::kArrivalAtADeadline);
    dispatch_all();
  }
  for (std::size_t request = 0; request < requests_.size(); ++request) {
    if (!requests_[request].ended) {
      marks_.hit(Mark::kNeverAnswered);
      log_.unanswered.push_back(request);
    }
  }
  return std::move(log_);
}

}  // namespace

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

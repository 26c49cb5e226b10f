#include "tests/reference/tf_shared_reference.h"

#include <algorithm>
#include <map>
#include <optional>

namespace lockstep::reference {
namespace {

struct Waiting {
  std::uint64_t id = 0;
  std::uint32_t queue = 0;
  std::uint32_t rows = 0;
  SimTime arrived{};
};
using Batch = std::vector<Waiting>;

struct Running {
  SimTime finishes{};
  std::uint64_t ordinal = 0;
  std::uint32_t lane = 0;
  std::uint32_t queue = 0;
};

std::uint32_t rows_of(const Batch& batch) {
  std::uint32_t rows = 0;
  for (const Waiting& member : batch) {
    rows += member.rows;
  }
  return rows;
}

class Model {
 public:
  Model(const Rules& rules, std::span<const SimDuration> durations)
      : rules_(rules), durations_(durations) {}

  Outcome run(std::span<const OutsideEvent> events);

 private:
  [[nodiscard]] std::vector<Batch> batches_of(std::uint32_t queue) const;
  [[nodiscard]] bool is_closed(std::uint32_t queue) const { return closed_at_.contains(queue); }
  [[nodiscard]] std::optional<Batch> front_that_may_leave(std::uint32_t queue) const;
  [[nodiscard]] bool is_idle(std::uint32_t lane) const;
  [[nodiscard]] std::optional<std::uint32_t> lowest_idle_lane() const;
  [[nodiscard]] SimTime next_deadline() const;
  void arrive(const OutsideEvent& event);
  bool ask_queues();
  void dispatch_all();
  void start(std::uint32_t queue, const Batch& batch);
  void explain(Dispatch& dispatch, const Batch& batch) const;

  Rules rules_;
  std::span<const SimDuration> durations_;
  SimTime now_{};
  std::vector<Waiting> waiting_;
  std::vector<Running> running_;
  std::vector<std::uint32_t> queues_;  // in the order added
  std::size_t cursor_ = 0;
  std::map<std::uint32_t, bool> ever_added_;
  std::map<std::uint32_t, SimTime> closed_at_;
  std::uint64_t arrivals_ = 0;
  Outcome outcome_;
};

// Requests in order until the next does not fit; the last batch is the open one.
std::vector<Batch> Model::batches_of(std::uint32_t queue) const {
  std::vector<Batch> batches(1);
  for (const Waiting& request : waiting_) {
    if (request.queue != queue) {
      continue;
    }
    if (rows_of(batches.back()) + request.rows > rules_.batch_rows_max) {
      batches.emplace_back();
    }
    batches.back().push_back(request);
  }
  return batches;
}

// TF 2.2 and 2.3: a closed batch at once; the open one when it is full, overdue or flushed.
std::optional<Batch> Model::front_that_may_leave(std::uint32_t queue) const {
  const std::vector<Batch> batches = batches_of(queue);
  const Batch& front = batches.front();
  if (front.empty()) {
    return std::nullopt;
  }
  const bool may_leave = batches.size() > 1 || rows_of(front) >= rules_.batch_rows_max ||
                         now_ >= front.front().arrived + rules_.timeout || is_closed(queue);
  return may_leave ? std::optional(front) : std::nullopt;
}

bool Model::is_idle(std::uint32_t lane) const {
  return std::none_of(running_.begin(), running_.end(),
                      [lane](const Running& running) { return running.lane == lane; });
}

std::optional<std::uint32_t> Model::lowest_idle_lane() const {
  for (std::uint32_t lane = 0; lane < rules_.lane_count; ++lane) {
    if (is_idle(lane)) {
      return lane;
    }
  }
  return std::nullopt;
}

// The next instant at which an open batch becomes overdue.
SimTime Model::next_deadline() const {
  SimTime next = kForever;
  for (const std::uint32_t queue : queues_) {
    const Batch open = batches_of(queue).back();
    if (!open.empty() && open.front().arrived + rules_.timeout > now_) {
      next = std::min(next, open.front().arrived + rules_.timeout);
    }
  }
  return next;
}

// TF 2.1.
void Model::arrive(const OutsideEvent& event) {
  const std::uint64_t id = arrivals_++;
  if (!ever_added_[event.queue]) {
    ever_added_[event.queue] = true;
    queues_.push_back(event.queue);
  }
  if (event.rows > rules_.batch_rows_max) {
    outcome_.refusals.push_back({now_, id, Status::kInvalidArgument, Reason::kTooLarge});
    return;
  }
  const std::vector<Batch> batches = batches_of(event.queue);
  const bool fits_open = rows_of(batches.back()) + event.rows <= rules_.batch_rows_max;
  if (!fits_open && batches.size() >= std::max(rules_.enqueued_batches_max, 1u)) {
    outcome_.refusals.push_back({now_, id, Status::kUnavailable, Reason::kQueueFull});
    return;
  }
  waiting_.push_back({id, event.queue, event.rows, now_});
}

// TF 2.4: one turn from the cursor, at most; says whether a queue yielded a batch.
bool Model::ask_queues() {
  const std::size_t turn = queues_.size();
  for (std::size_t asked = 0; asked < turn; ++asked) {
    const std::uint32_t queue = queues_.at(cursor_);
    const std::optional<Batch> batch = front_that_may_leave(queue);
    const bool in_use =
        batch.has_value() || !batches_of(queue).front().empty() ||
        std::any_of(running_.begin(), running_.end(),
                    [queue](const Running& running) { return running.queue == queue; });
    if (is_closed(queue) && !in_use) {
      queues_.erase(queues_.begin() + static_cast<std::ptrdiff_t>(cursor_));
      ++outcome_.queues_deleted;
    } else {
      ++cursor_;
    }
    if (cursor_ == queues_.size()) {
      cursor_ = 0;
    }
    if (batch) {
      start(queue, *batch);
      return true;
    }
  }
  return false;
}

void Model::dispatch_all() {
  while (lowest_idle_lane() && ask_queues()) {
  }
}

void Model::start(std::uint32_t queue, const Batch& batch) {
  Dispatch dispatch;
  dispatch.at = now_;
  dispatch.queue = queue;
  dispatch.lane = lowest_idle_lane().value();
  for (const Waiting& member : batch) {
    dispatch.members.push_back(member.id);
  }
  explain(dispatch, batch);
  const std::uint64_t ordinal = outcome_.dispatches.size();
  running_.push_back(
      {now_ + durations_[ordinal % durations_.size()], ordinal, dispatch.lane, queue});
  outcome_.dispatches.push_back(std::move(dispatch));
  std::erase_if(waiting_, [&batch](const Waiting& request) {
    return std::any_of(batch.begin(), batch.end(),
                       [&](const Waiting& member) { return member.id == request.id; });
  });
}

// When each condition came true, and which did so first.
void Model::explain(Dispatch& dispatch, const Batch& batch) const {
  std::vector<std::pair<SimTime, Reason>> conditions;
  dispatch.opened = batch.front().arrived;
  conditions.emplace_back(dispatch.opened + rules_.timeout,
                          rules_.timeout.count() == 0 ? Reason::kGreedy : Reason::kTimeout);
  if (rows_of(batch) >= rules_.batch_rows_max) {
    conditions.emplace_back(batch.back().arrived, Reason::kFull);
  }
  const std::vector<Batch> batches = batches_of(dispatch.queue);
  if (batches.size() > 1) {
    conditions.emplace_back(batches[1].front().arrived, Reason::kOverflow);
  }
  if (is_closed(dispatch.queue)) {
    conditions.emplace_back(std::max(closed_at_.at(dispatch.queue), dispatch.opened),
                            Reason::kFlush);
  }
  dispatch.due = std::min_element(conditions.begin(), conditions.end())->first;
  for (const auto& [time, reason] : conditions) {
    if (time == dispatch.due) {
      dispatch.reasons.push_back(reason);
    }
  }
  dispatch.grew_overdue = batch.back().arrived > dispatch.due;
}

// TF 2.5: at one instant completions, then deadlines, then outside events; after each the lanes.
Outcome Model::run(std::span<const OutsideEvent> events) {
  std::size_t next_event = 0;
  for (;;) {
    const auto first =
        std::min_element(running_.begin(), running_.end(), [](const Running& a, const Running& b) {
          return a.finishes != b.finishes ? a.finishes < b.finishes : a.ordinal < b.ordinal;
        });
    const SimTime completion = first == running_.end() ? kForever : first->finishes;
    const SimTime deadline = next_deadline();
    const SimTime outside = next_event == events.size() ? kForever : events[next_event].at;
    const SimTime next = std::min({completion, deadline, outside});
    if (next == kForever) {
      return std::move(outcome_);
    }
    now_ = next;
    if (completion == next) {
      running_.erase(first);
    } else if (deadline != next) {
      const OutsideEvent& event = events[next_event++];
      if (event.rows == 0) {
        closed_at_.emplace(event.queue, now_);
      } else {
        arrive(event);
      }
    }
    dispatch_all();
  }
}

}  // namespace

Outcome run(const Rules& rules, std::span<const OutsideEvent> events,
            std::span<const SimDuration> durations) {
  return Model(rules, durations).run(events);
}

}  // namespace lockstep::reference

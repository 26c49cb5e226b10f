// Slow models of tf-jit (TF 2.16) and naive-full-batch: a list of who waits, searched from the
// start at every event.
#include <algorithm>
#include <tuple>

#include "core/limits.h"
#include "core/schedulers/registry.h"
#include "properties/relations/references.h"
#include "properties/relations/twin_runs.h"

namespace lockstep {
namespace {

struct Waiting {
  std::uint64_t request = 0;
  ResolvedEvent event{};
  int criticality = 0;
};

struct Batch {
  std::uint32_t queue = 0;
  std::vector<std::uint64_t> members{};
};

std::string at(SimTime now) {
  return "@" + std::to_string(ns_of(now)) + " ";
}
std::string start_text(SimTime now, std::size_t lane, const Batch& batch) {
  std::string text =
      at(now) + "lane " + std::to_string(lane) + " queue " + std::to_string(batch.queue) + ":";
  for (const std::uint64_t member : batch.members) {
    text += " " + std::to_string(member);
  }
  return text;
}
std::string end_text(SimTime now, std::uint64_t request, Status status) {
  return at(now) + "request " + std::to_string(request) + " " + std::string(status_name(status));
}

// Events of a run in time order: completions in the order of their starts, then arrivals. A policy
// answers arrive() with lines of its own and fill() with the next batch to start.
template <typename Policy>
class SlowRun {
 public:
  SlowRun(const Case& value, Policy& policy, std::size_t lanes)
      : value_(value), policy_(policy), running_(lanes) {}

  std::vector<std::string> lines() {
    const std::vector<ResolvedEvent> events = resolved_events(value_);
    std::size_t next = 0;
    while (true) {
      const std::size_t lane = first_done();
      const bool outside = next < events.size();
      if (lane == running_.size() && !outside) {
        return lines_;
      }
      if (lane < running_.size() && (!outside || running_[lane].done <= events[next].at)) {
        complete(lane);
      } else {
        policy_.arrive(next, events[next], lines_);
        now_ = events[next++].at;
      }
      start_all();
    }
  }

 private:
  struct Running {
    bool busy = false;
    SimTime done{};
    std::uint64_t number = 0;
    Batch batch{};
  };

  [[nodiscard]] std::size_t first_done() const {
    std::size_t best = running_.size();
    for (std::size_t lane = 0; lane < running_.size(); ++lane) {
      if (running_[lane].busy &&
          (best == running_.size() || std::tie(running_[lane].done, running_[lane].number) <
                                          std::tie(running_[best].done, running_[best].number))) {
        best = lane;
      }
    }
    return best;
  }

  [[nodiscard]] const CaseExecution& execution(std::uint64_t batch) const {
    return value_.executions[batch % value_.executions.size()];
  }

  void complete(std::size_t lane) {
    Running& running = running_[lane];
    now_ = running.done;
    running.busy = false;
    for (const std::uint64_t member : running.batch.members) {
      lines_.push_back(end_text(now_, member, execution(running.number).status));
    }
  }

  void start_all() {
    while (true) {
      const auto idle = std::find_if(running_.begin(), running_.end(),
                                     [](const Running& running) { return !running.busy; });
      const std::optional<Batch> batch = policy_.next(idle != running_.end());
      if (!batch) {
        return;
      }
      const CaseExecution& execution = this->execution(started_);
      const auto lane = static_cast<std::size_t>(idle - running_.begin());
      lines_.push_back(start_text(now_, lane, *batch));
      *idle = {true, now_ + execution.waits + execution.takes, started_++, *batch};
    }
  }

  const Case& value_;
  Policy& policy_;
  std::vector<Running> running_;
  SimTime now_{};
  std::uint64_t started_ = 0;
  std::vector<std::string> lines_;
};

// TF 2.16. Order: more critical first, then who came first.
class JitPolicy {
 public:
  explicit JitPolicy(const RunRules& rules)
      : batch_rows_(*rules.integer("max_batch_size")),
        waiting_max_(*rules.integer("max_queue_size")),
        ready_max_(*rules.integer("max_ready_batches")) {}

  void arrive(std::uint64_t request, const ResolvedEvent& event, std::vector<std::string>& lines) {
    // Criticalities: priority 1 and 2 are sheddable, 3 is critical, 4 above it; 0 says nothing,
    // and is critical.
    const int criticality = event.priority == 0 ? 3 : std::min<int>(event.priority, 4);
    if (std::int64_t{event.rows} > batch_rows_) {
      lines.push_back(end_text(event.at, request, Status::kInvalidArgument));
      return;
    }
    if (static_cast<std::int64_t>(waiting_.size()) >= waiting_max_) {
      const auto victim = std::max_element(waiting_.begin(), waiting_.end(), &before);
      if (victim->criticality >= criticality) {
        lines.push_back(end_text(event.at, request, Status::kUnavailable));
        return;
      }
      lines.push_back(end_text(event.at, victim->request, Status::kUnavailable));
      waiting_.erase(victim);
    }
    waiting_.push_back({request, event, criticality});
  }

  // Assembles whenever there is a place; then the oldest ready batch goes to a lane.
  std::optional<Batch> next(bool lane_is_idle) {
    while (!waiting_.empty() &&
           (ready_max_ < 0 || static_cast<std::int64_t>(ready_.size()) < ready_max_)) {
      assemble();
    }
    if (!lane_is_idle || ready_.empty()) {
      return std::nullopt;
    }
    const Batch batch = ready_.front();
    ready_.erase(ready_.begin());
    return batch;
  }

 private:
  static bool before(const Waiting& a, const Waiting& b) {
    return a.criticality != b.criticality ? a.criticality > b.criticality : a.request < b.request;
  }

  void assemble() {
    std::sort(waiting_.begin(), waiting_.end(), &before);
    Batch batch{.queue = waiting_.front().event.queue};
    std::int64_t rows = 0;
    std::vector<Waiting> left;
    bool full = false;
    for (const Waiting& waiting : waiting_) {
      const bool of_queue = waiting.event.queue == batch.queue;
      full = full || (of_queue && rows + waiting.event.rows > batch_rows_);
      if (!of_queue || full) {
        left.push_back(waiting);
        continue;
      }
      rows += waiting.event.rows;
      batch.members.push_back(waiting.request);
    }
    waiting_ = left;
    ready_.push_back(batch);
  }

  std::int64_t batch_rows_;
  std::int64_t waiting_max_;
  std::int64_t ready_max_;
  std::vector<Waiting> waiting_;
  std::vector<Batch> ready_;
};

// Exactly batch_size requests of one queue, the queue of the smallest number first.
class NaivePolicy {
 public:
  explicit NaivePolicy(const RunRules& rules) : size_(*rules.integer("batch_size")) {}

  void arrive(std::uint64_t request, const ResolvedEvent& event, std::vector<std::string>& lines) {
    if (std::int64_t{event.rows} * size_ > std::int64_t{kMaxBatchRows}) {
      lines.push_back(end_text(event.at, request, Status::kInvalidArgument));
      return;
    }
    waiting_.push_back({request, event, 0});
  }

  std::optional<Batch> next(bool lane_is_idle) {
    if (!lane_is_idle) {
      return std::nullopt;
    }
    std::optional<Batch> best;
    for (const Waiting& first : waiting_) {
      Batch batch{.queue = first.event.queue};
      for (const Waiting& waiting : waiting_) {
        if (waiting.event.queue == batch.queue &&
            static_cast<std::int64_t>(batch.members.size()) < size_) {
          batch.members.push_back(waiting.request);
        }
      }
      if (static_cast<std::int64_t>(batch.members.size()) == size_ &&
          (!best || batch.queue < best->queue)) {
        best = batch;
      }
    }
    if (best) {
      std::erase_if(waiting_, [&](const Waiting& waiting) {
        return std::find(best->members.begin(), best->members.end(), waiting.request) !=
               best->members.end();
      });
    }
    return best;
  }

 private:
  std::int64_t size_;
  std::vector<Waiting> waiting_;
};

// The run in the same words.
std::vector<std::string> logged(const RunRecord& run) {
  std::vector<std::string> lines;
  SimTime now{};
  for (const JournalLine& line : run.lines) {
    if (line.is_input) {
      now = line.input.now;
    } else if (line.decision.kind == DecisionKind::kStart) {
      Batch batch{.queue = raw(line.decision.queue)};
      for (const JournalMember& member : line.members) {
        batch.members.push_back(raw(member.request));
      }
      lines.push_back(start_text(now, raw(line.decision.lane), batch));
    } else if (line.decision.kind == DecisionKind::kFinish) {
      lines.push_back(end_text(now, raw(line.request), line.decision.status));
    } else if (line.decision.kind == DecisionKind::kFinishBatch) {
      const RecordedBatch& batch = *run.batch(line.decision.batch);
      for (const RecordedPiece& piece : batch.pieces) {
        lines.push_back(end_text(now, raw(piece.request), batch.status));
      }
    }
  }
  return lines;
}

template <typename Policy>
std::optional<Violation> check(const Case& value, const SchedulerMaker& maker) {
  Case twin = plain_twin(value, false);  // closing abandons requests, or is not heard
  if (find_option(*find_scheduler(value.scheduler), "retrier") != nullptr) {
    put_option(twin.options, "retrier", "false");
  }
  const std::optional<RunRecord> run = run_twin(twin, maker);
  if (!run) {
    return std::nullopt;
  }
  Policy policy(run->rules);
  return compare_logs(SlowRun<Policy>(twin, policy, run->rules.lane_count).lines(), logged(*run));
}

}  // namespace

std::optional<Violation> check_jit_reference(const Case& value, const SchedulerMaker& maker) {
  return check<JitPolicy>(value, maker);
}

std::optional<Violation> check_naive_reference(const Case& value, const SchedulerMaker& maker) {
  return check<NaivePolicy>(value, maker);
}

}  // namespace lockstep

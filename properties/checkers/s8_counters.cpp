// S8: credits are conserved: lanes are idle or busy, and what a scheduler reports of its queues
// (QueueCounters) is what the record says, recomputed from scratch: Triton #8870 is a counter that
// drifts.
//
// Exact where the report is defined by what the record shows, else bounded: a retrier's waiting
// requests are nobody's (TF 2.15), released batches of tf-adaptive and ready ones of tf-jit are not
// enqueued (TF 3.1, 2.16), pieces are counted one by one (TF 2.1).
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "properties/checkers/judge.h"
#include "properties/checkers/registered_rules.h"
#include "properties/checkers/safety.h"
#include "properties/checkers/waiting_requests.h"

namespace lockstep {
namespace {

class Counters final : public Checker {
 public:
  explicit Counters(const RunRules& rules) : registered_(rules), lanes_(rules.lane_count) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    if (line.is_input) {
      compare_new(run, found);
    }
    waiting_.after_line(run);
    follow_lanes(line);
    if (line.is_input && line.input.kind == InputKind::kCloseQueue) {
      closed_.resize(std::max(closed_.size(), raw(line.input.queue) + std::size_t{1}));
      closed_[raw(line.input.queue)] = true;
    }
  }
  void at_end(const RunRecord& run, Violations& found) override { compare_new(run, found); }

 private:
  struct Lane {
    bool busy = false;
    bool up = true;
  };
  // What is recomputed of a queue.
  struct Waiting {
    std::int64_t rows = 0;
    std::int64_t requests = 0;
    std::int64_t high_rows = 0;  // without the class that waits beside the others (TF 2.7)
  };
  // What was reported, signed.
  struct Reported {
    std::int64_t requests = 0;
    std::int64_t rows = 0;
    std::int64_t batches = 0;
    std::int64_t capacity = 0;
  };

  void follow_lanes(const JournalLine& line) {
    if (line.is_input) {
      if (raw(line.input.lane) < lanes_.size()) {
        Lane& lane = lanes_[raw(line.input.lane)];
        lane.busy = lane.busy && line.input.kind != InputKind::kBatchDone;
        lane.up = line.input.kind == InputKind::kLaneUp ||
                  (lane.up && line.input.kind != InputKind::kLaneDown);
      }
    } else if (line.decision.kind == DecisionKind::kStart &&
               raw(line.decision.lane) < lanes_.size()) {
      lanes_[raw(line.decision.lane)].busy = true;
    }
    if (!line.is_input && line.decision.kind == DecisionKind::kStart && !line.decision.sealed) {
      filling_ = line.decision.batch;
    }
    if (!line.is_input && line.decision.kind == DecisionKind::kSeal &&
        filling_ == line.decision.batch) {
      filling_.reset();
    }
  }

  void compare_new(const RunRecord& run, Violations& found) {
    for (; seen_ < run.counters.size(); ++seen_) {
      compare(run, run.counters[seen_], found);
    }
  }

  void compare(const RunRecord& run, const RecordedCounters& entry, Violations& found) {
    const QueueCounters& counters = entry.counters;
    const Reported reported{.requests = static_cast<std::int64_t>(counters.enqueued_requests),
                            .rows = static_cast<std::int64_t>(counters.enqueued_rows),
                            .batches = static_cast<std::int64_t>(counters.enqueued_batches),
                            .capacity = counters.capacity_rows};
    const WaitingRequests::Queue& queue = waiting_.of(entry.queue);
    Waiting waiting{.rows = static_cast<std::int64_t>(queue.rows()),
                    .requests = static_cast<std::int64_t>(queue.count())};
    waiting.high_rows = waiting.rows;
    if (registered_.of(entry.queue).low_class) {
      waiting.high_rows -= static_cast<std::int64_t>(queue.classes[0].rows + queue.classes[1].rows);
    }
    const std::string wrong = judge(run, entry.queue, reported, waiting);
    if (!wrong.empty()) {
      found.add(broken("S8", run, wrong, {.queue = entry.queue, .line = entry.line}));
    }
  }

  [[nodiscard]] std::string judge(const RunRecord& run, QueueId id, const Reported& reported,
                                  const Waiting& waiting) const {
    const RegisteredQueue& queue = registered_.of(id);
    switch (registered_.kind) {
      case SchedulerKind::kShared:
        return queue.priority_aware ? priority_aware(queue, reported, waiting)
                                    : shared(queue, reported, waiting);
      case SchedulerKind::kAdaptive:
        return waiting_batches(queue, reported, waiting, !registered_.retries && any_lane_idle());
      case SchedulerKind::kSerialDevice:
        return waiting_batches(queue, reported, waiting, !registered_.retries);
      case SchedulerKind::kStreaming:
        return streaming(run, id, reported, waiting);
      case SchedulerKind::kJit:
        return jit(id, reported, waiting);
      case SchedulerKind::kNaive:
        if (reported.batches != reported.requests / queue.pieces_max || reported.capacity != 0) {
          return "reports " + std::to_string(reported.batches) + " batches of " +
                 std::to_string(reported.requests) + " requests";
        }
        return sums(reported, waiting, {.exact = true});
      case SchedulerKind::kOther:
        return sums(reported, waiting, {.exact = false, .pieces = true});
    }
    return {};
  }

  struct How {
    bool exact = true;
    bool pieces = false;  // requests may be counted more than once
  };
  [[nodiscard]] static std::string sums(const Reported& reported, const Waiting& waiting,
                                        const How& how) {
    const bool rows_ok = how.exact ? reported.rows == waiting.rows : reported.rows <= waiting.rows;
    if (!rows_ok) {
      return "reports " + std::to_string(reported.rows) + " rows enqueued, " +
             std::to_string(waiting.rows) + " wait";
    }
    const bool requests_ok = how.pieces ? (!how.exact || reported.requests >= waiting.requests)
                                        : (how.exact ? reported.requests == waiting.requests
                                                     : reported.requests <= waiting.requests);
    return requests_ok ? std::string()
                       : "reports " + std::to_string(reported.requests) + " requests enqueued, " +
                             std::to_string(waiting.requests) + " wait";
  }

  // TF 2.1, last paragraph: capacity = (M - n) * E + (E - o).
  [[nodiscard]] std::string shared(const RegisteredQueue& queue, const Reported& reported,
                                   const Waiting& waiting) const {
    const bool exact = !registered_.retries;
    if (queue.batches_max > kBatchesCountable) {
      return sums(reported, waiting, {.exact = exact, .pieces = queue.splits});
    }
    const std::int64_t open = queue.rows_max +
                              (queue.batches_max - reported.batches) * queue.rows_max -
                              reported.capacity;
    const std::int64_t closed = reported.batches - 1;
    bool ok = reported.batches >= 1 && open >= 0 && open <= queue.rows_max;
    const std::int64_t before = waiting.high_rows - open;  // rows of closed batches
    if (exact && !queue.merges()) {
      ok =
          ok && (closed == 0 ? before == 0 : before >= closed && before <= closed * queue.rows_max);
    } else if (exact) {  // low-priority rows may be in the open batch, or not yet
      ok = ok && open <= waiting.rows && (closed > 0 || before <= 0);
    }
    if (!ok) {
      return "reports " + std::to_string(reported.batches) + " batches and a capacity of " +
             std::to_string(reported.capacity) + " rows with " + std::to_string(waiting.high_rows) +
             " rows waiting";
    }
    return sums(reported, waiting, {.exact = exact, .pieces = queue.splits});
  }

  // TF 2.11.
  [[nodiscard]] std::string priority_aware(const RegisteredQueue& queue, const Reported& reported,
                                           const Waiting& waiting) const {
    if (reported.capacity != queue.depth - reported.rows ||
        reported.batches != (reported.requests > 0 ? 1 : 0)) {
      return "reports a capacity of " + std::to_string(reported.capacity) + " rows with " +
             std::to_string(reported.rows) + " of " + std::to_string(queue.depth) + " taken";
    }
    return sums(reported, waiting, {.exact = !registered_.retries, .pieces = queue.splits});
  }

  // TF 3.1, 3.2: capacity = (M - K) * max + room of the open batch.
  [[nodiscard]] static std::string waiting_batches(const RegisteredQueue& queue,
                                                   const Reported& reported, const Waiting& waiting,
                                                   bool exact) {
    if (queue.batches_max > kBatchesCountable) {
      return sums(reported, waiting, {.exact = exact, .pieces = queue.splits});
    }
    const std::int64_t room =
        reported.capacity - (queue.batches_max - reported.batches) * queue.rows_max;
    const bool ok = reported.batches == 0
                        ? reported.requests == 0 && reported.rows == 0 && room == 0
                        : reported.requests >= reported.batches && room >= 0 &&
                              room <= queue.rows_max &&
                              reported.rows <= reported.batches * queue.rows_max;
    if (!ok) {
      return "reports " + std::to_string(reported.requests) + " requests of " +
             std::to_string(reported.rows) + " rows in " + std::to_string(reported.batches) +
             " batches and a capacity of " + std::to_string(reported.capacity) + " rows";
    }
    return sums(reported, waiting, {.exact = exact, .pieces = queue.splits});
  }

  // TF 2.14: nothing is enqueued, ever; capacity is that of idle lanes and of the open batch.
  [[nodiscard]] std::string streaming(const RunRecord& run, QueueId id, const Reported& reported,
                                      const Waiting& waiting) const {
    const std::int64_t most = registered_.of(id).rows_max;
    std::int64_t capacity = most * idle_lanes();
    if (const RecordedBatch* open = filling_ ? run.batch(*filling_) : nullptr; open != nullptr) {
      const bool fits = open->pieces.empty() || open->queue == id;
      capacity += fits ? most - static_cast<std::int64_t>(open->rows) : 0;
    }
    if (reported.capacity != capacity) {
      return "reports a capacity of " + std::to_string(reported.capacity) +
             " rows, its lanes have " + std::to_string(capacity);
    }
    const bool nobody = reported.requests == 0 && reported.rows == 0 && reported.batches == 0;
    return nobody && (registered_.retries || waiting.requests == 0)
               ? std::string()
               : "reports " + std::to_string(reported.requests) + " requests enqueued, and " +
                     std::to_string(waiting.requests) + " wait: it has no queue";
  }

  // TF 2.16: `batches` are ready ones; capacity counts requests of all queues that wait.
  [[nodiscard]] std::string jit(QueueId id, const Reported& reported,
                                const Waiting& waiting) const {
    const std::int64_t taken = registered_.waiting_max - reported.capacity;
    if (taken < reported.requests || taken > static_cast<std::int64_t>(waiting_.count())) {
      return "reports a capacity of " + std::to_string(reported.capacity) + " requests with " +
             std::to_string(reported.requests) + " enqueued";
    }
    const bool closed = raw(id) < closed_.size() && closed_[raw(id)];
    if (closed) {
      const bool nothing = reported.requests == 0 && reported.rows == 0 && reported.batches == 0;
      return nothing ? std::string() : "reports requests in a queue that was closed";
    }
    const bool ready_ok =
        registered_.retries ||
        (waiting.requests - reported.requests >= reported.batches &&
         waiting.rows - reported.rows <= reported.batches * registered_.of(id).rows_max);
    if (!ready_ok) {
      return "reports " + std::to_string(reported.requests) + " requests of " +
             std::to_string(reported.rows) + " rows enqueued and " +
             std::to_string(reported.batches) + " batches ready, " +
             std::to_string(waiting.requests) + " of " + std::to_string(waiting.rows) + " wait";
    }
    return sums(reported, waiting, {.exact = !registered_.retries && reported.batches == 0});
  }

  [[nodiscard]] std::int64_t idle_lanes() const {
    return std::count_if(lanes_.begin(), lanes_.end(),
                         [](const Lane& lane) { return lane.up && !lane.busy; });
  }
  [[nodiscard]] bool any_lane_idle() const { return idle_lanes() > 0; }

  RegisteredRules registered_;
  WaitingRequests waiting_;
  std::vector<Lane> lanes_;
  std::vector<bool> closed_;        // by queue
  std::optional<BatchId> filling_;  // started, not sealed
  std::size_t seen_ = 0;            // counters that were compared
};

std::string_view counters_unchecked(const RunRules& rules) {
  return rules.parts.counters ? needs_lines(rules) : "the log has no counters";
}

}  // namespace

Property s8_counters() {
  return {.id = "S8",
          .name = "counters-do-not-drift",
          .formula =
              "what is reported of a queue = what is accepted, not started, not ended; "
              "capacity as TF defines it",
          .source = "verification 3.1 S8; TF 2.1, 2.11, 2.14, 2.16, 3.1, 3.2",
          .kind = PropertyClass::kSafety,
          .star = true,
          .not_checked = counters_unchecked,
          .make = make_checker<Counters>};
}

}  // namespace lockstep

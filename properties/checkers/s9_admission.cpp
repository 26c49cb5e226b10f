// S9: a queue is never fuller than it may be, refuses as full only when it is, and accepts only
// when it is not; who is evicted made room for someone more critical.
//
// "Full" by the queue's own rule and what it reported just before the arrival, which S8 compares
// with the record: TF 2.1 step 3 (a capacity of k rows means that the next k requests of one row
// are taken), 2.7 (low-priority rows), 2.11 (priority-aware), 2.16 (requests), 3.1, 3.2.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "properties/checkers/judge.h"
#include "properties/checkers/registered_rules.h"
#include "properties/checkers/safety.h"
#include "properties/checkers/waiting_requests.h"

namespace lockstep {
namespace {

class Admission final : public Checker {
 public:
  explicit Admission(const RunRules& rules) : registered_(rules) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    if (line.is_input) {
      accepted(run, found);
      bounded(run, found);
      if (line.input.kind == InputKind::kArrive) {
        arrive(run, line);
      }
      waiting_.after_line(run);
      return;
    }
    if (line.decision.kind == DecisionKind::kFinish) {
      if (line.decision.reason == Reason::kEvicted) {
        evicted(run, line, found);
      }
      waiting_.after_line(run);
      if (newcomer_ && line.request == newcomer_->id) {
        refused(run, line.decision, found);
      }
      return;
    }
    if (line.decision.kind == DecisionKind::kStart) {
      accepted(run, found);  // decided by now: what leaves makes room only for those that follow
    }
    waiting_.after_line(run);
  }

  void at_end(const RunRecord& run, Violations& found) override {
    if (run.broken_rule.empty()) {
      accepted(run, found);
      bounded(run, found);
    }
  }

 private:
  // The request whose arrival this step is.
  struct Newcomer {
    RequestId id{0};
    QueueId queue{0};
    std::int64_t size = 0;
    std::size_t criticality = 0;
    bool low = false;
    bool abandoned = false;  // by tf-jit: its queue is closed (TF 2.16)
    std::optional<QueueCounters> before{};
    std::int64_t low_rows = 0;    // waiting beside the others, before
    std::uint64_t evictions = 0;  // for it
  };

  void arrive(const RunRecord& run, const JournalLine& line) {
    const Arrival& arrival = line.arrival;
    zero_rows_ = zero_rows_ || arrival.size == 0;
    const WaitingRequests::Queue& queue = waiting_.of(arrival.queue);
    newcomer_ = Newcomer{
        .id = line.request,
        .queue = arrival.queue,
        .size = arrival.size,
        .criticality = criticality_of(arrival.priority),
        .low = registered_.is_low(arrival.queue, arrival.priority),
        .abandoned = raw(arrival.queue) < run.closed.size() && run.closed[raw(arrival.queue)],
        .low_rows = static_cast<std::int64_t>(queue.classes[0].rows + queue.classes[1].rows)};
    if (!run.counters_before.empty() && run.counters_before.back().line == run.lines.size() - 1) {
      newcomer_->before = run.counters_before.back().counters;
    }
  }

  // Is its queue full for it? nullopt: cannot be said.
  [[nodiscard]] std::optional<bool> full() const {
    const RegisteredQueue& queue = registered_.of(newcomer_->queue);
    if (newcomer_->low) {
      const bool is = newcomer_->low_rows + newcomer_->size > queue.low_total_rows_max;
      // Merged rows wait in the open batch and count no longer.
      return is && queue.merges() ? std::nullopt : std::optional(is);
    }
    if (queue.priority_aware) {
      return full_of_priorities(queue);
    }
    if (!newcomer_->before || (queue.batches_max > kBatchesCountable &&
                               (registered_.kind == SchedulerKind::kShared ||
                                registered_.kind == SchedulerKind::kAdaptive ||
                                registered_.kind == SchedulerKind::kSerialDevice))) {
      return std::nullopt;
    }
    const std::int64_t capacity = newcomer_->before->capacity_rows;
    const auto batches = static_cast<std::int64_t>(newcomer_->before->enqueued_batches);
    // Of schedulers without such a limit it is not used.
    const std::int64_t room = queue.batches_max > kBatchesCountable
                                  ? 0
                                  : capacity - (queue.batches_max - batches) * queue.rows_max;
    switch (registered_.kind) {
      case SchedulerKind::kShared:
        return queue.splits ? newcomer_->size > capacity
                            : newcomer_->size > room && batches >= queue.batches_max;
      case SchedulerKind::kAdaptive:
        return capacity >= 0 && newcomer_->size > capacity;  // below 0: taken (tf_adaptive.h, d)
      case SchedulerKind::kSerialDevice:
        return newcomer_->size > room && batches >= queue.batches_max;
      case SchedulerKind::kJit:
        return capacity <= 0 && newcomer_->evictions == 0 && !newcomer_->abandoned;
      default:
        return false;  // has no bound
    }
  }

  // After evictions: somebody less critical left means room for as long as he is there.
  [[nodiscard]] std::optional<bool> full_of_priorities(const RegisteredQueue& queue) const {
    const WaitingRequests::Queue& waiting = waiting_.of(newcomer_->queue);
    auto rows = static_cast<std::int64_t>(waiting.rows());
    rows -= waiting_.waits(newcomer_->id) ? newcomer_->size : 0;
    return rows + newcomer_->size > queue.depth;
  }

  void refused(const RunRecord& run, const Decision& decision, Violations& found) {
    const Newcomer newcomer = *newcomer_;
    if (decision.reason != Reason::kQueueFull) {
      newcomer_.reset();
      return;  // another matter: S4, S18
    }
    const Where where{.request = newcomer.id, .queue = newcomer.queue};
    const std::optional<bool> is_full = full();
    if (decision.status != Status::kUnavailable) {
      found.add(broken("S9", run,
                       "refused as full with " + std::string(status_name(decision.status)), where));
    }
    if (is_full.has_value() && !*is_full) {
      found.add(broken("S9", run, "refused as full, " + size_text(newcomer), where));
    }
    if (registered_.kind == SchedulerKind::kJit && newcomer.before) {
      // Those in ready batches are safe (TF 2.16): how many they are is known, not who.
      const WaitingRequests::Queue& queue = waiting_.of(newcomer.queue);
      const std::uint64_t ready = queue.count() - newcomer.before->enqueued_requests;
      std::uint64_t less_critical = 0;
      for (std::size_t c = 0; c < newcomer.criticality; ++c) {
        less_critical += queue.classes[c].requests.size();
      }
      if (less_critical > ready) {
        found.add(broken("S9", run, "refused as full while someone less critical waits", where));
      }
    }
    if (registered_.of(newcomer.queue).priority_aware) {
      const auto& classes = waiting_.of(newcomer.queue).classes;
      for (std::size_t c = 0; c < newcomer.criticality; ++c) {
        if (!classes[c].requests.empty()) {
          found.add(broken("S9", run, "refused as full while someone less critical waits", where));
          break;
        }
      }
    }
    newcomer_.reset();
  }

  void accepted(const RunRecord& run, Violations& found) {
    if (!newcomer_) {
      return;
    }
    if (full().value_or(false)) {
      found.add(broken("S9", run, "accepted by a full queue, " + size_text(*newcomer_),
                       {.request = newcomer_->id, .queue = newcomer_->queue}));
    }
    newcomer_.reset();
  }

  void evicted(const RunRecord& run, const JournalLine& line, Violations& found) {
    const RecordedRequest* victim = run.request(line.request);
    if (victim == nullptr) {
      return;
    }
    const Arrival& arrival = victim->arrival;
    const Where where{.request = line.request, .queue = arrival.queue};
    const auto wrong = [&](const char* what) { found.add(broken("S9", run, what, where)); };
    if (line.decision.status != Status::kUnavailable) {
      wrong("evicted with another status than UNAVAILABLE");
    }
    const RegisteredQueue& queue = registered_.of(arrival.queue);
    if (registered_.kind != SchedulerKind::kJit && !queue.priority_aware) {
      if (registered_.kind != SchedulerKind::kOther) {
        wrong("evicted from a queue that evicts nobody");
      }
      return;
    }
    if (!newcomer_ || newcomer_->id == line.request) {
      wrong("evicted for nobody");
      return;
    }
    const std::size_t criticality = criticality_of(arrival.priority);
    if (criticality >= newcomer_->criticality) {
      wrong("evicted for a request that is not more critical");
    }
    const auto& classes = waiting_.of(arrival.queue).classes;
    const std::set<std::uint64_t>& same = classes[criticality].requests;
    const RecordedRequest* youngest =
        same.empty() ? nullptr : run.request(RequestId{*same.rbegin()});
    if (youngest != nullptr && youngest->arrival.time > arrival.time) {
      wrong("evicted, and a younger one of its class was not");
    }
    ++newcomer_->evictions;
    if (registered_.kind == SchedulerKind::kJit) {
      if (newcomer_->before && newcomer_->before->capacity_rows > 0) {
        wrong("evicted while there was room");
      }
      return;
    }
    for (std::size_t c = 0; c < criticality; ++c) {
      if (!classes[c].requests.empty()) {
        wrong("evicted while someone less critical waits");
        break;
      }
    }
    if (arrival.queue != newcomer_->queue || !full_of_priorities(queue).value_or(true)) {
      wrong("evicted while there was room");
    }
  }

  // |queue| <= C at all times, as reported.
  void bounded(const RunRecord& run, Violations& found) {
    for (; seen_ < run.counters.size(); ++seen_) {
      const RecordedCounters& entry = run.counters[seen_];
      const RegisteredQueue& queue = registered_.of(entry.queue);
      std::uint64_t most = UINT64_MAX;
      std::uint64_t has = 0;
      if (queue.priority_aware) {
        most = static_cast<std::uint64_t>(queue.depth);
        has = entry.counters.enqueued_rows;
      } else if (registered_.kind == SchedulerKind::kJit) {
        most = static_cast<std::uint64_t>(registered_.waiting_max);
        has = entry.counters.enqueued_requests;
      } else if (!zero_rows_) {  // those can raise tf-adaptive's count (tf_adaptive.h, d)
        most = static_cast<std::uint64_t>(queue.batches_max);
        has = registered_.kind == SchedulerKind::kNaive ? 0 : entry.counters.enqueued_batches;
      }
      if (registered_.kind != SchedulerKind::kOther && has > most) {
        found.add(broken("S9", run, beyond(has, most) + " enqueued",
                         {.queue = entry.queue, .line = entry.line}));
      }
    }
  }

  [[nodiscard]] static std::string size_text(const Newcomer& newcomer) {
    std::string text = std::to_string(newcomer.size) + " rows";
    if (newcomer.before) {
      text += " with " + std::to_string(newcomer.before->enqueued_batches) +
              " batches enqueued and a capacity of " +
              std::to_string(newcomer.before->capacity_rows);
    }
    return text;
  }

  RegisteredRules registered_;
  WaitingRequests waiting_;
  std::optional<Newcomer> newcomer_;
  bool zero_rows_ = false;  // a request of none came
  std::size_t seen_ = 0;
};

std::string_view admission_unchecked(const RunRules& rules) {
  const RegisteredRules registered(rules);
  if (registered.retries) {
    return "who tries again comes in unseen (TF 2.15)";
  }
  return registered.kind == SchedulerKind::kOther ? "what its scheduler's capacity is, is not known"
                                                  : needs_lines(rules);
}

}  // namespace

Property s9_admission() {
  return {.id = "S9",
          .name = "refused-iff-full",
          .formula =
              "refused as full iff it does not fit by the queue's rule; evicted iff someone "
              "more critical needs the room; never fuller than allowed",
          .source = "verification 3.1 S9; TF 2.1, 2.7, 2.11, 2.16, 3.1, 3.2",
          .kind = PropertyClass::kSafety,
          .star = true,
          .not_checked = admission_unchecked,
          .make = make_checker<Admission>};
}

}  // namespace lockstep

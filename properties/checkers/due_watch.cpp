#include "properties/checkers/due_watch.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "properties/checkers/domain.h"
#include "properties/checkers/waiting_view.h"

namespace lockstep {
namespace {

// A batch that is due, or will be.
struct Due {
  SimTime at{};
  std::string_view cause;
};

class DueWatch final : public Checker {
 public:
  DueWatch(const RunRules& rules, const DueWatchOptions& options)
      : options_(options), rules_(rules), view_(rules), recovered_(!options.after_recovery) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    if (view_.time_passes(line)) {
      judge(run, line.input.now, run.lines.size() - 2, found);
    }
    view_.take(run);
    if (has_slack()) {
      note(run, line);
    }
    recovered_ = recovered_ || (line.is_input && line.input.kind == InputKind::kLaneUp);
  }

  void at_end(const RunRecord& run, Violations& found) override {
    if (run.rules.parts.complete && !run.lines.empty()) {
      judge(run, kForever, run.lines.size() - 1, found);
    }
  }

 private:
  [[nodiscard]] bool has_slack() const {
    return options_.slack > SimDuration{0} || options_.slack_of_longest_batch;
  }
  [[nodiscard]] SimDuration slack() const {
    return options_.slack_of_longest_batch ? std::max(options_.slack, longest_) : options_.slack;
  }
  [[nodiscard]] bool lanes_are_free() const {
    return options_.all_idle ? view_.running_count() == 0 && view_.idle_lane_count() > 0
                             : view_.idle_lane_count() > 0;
  }

  // The batch in front of a queue; nullopt: nothing of it will ever be due by itself.
  [[nodiscard]] std::optional<Due> due(QueueId queue) const {
    if (view_.waiting_count(queue) == 0) {
      return std::nullopt;
    }
    const bool closed = view_.closed(queue) != kForever;
    if (closed && options_.closed_queues_left_out) {
      return std::nullopt;
    }
    if (options_.closed && closed) {
      return Due{view_.now(), "its queue was closed"};
    }
    const QueueRules& rules = rules_.of(queue);
    if (options_.full && rules.batch_rows_max &&
        view_.waiting_rows(queue) >= static_cast<std::uint64_t>(*rules.batch_rows_max)) {
      return Due{view_.now(), "it is full"};
    }
    const std::optional<SimDuration> time_out = lockstep::time_out(rules_, queue);
    if (options_.timeout && time_out) {
      return Due{after(view_.front_opened(queue), std::max(*time_out, SimDuration{0})),
                 "its time-out passed"};
    }
    return std::nullopt;
  }

  // A batch that fills on its lane has all that it needs: when it is due it is sealed.
  [[nodiscard]] std::optional<Due> due(const RecordedBatch& batch) const {
    if (batch.pieces.empty()) {
      return std::nullopt;
    }
    const QueueRules& rules = rules_.of(batch.queue);
    if (options_.closed && view_.closed(batch.queue) != kForever &&
        batch.opened <= view_.closed(batch.queue)) {
      return Due{view_.now(), "its queue was closed"};
    }
    if (options_.full && rules.batch_rows_max &&
        batch.rows >= static_cast<std::uint64_t>(*rules.batch_rows_max)) {
      return Due{view_.now(), "it is full"};
    }
    if (options_.timeout && rules.timeout && *rules.timeout > SimDuration{0}) {
      return Due{after(batch.opened, *rules.timeout), "its time-out passed"};
    }
    return std::nullopt;
  }

  // Since when each queue has had both, a batch that is due and a lane, without a start.
  void note(const RunRecord& run, const JournalLine& line) {
    if (line.is_input && line.input.kind == InputKind::kBatchDone) {
      if (const RecordedBatch* batch = run.batch(line.input.batch)) {
        // One tick of the server's clock more: it counts whole microseconds (TF 3.2).
        longest_ = std::max(longest_, line.input.now - batch->started + SimDuration{1000});
      }
    }
    const bool anew = line.is_input && (line.input.kind == InputKind::kLaneUp ||
                                        line.input.kind == InputKind::kLaneDown);
    since_.resize(std::max<std::size_t>(since_.size(), view_.queue_count()), kForever);
    for (std::uint32_t queue = 0; queue < since_.size(); ++queue) {
      const std::optional<Due> due = this->due(QueueId{queue});
      const bool started = !line.is_input && line.decision.kind == DecisionKind::kStart &&
                           raw(line.decision.queue) == queue;
      if (!due || !lanes_are_free()) {
        since_[queue] = kForever;
      } else if (since_[queue] == kForever || anew || started) {
        since_[queue] = std::max(due->at, view_.now());
      }
    }
  }

  // `until`: nothing happened after view_.now() and before that.
  void judge(const RunRecord& run, SimTime until, std::size_t line, Violations& found) const {
    if (!recovered_) {
      return;
    }
    for (const BatchId id : view_.filling()) {
      const RecordedBatch* batch = run.batch(id);
      if (const std::optional<Due> due = batch == nullptr ? std::nullopt : this->due(*batch);
          due && waits_too_long(due->at, until)) {
        add(found, *due,
            {.property = options_.property,
             .batch = id,
             .queue = batch->queue,
             .lane = batch->lane,
             .line = line},
            until);
      }
    }
    if (!view_.any_waits() || !lanes_are_free()) {
      return;
    }
    for (std::uint32_t queue = 0; queue < view_.queue_count(); ++queue) {
      const std::optional<Due> due = this->due(QueueId{queue});
      const SimTime since = !due          ? kForever
                            : has_slack() ? (queue < since_.size() ? since_[queue] : kForever)
                                          : due->at;
      if (due && since != kForever && waits_too_long(after(since, slack()), until)) {
        add(found, *due,
            {.property = options_.property,
             .request = view_.front(QueueId{queue}),
             .queue = QueueId{queue},
             .lane = view_.lowest_idle_lane(),
             .line = line},
            until);
      }
    }
  }

  [[nodiscard]] bool waits_too_long(SimTime due, SimTime until) const {
    const SimTime last = std::max(due, view_.now());
    return last < until && view_.wake() > last;
  }

  void add(Violations& found, const Due& due, Violation violation, SimTime until) const {
    violation.at = std::max(due.at, view_.now());
    violation.until = until;
    violation.found =
        "a batch is due (" + std::string(due.cause) + ") at " + to_text(violation.at - SimTime{}) +
        ", a lane could take it, and nothing " +
        (until == kForever ? "ever happens" : "happens before " + to_text(until - SimTime{}));
    found.add(std::move(violation));
  }

  DueWatchOptions options_;
  RunRules rules_;
  WaitingView view_;
  bool recovered_;
  SimDuration longest_{0};
  std::vector<SimTime> since_;
};

}  // namespace

std::unique_ptr<Checker> make_due_watch(const RunRules& rules, const DueWatchOptions& options) {
  return std::make_unique<DueWatch>(rules, options);
}

}  // namespace lockstep

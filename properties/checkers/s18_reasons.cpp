// S18: no progress without cause: every start, seal and refusal names its reason, and what that
// reason says is true at that instant, recomputed from the record; and a wake-up that is asked for
// is another one than before.
//
// tf-shared: the batch is the one that its queue yields by the rules, to the member and the
// nanosecond (shared_queue_model.h); what that model does not cover and the other schedulers:
// start_reasons.h. Refusals: below. Reasons of finished batches: S15 and S11.
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "properties/checkers/judge.h"
#include "properties/checkers/registered_rules.h"
#include "properties/checkers/safety.h"
#include "properties/checkers/shared_queue_model.h"
#include "properties/checkers/start_reasons.h"

namespace lockstep {
namespace {

std::string time_text(SimTime time) {
  return time == kForever ? std::string("never") : to_text(time - SimTime{});
}

class Reasons final : public Checker {
 public:
  explicit Reasons(const RunRules& rules) : registered_(rules), starts_(registered_) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    if (line.is_input) {
      wake_ = line.input.kind == InputKind::kTimer ? kForever : wake_;
      accept();
      report(run, starts_.step_over(), {.batch = starts_.filling()}, found);
      input(run, line);
      starts_.after_line(run);
      return;
    }
    const Decision& decision = line.decision;
    if (decision.kind == DecisionKind::kFinish) {
      if (newcomer_ && newcomer_->request == raw(line.request)) {
        newcomer_.reset();
      }
      report(run, refusal(run, line), {.request = line.request}, found);
    } else if (decision.kind == DecisionKind::kStart) {
      accept();
      const Where where{.batch = decision.batch, .queue = decision.queue, .lane = decision.lane};
      report(run, started(run, line), where, found);
    } else if (decision.kind == DecisionKind::kSeal) {
      const RecordedBatch* batch = run.batch(decision.batch);
      report(run, batch == nullptr ? "" : starts_.seal(run, *batch), {.batch = decision.batch},
             found);
    } else if (decision.kind == DecisionKind::kWake) {
      // A retrier whose time has passed asks for the next moment, each time.
      if (decision.wake == wake_ && !registered_.retries) {
        report(run, "asked for the wake-up that it has: " + time_text(wake_), {}, found);
      }
      wake_ = decision.wake;
    }
    starts_.after_line(run);
  }

 private:
  // By queue of tf-shared. One that was found wrong is not followed any further.
  struct Followed {
    SharedQueueModel model;
    bool lost = false;
  };

  static void report(const RunRecord& run, std::string wrong, const Where& where,
                     Violations& found) {
    if (!wrong.empty()) {
      found.add(broken("S18", run, std::move(wrong), where));
    }
  }

  [[nodiscard]] bool has_model(QueueId queue) const {
    const RegisteredQueue& rules = registered_.of(queue);
    // A session answers late batches as failed, whose time is no cost (TF 2.13).
    const bool costs_unseen = registered_.session && rules.trim == TrimPolicy::kMinimizeCost;
    return registered_.kind == SchedulerKind::kShared && !registered_.retries &&
           !rules.priority_aware && !rules.merges() && !costs_unseen;
  }

  Followed& followed(QueueId queue) {
    while (queues_.size() <= raw(queue)) {
      queues_.push_back(
          {SharedQueueModel(registered_.of(QueueId{static_cast<std::uint32_t>(queues_.size())}))});
    }
    return queues_[raw(queue)];
  }

  void input(const RunRecord& run, const JournalLine& line) {
    input_request_ = line.request;
    if (line.input.kind == InputKind::kArrive && has_model(line.arrival.queue)) {
      newcomer_ = SharedQueueModel::Piece{raw(line.request), line.arrival.size};
      newcomer_queue_ = line.arrival.queue;
      newcomer_low_ = registered_.is_low(line.arrival.queue, line.arrival.priority);
      newcomer_at_ = run.now;
    } else if (line.input.kind == InputKind::kCloseQueue && has_model(line.input.queue)) {
      followed(line.input.queue).model.close(run.now);
    } else if (line.input.kind == InputKind::kBatchDone && line.input.status == Status::kOk) {
      const RecordedBatch* batch = run.batch(line.input.batch);
      if (batch != nullptr && has_model(batch->queue)) {
        followed(batch->queue).model.note_cost(batch->padded_rows, line.input.device_time);
      }
    }
    input_kind_ = line.input.kind;
  }

  // Whoever was not refused by now is in its queue.
  void accept() {
    if (newcomer_) {
      followed(newcomer_queue_).model.accept(*newcomer_, newcomer_low_, newcomer_at_);
    }
    newcomer_.reset();
  }

  [[nodiscard]] std::string started(const RunRecord& run, const JournalLine& line) {
    const RecordedBatch* batch = run.batch(line.decision.batch);
    if (batch == nullptr) {
      return {};
    }
    std::string wrong = starts_.start(run, *batch, line);
    if (!has_model(line.decision.queue)) {
      return wrong;
    }
    Followed& queue = followed(line.decision.queue);
    if (queue.lost) {
      return wrong;
    }
    const std::optional<SharedQueueModel::Yield> yield = queue.model.pull(run.now);
    std::string differs = yield ? difference(*yield, line) : "its queue has no batch that is due";
    queue.lost = !differs.empty();
    return wrong.empty() ? differs : wrong;
  }

  [[nodiscard]] static std::string difference(const SharedQueueModel::Yield& yield,
                                              const JournalLine& line) {
    const Decision& decision = line.decision;
    std::vector<SharedQueueModel::Piece> members;
    for (const JournalMember& member : line.members) {
      members.push_back({raw(member.request), member.rows});
    }
    if (members != yield.pieces) {
      return "has " + std::to_string(members.size()) +
             " members, its queue yields another batch of " + std::to_string(yield.pieces.size()) +
             (yield.pieces.empty()
                  ? ""
                  : " from request " + std::to_string(yield.pieces.front().request) + " on");
    }
    if (decision.opened != yield.opened || decision.due != yield.due) {
      return "opened " + time_text(decision.opened) + " and due " + time_text(decision.due) +
             ", its queue says opened " + time_text(yield.opened) + " and due " +
             time_text(yield.due);
    }
    // One that is skipped says so instead (S11).
    if (decision.reason != yield.reason && decision.reason != Reason::kExpired &&
        (yield.also == Reason::kNone || decision.reason != yield.also)) {
      return "names " + std::string(reason_name(decision.reason)) + ", its queue says " +
             std::string(reason_name(yield.reason));
    }
    return {};
  }

  // Of a request that ends by itself.
  [[nodiscard]] std::string refusal(const RunRecord& run, const JournalLine& line) {
    const RecordedRequest* request = run.request(line.request);
    const Decision& decision = line.decision;
    const std::string name(reason_name(decision.reason));
    if (request == nullptr) {
      return {};
    }
    const bool at_arrival = input_kind_ == InputKind::kArrive && input_request_ == line.request;
    const bool refuses = decision.reason == Reason::kQueueFull ||
                         decision.reason == Reason::kTooLarge ||
                         decision.reason == Reason::kLanesBusy;
    if (refuses && !at_arrival && !registered_.retries) {
      return "refused (" + name + ") in another step than it came";
    }
    const bool late_retry = !at_arrival && !retry_is_over(run, *request);
    if (refuses && registered_.retries && late_retry) {
      return "refused (" + name + ") while it may try again (TF 2.15)";
    }
    const bool streaming = registered_.kind == SchedulerKind::kStreaming;
    switch (decision.reason) {
      case Reason::kQueueFull:
        return streaming || registered_.kind == SchedulerKind::kNaive
                   ? "refused as full by a scheduler without a bound"
                   : std::string();
      case Reason::kLanesBusy:
        if (!streaming || decision.status != Status::kUnavailable) {
          return "names lanes-busy, which only tf-streaming refuses with, UNAVAILABLE";
        }
        return starts_.idle_lanes() > 0 || starts_.filling()
                   ? "refused as lanes-busy while a lane is idle or a batch fills"
                   : std::string();
      case Reason::kEmpty:
        return request->arrival.size > 0 ? "refused as empty" : std::string();
      case Reason::kNoLane:
        return starts_.lanes_not_lost() > 0 ? "ended for want of lanes while there is one"
                                            : std::string();
      case Reason::kTooLarge:   // S4
      case Reason::kEvicted:    // S9
      case Reason::kExpired:    // S11
      case Reason::kCancelled:  // S12
        return {};
      default:
        return "ended by itself, for the reason " + name;
    }
  }

  // TF 2.15: now + delay - first >= max_time.
  [[nodiscard]] bool retry_is_over(const RunRecord& run, const RecordedRequest& request) const {
    const std::int64_t waited = (run.now - request.arrival.time).count();
    return waited + registered_.retry_delay_ns >= registered_.retry_time_max_ns;
  }

  RegisteredRules registered_;
  StartReasons starts_;
  std::deque<Followed> queues_;  // addresses stay
  std::optional<SharedQueueModel::Piece> newcomer_;
  QueueId newcomer_queue_{0};
  bool newcomer_low_ = false;
  SimTime newcomer_at_{};
  InputKind input_kind_ = InputKind::kTimer;
  RequestId input_request_{0};
  SimTime wake_ = kForever;  // that was asked for
};

std::string_view reasons_unchecked(const RunRules& rules) {
  return RegisteredRules(rules).kind == SchedulerKind::kOther
             ? "what its scheduler's reasons mean is not known"
             : needs_lines(rules);
}

}  // namespace

Property s18_reasons() {
  return {.id = "S18",
          .name = "no-progress-without-cause",
          .formula =
              "every start, seal and refusal names its reason, whose condition is true at "
              "that instant; tf-shared: members, opened and due, too, as its queue yields; a "
              "wake-up is another than before",
          .source = "verification 3.1 S18; core/status.h; TF 2.1 to 2.16, 3.1, 3.2",
          .kind = PropertyClass::kSafety,
          .star = true,
          .not_checked = reasons_unchecked,
          .make = make_checker<Reasons>};
}

}  // namespace lockstep

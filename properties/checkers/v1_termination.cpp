// V1: once nothing more comes from outside, everyone is answered within a bound.
//
// Whatever was done to the run before: after its last arrival, cancel, closing or lane event it is
// healed, and each of the K batches that still start or run ends within S, the longest one; between
// them nothing runs for at most T, the time that its scheduler may sleep, and the latest timer:
//   last answer <= last event + K * S + (K + 1) * (T + sleep + latest timer)
// S and the latest timer are measured in the run; sleep is polling (TF 2.5), the streaming
// scheduler's closer (TF 2.14), a loop of the serial device (TF 3.2), and the retrier's patience
// (TF 2.15).
#include <algorithm>
#include <memory>
#include <string>

#include "properties/checkers/domain.h"
#include "properties/checkers/liveness.h"
#include "properties/record/option_units.h"

namespace lockstep {
namespace {

SimDuration time_of(const RunRules& rules, std::string_view name) {
  return option_micros(rules.integer(name).value_or(0));
}

SimDuration sleep_of(const RunRules& rules, SimDuration longest) {
  SimDuration sleep = poll_interval(rules) + time_of(rules, "no_tasks_wait_time_micros");
  if (is_scheduler(rules, "tf-serial-device")) {
    sleep += std::max(kSerialDeviceSleep, longest);
  }
  if (retries(rules)) {
    sleep += time_of(rules, "max_time_micros") + time_of(rules, "retry_delay_micros");
  }
  return sleep;
}

SimDuration time_out_max(const RunRules& rules) {
  SimDuration most = rules.other_queues.timeout.value_or(SimDuration{0});
  for (const QueueRules& queue : rules.queues) {
    most = std::max(most, queue.timeout.value_or(SimDuration{0}));
  }
  return most;
}

class Termination final : public Checker {
 public:
  void after_line(const RunRecord& run, Violations& /*found*/) override {
    const JournalLine& line = run.lines.back();
    if (!line.is_input) {
      wake_ = line.decision.kind == DecisionKind::kWake ? line.decision.wake : wake_;
      return;
    }
    if (line.input.kind == InputKind::kTimer) {
      latest_ = std::max(latest_, wake_ < line.input.now ? line.input.now - wake_ : SimDuration{0});
      wake_ = kForever;
    } else if (line.input.kind != InputKind::kBatchDone &&
               line.input.kind != InputKind::kStepDone) {
      healed_ = line.input.now;
    }
  }

  void at_end(const RunRecord& run, Violations& found) override {
    const bool any_lane = std::any_of(run.lanes.begin(), run.lanes.end(),
                                      [](const auto& lane) { return lane.down == Status::kOk; });
    if (!run.rules.parts.complete || run.rules.regime == FaultRegime::kBeyond || !any_lane) {
      return;
    }
    std::int64_t batches = 0;
    SimDuration longest{0};
    for (const RecordedBatch& batch : run.batches) {
      const SimTime done = batch.done.value_or(run.now);
      longest = std::max(longest, done - batch.started);
      batches += done >= healed_ ? 1 : 0;
    }
    const SimTime last =
        healed_ + batches * longest +
        (batches + 1) * (time_out_max(run.rules) + sleep_of(run.rules, longest) + latest_);
    for (std::uint64_t id = 0; id < run.requests.size(); ++id) {
      const RecordedRequest& request = run.requests[id];
      if (request.line == kNoLine) {
        continue;  // refused by the server, perhaps later than anything its scheduler heard of
      }
      if (request.end && request.end->at > last) {
        found.add({.property = "V1",
                   .found = "answered " + to_text(request.end->at - healed_) +
                            " after the last event from outside > " + to_text(last - healed_) +
                            ", for " + std::to_string(batches) + " batches",
                   .request = RequestId{id},
                   .queue = request.arrival.queue,
                   .at = request.end->at,
                   .line = request.end->line});
      } else if (request.unanswered) {
        found.add({.property = "V1",
                   .found = "accepted at " + to_text(request.arrival.time - SimTime{}) +
                            ", and never answered",
                   .request = RequestId{id},
                   .queue = request.arrival.queue,
                   .at = run.now,
                   .line = run.lines.size() - 1});
      }
    }
  }

 private:
  SimTime healed_{};
  SimTime wake_ = kForever;
  SimDuration latest_{0};
};

}  // namespace

Property v1_termination() {
  return {.id = "V1",
          .name = "eventual-termination",
          .formula = "last answer <= last event from outside + K * S + (K + 1) * (T + sleep)",
          .source = "verification 3.3 V1; core/scheduler.h Promises::starvation_free",
          .kind = PropertyClass::kLiveness,
          .star = true,
          .not_checked = [](const RunRules& rules) -> std::string_view {
            if (!has_lines(rules) || !rules.parts.complete) {
              return "the log does not go on until nothing is left to happen";
            }
            if (rules.is_live) {
              return kLive;
            }
            if (!rules.promises.starvation_free) {
              return kNotPromised;
            }
            return rules.regime == FaultRegime::kBeyond
                       ? "completions or lanes are lost for good: only safety must hold"
                       : "";
          },
          .make = [](const RunRules&) -> std::unique_ptr<Checker> {
            return std::make_unique<Termination>();
          }};
}

}  // namespace lockstep

// V5: a lane that was lost and comes back is used again, like any other.
//
// Two halves, both exact. Each start takes the lowest lane that is up and idle (TF 2.5 rule 3), so
// a lane that was forgotten shows at the first start that should have been its. And while a batch
// is due, not all lanes idle for longer than their scheduler needs to look around: a leak of lanes
// (Triton #8870) ends there at the latest. A scheduler that promises more, work conservation, is
// held to it by L3.
#include <memory>
#include <optional>
#include <string>

#include "properties/checkers/domain.h"
#include "properties/checkers/due_watch.h"
#include "properties/checkers/liveness.h"
#include "properties/checkers/waiting_view.h"

namespace lockstep {
namespace {

constexpr SimDuration kServerClock{1000};

bool keeps_its_limit(const RunRules& rules) {
  return rules.integer("min_in_flight_batches_limit") == rules.integer("num_batch_threads");
}

// What the schedulers that do not conserve work still owe; nullptr: nothing.
std::unique_ptr<Checker> due_watch(const RunRules& rules) {
  if (retries(rules)) {
    return nullptr;
  }
  if (is_scheduler(rules, "tf-adaptive")) {
    // With fifo_scheduling a batch waits behind one of another queue that is not ready; a limit
    // that moves may leave lanes idle while any batch runs (TF 3.1). Ready is told in whole
    // microseconds: a batch may leave at the timer of an older one, which takes its timer.
    // Timers that come late by a fault may then be that timer's: not judged there.
    const std::string* fifo = rules.option("fifo_scheduling");
    if (fifo == nullptr || *fifo == "true" || rules.has_faults) {
      return nullptr;
    }
    return make_due_watch(rules, {.property = "V5",
                                  .timeout = true,
                                  .all_idle = !keeps_its_limit(rules),
                                  .slack = kServerClock});
  }
  if (is_scheduler(rules, "tf-serial-device")) {
    return make_due_watch(rules, {.property = "V5",
                                  .timeout = true,
                                  .all_idle = true,
                                  .slack = kSerialDeviceSleep,
                                  .slack_of_longest_batch = true});
  }
  if (shared_in_order(rules)) {
    return make_due_watch(rules, {.property = "V5",
                                  .full = true,
                                  .timeout = true,
                                  .closed = true,
                                  .after_recovery = true,
                                  .slack = poll_interval(rules)});
  }
  return nullptr;
}

class Recovery final : public Checker {
 public:
  explicit Recovery(const RunRules& rules)
      : view_(rules), due_(due_watch(rules)), polls_(poll_interval(rules) > SimDuration{0}) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    if (!polls_ && !line.is_input && line.decision.kind == DecisionKind::kStart) {
      const std::optional<LaneId> lowest = view_.lowest_idle_lane();
      if (lowest && *lowest < line.decision.lane) {
        found.add({.property = "V5",
                   .found = "started on lane " + std::to_string(raw(line.decision.lane)) +
                            " while lane " + std::to_string(raw(*lowest)) + " is up and idle",
                   .batch = line.decision.batch,
                   .queue = line.decision.queue,
                   .lane = lowest,
                   .at = run.now,
                   .line = run.lines.size() - 1});
      }
    }
    view_.take(run);
    if (due_ != nullptr) {
      due_->after_line(run, found);
    }
  }

  void at_end(const RunRecord& run, Violations& found) override {
    if (due_ != nullptr) {
      due_->at_end(run, found);
    }
  }

 private:
  WaitingView view_;
  std::unique_ptr<Checker> due_;
  bool polls_;
};

}  // namespace

Property v5_recovery() {
  return {.id = "V5",
          .name = "recovery",
          .formula = "each start takes the lowest idle lane; with a batch due, not all lanes idle",
          .source = "verification 3.3 V5; TF 2.5 rule 3, 3.1, 3.2",
          .kind = PropertyClass::kLiveness,
          .star = true,
          .not_checked = [](const RunRules& rules) -> std::string_view {
            if (!has_lines(rules)) {
              return kNoLines;
            }
            return rules.scheduler.starts_with("tf-") || rules.scheduler == "naive-full-batch"
                       ? ""
                       : "which idle lane it takes is its own affair";
          },
          .make = [](const RunRules& rules) -> std::unique_ptr<Checker> {
            return std::make_unique<Recovery>(rules);
          }};
}

}  // namespace lockstep

// S7: a lane has at most one batch, and none starts on a lane that is down.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "properties/checkers/judge.h"
#include "properties/checkers/safety.h"

namespace lockstep {
namespace {

class LaneExclusivity final : public Checker {
 public:
  explicit LaneExclusivity(const RunRules& rules) : lanes_(rules.lane_count) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    if (!line.is_input) {
      decision(run, line.decision, found);
      return;
    }
    leave_lane_down_step(run, found);
    const std::uint32_t number = raw(line.input.lane);
    const bool of_lane = line.input.kind == InputKind::kBatchDone ||
                         line.input.kind == InputKind::kLaneDown ||
                         line.input.kind == InputKind::kLaneUp;
    if (!of_lane) {
      return;
    }
    if (number >= lanes_.size()) {
      found.add(broken("S7", run, "there is no such lane", {.lane = line.input.lane}));
      return;
    }
    Lane& lane = lanes_[number];
    if (line.input.kind == InputKind::kBatchDone) {
      if (lane.running != line.input.batch) {
        found.add(broken("S7", run, "a batch is done that its lane does not run",
                         {.batch = line.input.batch, .lane = line.input.lane}));
      }
      lane.running.reset();
    } else {
      lane.down = line.input.kind == InputKind::kLaneDown;
      if (lane.down) {
        went_down_ = number;
      }
    }
  }

  void at_end(const RunRecord& run, Violations& found) override {
    if (run.rules.parts.lines) {
      return;
    }
    // From the batches alone: spans on one lane may touch, and not overlap.
    std::vector<const RecordedBatch*> batches;
    for (const RecordedBatch& batch : run.batches) {
      batches.push_back(&batch);
    }
    std::stable_sort(batches.begin(), batches.end(), [](const auto* a, const auto* b) {
      return a->lane != b->lane ? a->lane < b->lane : a->started < b->started;
    });
    for (std::size_t i = 1; i < batches.size(); ++i) {
      const RecordedBatch& before = *batches[i - 1];
      if (before.lane == batches[i]->lane && before.done.value_or(kForever) > batches[i]->started) {
        found.add(broken(
            "S7", run, "started while batch " + std::to_string(raw(before.id)) + " ran on its lane",
            {.batch = batches[i]->id, .lane = before.lane, .at = batches[i]->started}));
      }
    }
  }

 private:
  struct Lane {
    std::optional<BatchId> running{};
    bool down = false;
    bool sealed = true;
  };

  void decision(const RunRecord& run, const Decision& decision, Violations& found) {
    if (decision.kind == DecisionKind::kSeal) {
      const RecordedBatch* batch = run.batch(decision.batch);
      if (batch != nullptr && raw(batch->lane) < lanes_.size()) {
        lanes_[raw(batch->lane)].sealed = true;
      }
    }
    if (decision.kind != DecisionKind::kStart) {
      return;
    }
    const Where where{.batch = decision.batch, .queue = decision.queue, .lane = decision.lane};
    if (raw(decision.lane) >= lanes_.size()) {
      found.add(broken("S7", run, "there is no such lane", where));
      return;
    }
    Lane& lane = lanes_[raw(decision.lane)];
    if (lane.running) {
      found.add(
          broken("S7", run,
                 "started while batch " + std::to_string(raw(*lane.running)) + " runs on its lane",
                 where));
    }
    if (lane.down) {
      found.add(broken("S7", run, "started on a lane that is down", where));
    }
    lane.running = decision.batch;
    lane.sealed = decision.sealed;
  }

  // core/scheduler.h, rule 8: what fills on a lane that goes down is sealed in that step.
  void leave_lane_down_step(const RunRecord& run, Violations& found) {
    if (went_down_ && lanes_[*went_down_].running && !lanes_[*went_down_].sealed) {
      found.add(broken("S7", run, "goes on filling on a lane that went down",
                       {.batch = lanes_[*went_down_].running, .lane = LaneId{*went_down_}}));
    }
    went_down_.reset();
  }

  std::vector<Lane> lanes_;
  std::optional<std::uint32_t> went_down_;  // in this step
};

}  // namespace

Property s7_lane_exclusivity() {
  return {.id = "S7",
          .name = "one-batch-per-lane",
          .formula =
              "at most one batch on a lane at any instant; nothing starts on a lane that is "
              "down",
          .source = "verification 3.1 S7; core/scheduler.h, rules 2 and 8",
          .kind = PropertyClass::kSafety,
          .star = true,
          .not_checked = needs_batches,
          .make = make_checker<LaneExclusivity>};
}

}  // namespace lockstep

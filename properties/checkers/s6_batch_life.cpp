// S6: a batch is started, sealed, executed and answered, each once and in this order; its members
// are frozen once it is sealed.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "properties/checkers/judge.h"
#include "properties/checkers/safety.h"

namespace lockstep {
namespace {

class BatchLife final : public Checker {
 public:
  explicit BatchLife(const RunRules& /*rules*/) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    if (line.is_input) {
      just_done_.reset();  // what it did not answer in that step it never can
      if (line.input.kind == InputKind::kBatchDone) {
        step(run, line.input.batch, Stage::kSealed, Stage::kDone, "done", found);
        just_done_ = line.input.batch;
        if (const RecordedBatch* batch = run.batch(line.input.batch);
            batch != nullptr && batch->lane != line.input.lane) {
          found.add(broken("S6", run, "done on another lane than it started on",
                           {.batch = batch->id, .lane = line.input.lane}));
        }
      }
      return;
    }
    const Decision& decision = line.decision;
    switch (decision.kind) {
      case DecisionKind::kStart:
        if (raw(decision.batch) != stages_.size()) {
          found.add(broken("S6", run,
                           "started as batch " + std::to_string(raw(decision.batch)) +
                               ", the next one is " + std::to_string(stages_.size()),
                           {.batch = decision.batch, .lane = decision.lane}));
        }
        stages_.push_back(decision.sealed ? Stage::kSealed : Stage::kOpen);
        break;
      case DecisionKind::kAdd:
        step(run, decision.batch, Stage::kOpen, Stage::kOpen, "joined", found);
        break;
      case DecisionKind::kSeal:
        step(run, decision.batch, Stage::kOpen, Stage::kSealed, "sealed", found);
        break;
      case DecisionKind::kFinishBatch:
        step(run, decision.batch, Stage::kDone, Stage::kAnswered, "answered", found);
        if (just_done_ != decision.batch) {
          found.add(broken("S6", run, "answered in another step than it was done",
                           {.batch = decision.batch}));
        }
        break;
      case DecisionKind::kFinish:
      case DecisionKind::kWake:
        break;
    }
  }

 private:
  enum class Stage : std::uint8_t { kOpen, kSealed, kDone, kAnswered };

  void step(const RunRecord& run, BatchId id, Stage from, Stage to, const char* what,
            Violations& found) {
    static constexpr const char* kStages[] = {"is filling", "is sealed", "is done", "is answered"};
    if (raw(id) >= stages_.size()) {
      found.add(broken("S6", run, std::string(what) + ", but never started", {.batch = id}));
      return;
    }
    Stage& stage = stages_[raw(id)];
    if (stage != from) {
      found.add(broken("S6", run,
                       std::string(what) + " while it " + kStages[static_cast<std::size_t>(stage)],
                       {.batch = id}));
    }
    stage = to;
  }

  std::vector<Stage> stages_;  // by batch
  std::optional<BatchId> just_done_;
};

}  // namespace

Property s6_batch_life() {
  return {.id = "S6",
          .name = "batch-life",
          .formula =
              "started, sealed, done, answered: each once, in this order; no member joins "
              "after the seal",
          .source = "verification 3.1 S6; core/scheduler.h, rules 2 and 3",
          .kind = PropertyClass::kSafety,
          .star = true,
          .not_checked = needs_lines,
          .make = make_checker<BatchLife>};
}

}  // namespace lockstep

// L8: at one instant a scheduler causes only so many inputs as there are causes for.
//
// A wake-up lies after the instant that asks for it (core/scheduler.h, rule 4), so one instant has
// one timer at most. A batch that is done ran before, or was started at that instant; batches with
// members are as many as pieces at most, and a batch without members is opened only when a request,
// a closing or a timer closed the one before it (TF 2.14): never more than two for each of these.
// So no run spins in place: a loop without end at one instant breaks one of the three.
#include <memory>
#include <string>

#include "properties/checkers/domain.h"
#include "properties/checkers/latency.h"

namespace lockstep {
namespace {

class BoundedSteps final : public Checker {
 public:
  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    if (line.is_input) {
      note(line.input);
    } else if (line.decision.kind == DecisionKind::kStart) {
      ++started_;
      empty_ += line.members.empty() && line.decision.sealed ? 1u : 0u;
      filling_ += line.decision.sealed ? 0u : 1u;
    }
    const std::uint64_t empty_max = 2 * causes_ + run.rules.lane_count;
    if (timers_ > 1) {
      add(run, "wakes itself " + std::to_string(timers_) + " times at one instant", found);
    } else if (done_ > running_ + started_) {
      add(run,
          std::to_string(done_) + " batches are done at one instant, of " +
              std::to_string(running_ + started_),
          found);
    } else if (empty_ + filling_ > empty_max) {
      add(run,
          std::to_string(empty_ + filling_) + " batches opened without a request > " +
              std::to_string(empty_max),
          found);
    }
  }

 private:
  void note(const Input& input) {
    if (input.now > now_) {
      now_ = input.now;
      running_ = running_ + started_ - done_;
      timers_ = 0;
      done_ = 0;
      started_ = 0;
    }
    timers_ += input.kind == InputKind::kTimer ? 1u : 0u;
    done_ += input.kind == InputKind::kBatchDone ? 1u : 0u;
    causes_ += input.kind == InputKind::kBatchDone || input.kind == InputKind::kStepDone ? 0u : 1u;
  }

  static void add(const RunRecord& run, std::string what, Violations& found) {
    found.add(
        {.property = "L8", .found = std::move(what), .at = run.now, .line = run.lines.size() - 1});
  }

  SimTime now_ = SimTime::min();
  std::uint64_t running_ = 0;  // when this instant began
  std::uint64_t started_ = 0;  // at this instant, like the next two
  std::uint64_t done_ = 0;
  std::uint64_t timers_ = 0;
  std::uint64_t causes_ = 0;  // in the whole run, like the next two
  std::uint64_t empty_ = 0;
  std::uint64_t filling_ = 0;
};

}  // namespace

Property l8_bounded_steps() {
  return {.id = "L8",
          .name = "bounded-steps",
          .formula =
              "one instant: timers <= 1, batches done <= running + started; batches opened "
              "empty <= 2 * causes + lanes",
          .source = "verification 3.2 L8; core/scheduler.h rule 4; TF 2.14",
          .kind = PropertyClass::kLatency,
          .star = true,
          .not_checked = [](const RunRules& rules) -> std::string_view {
            return has_lines(rules) ? "" : kNoLines;
          },
          .make = [](const RunRules&) -> std::unique_ptr<Checker> {
            return std::make_unique<BoundedSteps>();
          }};
}

}  // namespace lockstep

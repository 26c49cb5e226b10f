// V4: a scheduler does not keep waking itself while nothing moves.
//
// Temperature: wake-ups of its own in a row, without another input and without a decision but the
// next wake-up. Each right one stands for something that was there: a batch that was made (its
// time-out may pass after it left, TF 3.1), a lane's thread that looks (TF 2.5, 3.2), a try of a
// refused request (TF 2.15). So the temperature stays below
//   arrivals + lanes + 2, and with the retrier max_time / delay + 2 more for each who waits.
#include <memory>
#include <string>

#include "properties/checkers/domain.h"
#include "properties/checkers/liveness.h"

namespace lockstep {
namespace {

class NoLivelock final : public Checker {
 public:
  explicit NoLivelock(const RunRules& rules) {
    if (retries(rules)) {
      const std::int64_t delay = rules.integer("retry_delay_micros").value_or(0);
      const std::int64_t time = rules.integer("max_time_micros").value_or(0);
      tries_ = static_cast<std::uint64_t>(delay > 0 ? time / delay + 2 : 2);
    }
  }

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    if (!line.is_input) {
      heat_ = line.decision.kind == DecisionKind::kWake ? heat_ : 0;
      return;
    }
    heat_ = line.input.kind == InputKind::kTimer ? heat_ + 1 : 0;
    const std::uint64_t arrivals = run.requests.size();
    const std::uint64_t most = arrivals + run.rules.lane_count + 2 + tries_ * arrivals;
    // The newest wake-up has not been answered yet.
    if (heat_ > most + 1) {
      found.add({.property = "V4",
                 .found = "woke itself " + std::to_string(heat_ - 1) +
                          " times in a row, and nothing moved; at most " + std::to_string(most) +
                          " have a cause",
                 .at = run.now,
                 .line = run.lines.size() - 1});
    }
  }

 private:
  std::uint64_t heat_ = 0;
  std::uint64_t tries_ = 0;  // of one refused request
};

}  // namespace

Property v4_no_livelock() {
  return {.id = "V4",
          .name = "no-livelock",
          .formula = "wake-ups in a row at which nothing moves <= arrivals + lanes + 2 (+ retries)",
          .source = "verification 3.3 V4; TF 2.5, 2.15, 3.1, 3.2",
          .kind = PropertyClass::kLiveness,
          .star = true,
          .not_checked = [](const RunRules& rules) -> std::string_view {
            return has_lines(rules) ? "" : kNoLines;
          },
          .make = [](const RunRules& rules) -> std::unique_ptr<Checker> {
            return std::make_unique<NoLivelock>(rules);
          }};
}

}  // namespace lockstep

// O2: the time that each lane is busy is the sum of the times of its batches; the rest it is idle
// or down.
//
// Busy time is counted from the lines, once however many batches claim the lane, and the times of
// the batches are theirs: so two batches on one lane at once, a batch that ends on another lane,
// and time that is counted twice or not at all break it, to the nanosecond.
#include <memory>
#include <string>
#include <vector>

#include "properties/checkers/domain.h"
#include "properties/checkers/identities.h"

namespace lockstep {
namespace {

class Utilisation final : public Checker {
 public:
  void at_end(const RunRecord& run, Violations& found) override {
    if (run.lines.empty()) {
      return;
    }
    std::vector<Lane> lanes(run.lanes.size());
    SimTime now{};
    for (const JournalLine& line : run.lines) {
      now = line.is_input ? line.input.now : now;
      if (line.is_input && line.input.kind == InputKind::kBatchDone) {
        change(lanes, line.input.lane, now, false);
      } else if (!line.is_input && line.decision.kind == DecisionKind::kStart) {
        change(lanes, line.decision.lane, now, true);
      }
    }
    std::vector<SimDuration> services(lanes.size());
    for (const RecordedBatch& batch : run.batches) {
      if (raw(batch.lane) < services.size()) {
        services[raw(batch.lane)] += batch.done.value_or(run.now) - batch.started;
      }
    }
    for (std::uint32_t lane = 0; lane < lanes.size(); ++lane) {
      change(lanes, LaneId{lane}, run.now, lanes[lane].busy);
      if (lanes[lane].busy_time != services[lane]) {
        found.add({.property = "O2",
                   .found = "busy for " + to_text(lanes[lane].busy_time) +
                            ", while its batches took " + to_text(services[lane]),
                   .lane = LaneId{lane},
                   .at = run.now,
                   .line = run.lines.size() - 1});
      }
    }
  }

 private:
  struct Lane {
    bool busy = false;
    SimTime since{};
    SimDuration busy_time{0};
  };

  static void change(std::vector<Lane>& lanes, LaneId id, SimTime now, bool busy) {
    if (raw(id) >= lanes.size()) {
      return;
    }
    Lane& lane = lanes[raw(id)];
    lane.busy_time += lane.busy ? now - lane.since : SimDuration{0};
    lane.busy = busy;
    lane.since = now;
  }
};

}  // namespace

Property o2_utilisation() {
  return {.id = "O2",
          .name = "utilisation",
          .formula = "by lane: busy time = sum of (done - started) of its batches",
          .source = "verification 3.5 O2",
          .kind = PropertyClass::kIdentity,
          .not_checked = [](const RunRules& rules) -> std::string_view {
            return has_lines(rules) ? "" : kNoLines;
          },
          .make = [](const RunRules&) -> std::unique_ptr<Checker> {
            return std::make_unique<Utilisation>();
          }};
}

}  // namespace lockstep

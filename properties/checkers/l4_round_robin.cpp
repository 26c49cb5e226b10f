// L4: queues take turns: while one has a batch that is due, no other is served twice.
//
// So the numbers of batches of any two queues differ by at most one over any interval in which both
// have batches that are due, for any number of lanes; and a queue waits for at most n - 1 batches
// of others. The cursor moves past each queue asked, so it meets one that yields before it comes
// round again (TF 2.4).
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "properties/checkers/domain.h"
#include "properties/checkers/due_queue.h"
#include "properties/checkers/latency.h"
#include "properties/checkers/waiting_view.h"

namespace lockstep {
namespace {

class RoundRobin final : public Checker {
 public:
  explicit RoundRobin(const RunRules& rules) : rules_(rules), view_(rules) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    const bool starts = !line.is_input && line.decision.kind == DecisionKind::kStart;
    view_.take(run);
    if (!starts) {
      return;
    }
    const QueueId served = line.decision.queue;
    if (raw(served) >= passed_over_.size()) {
      passed_over_.resize(raw(served) + std::size_t{1});
    }
    std::vector<Passed>& passed = passed_over_[raw(served)];
    for (const Passed& one : passed) {
      if (view_.started_count(one.queue) == one.started && view_.waiting_count(one.queue) > 0) {
        found.add({.property = "L4",
                   .found = "queue " + std::to_string(raw(served)) +
                            " is served twice while queue " + std::to_string(raw(one.queue)) +
                            " has a batch that is due",
                   .batch = line.decision.batch,
                   .queue = one.queue,
                   .lane = line.decision.lane,
                   .at = run.now,
                   .line = run.lines.size() - 1});
        break;
      }
    }
    passed.clear();
    for (std::uint32_t queue = 0; queue < view_.queue_count(); ++queue) {
      if (queue != raw(served) && has_due_batch(rules_, view_, QueueId{queue})) {
        passed.push_back({QueueId{queue}, view_.started_count(QueueId{queue})});
      }
    }
  }

 private:
  // Passed over at the last start of some queue: it was due then, after so many of its batches.
  struct Passed {
    QueueId queue{0};
    std::uint64_t started = 0;
  };

  RunRules rules_;
  WaitingView view_;
  std::vector<std::vector<Passed>> passed_over_;  // by the queue that was served
};

}  // namespace

Property l4_round_robin() {
  return {.id = "L4",
          .name = "round-robin",
          .formula = "between two starts of one queue, every queue that has been due is served",
          .source = "verification 3.2 L4; TF 2.4",
          .kind = PropertyClass::kLatency,
          .star = true,
          .not_checked = [](const RunRules& rules) -> std::string_view {
            if (!has_lines(rules)) {
              return kNoLines;
            }
            if (rules.promises.takes_turns) {
              return says_when_due(rules) ? "" : kNotSaid;
            }
            if (!is_scheduler(rules, "tf-shared")) {
              return "its queues do not take turns: batches go by age or score (TF 2.16, 3.1)";
            }
            if (rules.flag("rank_queues")) {
              return "rank_queues: the smallest (priority, time) goes first (TF 2.4)";
            }
            return shared_in_order(rules) ? ""
                                          : "with priorities or retries, what is due is not only "
                                            "what waits (TF 2.7, 2.11, 2.15)";
          },
          .make = [](const RunRules& rules) -> std::unique_ptr<Checker> {
            return std::make_unique<RoundRobin>(rules);
          }};
}

}  // namespace lockstep

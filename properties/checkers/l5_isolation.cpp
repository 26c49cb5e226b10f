// L5: a queue that is full or stalled refuses nobody of another queue.
//
// Capacity is per queue (TF 2.1 step 3; 2.11; 3.1; 3.2): a request that fits one batch together
// with all that waits in its own queue is never refused as "full". That it is not delayed either,
// beyond its turn, is L4's. (tf-jit and tf-streaming share one room among all queues: TF 2.14,
// 2.16.)
#include <memory>
#include <string>

#include "properties/checkers/domain.h"
#include "properties/checkers/latency.h"
#include "properties/checkers/waiting_view.h"

namespace lockstep {
namespace {

class Isolation final : public Checker {
 public:
  explicit Isolation(const RunRules& rules) : rules_(rules), view_(rules) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    if (!line.is_input && line.decision.kind == DecisionKind::kFinish &&
        line.decision.reason == Reason::kQueueFull) {
      judge(run, line, found);
    }
    view_.take(run);
  }

 private:
  // The refused request still counts among those that wait.
  void judge(const RunRecord& run, const JournalLine& line, Violations& found) const {
    const WaitingView::Waiting* request = view_.request(line.request);
    if (request == nullptr || !request->waits) {
      return;
    }
    const auto rows = static_cast<std::int64_t>(view_.waiting_rows(request->queue));
    const std::int64_t room = room_of(*request);
    if (rows > room) {
      return;
    }
    found.add({.property = "L5",
               .found = "refused as full, with " + std::to_string(rows) +
                        " rows waiting in its "
                        "own queue, its own included; " +
                        std::to_string(room) + " always fit",
               .request = line.request,
               .queue = request->queue,
               .at = run.now,
               .line = run.lines.size() - 1});
  }

  // So many rows of one queue are never too many.
  [[nodiscard]] std::int64_t room_of(const WaitingView::Waiting& request) const {
    const std::int64_t batch = *rules_.of(request.queue).batch_rows_max;
    if (rules_.flag(request.queue, "enable_priority_aware_batch_scheduler")) {
      return rules_.integer(request.queue, "max_queue_depth").value_or(0);
    }
    if (rules_.flag(request.queue, "enable_priority_queue") && is_low_priority(request.priority)) {
      return 0;  // the low-priority room may be smaller than a batch (TF 2.7)
    }
    // A limit on requests closes batches that are not full (TF 3.1).
    return is_scheduler(rules_, "tf-adaptive") && view_.waiting_count(request.queue) > 1 ? 0
                                                                                         : batch;
  }

  RunRules rules_;
  WaitingView view_;
};

}  // namespace

Property l5_isolation() {
  return {
      .id = "L5",
      .name = "isolation",
      .formula = "refused as full => own queue: waiting rows + own rows > one batch",
      .source = "verification 3.2 L5; TF 2.1 step 3, 2.11, 3.1, 3.2",
      .kind = PropertyClass::kLatency,
      .star = true,
      .not_checked = [](const RunRules& rules) -> std::string_view {
        if (!has_lines(rules)) {
          return kNoLines;
        }
        if (retries(rules)) {
          return kRetries;
        }
        const bool promised = rules.promises.isolates_queues && rules.other_queues.batch_rows_max;
        return promised || is_scheduler(rules, "tf-shared") || is_scheduler(rules, "tf-adaptive") ||
                       is_scheduler(rules, "tf-serial-device")
                   ? ""
                   : "its queues share one room, or have none (TF 2.14, 2.16)";
      },
      .make = [](const RunRules& rules) -> std::unique_ptr<Checker> {
        return std::make_unique<Isolation>(rules);
      }};
}

}  // namespace lockstep

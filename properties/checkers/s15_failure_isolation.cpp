// S15: how the device ended a batch is how the batch is answered, for its members and for nobody
// else; a request of several batches has the first failure among them.
#include <cstdint>
#include <string>
#include <vector>

#include "properties/checkers/judge.h"
#include "properties/checkers/registered_rules.h"
#include "properties/checkers/safety.h"

namespace lockstep {
namespace {

class FailureIsolation final : public Checker {
 public:
  explicit FailureIsolation(const RunRules& rules) : registered_(rules) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    if (line.is_input || line.decision.kind != DecisionKind::kFinishBatch) {
      return;
    }
    const RecordedBatch* batch = run.batch(line.decision.batch);
    if (batch == nullptr) {
      return;
    }
    const bool known = registered_.kind != SchedulerKind::kOther;
    const Status device = batch->status;
    const Decision& decision = line.decision;
    bool right = true;
    if (device != Status::kOk) {
      right = known ? decision.status == device && decision.reason == batch_end_reason(device)
                    : decision.status != Status::kOk;
    } else if (known && !registered_.session) {  // a session has words of its own: S11
      right = decision.status == Status::kOk && decision.reason == Reason::kAnswered;
    }
    if (!right) {
      found.add(broken("S15", run,
                       "its device ended it " + std::string(status_name(device)) +
                           ", it was answered " + std::string(status_name(decision.status)) + " (" +
                           std::string(reason_name(decision.reason)) + ")",
                       {.batch = batch->id, .lane = batch->lane}));
    }
  }

  void at_end(const RunRecord& run, Violations& found) override {
    if (registered_.kind == SchedulerKind::kOther || registered_.session) {
      return;
    }
    std::vector<const RecordedBatch*> failed(run.requests.size());  // the first one, by request
    for (const RecordedBatch& batch : run.batches) {
      for (const RecordedPiece& piece : batch.pieces) {
        if (batch.done && batch.status != Status::kOk && raw(piece.request) < failed.size()) {
          const RecordedBatch*& first = failed[raw(piece.request)];
          first = first == nullptr || batch.done_line < first->done_line ? &batch : first;
        }
      }
    }
    for (std::uint64_t id = 0; id < run.requests.size(); ++id) {
      const RecordedRequest& request = run.requests[id];
      if (!request.end || !request.end->batch) {
        continue;
      }
      const Status expected = failed[id] == nullptr ? Status::kOk : failed[id]->status;
      if (request.end->status != expected || request.end->reason != batch_end_reason(expected)) {
        found.add(broken("S15", run,
                         "answered " + std::string(status_name(request.end->status)) + " (" +
                             std::string(reason_name(request.end->reason)) +
                             "), its batches ended " + std::string(status_name(expected)),
                         {.request = RequestId{id},
                          .batch = request.end->batch,
                          .at = request.end->at,
                          .line = request.end->line}));
      }
    }
  }

 private:
  RegisteredRules registered_;
};

}  // namespace

Property s15_failure_isolation() {
  return {.id = "S15",
          .name = "failures-stay-where-they-are",
          .formula =
              "status(b) is that of its device; it ends the members of b, the first failure "
              "of a request wins, and nobody else",
          .source = "verification 3.1 S15; TF 2.6; docs/faults.md",
          .kind = PropertyClass::kSafety,
          .star = true,
          .not_checked = needs_lines,
          .make = make_checker<FailureIsolation>};
}

}  // namespace lockstep

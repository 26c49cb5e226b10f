// S1: at every instant accepted = queued + in flight + ended, and each accepted request ends
// exactly once, after it was accepted.
#include <cstdint>
#include <memory>
#include <string>

#include "properties/checkers/safety.h"

namespace lockstep {
namespace {

class Conservation final : public Checker {
 public:
  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    if (!line.is_input && line.decision.kind == DecisionKind::kFinish &&
        line.request == kUnknownRequest) {
      found.add({.property = "S1",
                 .found = "a request that does not live was ended",
                 .at = run.now,
                 .line = run.lines.size() - 1});
    }
    for (const JournalMember& member : line.members) {
      const RecordedRequest* request = run.request(member.request);
      if (request == nullptr || request->end_count > 0) {
        found.add({.property = "S1",
                   .found = "a request that does not live was put into a batch",
                   .batch = line.decision.batch,
                   .at = run.now,
                   .line = run.lines.size() - 1});
        return;
      }
    }
  }

  void at_end(const RunRecord& run, Violations& found) override {
    for (std::uint64_t id = 0; id < run.requests.size(); ++id) {
      const RecordedRequest& request = run.requests[id];
      if (request.end_count > 1) {
        found.add({.property = "S1",
                   .found = "ended " + std::to_string(request.end_count) + " times",
                   .request = RequestId{id},
                   .at = request.end->at,
                   .line = request.end->line});
      }
      if (request.end_count == 0 && !request.unanswered && run.rules.parts.complete) {
        found.add({.property = "S1",
                   .found = "neither ended nor alive at the end",
                   .request = RequestId{id},
                   .at = run.now});
      }
    }
  }
};

}  // namespace

Property s1_conservation() {
  return {.id = "S1",
          .name = "ended-exactly-once",
          .formula = "accepted = queued + in flight + ended at every instant; one end each",
          .source = "verification 3.1 S1",
          .kind = PropertyClass::kSafety,
          .star = true,
          .make = [](const RunRules&) -> std::unique_ptr<Checker> {
            return std::make_unique<Conservation>();
          }};
}

}  // namespace lockstep

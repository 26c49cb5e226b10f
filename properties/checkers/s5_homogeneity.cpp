// S5: one batch, one queue: every member was sent to the queue of its batch.
#include <string>

#include "properties/checkers/judge.h"
#include "properties/checkers/safety.h"

namespace lockstep {
namespace {

class Homogeneity final : public Checker {
 public:
  explicit Homogeneity(const RunRules& /*rules*/) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    if (line.members.empty()) {
      return;
    }
    if (const RecordedBatch* batch = run.batch(line.decision.batch); batch != nullptr) {
      for (const JournalMember& member : line.members) {
        judge(run, *batch, member.request, run.lines.size() - 1, found);
      }
    }
  }

  void at_end(const RunRecord& run, Violations& found) override {
    for (std::size_t i = 0; !run.rules.parts.lines && i < run.batches.size(); ++i) {
      for (const RecordedPiece& piece : run.batches[i].pieces) {
        judge(run, run.batches[i], piece.request, run.batches[i].start_line, found);
      }
    }
  }

 private:
  static void judge(const RunRecord& run, const RecordedBatch& batch, RequestId member,
                    std::size_t line, Violations& found) {
    const RecordedRequest* request = run.request(member);
    if (request != nullptr && request->arrival.queue != batch.queue) {
      found.add(broken("S5", run,
                       "a request of queue " + std::to_string(raw(request->arrival.queue)) +
                           " in a batch of queue " + std::to_string(raw(batch.queue)),
                       {.request = member,
                        .batch = batch.id,
                        .queue = batch.queue,
                        .lane = batch.lane,
                        .line = line}));
    }
  }
};

}  // namespace

Property s5_homogeneity() {
  return {.id = "S5",
          .name = "one-batch-one-queue",
          .formula = "for every member r of b: queue(r) = queue(b)",
          .source = "verification 3.1 S5; TF 2.0",
          .kind = PropertyClass::kSafety,
          .star = true,
          .not_checked = needs_batches,
          .make = make_checker<Homogeneity>};
}

}  // namespace lockstep

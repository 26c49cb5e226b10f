// S2: an answer comes from work: each row of an answered request was executed exactly once, in
// order, in batches that ended OK at the answer or before; nobody is answered by another's batch.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "properties/checkers/judge.h"
#include "properties/checkers/safety.h"

namespace lockstep {
namespace {

class Provenance final : public Checker {
 public:
  explicit Provenance(const RunRules& /*rules*/) {}

  void at_end(const RunRecord& run, Violations& found) override {
    facts_.assign(run.requests.size(), {});
    for (const RecordedBatch& batch : run.batches) {
      add(run, batch, found);
    }
    for (std::uint64_t id = 0; id < run.requests.size(); ++id) {
      if (run.requests[id].end) {
        judge(run, RequestId{id}, found);
      }
    }
  }

 private:
  // Of a request, from its pieces in the order of their batches.
  struct Facts {
    std::uint64_t rows = 0;     // executed, in order
    bool in_order = true;       // each piece begins where the last one ended
    bool all_ok = true;         // all their batches ended OK and were not skipped
    bool ended_by_own = false;  // it has a piece in the batch that ended it
    SimTime done{};             // when the last of its batches ended
    std::uint64_t pieces = 0;
  };

  void add(const RunRecord& run, const RecordedBatch& batch, Violations& found) {
    for (const RecordedPiece& piece : batch.pieces) {
      if (run.request(piece.request) == nullptr) {
        found.add(broken("S2", run, "a batch executes rows of a request that never came",
                         {.batch = batch.id, .at = batch.started, .line = batch.start_line}));
        continue;
      }
      Facts& facts = facts_[raw(piece.request)];
      facts.in_order = facts.in_order && piece.first_row == facts.rows;
      facts.rows += piece.rows;
      facts.all_ok = facts.all_ok && batch.done && batch.sealed && batch.status == Status::kOk &&
                     batch.reason != Reason::kExpired;
      facts.done = std::max(facts.done, batch.done.value_or(kForever));
      ++facts.pieces;
      const RecordedEnd* end =
          run.request(piece.request)->end ? &*run.request(piece.request)->end : nullptr;
      facts.ended_by_own =
          facts.ended_by_own || (end != nullptr && end->batch && *end->batch == batch.id);
    }
  }

  void judge(const RunRecord& run, RequestId id, Violations& found) {
    const RecordedRequest& request = run.requests[raw(id)];
    const RecordedEnd& end = *request.end;
    const Facts& facts = facts_[raw(id)];
    const auto wrong = [&](std::string text) {
      found.add(broken("S2", run, std::move(text),
                       {.request = id, .batch = end.batch, .at = end.at, .line = end.line}));
    };
    if (end.batch && !facts.ended_by_own) {
      wrong("ended by a batch that it was not in");
    }
    if (end.status != Status::kOk) {
      return;
    }
    if (!end.batch || facts.pieces == 0) {
      wrong("answered without having been executed");
    } else if (!facts.in_order || facts.rows != request.arrival.size) {
      wrong("answered with " + std::to_string(facts.rows) + " rows executed of " +
            std::to_string(request.arrival.size) + (facts.in_order ? "" : ", out of order"));
    } else if (!facts.all_ok) {
      wrong("answered OK from a batch that did not end OK");
    } else if (facts.done > end.at || (run.rules.parts.lines && facts.done != end.at)) {
      wrong("answered at " + to_text(end.at - SimTime{}) + ", its last batch ended at " +
            to_text(facts.done - SimTime{}));
    }
  }

  std::vector<Facts> facts_;  // by request
};

}  // namespace

Property s2_provenance() {
  return {.id = "S2",
          .name = "answers-come-from-work",
          .formula =
              "answered OK: each row executed once, in order, in batches that ended OK; the "
              "last of them at the answer",
          .source = "verification 3.1 S2",
          .kind = PropertyClass::kSafety,
          .not_checked = needs_batches,
          .make = make_checker<Provenance>};
}

}  // namespace lockstep

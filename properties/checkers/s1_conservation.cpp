// S1: at every instant accepted = queued + in flight + ended, and each accepted request ends
// exactly once, after it was accepted.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "properties/checkers/decided_ends.h"
#include "properties/checkers/judge.h"
#include "properties/checkers/safety.h"

namespace lockstep {
namespace {

class Conservation final : public Checker {
 public:
  explicit Conservation(const RunRules& /*rules*/) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    if (line.is_input && line.input.kind == InputKind::kArrive) {
      if (raw(line.request) + 1 != run.requests.size()) {
        found.add(broken("S1", run, "a request came twice", {.request = line.request}));
      }
      ++accepted_;
      ++queued_;
    } else if (!line.is_input && line.decision.kind == DecisionKind::kFinish) {
      finish(run, line, found);
    } else if (!line.is_input && line.decision.kind == DecisionKind::kFinishBatch) {
      finish_batch(run, line, found);
      return;  // the ends are looked at there
    }
    for (const JournalMember& member : line.members) {
      join(run, line, member, found);
    }
    ends_.after_line(run);
    balance(run, found);
  }

  void at_end(const RunRecord& run, Violations& found) override {
    std::uint64_t heard = 0;
    for (std::uint64_t id = 0; id < run.requests.size(); ++id) {
      const RecordedRequest& request = run.requests[id];
      const Where where{.request = RequestId{id}};
      heard += request.end_count > 0 ? 1u : 0u;
      if (request.end_count > 1) {
        found.add(
            broken("S1", run, "ended " + std::to_string(request.end_count) + " times",
                   {.request = RequestId{id}, .at = request.end->at, .line = request.end->line}));
      }
      if (request.end_count > 0 && request.end->at < request.arrival.time) {
        found.add(broken("S1", run, "ended before it came", where));
      }
      if (request.end_count > 0 && request.unanswered) {
        found.add(broken("S1", run, "ended, and alive at the end", where));
      }
      if (request.end_count == 0 && !request.unanswered && run.rules.parts.complete) {
        found.add(broken("S1", run, "neither ended nor alive at the end", where));
      }
    }
    // The server ends requests by itself, too, but none twice and none less.
    if (run.rules.parts.lines && run.rules.parts.complete &&
        heard < static_cast<std::uint64_t>(ended_)) {
      found.add(broken("S1", run,
                       std::to_string(ended_) + " requests were ended and " +
                           std::to_string(heard) + " clients heard of it"));
    }
  }

 private:
  void finish(const RunRecord& run, const JournalLine& line, Violations& found) {
    if (run.request(line.request) == nullptr) {
      found.add(broken("S1", run, "a request that does not live was ended"));
    } else if (ends_.of(line.request).ended || run.request(line.request)->end_count > 1) {
      found.add(broken("S1", run, "ended twice", {.request = line.request}));
    } else {
      ended(line.request);
    }
  }

  void finish_batch(const RunRecord& run, const JournalLine& line, Violations& found) {
    const RecordedBatch* batch = run.batch(line.decision.batch);
    if (batch == nullptr) {
      found.add(broken("S1", run, "a batch that never started was finished",
                       {.batch = line.decision.batch}));
    }
    std::vector<RequestId> live;
    for (std::size_t i = 0; batch != nullptr && i < batch->pieces.size(); ++i) {
      const RequestId id = batch->pieces[i].request;
      if (run.request(id) != nullptr && !ends_.of(id).ended) {
        live.push_back(id);
      }
    }
    ends_.after_line(run);
    std::sort(live.begin(), live.end());
    live.erase(std::unique(live.begin(), live.end()), live.end());
    for (const RequestId id : live) {
      if (ends_.of(id).ended) {
        ended(id);
      }
    }
    balance(run, found);
  }

  void join(const RunRecord& run, const JournalLine& line, const JournalMember& member,
            Violations& found) {
    const RecordedRequest* request = run.request(member.request);
    // An end that the clients heard counts, too: the server's own.
    if (request == nullptr || request->end_count > 0 || ends_.of(member.request).ended) {
      found.add(broken("S1", run, "a request that does not live was put into a batch",
                       {.batch = line.decision.batch}));
      return;
    }
    in_flight_ids_.resize(std::max<std::size_t>(in_flight_ids_.size(), run.requests.size()));
    if (!in_flight_ids_[raw(member.request)]) {
      in_flight_ids_[raw(member.request)] = true;
      --queued_;
      ++in_flight_;
    }
  }

  void ended(RequestId id) {
    const bool was_in_flight = raw(id) < in_flight_ids_.size() && in_flight_ids_[raw(id)];
    --(was_in_flight ? in_flight_ : queued_);
    ++ended_;
  }

  void balance(const RunRecord& run, Violations& found) {
    if (queued_ < 0 || in_flight_ < 0 || accepted_ != queued_ + in_flight_ + ended_) {
      found.add(broken("S1", run,
                       std::to_string(accepted_) + " accepted != " + std::to_string(queued_) +
                           " queued + " + std::to_string(in_flight_) + " in flight + " +
                           std::to_string(ended_) + " ended"));
    }
  }

  DecidedEnds ends_;
  std::vector<bool> in_flight_ids_;  // by request: in a started batch, or was
  std::int64_t accepted_ = 0;
  std::int64_t queued_ = 0;
  std::int64_t in_flight_ = 0;
  std::int64_t ended_ = 0;
};

}  // namespace

Property s1_conservation() {
  return {.id = "S1",
          .name = "ended-exactly-once",
          .formula = "accepted = queued + in flight + ended at every instant; one end each",
          .source = "verification 3.1 S1",
          .kind = PropertyClass::kSafety,
          .star = true,
          .make = make_checker<Conservation>};
}

}  // namespace lockstep

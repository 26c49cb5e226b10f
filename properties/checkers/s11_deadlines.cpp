// S11: a client's own deadline D = arrival + time-out, where options look at it.
//
// Lazy filtering (TF 2.11): nobody leaves at D or later; who expires by itself had a deadline that
// has passed. Batching session (TF 2.13): a batch is skipped exactly when the deadlines of all its
// members have passed, and its members end as the session says. Both to the nanosecond.
#include <algorithm>
#include <cstdint>
#include <string>

#include "properties/checkers/judge.h"
#include "properties/checkers/registered_rules.h"
#include "properties/checkers/safety.h"

namespace lockstep {
namespace {

// What a client without a time-out has with a session (TF 2.13, quirk 13).
constexpr SimDuration kSessionTimeout{std::int64_t{INT32_MAX} * 1000};
constexpr std::int64_t kNanosPerMilli = 1'000'000;

std::string text(SimTime time) {
  return to_text(time - SimTime{});
}

class Deadlines final : public Checker {
 public:
  explicit Deadlines(const RunRules& rules) : registered_(rules) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    if (line.is_input) {
      return;
    }
    if (line.decision.kind == DecisionKind::kStart) {
      for (const JournalMember& member : line.members) {
        left(run, line, member.request, found);
      }
      if (registered_.session) {
        session_start(run, line, found);
      }
    } else if (line.decision.kind == DecisionKind::kFinishBatch && registered_.session) {
      session_end(run, line.decision, found);
    } else if (line.decision.kind == DecisionKind::kFinish &&
               line.decision.reason == Reason::kExpired) {
      expired(run, line, found);
    }
  }

 private:
  [[nodiscard]] static SimTime deadline(const Arrival& arrival) {
    return arrival.timeout > SimDuration{0} ? after(arrival.time, arrival.timeout) : kForever;
  }

  void left(const RunRecord& run, const JournalLine& line, RequestId id, Violations& found) {
    const RecordedRequest* request = run.request(id);
    if (request == nullptr || !registered_.of(request->arrival.queue).lazy_filtering) {
      return;
    }
    if (const SimTime expires = deadline(request->arrival); expires <= run.now) {
      found.add(broken("S11", run,
                       "left at " + text(run.now) + ", its deadline was " + text(expires),
                       {.request = id, .batch = line.decision.batch}));
    }
  }

  void expired(const RunRecord& run, const JournalLine& line, Violations& found) {
    const RecordedRequest* request = run.request(line.request);
    if (request == nullptr) {
      return;
    }
    const SimTime expires = deadline(request->arrival);
    const bool known = registered_.kind != SchedulerKind::kOther;
    if (expires > run.now || (known && !registered_.of(request->arrival.queue).lazy_filtering) ||
        line.decision.status != Status::kDeadlineExceeded) {
      found.add(broken("S11", run,
                       "ended as expired with " + std::string(status_name(line.decision.status)) +
                           " at " + text(run.now) +
                           (expires == kForever ? std::string(", it has no deadline")
                                                : ", its deadline is " + text(expires)),
                       {.request = line.request}));
    }
  }

  [[nodiscard]] static SimTime latest(const RunRecord& run, const RecordedBatch& batch) {
    SimTime latest{};
    for (const RecordedPiece& piece : batch.pieces) {
      if (const RecordedRequest* request = run.request(piece.request); request != nullptr) {
        const Arrival& arrival = request->arrival;
        latest = std::max(
            latest, after(arrival.time,
                          arrival.timeout > SimDuration{0} ? arrival.timeout : kSessionTimeout));
      }
    }
    return latest;
  }

  void session_start(const RunRecord& run, const JournalLine& line, Violations& found) {
    const RecordedBatch* batch = run.batch(line.decision.batch);
    if (batch == nullptr || batch->pieces.empty()) {
      return;
    }
    const SimTime last = latest(run, *batch);
    const bool skipped = line.decision.reason == Reason::kExpired;
    if (skipped != (last <= run.now)) {
      found.add(broken("S11", run,
                       std::string(skipped ? "skipped" : "executed") + " at " + text(run.now) +
                           ", the latest deadline of its members is " + text(last),
                       {.batch = batch->id, .lane = batch->lane}));
    }
  }

  void session_end(const RunRecord& run, const Decision& decision, Violations& found) {
    const RecordedBatch* batch = run.batch(decision.batch);
    if (batch == nullptr || batch->status != Status::kOk || !batch->done || !batch->sealed) {
      return;  // a failure of the device comes first: S15
    }
    // The last moment in time; whole milliseconds, 0 is no limit.
    const std::int64_t limit_ms = (latest(run, *batch) - *batch->sealed).count() / kNanosPerMilli;
    const SimTime ends = limit_ms > 0 && !batch->pieces.empty()
                             ? after(*batch->sealed, SimDuration{limit_ms * kNanosPerMilli})
                             : kForever;
    const Status expected = batch->reason == Reason::kExpired ? Status::kResourceExhausted
                            : *batch->done > ends             ? Status::kDeadlineExceeded
                                                              : Status::kOk;
    const Reason why = expected == Status::kOk ? Reason::kAnswered : Reason::kExpired;
    if (decision.status != expected || decision.reason != why) {
      found.add(broken("S11", run,
                       "ended " + std::string(status_name(decision.status)) + " (" +
                           std::string(reason_name(decision.reason)) + "), the session says " +
                           std::string(status_name(expected)) + " (" +
                           std::string(reason_name(why)) + ")",
                       {.batch = batch->id, .lane = batch->lane}));
    }
  }

  RegisteredRules registered_;
};

}  // namespace

Property s11_deadlines() {
  return {.id = "S11",
          .name = "deadlines",
          .formula =
              "lazy filtering: leaves before D, expires at D or later; session: a batch is "
              "skipped iff all D have passed, late iff done after its latest D",
          .source = "verification 3.1 S11; TF 2.11, 2.13",
          .kind = PropertyClass::kSafety,
          .star = true,
          .not_checked = needs_lines,
          .make = make_checker<Deadlines>};
}

}  // namespace lockstep

// S12: a cancel either ends its request before it leaves, or comes too late and changes nothing.
//
// Who promises cancellable ends a request that has not left in the step of its cancel. Lazy
// filtering ends it when a batch is formed: it never leaves after its cancel (TF 2.11). All other
// registered schedulers are always too late.
#include <cstdint>
#include <optional>
#include <string>

#include "properties/checkers/judge.h"
#include "properties/checkers/registered_rules.h"
#include "properties/checkers/safety.h"

namespace lockstep {
namespace {

class Cancellation final : public Checker {
 public:
  explicit Cancellation(const RunRules& rules)
      : registered_(rules), cancellable_(rules.promises.cancellable) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    if (line.is_input) {
      if (asked_) {
        found.add(broken("S12", run, "its cancel came before it left, and was not honoured",
                         {.request = *asked_}));
      }
      asked_.reset();
      const RecordedRequest* request = run.request(line.request);
      if (cancellable_ && line.input.kind == InputKind::kCancel && request != nullptr &&
          request->piece_count == 0) {
        asked_ = line.request;
      }
      return;
    }
    if (line.decision.kind == DecisionKind::kFinish) {
      if (asked_ == line.request) {
        asked_.reset();
      }
      ended(run, line, found);
    }
    for (const JournalMember& member : line.members) {
      left(run, line, member.request, found);
    }
  }

  void at_end(const RunRecord& run, Violations& found) override {
    for (std::uint64_t id = 0; id < run.requests.size(); ++id) {
      const RecordedRequest& request = run.requests[id];
      if (request.end && request.end->status == Status::kCancelled &&
          (!request.cancelled || *request.cancelled > request.end->at)) {
        found.add(broken("S12", run, "ended CANCELLED, and its client had not asked for that",
                         {.request = RequestId{id}, .at = request.end->at}));
      }
    }
  }

 private:
  [[nodiscard]] bool honours(const Arrival& arrival) const {
    return cancellable_ || registered_.kind == SchedulerKind::kOther ||
           registered_.of(arrival.queue).lazy_filtering;
  }

  void ended(const RunRecord& run, const JournalLine& line, Violations& found) {
    const RecordedRequest* request = run.request(line.request);
    if (request == nullptr || (line.decision.reason != Reason::kCancelled &&
                               line.decision.status != Status::kCancelled)) {
      return;
    }
    if (line.decision.status != Status::kCancelled || line.decision.reason != Reason::kCancelled) {
      found.add(broken("S12", run,
                       "cancelled with " + std::string(status_name(line.decision.status)) + " (" +
                           std::string(reason_name(line.decision.reason)) + ")",
                       {.request = line.request}));
    }
    if (!request->cancelled) {
      found.add(broken("S12", run, "ended as cancelled, and its client had not asked for that",
                       {.request = line.request}));
    } else if (!honours(request->arrival)) {
      found.add(broken("S12", run, "ended as cancelled by a scheduler that is always too late",
                       {.request = line.request}));
    }
  }

  void left(const RunRecord& run, const JournalLine& line, RequestId id, Violations& found) {
    const RecordedRequest* request = run.request(id);
    if (request == nullptr || !request->cancelled) {
      return;
    }
    // Who waits for a retry is not told (TF 2.15).
    const bool filtered =
        registered_.of(request->arrival.queue).lazy_filtering && !registered_.retries;
    const bool promised = cancellable_ && request->first_batch == line.decision.batch;
    if (filtered || promised) {
      found.add(broken("S12", run, "left after its client had cancelled it",
                       {.request = id, .batch = line.decision.batch}));
    }
  }

  RegisteredRules registered_;
  bool cancellable_;
  std::optional<RequestId> asked_;  // in this step, before it left
};

}  // namespace

Property s12_cancellation() {
  return {.id = "S12",
          .name = "cancelled-or-too-late",
          .formula =
              "cancel(r): r ends CANCELLED and leaves no more, or ends as if nothing had "
              "happened",
          .source = "verification 3.1 S12; core/scheduler.h, rule 5; TF 2.11",
          .kind = PropertyClass::kSafety,
          .star = true,
          .not_checked = needs_lines,
          .make = make_checker<Cancellation>};
}

}  // namespace lockstep

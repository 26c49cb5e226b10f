// S10: time does not run backwards, no timer is early, and the stamps of a batch and of a request
// are in the order of a life: opened <= due <= started <= sealed <= begun <= done.
#include <algorithm>
#include <cstdint>
#include <string>

#include "properties/checkers/judge.h"
#include "properties/checkers/safety.h"

namespace lockstep {
namespace {

class ClockSanity final : public Checker {
 public:
  explicit ClockSanity(const RunRules& /*rules*/) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    if (line.is_input) {
      input(run, line.input, found);
    } else if (line.decision.kind == DecisionKind::kWake) {
      wake_ = line.decision.wake;
      if (wake_ <= run.now) {
        found.add(
            broken("S10", run, "asked to be woken at " + text(wake_) + ", which is not later"));
      }
    } else if (line.decision.kind == DecisionKind::kStart) {
      start(run, line.decision, found);
    }
  }

  void at_end(const RunRecord& run, Violations& found) override {
    for (const RecordedBatch& batch : run.batches) {
      life(run, batch, found);
    }
    for (std::uint64_t id = 0; id < run.requests.size(); ++id) {
      const RecordedRequest& request = run.requests[id];
      if (request.end && request.end->at < request.arrival.time) {
        found.add(broken(
            "S10", run,
            "answered at " + text(request.end->at) + ", came at " + text(request.arrival.time),
            {.request = RequestId{id}, .at = request.end->at}));
      }
    }
  }

 private:
  [[nodiscard]] static std::string text(SimTime time) { return to_text(time - SimTime{}); }

  void input(const RunRecord& run, const Input& input, Violations& found) {
    if (input.now < last_) {
      found.add(
          broken("S10", run, "an input at " + text(input.now) + " after one at " + text(last_)));
    }
    last_ = std::max(last_, input.now);
    if (input.kind == InputKind::kTimer) {
      if (input.now < wake_) {
        found.add(broken("S10", run,
                         wake_ == kForever ? std::string("a timer that was not asked for")
                                           : "a timer that was asked for at " + text(wake_) +
                                                 " came at " + text(input.now)));
      }
      wake_ = kForever;
    } else if (input.kind == InputKind::kBatchDone) {
      const RecordedBatch* batch = run.batch(input.batch);
      const bool sealed = batch != nullptr && batch->sealed.has_value();
      if (input.device_time < SimDuration{0} ||
          (sealed && input.now - input.device_time < *batch->sealed)) {
        found.add(
            broken("S10", run,
                   "ran for " + to_text(input.device_time) + " since before it was handed over",
                   {.batch = input.batch, .lane = input.lane}));
      }
    }
  }

  void start(const RunRecord& run, const Decision& decision, Violations& found) {
    if (!(decision.opened <= decision.due && decision.due <= run.now)) {
      found.add(broken("S10", run,
                       "opened at " + text(decision.opened) + ", due at " + text(decision.due) +
                           ", started at " + text(run.now),
                       {.batch = decision.batch, .queue = decision.queue, .lane = decision.lane}));
    }
  }

  void life(const RunRecord& run, const RecordedBatch& batch, Violations& found) {
    const SimTime sealed = batch.sealed.value_or(kForever);
    const SimTime done = batch.done.value_or(kForever);
    const Where where{.batch = batch.id, .lane = batch.lane, .at = batch.started};
    if (batch.started > sealed || sealed > done || batch.opened > sealed) {
      found.add(broken("S10", run,
                       "opened " + text(batch.opened) + ", started " + text(batch.started) +
                           ", sealed " + text(sealed) + ", done " + text(done),
                       where));
    }
    for (const RecordedPiece& piece : batch.pieces) {
      const RecordedRequest* request = run.request(piece.request);
      if (request != nullptr && (piece.joined < request->arrival.time || piece.joined > sealed)) {
        found.add(broken("S10", run,
                         "a request of " + text(request->arrival.time) + " joined at " +
                             text(piece.joined) + " a batch sealed at " + text(sealed),
                         {.request = piece.request, .batch = batch.id, .at = piece.joined}));
      }
    }
  }

  // A live clock may begin before its zero.
  SimTime last_ = SimTime::min();
  SimTime wake_ = kForever;
};

}  // namespace

Property s10_clock_sanity() {
  return {.id = "S10",
          .name = "clock-sanity",
          .formula =
              "time never falls; wake-ups lie ahead, timers are not early; opened <= due <= "
              "started <= sealed <= begun <= done",
          .source = "verification 3.1 S10; core/batch.h",
          .kind = PropertyClass::kSafety,
          .star = true,
          .make = make_checker<ClockSanity>};
}

}  // namespace lockstep

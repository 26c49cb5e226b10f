// R2: the server ends requests exactly as its scheduler decided: a finish() at once with that
// status and reason, a finish_batch() those of its members whose last piece it was (the first error
// wins). By itself it ends only requests of no rows, and all when no lane will come back: then it
// must. What it tells of a batch that is done, and what it counts, is what was decided and done.
#include <cstdint>
#include <string>

#include "properties/checkers/decided_ends.h"
#include "properties/checkers/judge.h"
#include "properties/checkers/safety.h"
#include "properties/checkers/server_reports.h"

namespace lockstep {
namespace {

class ServerEnds final : public Checker {
 public:
  explicit ServerEnds(const RunRules& /*rules*/) {}

  void after_line(const RunRecord& run, Violations& /*found*/) override { ends_.after_line(run); }

  void at_end(const RunRecord& run, Violations& found) override {
    for (std::uint64_t id = 0; id < run.requests.size(); ++id) {
      const RecordedRequest& request = run.requests[id];
      const DecidedEnds::Entry& decided = ends_.of(RequestId{id});
      std::string wrong;
      if (request.end) {
        wrong = decided.ended ? differences(decided.end, *request.end) : by_itself(run, request);
      } else if (decided.ended && run.broken_rule.empty()) {
        wrong = "decided to end " + std::string(status_name(decided.end.status)) +
                ", its client heard nothing";
      } else if (run.rules.parts.complete && !decided.ended && !run.lanes.empty() &&
                 all_lanes_lost(run)) {
        wrong = "never answered, and no lane will come back";
      }
      if (!wrong.empty()) {
        const RecordedEnd& end = request.end ? *request.end : decided.end;
        found.add(
            broken("R2", run, wrong,
                   {.request = RequestId{id}, .batch = end.batch, .at = end.at, .line = end.line}));
      }
    }
    reports(run, found);
  }

 private:
  static void reports(const RunRecord& run, Violations& found) {
    if (!run.totals) {
      return;  // a log: no server was watched
    }
    for (const RecordedBatch& batch : run.batches) {
      if (const std::string wrong = report_difference(batch); !wrong.empty()) {
        found.add(broken("R2", run, wrong,
                         {.batch = batch.id, .lane = batch.lane, .line = batch.done_line}));
      }
    }
    if (const std::string wrong = totals_difference(run); !wrong.empty()) {
      found.add(broken("R2", run, wrong));
    }
  }

  [[nodiscard]] static std::string text(const RecordedEnd& end) {
    return std::string(status_name(end.status)) + " (" + std::string(reason_name(end.reason)) +
           (end.batch ? ") by batch " + std::to_string(raw(*end.batch)) : ")") + " at " +
           to_text(end.at - SimTime{});
  }

  [[nodiscard]] static std::string differences(const RecordedEnd& decided,
                                               const RecordedEnd& heard) {
    // A sink hears of an end just before the line of its decision, or after those of its step.
    const bool same = decided.status == heard.status && decided.reason == heard.reason &&
                      decided.batch == heard.batch && decided.at == heard.at &&
                      heard.line != kNoLine && heard.line + 1 >= decided.line;
    return same ? std::string()
                : "decided to end " + text(decided) + ", its client heard " + text(heard);
  }

  [[nodiscard]] static std::string by_itself(const RunRecord& run, const RecordedRequest& request) {
    const RecordedEnd& end = *request.end;
    const bool empty = end.reason == Reason::kEmpty && end.status == Status::kInvalidArgument &&
                       request.arrival.size == 0 && end.at == request.arrival.time;
    const bool lost =
        end.reason == Reason::kNoLane && end.status == Status::kUnavailable && all_lanes_lost(run);
    if ((empty || lost) && !end.batch) {
      return {};
    }
    return "ended " + text(end) + ", and nobody decided that";
  }

  // For good; lanes that are lost stay so.
  [[nodiscard]] static bool all_lanes_lost(const RunRecord& run) {
    for (const RecordedLane& lane : run.lanes) {
      if (lane.down != Status::kInternal || lane.running) {
        return false;
      }
    }
    return true;
  }

  DecidedEnds ends_;
};

}  // namespace

Property r2_server_ends() {
  return {.id = "R2",
          .name = "ends-as-decided",
          .formula =
              "what a client hears, when and from which batch = what was decided; else no "
              "rows, or no lane; so are reports of batches, and totals",
          .source = "core/scheduler.h, rules 1, 7 and 9; TF 2.6",
          .kind = PropertyClass::kRunner,
          .star = true,
          .not_checked = needs_lines,
          .make = make_checker<ServerEnds>};
}

}  // namespace lockstep

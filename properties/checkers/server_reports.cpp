#include "properties/checkers/server_reports.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "properties/record/record_log.h"

namespace lockstep {
namespace {

struct Number {
  const char* name = "";
  std::int64_t reported = 0;
  std::int64_t right = 0;
};

std::int64_t number(SimTime time) {
  return ns_of(time);
}
template <typename T>
std::int64_t number(T value) {
  return static_cast<std::int64_t>(value);
}

template <std::size_t N>
std::string first_difference(const char* of, const std::array<Number, N>& numbers) {
  for (const Number& one : numbers) {
    if (one.reported != one.right) {
      return std::string(of) + one.name + " as " + std::to_string(one.reported) + ", it is " +
             std::to_string(one.right);
    }
  }
  return {};
}

// Counted from the record.
ServerTotals right_totals(const RunRecord& run) {
  ServerTotals totals{.arrived = run.requests.size(), .batches = run.batches.size()};
  std::uint64_t unheard = 0;
  for (const RecordedRequest& request : run.requests) {
    unheard += request.line == kNoLine ? 1u : 0u;
    if (request.end && request.end->status == Status::kOk) {
      ++totals.answered;
    } else if (request.end) {
      ++(request.end->batch ? totals.failed : totals.refused);
    }
    // Those are the server's own decisions.
    const Reason reason = request.end ? request.end->reason : Reason::kNone;
    totals.decisions += reason == Reason::kEmpty || reason == Reason::kNoLane ? 1u : 0u;
  }
  for (const JournalLine& line : run.lines) {
    ++(line.is_input ? totals.inputs : totals.decisions);
  }
  totals.inputs += unheard;
  return totals;
}

}  // namespace

std::string report_difference(const RecordedBatch& batch) {
  if (!batch.done || !batch.sealed) {
    return batch.reported ? "reported as done, which it is not" : "";
  }
  if (!batch.reported) {
    return "done, and nobody heard of it";
  }
  const BatchRecord& said = *batch.reported;
  const BatchRecord right = batch_record_of(batch);
  return first_difference(
      "the server reports its ",
      std::array<Number, 13>{
          {{"queue", number(raw(said.queue)), number(raw(right.queue))},
           {"lane", number(raw(said.lane)), number(raw(right.lane))},
           {"opening (ns)", number(said.opened), number(right.opened)},
           {"due time (ns)", number(said.due), number(right.due)},
           {"lane's taking (ns)", number(said.lane_taken), number(right.lane_taken)},
           {"dispatch (ns)", number(said.dispatched), number(right.dispatched)},
           {"begin (ns)", number(said.device_start), number(right.device_start)},
           {"end (ns)", number(said.finished), number(right.finished)},
           {"requests", number(said.request_count), number(right.request_count)},
           {"rows", number(said.rows), number(right.rows)},
           {"padded rows", number(said.padded_rows), number(right.padded_rows)},
           {"reason", number(said.reason), number(right.reason)},
           {"status", number(said.status), number(right.status)}}});
}

std::string totals_difference(const RunRecord& run) {
  const ServerTotals& said = *run.totals;
  const ServerTotals right = right_totals(run);
  // Once no lane will come back, inputs reach the server alone.
  const bool any_lane = std::any_of(run.lanes.begin(), run.lanes.end(), [](const auto& lane) {
    return lane.down != Status::kInternal || lane.running;
  });
  const std::uint64_t inputs = any_lane ? right.inputs : std::max(said.inputs, right.inputs);
  return first_difference(
      "the server counts its ",
      std::array<Number, 7>{{{"arrivals", number(said.arrived), number(right.arrived)},
                             {"refusals", number(said.refused), number(right.refused)},
                             {"answers", number(said.answered), number(right.answered)},
                             {"failures", number(said.failed), number(right.failed)},
                             {"batches", number(said.batches), number(right.batches)},
                             {"inputs", number(said.inputs), number(inputs)},
                             {"decisions", number(said.decisions), number(right.decisions)}}});
}

}  // namespace lockstep

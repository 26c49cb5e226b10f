// tf-streaming against properties/reference/tf_streaming_reference.h.
#include <algorithm>

#include "core/schedulers/registry.h"
#include "properties/reference/tf_streaming_reference.h"
#include "properties/relations/references.h"
#include "properties/relations/twin_runs.h"

namespace lockstep {
namespace {

// The closer that sleeps for a microsecond takes so many turns between two events of a twin.
constexpr SimDuration kStreamingGapMax{10'000'000};

std::string batch_text(const RecordedBatch& batch) {
  std::string text =
      "@" + std::to_string(ns_of(batch.started)) + " lane" + std::to_string(raw(batch.lane));
  text += batch.sealed ? " closed @" + std::to_string(ns_of(*batch.sealed)) + " " +
                             std::string(reason_name(batch.reason))
                       : "";
  text += " [";
  for (const RecordedPiece& piece : batch.pieces) {
    text += (text.ends_with('[') ? "" : ",") + std::to_string(raw(piece.request)) + ":" +
            std::to_string(piece.rows);
  }
  return text + (batch.done ? "] through @" + std::to_string(ns_of(*batch.done)) : "]");
}

}  // namespace

std::optional<Violation> check_streaming_reference(const Case& value, const SchedulerMaker& maker) {
  Case twin = shortened(plain_twin(value, true), kStreamingGapMax);
  put_option(twin.options, "retrier", "false");
  const Result<OptionValues> options =
      complete_options(*find_scheduler(twin.scheduler), twin.options, 2);
  const std::optional<RunRecord> run = run_twin(twin, maker);
  if (!options || !run) {
    return std::nullopt;
  }
  const auto number = [&](std::string_view name) { return option_integer(*options, name); };
  std::vector<reference::StreamingEvent> events;
  for (const ResolvedEvent& event : resolved_events(twin)) {
    events.push_back({event.at, event.closes, event.queue, event.rows});
  }
  std::vector<SimDuration> durations;
  for (const CaseExecution& execution : twin.executions) {
    durations.push_back(execution.waits + execution.takes);
  }
  const reference::StreamingOutcome expected =
      reference::run_streaming({.max_batch_size = number("max_batch_size"),
                                .batch_timeout_micros = number("batch_timeout_micros"),
                                .num_batch_threads = number("num_batch_threads"),
                                .no_tasks_wait_time_micros = number("no_tasks_wait_time_micros")},
                               events, durations);
  std::vector<std::string> wanted = expected.batches;
  wanted.insert(wanted.end(), expected.refusals.begin(), expected.refusals.end());
  std::vector<std::string> found;
  for (const RecordedBatch& batch : run->batches) {
    found.push_back(batch_text(batch));
  }
  for (const std::string& line : refusals_of(*run)) {
    found.push_back(line);
  }
  return compare_logs(wanted, found);
}

}  // namespace lockstep

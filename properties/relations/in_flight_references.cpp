// tf-adaptive and tf-serial-device against their slow models, which know neither closings nor
// retries, and to which every batch has rows.
#include <algorithm>

#include "core/schedulers/registry.h"
#include "properties/reference/tf_adaptive_reference.h"
#include "properties/reference/tf_serial_device_reference.h"
#include "properties/relations/references.h"
#include "properties/relations/twin_runs.h"

namespace lockstep {
namespace {

// A loop that finds nothing sleeps for a microsecond or longer, and the model takes every turn:
// so many fit between two events of a twin.
constexpr SimDuration kSerialGapMax{10'000'000};

struct TwinOptions {
  OptionValues common{};
  std::vector<OptionValues> queues{};  // of every queue of the events, complete
};

// By name, so that a scheduler that reads its options wrongly is found.
std::optional<TwinOptions> options_of(const Case& value, const std::vector<ResolvedEvent>& events) {
  const SchedulerInfo& info = *find_scheduler(value.scheduler);
  const Result<OptionValues> common = complete_options(info, value.options, 2);
  if (!common) {
    return std::nullopt;
  }
  TwinOptions options{.common = *common, .queues = {}};
  for (const OptionValues& own : value.queues) {
    const Result<OptionValues> queue = complete_queue_options(info, own, *common);
    if (!queue) {
      return std::nullopt;
    }
    options.queues.push_back(*queue);
  }
  for (const ResolvedEvent& event : events) {
    options.queues.resize(std::max<std::size_t>(options.queues.size(), event.queue + 1), *common);
  }
  return options;
}

std::optional<std::int64_t> if_set(const OptionValues& values, std::string_view name) {
  const std::int64_t value = option_integer(values, name);
  return value == 0 ? std::nullopt : std::optional(value);
}

TfAdaptiveOptions adaptive_options(const TwinOptions& values) {
  const auto number = [&](std::string_view name) { return option_integer(values.common, name); };
  TfAdaptiveOptions options{
      .num_batch_threads = number("num_batch_threads"),
      .min_in_flight_batches_limit = number("min_in_flight_batches_limit"),
      .full_batch_scheduling_boost_micros = number("full_batch_scheduling_boost_micros"),
      .initial_in_flight_batches_limit =
          TfReal::parse(option_text(values.common, "initial_in_flight_batches_limit")).value(),
      .batches_to_average_over = number("batches_to_average_over"),
      .fifo_scheduling = option_flag(values.common, "fifo_scheduling")};
  for (const OptionValues& queue : values.queues) {
    options.queues.push_back(
        {.max_batch_size = option_integer(queue, "max_batch_size"),
         .max_enqueued_batches = option_integer(queue, "max_enqueued_batches"),
         .batch_timeout_micros = option_integer(queue, "batch_timeout_micros"),
         .max_input_task_size = if_set(queue, "max_input_task_size"),
         .max_tasks_per_batch = if_set(queue, "max_tasks_per_batch"),
         .enable_large_batch_splitting = option_flag(queue, "enable_large_batch_splitting")});
  }
  return options;
}

TfSerialDeviceOptions serial_options(const TwinOptions& values) {
  const auto number = [&](std::string_view name) { return option_integer(values.common, name); };
  TfSerialDeviceOptions options{
      .num_batch_threads = number("num_batch_threads"),
      .initial_in_flight_batches_limit = number("initial_in_flight_batches_limit"),
      .full_batch_scheduling_boost_micros = number("full_batch_scheduling_boost_micros"),
      .batches_to_average_over = number("batches_to_average_over"),
      .target_pending = TfReal::parse(option_text(values.common, "target_pending")).value()};
  for (const OptionValues& queue : values.queues) {
    options.queues.push_back(
        {.max_batch_size = option_integer(queue, "max_batch_size"),
         .max_enqueued_batches = option_integer(queue, "max_enqueued_batches")});
  }
  return options;
}

// The run in the models' words.
std::vector<std::string> dispatches(const RunRecord& run, bool with_rows) {
  std::vector<std::string> lines;
  for (const RecordedBatch& batch : run.batches) {
    std::string text = "@" + std::to_string(ns_of(batch.started)) + " q" +
                       std::to_string(raw(batch.queue)) + " lane" +
                       std::to_string(raw(batch.lane)) +
                       (batch.reason == Reason::kExpress ? " x[" : " [");
    for (const RecordedPiece& piece : batch.pieces) {
      text += (text.ends_with('[') ? "" : ",") + std::to_string(raw(piece.request));
      text += with_rows ? ":" + std::to_string(piece.rows) : "";
    }
    lines.push_back(text + "]");
  }
  return lines;
}

std::optional<Violation> compare(const RunRecord& run, std::vector<std::string> expected,
                                 const std::vector<std::string>& refusals, bool with_rows) {
  std::vector<std::string> found = dispatches(run, with_rows);
  for (const std::string& line : refusals_of(run)) {
    found.push_back(line);
  }
  expected.insert(expected.end(), refusals.begin(), refusals.end());
  return compare_logs(expected, found);
}

}  // namespace

std::vector<std::string> refusals_of(const RunRecord& run) {
  std::vector<std::string> lines;
  for (std::size_t request = 0; request < run.requests.size(); ++request) {
    const std::optional<RecordedEnd>& end = run.requests[request].end;
    if (end && !end->batch) {
      lines.push_back("@" + std::to_string(ns_of(end->at)) + " refused " + std::to_string(request) +
                      " " + std::string(status_name(end->status)));
    }
  }
  return lines;
}

std::optional<Violation> check_adaptive_reference(const Case& value, const SchedulerMaker& maker) {
  Case twin = plain_twin(value, false);  // closing flushes nothing (TF 3.1)
  put_option(twin.options, "retrier", "false");
  const std::vector<ResolvedEvent> events = resolved_events(twin);
  const std::optional<TwinOptions> options = options_of(twin, events);
  const std::optional<RunRecord> run = run_twin(twin, maker);
  if (!options || !run) {
    return std::nullopt;
  }
  std::vector<reference::AdaptiveArrival> arrivals;
  arrivals.reserve(events.size());
  for (const ResolvedEvent& event : events) {
    arrivals.push_back({event.at, event.queue, event.rows});
  }
  std::vector<SimDuration> durations;
  for (const CaseExecution& execution : twin.executions) {
    durations.push_back(execution.waits + execution.takes);
  }
  const reference::AdaptiveOutcome expected =
      reference::run_adaptive(adaptive_options(*options), twin.seed, arrivals, durations);
  return compare(*run, expected.dispatches, expected.refusals, true);
}

std::optional<Violation> check_serial_reference(const Case& value, const SchedulerMaker& maker) {
  Case twin = shortened(plain_twin(value, false), kSerialGapMax);  // closing flushes nothing
  put_option(twin.options, "retrier", "false");
  const std::vector<ResolvedEvent> events = resolved_events(twin);
  const std::optional<TwinOptions> options = options_of(twin, events);
  const std::optional<RunRecord> run = run_twin(twin, maker);
  if (!options || !run) {
    return std::nullopt;
  }
  std::vector<reference::SerialArrival> arrivals;
  arrivals.reserve(events.size());
  for (const ResolvedEvent& event : events) {
    arrivals.push_back({event.at, event.queue, event.rows});
  }
  std::vector<reference::SerialExecution> executions;
  for (const CaseExecution& execution : twin.executions) {
    executions.push_back({execution.waits + execution.takes, std::nullopt});
  }
  const reference::SerialOutcome expected =
      reference::run_serial_device(serial_options(*options), arrivals, executions);
  return compare(*run, expected.dispatches, expected.refusals, false);
}

}  // namespace lockstep

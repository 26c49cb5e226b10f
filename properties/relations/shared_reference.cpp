// tf-shared against properties/reference/tf_full_reference.h.
#include <algorithm>
#include <string>

#include "core/prng.h"
#include "core/schedulers/registry.h"
#include "properties/reference/tf_full_reference.h"
#include "properties/relations/references.h"
#include "properties/relations/twin_runs.h"

namespace lockstep {
namespace {

namespace full = full_reference;

// By name, so that a scheduler that reads its options wrongly is found.
TfQueueOptions queue_from(const OptionValues& values) {
  const auto number = [&](std::string_view name) { return option_integer(values, name); };
  const auto flag = [&](std::string_view name) { return option_flag(values, name); };
  TfQueueOptions queue{.max_batch_size = number("max_batch_size"),
                       .batch_timeout_micros = number("batch_timeout_micros"),
                       .max_enqueued_batches = number("max_enqueued_batches")};
  TfQueueExtras& extras = queue.extras;
  extras.max_execution_batch_size = number("max_execution_batch_size");
  extras.max_queue_depth = number("max_queue_depth");
  extras.allowed_batch_sizes = option_sizes(values, "allowed_batch_sizes");
  extras.low.max_execution_batch_size = number("low_priority_max_batch_size");
  extras.low.batch_timeout_micros = number("low_priority_batch_timeout_micros");
  extras.low.max_enqueued_batches = number("low_priority_max_enqueued_batches");
  extras.low.allowed_batch_sizes = option_sizes(values, "low_priority_allowed_batch_sizes");
  const std::string& padding = option_text(values, "batch_padding_policy");
  extras.batch_padding_policy = padding == "PAD_UP"
                                    ? TfPaddingPolicy::kPadUp
                                    : (padding == "BATCH_DOWN" ? TfPaddingPolicy::kBatchDown
                                                               : TfPaddingPolicy::kMinimizeCost);
  const std::string& mixed = option_text(values, "mixed_priority_batching_policy");
  extras.mixed_priority_batching_policy =
      mixed == "priority_merge"
          ? TfMixedPolicy::kMerge
          : (mixed == "priority_isolation" ? TfMixedPolicy::kIsolation
                                           : (mixed == "low_priority_padding_with_max_batch_size"
                                                  ? TfMixedPolicy::kPadToMaximum
                                                  : TfMixedPolicy::kPadToNextAllowed));
  extras.enable_large_batch_splitting = flag("enable_large_batch_splitting");
  extras.disable_padding = flag("disable_padding");
  extras.enable_priority_queue = flag("enable_priority_queue");
  extras.enable_priority_aware_batch_scheduler = flag("enable_priority_aware_batch_scheduler");
  extras.enable_task_resplit = flag("enable_task_resplit");
  extras.enable_lazy_cancellation_filtering = flag("enable_lazy_cancellation_filtering");
  return queue;
}

// core/schedulers/tf_idle_polls.h: phases are drawn in lane order from a stream of their own.
full::Polls polls_of(std::int64_t interval_us, std::int64_t lanes, std::uint64_t seed) {
  full::Polls polls{.interval = SimDuration{interval_us * 1000}};
  if (polls.enabled()) {
    Prng stream(seed, "tf-idle-polls");
    for (std::int64_t lane = 0; lane < lanes; ++lane) {
      polls.phases.emplace_back(static_cast<std::int64_t>(
          stream.below(static_cast<std::uint64_t>(polls.interval.count()))));
    }
  }
  return polls;
}

std::optional<full::Script> script_of(const Case& value) {
  const SchedulerInfo& info = *find_scheduler("tf-shared");
  const Result<OptionValues> common = complete_options(info, value.options, 2);
  if (!common) {
    return std::nullopt;
  }
  const TfQueueOptions others = queue_from(*common);
  full::Script script{.options = {.max_batch_size = others.max_batch_size,
                                  .batch_timeout_micros = others.batch_timeout_micros,
                                  .max_enqueued_batches = others.max_enqueued_batches,
                                  .num_batch_threads = option_integer(*common, "num_batch_threads"),
                                  .extras = others.extras,
                                  .rank_queues = option_flag(*common, "rank_queues")},
                      .events = {},
                      .executions = {}};
  for (const OptionValues& own : value.queues) {
    const Result<OptionValues> queue = complete_queue_options(info, own, *common);
    if (!queue) {
      return std::nullopt;
    }
    script.options.queues.push_back(queue_from(*queue));
  }
  for (const ResolvedEvent& event : resolved_events(value)) {
    script.events.push_back(
        {.at = event.at,
         .kind = event.closes ? full::EventKind::kClose : full::EventKind::kArrive,
         .queue = event.queue,
         .rows = event.rows,
         .priority = event.priority,
         .timeout = event.timeout});
  }
  script.polls = polls_of(option_integer(*common, "idle_poll_micros"),
                          option_integer(*common, "num_batch_threads"), value.seed);
  for (const CaseExecution& execution : value.executions) {
    script.executions.push_back({.waits = execution.waits,
                                 .takes = execution.takes,
                                 .held_until = {},
                                 .fails = execution.status != Status::kOk});
  }
  return script;
}

// The run in the model's words: starts, and ends in the order in which clients heard of them.
class Logged {
 public:
  explicit Logged(const RunRecord& run) : run_(run) {
    for (const JournalLine& line : run.lines) {
      if (line.is_input) {
        now_ = line.input.now;
      } else {
        add(line);
      }
    }
  }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

 private:
  void add(const JournalLine& line) {
    if (line.decision.kind == DecisionKind::kStart) {
      start(line);
    } else if (line.decision.kind == DecisionKind::kFinish) {
      lines_.push_back(full::describe(full::LogLine{
          full::End{now_, raw(line.request), line.decision.status, line.decision.reason}}));
    } else if (line.decision.kind == DecisionKind::kFinishBatch) {
      answered(*run_.batch(line.decision.batch));
    }
  }

  void start(const JournalLine& line) {
    full::Dispatch dispatch{.at = now_,
                            .queue = raw(line.decision.queue),
                            .lane = raw(line.decision.lane),
                            .members = {},
                            .opened = line.decision.opened,
                            .padded_rows = line.decision.padded_rows};
    std::int64_t rows = 0;
    for (const JournalMember& member : line.members) {
      dispatch.members.push_back(
          {raw(member.request), member.first_row, member.rows, member.padding});
      rows += member.rows;
    }
    dispatch.padded_rows = std::max(dispatch.padded_rows, rows);
    lines_.push_back(full::describe(full::LogLine{dispatch}));
  }

  // A request ends with its last piece, also where others stand between two of its pieces.
  void answered(const RecordedBatch& batch) {
    for (auto piece = batch.pieces.begin(); piece != batch.pieces.end(); ++piece) {
      const RecordedRequest* request = run_.request(piece->request);
      const bool goes_on = std::any_of(
          piece + 1, batch.pieces.end(),
          [piece](const RecordedPiece& later) { return later.request == piece->request; });
      if (request == nullptr || !request->end || request->end->batch != batch.id || goes_on) {
        continue;
      }
      lines_.push_back(full::describe(full::LogLine{full::End{
          request->end->at, raw(piece->request), request->end->status, request->end->reason}}));
    }
  }

  const RunRecord& run_;
  SimTime now_{};
  std::vector<std::string> lines_;
};

}  // namespace

std::optional<Violation> check_shared_reference(const Case& value, const SchedulerMaker& maker) {
  Case twin = plain_twin(value, true);
  const Result<MadeScheduler> made = maker(twin);
  if (!made || made->rules.flag("rank_queues")) {
    put_option(twin.options, "idle_poll_micros", "0");
  }
  put_option(twin.options, "retrier", "false");
  put_option(twin.options, "batching_session", "false");
  const std::optional<full::Script> script = script_of(twin);
  const std::optional<RunRecord> run = run_twin(twin, maker);
  if (!script || !run) {
    return std::nullopt;
  }
  full::Marks marks;
  const full::Log log = full::run_reference(*script, marks);
  std::vector<std::string> expected;
  for (const full::LogLine& line : log.lines) {
    expected.push_back(full::describe(line));
  }
  return compare_logs(expected, Logged(*run).lines());
}

}  // namespace lockstep

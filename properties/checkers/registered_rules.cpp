#include "properties/checkers/registered_rules.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "core/limits.h"
#include "properties/record/option_units.h"

namespace lockstep {
namespace {

// A queue's own options, else those of the run; what is absent is nothing.
class Values {
 public:
  Values(const OptionValues& own, const OptionValues& common) : own_(own), common_(common) {}

  [[nodiscard]] const OptionValues* with(std::string_view name) const {
    const auto has = [&](const OptionValues& values) {
      return std::any_of(values.begin(), values.end(),
                         [&](const auto& entry) { return entry.first == name; });
    };
    return has(own_) ? &own_ : has(common_) ? &common_ : nullptr;
  }
  [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t absent) const {
    const OptionValues* values = with(name);
    return values == nullptr ? absent : option_integer(*values, name);
  }
  [[nodiscard]] bool flag(std::string_view name) const {
    const OptionValues* values = with(name);
    return values != nullptr && option_flag(*values, name);
  }
  [[nodiscard]] std::string text(std::string_view name) const {
    const OptionValues* values = with(name);
    return values == nullptr ? std::string() : option_text(*values, name);
  }
  [[nodiscard]] std::vector<std::int64_t> sizes(std::string_view name) const {
    const OptionValues* values = with(name);
    return values == nullptr ? std::vector<std::int64_t>{} : option_sizes(*values, name);
  }

 private:
  const OptionValues& own_;
  const OptionValues& common_;
};

SchedulerKind kind_of(std::string_view name) {
  constexpr std::pair<std::string_view, SchedulerKind> kKinds[] = {
      {"tf-shared", SchedulerKind::kShared},
      {"tf-adaptive", SchedulerKind::kAdaptive},
      {"tf-serial-device", SchedulerKind::kSerialDevice},
      {"tf-streaming", SchedulerKind::kStreaming},
      {"tf-jit", SchedulerKind::kJit},
      {"naive-full-batch", SchedulerKind::kNaive}};
  for (const auto& [known, kind] : kKinds) {
    if (name == known) {
      return kind;
    }
  }
  return SchedulerKind::kOther;
}

MixedPolicy mixed_of(std::string_view text) {
  return text == "priority_merge"       ? MixedPolicy::kMerge
         : text == "priority_isolation" ? MixedPolicy::kIsolation
         : text == "low_priority_padding_with_next_allowed_batch_size"
             ? MixedPolicy::kPadToNextAllowed
             : MixedPolicy::kPadToMaximum;
}

void read_shared(const Values& values, RegisteredQueue& queue) {
  const std::string policy = values.text("batch_padding_policy");
  queue.trim = policy == "BATCH_DOWN"                      ? TrimPolicy::kBatchDown
               : policy == "MINIMIZE_TPU_COST_PER_REQUEST" ? TrimPolicy::kMinimizeCost
                                                           : TrimPolicy::kNone;
  if (!values.flag("disable_padding")) {
    queue.allowed = values.sizes("allowed_batch_sizes");
    queue.low_allowed = values.sizes("low_priority_allowed_batch_sizes");
  }
  queue.priority_aware = values.flag("enable_priority_aware_batch_scheduler");
  queue.depth = values.integer("max_queue_depth", 0);
  queue.lazy_filtering = queue.priority_aware && values.flag("enable_lazy_cancellation_filtering");
  queue.low_class = !queue.priority_aware && values.flag("enable_priority_queue");
  queue.mixed = mixed_of(values.text("mixed_priority_batching_policy"));
  queue.low_rows_max = values.integer("low_priority_max_batch_size", 0);
  queue.low_timeout = option_micros(values.integer("low_priority_batch_timeout_micros", 0));
  queue.low_total_rows_max =
      option_product(values.integer("low_priority_max_enqueued_batches", 0), queue.low_rows_max);
}

RegisteredQueue queue_of(SchedulerKind kind, const Values& values) {
  RegisteredQueue queue;
  queue.rows_max = values.integer("max_batch_size", INT64_MAX);
  queue.request_rows_max = queue.rows_max;
  queue.splits = values.flag("enable_large_batch_splitting");
  // TF 1.2: 0 acts as 1.
  queue.batches_max = std::max<std::int64_t>(values.integer("max_enqueued_batches", INT64_MAX), 1);
  queue.timeout = option_micros(values.integer("batch_timeout_micros", 0));
  if (kind == SchedulerKind::kShared) {
    if (queue.splits) {
      queue.rows_max = values.integer("max_execution_batch_size", queue.rows_max);
    }
    read_shared(values, queue);
  } else if (kind == SchedulerKind::kAdaptive) {
    const std::int64_t input = values.integer("max_input_task_size", 0);
    queue.request_rows_max = input > 0 ? input : queue.splits ? INT64_MAX : queue.rows_max;
    if (!queue.splits) {
      queue.request_rows_max = std::min(queue.request_rows_max, queue.rows_max);
    }
    const std::int64_t pieces = values.integer("max_tasks_per_batch", 0);
    queue.pieces_max = pieces == 0 ? INT64_MAX : std::max<std::int64_t>(pieces, 1);
  } else if (kind == SchedulerKind::kNaive) {
    queue.pieces_max = std::max<std::int64_t>(values.integer("batch_size", 1), 1);
    queue.rows_max = std::int64_t{kMaxBatchRows};
    queue.request_rows_max = std::int64_t{kMaxBatchRows} / queue.pieces_max;
  }
  return queue;
}

}  // namespace

RegisteredRules::RegisteredRules(const RunRules& rules) {
  if (rules.options.empty()) {
    return;
  }
  kind = kind_of(rules.scheduler);
  if (kind == SchedulerKind::kOther) {
    return;
  }
  static const OptionValues kNoOptions;
  common_ = queue_of(kind, Values(kNoOptions, rules.options));
  for (const QueueRules& queue : rules.queues) {
    queues_.push_back(queue_of(kind, Values(queue.options, rules.options)));
  }
  retries = rules.flag("retrier");
  session = rules.flag("batching_session");
  waiting_max = rules.integer("max_queue_size").value_or(0);
  retry_delay_ns = option_micros(rules.integer("retry_delay_micros").value_or(0)).count();
  retry_time_max_ns = option_micros(rules.integer("max_time_micros").value_or(0)).count();
  retries = retries && retry_delay_ns < retry_time_max_ns;  // else the first refusal stands
}

bool RegisteredRules::is_low(QueueId queue, std::uint8_t priority) const {
  return of(queue).low_class && criticality_of(priority) <= 1;
}

std::int64_t next_allowed(const std::vector<std::int64_t>& allowed, std::int64_t rows) {
  const auto found = std::lower_bound(allowed.begin(), allowed.end(), rows);
  return found == allowed.end() ? rows : *found;
}

std::int64_t previous_allowed(const std::vector<std::int64_t>& allowed, std::int64_t rows) {
  const auto above = std::upper_bound(allowed.begin(), allowed.end(), rows);
  return above == allowed.begin() ? rows : *(above - 1);
}

}  // namespace lockstep

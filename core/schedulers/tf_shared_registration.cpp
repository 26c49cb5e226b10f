#include "core/schedulers/tf_shared_registration.h"

#include <algorithm>
#include <array>

#include "core/schedulers/tf_registrations.h"
#include "core/schedulers/tf_shared.h"
#include "core/schedulers/tf_sizes.h"

namespace lockstep {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 3> kPaddingPolicies = {"PAD_UP", "BATCH_DOWN",
                                                              "MINIMIZE_TPU_COST_PER_REQUEST"};
constexpr std::array<std::string_view, 4> kMixedPolicies = {
    "low_priority_padding_with_max_batch_size", "low_priority_padding_with_next_allowed_batch_size",
    "priority_isolation", "priority_merge"};

constexpr OptionInfo kPaddingPolicy{.name = "batch_padding_policy",
                                    .unit = "",
                                    .default_text = "PAD_UP",
                                    .help =
                                        "an open batch of another size when it leaves: padded, "
                                        "or trimmed to an allowed size",
                                    .type = OptionType::kChoice,
                                    .choices = kPaddingPolicies};
constexpr OptionInfo kMixedPolicy{.name = "mixed_priority_batching_policy",
                                  .unit = "",
                                  .default_text = "low_priority_padding_with_max_batch_size",
                                  .help = "what low-priority requests do in batches of the others",
                                  .type = OptionType::kChoice,
                                  .choices = kMixedPolicies};

constexpr OptionInfo flag(std::string_view name, std::string_view help,
                          OptionScope scope = OptionScope::kQueue) {
  return OptionInfo{.name = name,
                    .unit = "",
                    .default_text = "false",
                    .help = help,
                    .type = OptionType::kFlag,
                    .scope = scope};
}

constexpr std::array kOptions = {
    OptionInfo{.name = "max_batch_size",
               .unit = "rows",
               .default_text = "1000",
               .help = "most rows in one batch, and of one request",
               .always_recorded = true},
    OptionInfo{.name = "batch_timeout_micros",
               .unit = "us",
               .default_text = "0",
               .help = "how long a batch may wait for more after its first request",
               .always_recorded = true},
    OptionInfo{.name = "max_enqueued_batches",
               .unit = "batches",
               .default_text = "10",
               .help = "batches per queue waiting for a thread, the open one included; more is "
                       "refused",
               .always_recorded = true},
    OptionInfo{.name = "num_batch_threads",
               .unit = "threads",
               .default_text = kServerCpus,
               .help = "batches executed at once (lanes); TF-Serving's default is its CPU count",
               .scope = OptionScope::kScheduler,
               .always_recorded = true},
    OptionInfo{.name = "allowed_batch_sizes",
               .unit = "rows",
               .default_text = "",
               .help = "ascending sizes that batches are padded to; none: not padded",
               .type = OptionType::kSizes},
    kPaddingPolicy,
    flag("disable_padding", "sizes are never rounded"),
    flag("enable_large_batch_splitting",
         "a request larger than a batch is cut; max_batch_size then limits requests only"),
    OptionInfo{.name = "max_execution_batch_size",
               .unit = "rows",
               .default_text = "=max_batch_size",
               .help = "most rows in one batch, with splitting"},
    flag("rank_queues", "the queue with the smallest (priority, time) goes first, not the next one",
         OptionScope::kScheduler),
    flag("enable_priority_queue", "requests of priority 1 and 2 are low-priority"),
    kMixedPolicy,
    OptionInfo{.name = "low_priority_max_batch_size",
               .unit = "rows",
               .default_text = "0",
               .help = "most rows in a batch of low-priority requests, and of one of them"},
    OptionInfo{.name = "low_priority_batch_timeout_micros",
               .unit = "us",
               .default_text = "0",
               .help = "how long low-priority requests wait for a batch of their own"},
    OptionInfo{.name = "low_priority_max_enqueued_batches",
               .unit = "batches",
               .default_text = "0",
               .help = "low-priority rows waiting: at most this many batches' worth"},
    OptionInfo{.name = "low_priority_allowed_batch_sizes",
               .unit = "rows",
               .default_text = "",
               .help = "allowed sizes of batches that begin with a low-priority request",
               .type = OptionType::kSizes},
    flag("enable_priority_aware_batch_scheduler",
         "one queue ordered by priority instead of batches in a row"),
    OptionInfo{.name = "max_queue_depth",
               .unit = "rows",
               .default_text = "200",
               .help = "rows waiting in a priority-aware queue; more is evicted or refused"},
    flag("enable_task_resplit", "priority-aware: a piece of a request may be cut again"),
    flag("enable_lazy_cancellation_filtering",
         "priority-aware: requests past their deadline are dropped when a batch forms"),
    OptionInfo{
        .name = "idle_poll_micros",
        .unit = "us",
        .default_text = "0",
        .help = "idle threads look for due batches this often (TF-Serving: 1000); 0: at once",
        .scope = OptionScope::kScheduler},
    flag("batching_session",
         "a batch whose requests have all passed their deadlines is answered without being run",
         OptionScope::kScheduler),
    kRetrierOption,
    kRetrierTimeOption,
    kRetrierDelayOption};

TfQueueOptions queue_options(const OptionValues& values) {
  const auto integer = [&](std::string_view name) { return option_integer(values, name); };
  return TfQueueOptions{
      .max_batch_size = integer("max_batch_size"),
      .batch_timeout_micros = integer("batch_timeout_micros"),
      .max_enqueued_batches = integer("max_enqueued_batches"),
      .extras = TfQueueExtras{
          .max_execution_batch_size = integer("max_execution_batch_size"),
          .max_queue_depth = integer("max_queue_depth"),
          .allowed_batch_sizes = option_sizes(values, "allowed_batch_sizes"),
          .low =
              TfLowPriorityOptions{
                  .max_execution_batch_size = integer("low_priority_max_batch_size"),
                  .batch_timeout_micros = integer("low_priority_batch_timeout_micros"),
                  .max_enqueued_batches = integer("low_priority_max_enqueued_batches"),
                  .allowed_batch_sizes = option_sizes(values, "low_priority_allowed_batch_sizes")},
          .batch_padding_policy =
              static_cast<TfPaddingPolicy>(option_choice(values, kPaddingPolicy)),
          .mixed_priority_batching_policy =
              static_cast<TfMixedPolicy>(option_choice(values, kMixedPolicy)),
          .enable_large_batch_splitting = option_flag(values, "enable_large_batch_splitting"),
          .disable_padding = option_flag(values, "disable_padding"),
          .enable_priority_queue = option_flag(values, "enable_priority_queue"),
          .enable_priority_aware_batch_scheduler =
              option_flag(values, "enable_priority_aware_batch_scheduler"),
          .enable_task_resplit = option_flag(values, "enable_task_resplit"),
          .enable_lazy_cancellation_filtering =
              option_flag(values, "enable_lazy_cancellation_filtering")}};
}

Result<std::unique_ptr<Scheduler>> make(const SchedulerSpec& spec) {
  const TfQueueOptions common = queue_options(spec.values);
  TfSharedOptions options{.max_batch_size = common.max_batch_size,
                          .batch_timeout_micros = common.batch_timeout_micros,
                          .max_enqueued_batches = common.max_enqueued_batches,
                          .num_batch_threads = option_integer(spec.values, "num_batch_threads"),
                          .extras = common.extras,
                          .rank_queues = option_flag(spec.values, "rank_queues"),
                          .batching_session = option_flag(spec.values, "batching_session"),
                          .idle_poll_micros = option_integer(spec.values, "idle_poll_micros"),
                          .seed = spec.seed,
                          .models = spec.models};
  for (const QueueSpec& queue : spec.queues) {
    options.queues.push_back(queue_options(queue.values));
  }
  return with_retrier(make_tf_shared(options), spec.values);
}

// Of rows that are together in a batch, then padded (TF 2.7, 2.8).
std::int64_t rows_max(const OptionValues& values) {
  const TfQueueOptions queue = queue_options(values);
  const TfQueueExtras& extras = queue.extras;
  std::int64_t rows =
      extras.enable_large_batch_splitting ? extras.max_execution_batch_size : queue.max_batch_size;
  if (extras.enable_priority_queue) {
    rows = std::max(rows, extras.low.max_execution_batch_size);
  }
  const auto padded = [&](const std::vector<std::int64_t>& sizes) {
    const auto next = std::lower_bound(sizes.begin(), sizes.end(), rows);
    return extras.disable_padding || next == sizes.end() ? rows : *next;
  };
  return std::max(padded(extras.allowed_batch_sizes), padded(extras.low.allowed_batch_sizes));
}

}  // namespace

SchedulerInfo tf_shared_info() {
  return SchedulerInfo{.name = "tf-shared",
                       .goal = "TF-Serving's shared batch scheduler: full, or the time-out passed",
                       .options = kOptions,
                       .make = &make,
                       .lane_option = "num_batch_threads",
                       .rows_max = &rows_max,
                       .batch_option = "max_batch_size"};
}

}  // namespace lockstep

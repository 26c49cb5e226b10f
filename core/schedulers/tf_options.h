// Options of TF-Serving's shared scheduler, by upstream's names (spec: TF 1.1, 1.2).
//
// Values are upstream's: times in microseconds, sizes in rows. Checked by check_tf_options.
#pragma once

#include <cstdint>
#include <vector>

#include "core/result.h"
#include "core/schedulers/queue_models.h"
#include "core/time.h"

namespace lockstep {

// What happens to an open batch whose size is not an allowed one when it leaves (TF 2.8).
enum class TfPaddingPolicy : std::uint8_t {
  kPadUp,         // nothing: it is padded up to the next allowed size
  kBatchDown,     // trimmed to the previous allowed size, if requests end exactly there
  kMinimizeCost,  // MINIMIZE_TPU_COST_PER_REQUEST: whichever costs less per row
};

// What low-priority requests do in batches of the others (TF 2.7).
enum class TfMixedPolicy : std::uint8_t {
  kPadToMaximum,      // low_priority_padding_with_max_batch_size
  kPadToNextAllowed,  // low_priority_padding_with_next_allowed_batch_size
  kIsolation,         // priority_isolation
  kMerge,             // priority_merge
};

// A measured batch: what executing `rows` rows, padding included, took.
struct TfBatchCost {
  std::uint32_t rows = 0;
  SimDuration cost{0};
};

// low_priority_queue_options: requests of criticality Sheddable and SheddablePlus. Not validated
// upstream; here only against overflow.
struct TfLowPriorityOptions {
  std::int64_t max_execution_batch_size = 0;
  std::int64_t batch_timeout_micros = 0;
  std::int64_t max_enqueued_batches = 0;
  std::vector<std::int64_t>
      allowed_batch_sizes{};  // pad the batches that begin with such a request
};

// What a queue can do beyond size, time-out and capacity; the defaults switch everything off.
struct TfQueueExtras {
  std::int64_t max_execution_batch_size = 1000;  // rows; used with enable_large_batch_splitting
  std::int64_t max_queue_depth = 200;            // rows; of the priority-aware queue
  std::vector<std::int64_t> allowed_batch_sizes{};
  // Known before the run, for kMinimizeCost; the run's own batches add to it (model_batch_stats).
  std::vector<TfBatchCost> batch_costs{};
  TfLowPriorityOptions low{};  // used with enable_priority_queue

  TfPaddingPolicy batch_padding_policy = TfPaddingPolicy::kPadUp;
  TfMixedPolicy mixed_priority_batching_policy = TfMixedPolicy::kPadToMaximum;
  bool enable_large_batch_splitting = false;
  bool disable_padding = false;
  bool enable_priority_queue = false;
  bool enable_priority_aware_batch_scheduler = false;
  bool enable_task_resplit = false;                 // of the priority-aware queue
  bool enable_lazy_cancellation_filtering = false;  // of the priority-aware queue

  // None of the rules beyond TF 2.1 to 2.5 applies.
  [[nodiscard]] bool all_off() const {
    return !enable_large_batch_splitting && allowed_batch_sizes.empty() && !enable_priority_queue &&
           !enable_priority_aware_batch_scheduler;
  }
};

struct TfQueueOptions {
  std::int64_t max_batch_size = 1000;  // input_batch_size_limit
  std::int64_t batch_timeout_micros = 0;
  std::int64_t max_enqueued_batches = 10;
  TfQueueExtras extras{};
};

// The first four are what one queue of the plain scheduler needs; designated initialisers name
// them.
struct TfSharedOptions {
  std::int64_t max_batch_size = 1000;      // rows
  std::int64_t batch_timeout_micros = 0;   // us
  std::int64_t max_enqueued_batches = 10;  // batches, the open one included
  std::int64_t num_batch_threads = 8;      // lanes
  TfQueueExtras extras{};
  bool rank_queues = false;
  // A batching session stands before the queues (TF 2.13): deadlines of whole batches.
  bool batching_session = false;
  // How often an idle thread looks by itself, us; upstream 1000. 0: the ideal rule, whatever is due
  // is seen at once (TF 2.5).
  std::int64_t idle_poll_micros = 0;
  std::uint64_t seed = 1;  // of the threads' polling phases
  // Queues that exist from the start, in this order. Others are added on their first request, with
  // the options of one of these, as `models` says, or the options above.
  std::vector<TfQueueOptions> queues{};
  const QueueModels* models =
      nullptr;  // not owned, outlives the scheduler; nullptr: none has a model
};

// Errors carry upstream's texts and the order of its checks (TF 1.1, 1.2); limits of ours name the
// limit.
[[nodiscard]] Result<void> check_tf_options(const TfSharedOptions& options);

}  // namespace lockstep

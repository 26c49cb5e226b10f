#include "core/schedulers/tf_queue_options.h"

#include <optional>

#include "core/check.h"

namespace lockstep {

TfQueueOptionsList::TfQueueOptionsList(const TfSharedOptions& options)
    : common_{.max_batch_size = options.max_batch_size,
              .batch_timeout_micros = options.batch_timeout_micros,
              .max_enqueued_batches = options.max_enqueued_batches,
              .extras = options.extras},
      from_start_(options.queues),
      models_(options.models) {}

const TfQueueOptions& TfQueueOptionsList::of(QueueId queue) const {
  if (raw(queue) < from_start_.size()) {
    return from_start_[raw(queue)];
  }
  const std::optional<QueueId> model = models_ == nullptr ? std::nullopt : models_->model_of(queue);
  if (!model) {
    return common_;
  }
  LOCKSTEP_CHECK(raw(*model) < from_start_.size());
  return from_start_[raw(*model)];
}

Promises tf_full_promises(const TfSharedOptions& options) {
  const auto in_order = [](const TfQueueExtras& extras) {
    return !extras.enable_priority_queue && !extras.enable_priority_aware_batch_scheduler;
  };
  bool all_in_order = in_order(options.extras);
  for (const TfQueueOptions& queue : options.queues) {
    all_in_order = all_in_order && in_order(queue.extras);
  }
  // With classes, low-priority requests may wait longer, and closing does not flush them.
  return Promises{.fifo_per_queue = all_in_order,
                  .work_conserving = all_in_order && options.idle_poll_micros == 0,
                  .timeout_bound = false,  // a trim restarts the time-out
                  .starvation_free = all_in_order,
                  .cancellable = false,
                  .drains_on_close = all_in_order};
}

}  // namespace lockstep

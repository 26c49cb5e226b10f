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

}  // namespace lockstep

// The options that each queue of a shared scheduler has: its own, its model's, or the common ones.
#pragma once

#include <vector>

#include "core/ids.h"
#include "core/scheduler.h"
#include "core/schedulers/queue_models.h"
#include "core/schedulers/tf_options.h"

namespace lockstep {

class TfQueueOptionsList {
 public:
  explicit TfQueueOptionsList(const TfSharedOptions& options);

  // Of the queues that exist from the start.
  [[nodiscard]] const std::vector<TfQueueOptions>& from_start() const { return from_start_; }
  // Of any queue, whether it exists already or not. Valid as long as this.
  [[nodiscard]] const TfQueueOptions& of(QueueId queue) const;

 private:
  TfQueueOptions common_;
  std::vector<TfQueueOptions> from_start_;
  const QueueModels* models_;  // not owned; nullptr: all others have the common options
};

// What a scheduler of such queues promises, all options counted.
[[nodiscard]] Promises tf_full_promises(const TfSharedOptions& options);

}  // namespace lockstep

// The names that queues have in a run, and what follows from them: "MODEL:SIGNATURE" is a queue of
// its own that begins with the options of MODEL (TF 2.13).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/schedulers/queue_models.h"
#include "core/schedulers/registry.h"

namespace lockstep {

class NamedQueueModels final : public QueueModels {
 public:
  // `names` by queue number; it may grow, and outlives this. Models: the queues of `spec`.
  NamedQueueModels(const SchedulerSpec& spec, const std::vector<std::string>& names);

  // nullopt for a queue without a name, too.
  [[nodiscard]] std::optional<QueueId> model_of(QueueId queue) const override;

 private:
  std::vector<std::string> models_;
  const std::vector<std::string>& names_;
};

}  // namespace lockstep

#include "cli/queue_names.h"

#include <algorithm>
#include <cstdint>

#include "traces/names.h"

namespace lockstep {

NamedQueueModels::NamedQueueModels(const SchedulerSpec& spec, const std::vector<std::string>& names)
    : names_(names) {
  for (const QueueSpec& queue : spec.queues) {
    models_.push_back(queue.name);
  }
}

std::optional<QueueId> NamedQueueModels::model_of(QueueId queue) const {
  if (raw(queue) >= names_.size()) {
    return std::nullopt;
  }
  const auto model = std::find(models_.begin(), models_.end(), model_of_queue(names_[raw(queue)]));
  if (model == models_.end()) {
    return std::nullopt;
  }
  return QueueId{static_cast<std::uint32_t>(model - models_.begin())};
}

}  // namespace lockstep

// Whose options a queue has that comes into being with its first request.
//
// Queues of a configuration exist from the start and have names; a scheduler knows numbers only.
// In TF-Serving a request for a signature that its model did not declare makes a queue "with the
// same options" as the model's others (TF 2.13), so somebody who knows the names has to say which
// model that is.
#pragma once

#include <cstdint>
#include <optional>

#include "core/ids.h"

namespace lockstep {

class QueueModels {
 public:
  QueueModels() = default;
  QueueModels(const QueueModels&) = delete;
  QueueModels& operator=(const QueueModels&) = delete;
  virtual ~QueueModels() = default;

  // The queue whose options `queue` has, one of those that exist from the start; nullopt: the
  // common ones. Asked once a request of `queue` was read. The same queue has the same answer,
  // always: it decides.
  [[nodiscard]] virtual std::optional<QueueId> model_of(QueueId queue) const = 0;
};

}  // namespace lockstep

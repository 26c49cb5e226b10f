#include "traces/queue_column.h"

#include "core/limits.h"
#include "traces/names.h"

namespace lockstep {

Result<QueueId> QueueColumn::read(const CsvRows& row, std::size_t index) {
  const std::string_view name = row.field(index);
  if (last_ < names_.size() && names_[last_] == name) {
    return QueueId{last_};
  }
  auto found = ids_.find(name);
  if (found == ids_.end()) {
    if (!is_queue_name(name)) {
      return row.refuse(index, kQueueNameRule);
    }
    if (names_.size() == kMaxQueues) {
      return row.refuse(index, "at most 65536 queues");
    }
    found = ids_.emplace(name, static_cast<std::uint32_t>(names_.size())).first;
    names_.emplace_back(name);
  }
  last_ = found->second;
  return QueueId{last_};
}

}  // namespace lockstep

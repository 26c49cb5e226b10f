#include "properties/reference/tf_full_queue.h"

#include "properties/reference/tf_full_sizes.h"

namespace lockstep::full_reference {

std::vector<Task> cut(const Task& task, std::int64_t room, std::int64_t limit) {
  std::vector<Task> pieces;
  for (const std::int64_t rows : cut_sizes(task.rows, room, limit)) {
    pieces.push_back(task);
    pieces.back().rows = rows;
    pieces.back().is_piece = task.is_piece || rows < task.rows;
  }
  return pieces;
}

std::int64_t Queue::padded(const Formed& formed) const {
  const std::int64_t rows = rows_of(formed.batch) + rows_of(formed.padding);
  // The priority-aware queue has no low class (TF 2.1, 2.7 are of the other one).
  const bool starts_low = extras().enable_priority_queue &&
                          !extras().enable_priority_aware_batch_scheduler &&
                          formed.batch.front().criticality <= Criticality::kSheddablePlus;
  const std::vector<std::int64_t>& sizes =
      starts_low ? extras().low.allowed_batch_sizes : extras().allowed_batch_sizes;
  const std::int64_t size = next_size(rows, sizes_in_use(extras(), sizes));
  marks().hit_if(size > rows, starts_low ? Mark::kPaddedByLowSizes : Mark::kPaddedUp);
  return size;
}

}  // namespace lockstep::full_reference

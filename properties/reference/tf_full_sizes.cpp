#include "properties/reference/tf_full_sizes.h"

#include <algorithm>
#include <optional>

namespace lockstep::full_reference {
namespace {

struct Mean {
  std::int64_t total_ns = 0;
  std::int64_t count = 0;
};

std::optional<Mean> mean_of(std::int64_t rows, std::span<const TfBatchCost> measured) {
  Mean mean;
  for (const TfBatchCost& batch : measured) {
    if (batch.rows == rows) {
      mean.total_ns += batch.cost.count();
      ++mean.count;
    }
  }
  return mean.count == 0 ? std::nullopt : std::optional(mean);
}

// mean(next) / rows < mean(previous) / previous, without a division.
bool padding_up_costs_less(std::int64_t rows, const Mean& next, std::int64_t previous_rows,
                           const Mean& previous, Marks& marks) {
  const std::int64_t up = next.total_ns * previous.count * previous_rows;
  const std::int64_t down = previous.total_ns * next.count * rows;
  marks.hit_if(up < down, Mark::kCostKeeps);
  marks.hit_if(up > down, Mark::kCostTrims);
  marks.hit_if(up == down, Mark::kCostEqualTrims);
  return up < down;
}

}  // namespace

std::vector<std::int64_t> cut_sizes(std::int64_t rows, std::int64_t room, std::int64_t limit) {
  if (rows <= room) {
    return {rows};
  }
  std::vector<std::int64_t> sizes;
  if (room > 0) {
    sizes.push_back(room);
    rows -= room;
  }
  while (rows > 0) {
    sizes.push_back(std::min(rows, limit));
    rows -= sizes.back();
  }
  return sizes;
}

std::int64_t next_size(std::int64_t rows, std::span<const std::int64_t> sizes) {
  for (const std::int64_t size : sizes) {
    if (size >= rows) {
      return size;
    }
  }
  return rows;
}

std::int64_t previous_size(std::int64_t rows, std::span<const std::int64_t> sizes) {
  std::int64_t found = rows;
  for (const std::int64_t size : sizes) {
    if (size <= rows) {
      found = size;
    }
  }
  return found;
}

std::span<const std::int64_t> sizes_in_use(const TfQueueExtras& extras,
                                           const std::vector<std::int64_t>& sizes) {
  return extras.disable_padding ? std::span<const std::int64_t>() : std::span(sizes);
}

std::int64_t size_by_policy(std::int64_t rows, const TfQueueExtras& extras,
                            std::span<const TfBatchCost> measured, Marks& marks) {
  if (extras.batch_padding_policy == TfPaddingPolicy::kPadUp) {
    return rows;
  }
  marks.hit_if(extras.disable_padding && !extras.allowed_batch_sizes.empty(),
               Mark::kPaddingDisabled);
  const std::span<const std::int64_t> sizes = sizes_in_use(extras, extras.allowed_batch_sizes);
  const std::int64_t next = next_size(rows, sizes);
  const std::int64_t previous = previous_size(rows, sizes);
  if (next == rows || previous == rows) {
    marks.hit_if(next != rows, Mark::kNoSmallerSize);
    return rows;
  }
  if (extras.batch_padding_policy == TfPaddingPolicy::kMinimizeCost) {
    const std::optional<Mean> up = mean_of(next, measured);
    const std::optional<Mean> down = mean_of(previous, measured);
    marks.hit_if(!up || !down, Mark::kCostUnknown);
    marks.hit_if(up && down && extras.batch_costs.empty(), Mark::kCostMeasuredOnly);
    if (!up || !down || padding_up_costs_less(rows, *up, previous, *down, marks)) {
      return rows;
    }
  }
  return previous;
}

std::size_t tasks_to_keep(std::span<const std::int64_t> sizes, std::int64_t target) {
  std::int64_t sum = 0;
  for (std::size_t kept = 0; kept < sizes.size(); ++kept) {
    if (sum == target) {
      return kept;
    }
    sum += sizes[kept];
  }
  return sizes.size();
}

}  // namespace lockstep::full_reference

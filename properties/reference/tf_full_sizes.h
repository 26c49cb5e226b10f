// Pure arithmetic of the full reference: cutting, allowed sizes, the padding policies
// (TF 2.6, 2.8).
//
// "Padding disabled" and "no allowed sizes" are one thing here: an empty list.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/schedulers/tf_options.h"
#include "properties/reference/tf_full_marks.h"

namespace lockstep::full_reference {

// Pieces of a task of `rows` that meets `room` in a batch of at most `limit`. Requires: rows > 0,
// limit > 0, room <= limit.
[[nodiscard]] std::vector<std::int64_t> cut_sizes(std::int64_t rows, std::int64_t room,
                                                  std::int64_t limit);

// The smallest of `sizes` that is not below `rows`, or `rows`.
[[nodiscard]] std::int64_t next_size(std::int64_t rows, std::span<const std::int64_t> sizes);
// The largest of `sizes` that is not above `rows`, or `rows`.
[[nodiscard]] std::int64_t previous_size(std::int64_t rows, std::span<const std::int64_t> sizes);

// The sizes that count: none when padding is disabled.
[[nodiscard]] std::span<const std::int64_t> sizes_in_use(const TfQueueExtras& extras,
                                                         const std::vector<std::int64_t>& sizes);

// What the padding policy would execute of `rows` waiting rows, given every batch measured so far.
[[nodiscard]] std::int64_t size_by_policy(std::int64_t rows, const TfQueueExtras& extras,
                                          std::span<const TfBatchCost> measured, Marks& marks);

// How many tasks to keep so that their sizes add up to exactly `target`; all when none do.
[[nodiscard]] std::size_t tasks_to_keep(std::span<const std::int64_t> sizes, std::int64_t target);

}  // namespace lockstep::full_reference

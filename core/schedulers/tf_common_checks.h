// Option checks that several of TF-Serving's schedulers share, in upstream's words (TF 1.1, 1.4,
// 1.5); each also ends at the limit of ours beyond which numbers would overflow.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/result.h"

namespace lockstep {

[[nodiscard]] Result<void> check_batch_threads(std::int64_t num_batch_threads);
[[nodiscard]] Result<void> check_boost(std::int64_t full_batch_scheduling_boost_micros);
[[nodiscard]] Result<void> check_average(std::int64_t batches_to_average_over);
[[nodiscard]] Result<void> check_queue_count(std::size_t queue_count);
[[nodiscard]] Result<void> check_batch_limits(std::int64_t max_batch_size,
                                              std::int64_t max_enqueued_batches);

}  // namespace lockstep

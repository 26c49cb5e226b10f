#include "core/schedulers/tf_common_checks.h"

#include <string>

#include "core/limits.h"
#include "core/schedulers/tf_option_checks.h"

namespace lockstep {
namespace {

// boost * rows stays below 2^63.
constexpr std::int64_t kMaxBoostMicros = INT64_MAX / kMaxRequestRows;

}  // namespace

Result<void> check_batch_threads(std::int64_t num_batch_threads) {
  return check_positive("num_batch_threads", num_batch_threads, kMaxLanes);
}

Result<void> check_boost(std::int64_t full_batch_scheduling_boost_micros) {
  if (full_batch_scheduling_boost_micros < 0) {
    return bad_input("full_batch_scheduling_boost_micros can't be negative; was " +
                     std::to_string(full_batch_scheduling_boost_micros));
  }
  return check_at_most("full_batch_scheduling_boost_micros", full_batch_scheduling_boost_micros,
                       kMaxBoostMicros);
}

Result<void> check_average(std::int64_t batches_to_average_over) {
  if (batches_to_average_over < 1) {
    return bad_input("batches_to_average_over should be greater than or equal to 1; was " +
                     std::to_string(batches_to_average_over));
  }
  return {};
}

Result<void> check_queue_count(std::size_t queue_count) {
  if (queue_count > kMaxQueues) {
    return bad_input("found " + std::to_string(queue_count) + " queues, expected at most " +
                     std::to_string(kMaxQueues));
  }
  return {};
}

Result<void> check_batch_limits(std::int64_t max_batch_size, std::int64_t max_enqueued_batches) {
  if (max_batch_size < 1) {
    return bad_input("max_batch_size must be positive; was " + std::to_string(max_batch_size));
  }
  if (max_enqueued_batches < 1) {
    return bad_input("max_enqueued_batches must be positive; was " +
                     std::to_string(max_enqueued_batches));
  }
  if (Result<void> size = check_at_most("max_batch_size", max_batch_size, kMaxRequestRows); !size) {
    return size;
  }
  // Upstream's type ends there.
  return check_at_most("max_enqueued_batches", max_enqueued_batches, INT32_MAX);
}

}  // namespace lockstep

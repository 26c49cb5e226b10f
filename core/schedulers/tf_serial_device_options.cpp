#include "core/schedulers/tf_serial_device_options.h"

#include <string>

#include "core/schedulers/tf_common_checks.h"

namespace lockstep {
namespace {

// Sums of a limit and a target stay far from 2^62.
constexpr TfReal kMaxTarget{1'000'000'000};

Result<void> check_scheduler(const TfSerialDeviceOptions& options) {
  const std::int64_t initial = options.initial_in_flight_batches_limit;
  if (Result<void> threads = check_batch_threads(options.num_batch_threads); !threads) {
    return threads;
  }
  if (initial < 1) {
    return bad_input("initial_in_flight_batches_limit must be positive; was " +
                     std::to_string(initial));
  }
  if (initial > options.num_batch_threads) {
    return bad_input("initial_in_flight_batches_limit (" + std::to_string(initial) +
                     ") should not be larger than num_batch_threads (" +
                     std::to_string(options.num_batch_threads) + ")");
  }
  if (Result<void> boost = check_boost(options.full_batch_scheduling_boost_micros); !boost) {
    return boost;
  }
  if (Result<void> average = check_average(options.batches_to_average_over); !average) {
    return average;
  }
  if (!(options.target_pending > TfReal{0})) {
    return bad_input("target_pending should be larger than zero; was " +
                     options.target_pending.text());
  }
  if (options.target_pending > kMaxTarget) {
    return bad_input("target_pending must be at most " + kMaxTarget.text() + "; was " +
                     options.target_pending.text());
  }
  if (!options.get_pending_on_serial_device) {
    return bad_input("get_pending_on_serial_device must be specified");
  }
  return {};
}

}  // namespace

Result<void> check_tf_serial_device_options(const TfSerialDeviceOptions& options) {
  if (Result<void> scheduler = check_scheduler(options); !scheduler) {
    return scheduler;
  }
  if (Result<void> count = check_queue_count(options.queues.size()); !count) {
    return count;
  }
  for (const TfSerialDeviceQueueOptions& queue : options.queues) {
    if (Result<void> checked = check_batch_limits(queue.max_batch_size, queue.max_enqueued_batches);
        !checked) {
      return checked;
    }
  }
  return check_batch_limits(options.queue.max_batch_size, options.queue.max_enqueued_batches);
}

}  // namespace lockstep

#include "core/schedulers/tf_adaptive_options.h"

#include <string>

#include "core/limits.h"
#include "core/schedulers/tf_common_checks.h"
#include "core/schedulers/tf_option_checks.h"

namespace lockstep {
namespace {

std::string text(std::int64_t number) {
  return std::to_string(number);
}

Result<void> check_limits(const TfAdaptiveOptions& options) {
  const TfReal& initial = options.initial_in_flight_batches_limit;
  if (options.min_in_flight_batches_limit < 1) {
    return bad_input("min_in_flight_batches_limit must be >= 1; was " +
                     text(options.min_in_flight_batches_limit));
  }
  if (options.min_in_flight_batches_limit > options.num_batch_threads) {
    return bad_input("min_in_flight_batches_limit (" + text(options.min_in_flight_batches_limit) +
                     ") must be <= num_batch_threads (" + text(options.num_batch_threads) + ")");
  }
  if (Result<void> boost = check_boost(options.full_batch_scheduling_boost_micros); !boost) {
    return boost;
  }
  if (initial > TfReal{options.num_batch_threads}) {
    return bad_input("initial_in_flight_batches_limit (" + initial.text() +
                     ") should not be larger than num_batch_threads (" +
                     text(options.num_batch_threads) + ")");
  }
  if (initial < TfReal{options.min_in_flight_batches_limit}) {
    // Upstream's text lacks the bracket and the blank (quirk 10).
    return bad_input("initial_in_flight_batches_limit (" + initial.text() +
                     "must be >= min_in_flight_batches_limit (" +
                     text(options.min_in_flight_batches_limit) + ")");
  }
  return check_average(options.batches_to_average_over);
}

Result<void> check_queue(const TfAdaptiveQueueOptions& options) {
  if (Result<void> limits =
          check_batch_limits(options.max_batch_size, options.max_enqueued_batches);
      !limits) {
    return limits;
  }
  if (options.max_input_task_size && *options.max_input_task_size < options.max_batch_size) {
    return bad_input(
        "max_input_task_size must be larger than or equal to max_batch_size;got "
        "max_input_task_size as " +
        text(*options.max_input_task_size) + " and max_batch_size as " +
        text(options.max_batch_size));
  }
  return check_at_most("batch_timeout_micros", options.batch_timeout_micros, kMaxTimeNs / 1000);
}

}  // namespace

Result<void> check_tf_adaptive_options(const TfAdaptiveOptions& options) {
  if (Result<void> threads = check_batch_threads(options.num_batch_threads); !threads) {
    return threads;
  }
  if (Result<void> limits = check_limits(options); !limits) {
    return limits;
  }
  if (Result<void> count = check_queue_count(options.queues.size()); !count) {
    return count;
  }
  for (const TfAdaptiveQueueOptions& queue : options.queues) {
    if (Result<void> checked = check_queue(queue); !checked) {
      return checked;
    }
  }
  return check_queue(options.queue);
}

}  // namespace lockstep

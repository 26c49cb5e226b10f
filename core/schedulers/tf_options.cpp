#include "core/schedulers/tf_options.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "core/limits.h"
#include "core/schedulers/tf_common_checks.h"
#include "core/schedulers/tf_option_checks.h"

namespace lockstep {
namespace {

constexpr std::int64_t kIdlePollMicrosMax = 1'000'000'000;  // 1000 s

Result<void> check_sizes(std::string_view name, const std::vector<std::int64_t>& sizes) {
  for (const std::int64_t size : sizes) {
    if (Result<void> checked = check_positive(name, size, std::int64_t{kMaxRequestRows});
        !checked) {
      return checked;
    }
  }
  // Upstream only asserts it in debug builds; unsorted sizes would make "next" meaningless.
  if (std::adjacent_find(sizes.begin(), sizes.end(), std::greater_equal<>()) != sizes.end()) {
    return bad_input(std::string(name) + " must be strictly ascending");
  }
  return {};
}

Result<void> check_splitting(const TfQueueOptions& options) {
  const TfQueueExtras& extras = options.extras;
  if (!extras.enable_large_batch_splitting) {
    return {};
  }
  if (options.max_enqueued_batches < 1) {
    return check_option_rule(false, "max_enqueued_batches", "positive",
                             options.max_enqueued_batches);
  }
  if (extras.max_execution_batch_size < 1) {
    // Quirk 9: upstream divides by zero instead.
    return check_option_rule(false, "max_execution_batch_size", "positive",
                             extras.max_execution_batch_size);
  }
  if (options.max_batch_size < extras.max_execution_batch_size) {
    // The numbers run together upstream too (quirk 10).
    return bad_input(
        "When enable_large_batch_splitting is true, input_batch_size_limit must be greater than or "
        "equal to max_execution_batch_size." +
        std::to_string(extras.enable_large_batch_splitting ? 1 : 0) +
        std::to_string(options.max_batch_size) + std::to_string(extras.max_execution_batch_size));
  }
  return {};
}

Result<void> check_low_priority(const TfLowPriorityOptions& low) {
  // Upstream takes these as unsigned and does not look at them.
  for (const auto& [name, value, limit] :
       {std::tuple{"low_priority max_execution_batch_size", low.max_execution_batch_size,
                   std::int64_t{kMaxRequestRows}},
        std::tuple{"low_priority batch_timeout_micros", low.batch_timeout_micros,
                   kMaxTimeNs / 1000},
        std::tuple{"low_priority max_enqueued_batches", low.max_enqueued_batches,
                   std::int64_t{1} << 32}}) {
    if (Result<void> checked = check_non_negative(name, value, limit); !checked) {
      return checked;
    }
  }
  return check_sizes("low_priority allowed_batch_sizes", low.allowed_batch_sizes);
}

Result<void> check_priority_aware(const TfQueueExtras& extras) {
  if (!extras.enable_priority_aware_batch_scheduler) {
    return {};
  }
  if (extras.mixed_priority_batching_policy != TfMixedPolicy::kPadToMaximum) {
    return bad_input(
        "If enable_priority_aware_batch_scheduler is true, mixed_priority_batching_policy must be "
        "low_priority_padding_with_max_batch_size.");
  }
  if (extras.max_queue_depth < 1) {
    return bad_input(
        "If enable_priority_aware_batch_scheduler is true, max_queue_depth must be positive.");
  }
  return {};
}

Result<void> check_queue(const TfQueueOptions& options) {
  if (options.max_batch_size < 1) {
    // Upstream's name of the option that max_batch_size sets.
    return check_option_rule(false, "input_batch_size_limit", "positive", options.max_batch_size);
  }
  if (options.max_batch_size > std::int64_t{kMaxRequestRows}) {
    return check_at_most("max_batch_size", options.max_batch_size, std::int64_t{kMaxRequestRows});
  }
  if (Result<void> timeout = check_non_negative("batch_timeout_micros",
                                                options.batch_timeout_micros, kMaxTimeNs / 1000);
      !timeout) {
    return timeout;
  }
  if (options.max_enqueued_batches < 0) {
    return check_option_rule(false, "max_enqueued_batches", "non-negative",
                             options.max_enqueued_batches);
  }
  if (Result<void> sizes = check_sizes("allowed_batch_sizes", options.extras.allowed_batch_sizes);
      !sizes) {
    return sizes;
  }
  if (Result<void> splitting = check_splitting(options); !splitting) {
    return splitting;
  }
  if (Result<void> low = check_low_priority(options.extras.low); !low) {
    return low;
  }
  return check_priority_aware(options.extras);
}

}  // namespace

Result<void> check_tf_options(const TfSharedOptions& options) {
  if (Result<void> threads = check_batch_threads(options.num_batch_threads); !threads) {
    return threads;
  }
  if (Result<void> poll =
          check_non_negative("idle_poll_micros", options.idle_poll_micros, kIdlePollMicrosMax);
      !poll) {
    return poll;
  }
  if (Result<void> count = check_queue_count(options.queues.size()); !count) {
    return count;
  }
  for (const TfQueueOptions& queue : options.queues) {
    if (Result<void> checked = check_queue(queue); !checked) {
      return checked;
    }
  }
  return check_queue(TfQueueOptions{.max_batch_size = options.max_batch_size,
                                    .batch_timeout_micros = options.batch_timeout_micros,
                                    .max_enqueued_batches = options.max_enqueued_batches,
                                    .extras = options.extras});
}

}  // namespace lockstep

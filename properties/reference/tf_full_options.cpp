// Which options are refused, and how the refusal reads: TF 1.1, 1.2 and 2.17 item 9.
#include "properties/reference/tf_full_reference.h"

namespace lockstep::full_reference {
namespace {

std::string queue_error(const TfQueueOptions& queue) {
  const TfQueueExtras& extras = queue.extras;
  if (queue.max_batch_size == 0) {
    return "input_batch_size_limit must be positive; was 0";
  }
  if (queue.batch_timeout_micros < 0) {
    return "batch_timeout_micros must be non-negative; was " +
           std::to_string(queue.batch_timeout_micros);
  }
  if (extras.enable_large_batch_splitting) {
    if (queue.max_enqueued_batches == 0) {
      return "max_enqueued_batches must be positive; was 0";
    }
    if (queue.max_batch_size < extras.max_execution_batch_size) {
      return "When enable_large_batch_splitting is true, input_batch_size_limit must be greater "
             "than "
             "or equal to max_execution_batch_size.";
    }
    if (extras.max_execution_batch_size == 0) {  // upstream divides by it: a choice of ours
      return "max_execution_batch_size";
    }
  }
  if (extras.enable_priority_aware_batch_scheduler) {
    if (extras.mixed_priority_batching_policy != TfMixedPolicy::kPadToMaximum) {
      return "enable_priority_aware_batch_scheduler";
    }
    if (extras.max_queue_depth == 0) {
      return "If enable_priority_aware_batch_scheduler is true, max_queue_depth must be positive.";
    }
  }
  return "";
}

}  // namespace

std::string expected_options_error(const TfSharedOptions& options) {
  if (options.num_batch_threads < 1) {
    return "num_batch_threads must be positive; was " + std::to_string(options.num_batch_threads);
  }
  std::string error = queue_error({options.max_batch_size, options.batch_timeout_micros,
                                   options.max_enqueued_batches, options.extras});
  for (const TfQueueOptions& queue : options.queues) {
    error = error.empty() ? queue_error(queue) : error;
  }
  return error;
}

}  // namespace lockstep::full_reference

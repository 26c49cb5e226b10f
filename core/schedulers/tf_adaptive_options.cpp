#include "core/schedulers/tf_adaptive_options.h"

#include <array>
#include <string>
#include <string_view>

#include "core/limits.h"
#include "core/schedulers/tf_common_checks.h"

namespace lockstep {
namespace {

constexpr std::array<OptionInfo, 12> kOptions = {
    OptionInfo{"max_batch_size", "rows", 1000, "most rows in one batch"},
    OptionInfo{"batch_timeout_micros", "us", 0,
               "a batch that is not full waits that long before it may start"},
    OptionInfo{"max_enqueued_batches", "batches", 10,
               "batches per queue that have not started; more is refused"},
    OptionInfo{"max_input_task_size", "rows", 0, "most rows of one request; 0 = not set"},
    OptionInfo{"max_tasks_per_batch", "requests", 0, "most requests in one batch; 0 = not set"},
    OptionInfo{"enable_large_batch_splitting", "0 or 1", 0,
               "cut requests so that batches are exactly full"},
    OptionInfo{"num_batch_threads", "threads", kServerCpus,
               "batches executed at once (lanes), and the largest limit"},
    OptionInfo{"initial_in_flight_batches_limit", "batches", 3, "the limit at the start"},
    OptionInfo{"min_in_flight_batches_limit", "batches", 1, "the smallest limit"},
    OptionInfo{"batches_to_average_over", "batches", 1000, "between two adjustments of the limit"},
    OptionInfo{"full_batch_scheduling_boost_micros", "us", 0,
               "how much older a batch of one must be to go before a full one"},
    OptionInfo{"fifo_scheduling", "0 or 1", 0, "start in order of creation, whatever the sizes"}};

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
  return check_at_most("batch_timeout_micros", kMaxTimeNs / 1000, options.batch_timeout_micros);
}

// 0 stands for "not set".
std::optional<std::int64_t> if_set(std::int64_t value) {
  return value == 0 ? std::nullopt : std::optional(value);
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

Result<std::unique_ptr<Scheduler>> make_tf_adaptive_from(const OptionValues& values,
                                                         std::uint64_t seed) {
  const auto value = [&](std::string_view name) { return option_value(values, name); };
  const std::int64_t initial = value("initial_in_flight_batches_limit");
  return make_tf_adaptive(
      TfAdaptiveOptions{
          .num_batch_threads = value("num_batch_threads"),
          .min_in_flight_batches_limit = value("min_in_flight_batches_limit"),
          .full_batch_scheduling_boost_micros = value("full_batch_scheduling_boost_micros"),
          .initial_in_flight_batches_limit = TfReal{initial},
          .batches_to_average_over = value("batches_to_average_over"),
          .fifo_scheduling = value("fifo_scheduling") != 0,
          .queue = {.max_batch_size = value("max_batch_size"),
                    .max_enqueued_batches = value("max_enqueued_batches"),
                    .batch_timeout_micros = value("batch_timeout_micros"),
                    .max_input_task_size = if_set(value("max_input_task_size")),
                    .max_tasks_per_batch = if_set(value("max_tasks_per_batch")),
                    .enable_large_batch_splitting = value("enable_large_batch_splitting") != 0}},
      seed);
}

std::span<const OptionInfo> tf_adaptive_option_infos() {
  return kOptions;
}

}  // namespace lockstep

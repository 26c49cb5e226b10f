#include "core/schedulers/tf_registrations.h"

#include <array>
#include <utility>

#include "core/schedulers/tf_adaptive.h"
#include "core/schedulers/tf_jit.h"
#include "core/schedulers/tf_retrier.h"
#include "core/schedulers/tf_serial_device.h"
#include "core/schedulers/tf_streaming.h"

namespace lockstep {
namespace {

struct Number {
  std::string_view name;
  std::string_view unit;
  std::string_view default_text;
  std::string_view help;
};

// An option of the whole scheduler, of each queue, or one that settings always name.
constexpr OptionInfo of_scheduler(const Number& number, OptionType type = OptionType::kInteger) {
  return OptionInfo{.name = number.name,
                    .unit = number.unit,
                    .default_text = number.default_text,
                    .help = number.help,
                    .type = type,
                    .scope = OptionScope::kScheduler,
                    .always_recorded = true};
}
constexpr OptionInfo of_queue(const Number& number, OptionType type = OptionType::kInteger) {
  OptionInfo option = of_scheduler(number, type);
  option.scope = OptionScope::kQueue;
  return option;
}

constexpr OptionInfo kThreads =
    of_scheduler({"num_batch_threads", "threads", kServerCpus, "batches executed at once (lanes)"});
constexpr Number kBatchSize{"max_batch_size", "rows", "1000", "most rows in one batch"};
constexpr Number kEnqueued{"max_enqueued_batches", "batches", "10",
                           "batches per queue that have not started; more is refused"};
constexpr Number kBoost{"full_batch_scheduling_boost_micros", "us", "0",
                        "how much older a nearly empty batch must be to go before a full one"};
constexpr Number kAverage{"batches_to_average_over", "batches", "1000",
                          "between two adjustments of the limit"};
constexpr Number kTimeout{"batch_timeout_micros", "us", "0",
                          "how long a batch that is not full waits for more"};

constexpr std::array kAdaptive = {
    of_queue(kBatchSize),
    of_queue(kTimeout),
    of_queue(kEnqueued),
    of_queue({"max_input_task_size", "rows", "0", "most rows of one request; 0: not set"}),
    of_queue({"max_tasks_per_batch", "requests", "0", "most requests in one batch; 0: not set"}),
    of_queue({"enable_large_batch_splitting", "", "false",
              "requests are cut so that batches are exactly full"},
             OptionType::kFlag),
    kThreads,
    of_scheduler({"initial_in_flight_batches_limit", "batches", "3", "the limit at the start"},
                 OptionType::kDecimal),
    of_scheduler({"min_in_flight_batches_limit", "batches", "1", "the smallest limit"}),
    of_scheduler(kAverage),
    of_scheduler(kBoost),
    of_scheduler({"fifo_scheduling", "", "false", "batches start in the order of their creation"},
                 OptionType::kFlag),
    kRetrierOption,
    kRetrierTimeOption,
    kRetrierDelayOption};

constexpr std::array kSerialDevice = {
    of_queue(kBatchSize),
    of_queue(kEnqueued),
    kThreads,
    of_scheduler({"initial_in_flight_batches_limit", "batches", "3", "loops at the start"}),
    of_scheduler({"target_pending", "batches", "2", "how many should be waiting for the device"},
                 OptionType::kDecimal),
    of_scheduler(kAverage),
    of_scheduler(kBoost),
    kRetrierOption,
    kRetrierTimeOption,
    kRetrierDelayOption};

constexpr std::array kStreaming = {
    of_scheduler(kBatchSize),
    of_scheduler({"batch_timeout_micros", "us", "0",
                  "how long a batch stays open after its first request; 0: until it is full"}),
    kThreads,
    of_scheduler({"no_tasks_wait_time_micros", "us", "1000",
                  "how long the thread that closes batches sleeps when idle; 0: not at all"}),
    kRetrierOption,
    kRetrierTimeOption,
    kRetrierDelayOption};

constexpr std::array kJit = {
    of_scheduler(kBatchSize),
    of_scheduler({"max_queue_size", "requests", "1000", "requests that may wait"}),
    of_scheduler({"max_ready_batches", "batches", "1", "batches assembled ahead of the threads"}),
    kThreads,
    kRetrierOption,
    kRetrierTimeOption,
    kRetrierDelayOption};

std::int64_t max_batch_size(const OptionValues& values) {
  return option_integer(values, "max_batch_size");
}

// A decimal option as upstream's double. Options are kept with at most nine digits after the point.
TfReal real(const OptionValues& values, std::string_view name) {
  return TfReal::parse(option_text(values, name)).value_or(TfReal{});
}

std::optional<std::int64_t> if_set(const OptionValues& values, std::string_view name) {
  const std::int64_t value = option_integer(values, name);
  return value == 0 ? std::nullopt : std::optional(value);
}

TfAdaptiveQueueOptions adaptive_queue(const OptionValues& values) {
  return TfAdaptiveQueueOptions{
      .max_batch_size = max_batch_size(values),
      .max_enqueued_batches = option_integer(values, "max_enqueued_batches"),
      .batch_timeout_micros = option_integer(values, "batch_timeout_micros"),
      .max_input_task_size = if_set(values, "max_input_task_size"),
      .max_tasks_per_batch = if_set(values, "max_tasks_per_batch"),
      .enable_large_batch_splitting = option_flag(values, "enable_large_batch_splitting")};
}

Result<std::unique_ptr<Scheduler>> adaptive(const SchedulerSpec& spec) {
  const auto integer = [&](std::string_view name) { return option_integer(spec.values, name); };
  TfAdaptiveOptions options{
      .num_batch_threads = integer("num_batch_threads"),
      .min_in_flight_batches_limit = integer("min_in_flight_batches_limit"),
      .full_batch_scheduling_boost_micros = integer("full_batch_scheduling_boost_micros"),
      .initial_in_flight_batches_limit = real(spec.values, "initial_in_flight_batches_limit"),
      .batches_to_average_over = integer("batches_to_average_over"),
      .fifo_scheduling = option_flag(spec.values, "fifo_scheduling"),
      .queue = adaptive_queue(spec.values)};
  for (const QueueSpec& queue : spec.queues) {
    options.queues.push_back(adaptive_queue(queue.values));
  }
  return with_retrier(make_tf_adaptive(options, spec.seed), spec.values);
}

TfSerialDeviceQueueOptions serial_queue(const OptionValues& values) {
  return TfSerialDeviceQueueOptions{
      .max_batch_size = max_batch_size(values),
      .max_enqueued_batches = option_integer(values, "max_enqueued_batches")};
}

Result<std::unique_ptr<Scheduler>> serial_device(const SchedulerSpec& spec) {
  const auto integer = [&](std::string_view name) { return option_integer(spec.values, name); };
  TfSerialDeviceOptions options{
      .num_batch_threads = integer("num_batch_threads"),
      .initial_in_flight_batches_limit = integer("initial_in_flight_batches_limit"),
      .full_batch_scheduling_boost_micros = integer("full_batch_scheduling_boost_micros"),
      .batches_to_average_over = integer("batches_to_average_over"),
      .target_pending = real(spec.values, "target_pending"),
      .queue = serial_queue(spec.values)};
  for (const QueueSpec& queue : spec.queues) {
    options.queues.push_back(serial_queue(queue.values));
  }
  return with_retrier(make_tf_serial_device(options), spec.values);
}

Result<std::unique_ptr<Scheduler>> streaming(const SchedulerSpec& spec) {
  const auto integer = [&](std::string_view name) { return option_integer(spec.values, name); };
  return with_retrier(make_tf_streaming(TfStreamingOptions{
                          .max_batch_size = integer("max_batch_size"),
                          .batch_timeout_micros = integer("batch_timeout_micros"),
                          .num_batch_threads = integer("num_batch_threads"),
                          .no_tasks_wait_time_micros = integer("no_tasks_wait_time_micros")}),
                      spec.values);
}

Result<std::unique_ptr<Scheduler>> jit(const SchedulerSpec& spec) {
  const auto integer = [&](std::string_view name) { return option_integer(spec.values, name); };
  return with_retrier(make_tf_jit(TfJitOptions{.num_batch_threads = integer("num_batch_threads"),
                                               .max_batch_size = integer("max_batch_size"),
                                               .max_queue_size = integer("max_queue_size"),
                                               .max_ready_batches = integer("max_ready_batches")}),
                      spec.values);
}

// What the four have in common.
SchedulerInfo info(std::string_view name, std::string_view goal,
                   std::span<const OptionInfo> options,
                   Result<std::unique_ptr<Scheduler>> (*make)(const SchedulerSpec&)) {
  return SchedulerInfo{.name = name,
                       .goal = goal,
                       .options = options,
                       .make = make,
                       .lane_option = "num_batch_threads",
                       .rows_max = &max_batch_size,
                       .batch_option = "max_batch_size"};
}

}  // namespace

Result<std::unique_ptr<Scheduler>> with_retrier(Result<std::unique_ptr<Scheduler>> made,
                                                const OptionValues& values) {
  if (!made || !option_flag(values, kRetrierOption.name)) {
    return made;
  }
  return make_tf_retrier(
      std::move(*made),
      TfRetrierOptions{.max_time_micros = option_integer(values, kRetrierTimeOption.name),
                       .retry_delay_micros = option_integer(values, kRetrierDelayOption.name)});
}

SchedulerInfo tf_adaptive_info() {
  return info(
      "tf-adaptive",
      "TF-Serving's adaptive scheduler: as few batches in flight as give the lowest latency",
      kAdaptive, &adaptive);
}

SchedulerInfo tf_serial_device_info() {
  return info("tf-serial-device",
              "TF-Serving's serial-device scheduler: keeps a few batches waiting for one device",
              kSerialDevice, &serial_device);
}

SchedulerInfo tf_streaming_info() {
  return info("tf-streaming",
              "TF-Serving's streaming scheduler: a batch fills on its thread, nothing queues",
              kStreaming, &streaming);
}

SchedulerInfo tf_jit_info() {
  return info("tf-jit", "TensorFlow's just-in-time scheduler: batches form when a thread needs one",
              kJit, &jit);
}

}  // namespace lockstep

// The schedulers that scenarios can be written for.
#include <algorithm>
#include <utility>

#include "core/check.h"
#include "tests/support/scenario.h"

namespace lockstep::support {

SchedulerUnderTest tf_shared(const TfSharedOptions& options) {
  Result<std::unique_ptr<Scheduler>> made = make_tf_shared(options);
  LOCKSTEP_CHECK(made.has_value());
  return {std::move(*made), static_cast<std::uint32_t>(options.num_batch_threads),
          static_cast<std::uint32_t>(options.max_batch_size)};
}

SchedulerUnderTest naive_full_batch(const NaiveFullBatchOptions& options) {
  Result<std::unique_ptr<Scheduler>> made = make_naive_full_batch(options);
  LOCKSTEP_CHECK(made.has_value());
  return {std::move(*made), static_cast<std::uint32_t>(options.num_batch_threads), 1};
}

SchedulerUnderTest tf_jit(const TfJitOptions& options) {
  Result<std::unique_ptr<Scheduler>> made = make_tf_jit(options);
  LOCKSTEP_CHECK(made.has_value());
  return {std::move(*made), static_cast<std::uint32_t>(options.num_batch_threads),
          static_cast<std::uint32_t>(options.max_batch_size)};
}

SchedulerUnderTest tf_streaming(const TfStreamingOptions& options) {
  Result<std::unique_ptr<Scheduler>> made = make_tf_streaming(options);
  LOCKSTEP_CHECK(made.has_value());
  return {std::move(*made), static_cast<std::uint32_t>(options.num_batch_threads),
          static_cast<std::uint32_t>(options.max_batch_size)};
}

SchedulerUnderTest retrying(SchedulerUnderTest inner, const TfRetrierOptions& options) {
  Result<std::unique_ptr<Scheduler>> made = make_tf_retrier(std::move(inner.scheduler), options);
  LOCKSTEP_CHECK(made.has_value());
  inner.scheduler = std::move(*made);
  return inner;
}

SchedulerUnderTest tf_adaptive(const TfAdaptiveOptions& options, std::uint64_t seed) {
  Result<std::unique_ptr<Scheduler>> made = make_tf_adaptive(options, seed);
  LOCKSTEP_CHECK(made.has_value());
  return {std::move(*made), static_cast<std::uint32_t>(options.num_batch_threads), 1};
}

SchedulerUnderTest tf_serial_device(const TfSerialDeviceOptions& options) {
  Result<std::unique_ptr<Scheduler>> made = make_tf_serial_device(options);
  LOCKSTEP_CHECK(made.has_value());
  return {std::move(*made), static_cast<std::uint32_t>(options.num_batch_threads), 1};
}

}  // namespace lockstep::support

// TF-Serving's schedulers by the names of their own options: their entries in the registry, but for
// tf-shared, which has a file of its own.
//
// Names and defaults are upstream's (TF 1.4 to 1.6, 2.16). An optional number is 0 when it is not
// set. Each of them, and tf-shared, can have a retrier around it (TF 2.15).
#pragma once

#include <memory>

#include "core/result.h"
#include "core/schedulers/registry.h"

namespace lockstep {

[[nodiscard]] SchedulerInfo tf_adaptive_info();
[[nodiscard]] SchedulerInfo tf_serial_device_info();
[[nodiscard]] SchedulerInfo tf_streaming_info();
[[nodiscard]] SchedulerInfo tf_jit_info();

// The three options of the retrier, for the tables.
inline constexpr OptionInfo kRetrierOption{
    .name = "retrier",
    .unit = "",
    .default_text = "false",
    .help = "a request that is refused with UNAVAILABLE is offered again",
    .type = OptionType::kFlag,
    .scope = OptionScope::kScheduler};
inline constexpr OptionInfo kRetrierTimeOption{
    .name = "max_time_micros",
    .unit = "us",
    .default_text = "10000",
    .help = "retrier: how long a request may go on trying",
    .scope = OptionScope::kScheduler};
inline constexpr OptionInfo kRetrierDelayOption{.name = "retry_delay_micros",
                                                .unit = "us",
                                                .default_text = "100",
                                                .help = "retrier: between two tries",
                                                .scope = OptionScope::kScheduler};

// `made`, inside a retrier when the values say so. Errors: those of `made` and of make_tf_retrier.
[[nodiscard]] Result<std::unique_ptr<Scheduler>> with_retrier(
    Result<std::unique_ptr<Scheduler>> made, const OptionValues& values);

}  // namespace lockstep

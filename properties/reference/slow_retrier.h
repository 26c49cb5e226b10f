// A second, slow model of TF-Serving's retrier (TF 2.15), around any scheduler, for relations.
//
// Written from the rule and from what core/schedulers/tf_retrier.h says of the order of things: it
// keeps who sleeps in no order, looks through all of them at every step, and shares no code with
// it.
#pragma once

#include <cstdint>
#include <memory>

#include "core/scheduler.h"

namespace lockstep {

// Requires: inner != nullptr; both options of a scheduler that was accepted.
[[nodiscard]] std::unique_ptr<Scheduler> make_slow_retrier(std::unique_ptr<Scheduler> inner,
                                                           std::int64_t max_time_micros,
                                                           std::int64_t retry_delay_micros);

}  // namespace lockstep

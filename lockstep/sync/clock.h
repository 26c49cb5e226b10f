// lockstep::sync::steady_clock: std::chrono's, or with LOCKSTEP_CONTROLLED virtual time.
#pragma once

#include <chrono>

#ifdef LOCKSTEP_CONTROLLED
#include "sim/sync/controlled_clock.h"
#endif

namespace lockstep::sync {

#ifdef LOCKSTEP_CONTROLLED
using steady_clock = ControlledClock;  // NOLINT(readability-identifier-naming): std's name
#else
// NOLINTNEXTLINE(readability-identifier-naming): std's name
using steady_clock = std::chrono::steady_clock;
#endif

}  // namespace lockstep::sync

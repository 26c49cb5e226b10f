// lockstep::sync::atomic: std::atomic, or with LOCKSTEP_CONTROLLED one under the explorer.
#pragma once

#include <atomic>

#ifdef LOCKSTEP_CONTROLLED
#include "sim/sync/controlled_atomic.h"
#endif

namespace lockstep::sync {

#ifdef LOCKSTEP_CONTROLLED
template <typename T>
using atomic = ControlledAtomic<T>;  // NOLINT(readability-identifier-naming): std's name
#else
template <typename T>
using atomic = std::atomic<T>;  // NOLINT(readability-identifier-naming): std's name
#endif

}  // namespace lockstep::sync

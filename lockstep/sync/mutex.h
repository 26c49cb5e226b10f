// lockstep::sync::mutex: std::mutex, or with LOCKSTEP_CONTROLLED one under the explorer.
//
// The locks are std's own templates either way. Say the macro for a whole program or for none of
// it: the same type must not be two (docs/exploring.md).
#pragma once

#include <mutex>

#ifdef LOCKSTEP_CONTROLLED
#include "sim/sync/controlled_mutex.h"
#endif

namespace lockstep::sync {

#ifdef LOCKSTEP_CONTROLLED
using mutex = ControlledMutex;  // NOLINT(readability-identifier-naming): std's name
#else
using mutex = std::mutex;  // NOLINT(readability-identifier-naming): std's name
#endif

using std::adopt_lock;
using std::defer_lock;
using std::lock_guard;
using std::scoped_lock;
using std::try_to_lock;
using std::unique_lock;

}  // namespace lockstep::sync

// lockstep::sync::thread and this_thread: std's, or with LOCKSTEP_CONTROLLED those of the explorer.
#pragma once

#ifdef LOCKSTEP_CONTROLLED
#include "sim/sync/controlled_thread.h"
#else
#include <thread>
#endif

namespace lockstep::sync {

#ifdef LOCKSTEP_CONTROLLED
using thread = ControlledThread;  // NOLINT(readability-identifier-naming): std's name
namespace this_thread = controlled_this_thread;
#else
using thread = std::thread;  // NOLINT(readability-identifier-naming): std's name
namespace this_thread = std::this_thread;
#endif

}  // namespace lockstep::sync

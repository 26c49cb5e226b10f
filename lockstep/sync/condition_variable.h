// lockstep::sync::condition_variable: std's, or with LOCKSTEP_CONTROLLED one under the explorer.
//
// Time-outs are times of lockstep::sync::steady_clock or spans.
#pragma once

#include <condition_variable>

#ifdef LOCKSTEP_CONTROLLED
#include "sim/sync/controlled_condition_variable.h"
#endif

namespace lockstep::sync {

using std::cv_status;
#ifdef LOCKSTEP_CONTROLLED
// NOLINTNEXTLINE(readability-identifier-naming): std's name
using condition_variable = ControlledConditionVariable;
#else
// NOLINTNEXTLINE(readability-identifier-naming): std's name
using condition_variable = std::condition_variable;
#endif

}  // namespace lockstep::sync

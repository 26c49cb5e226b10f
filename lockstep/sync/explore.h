// Runs a program that is written with <lockstep/sync/...> under many schedules.
//
//   const auto options = lockstep::ExplorationOptions{.schedules = 10'000};
//   const auto found = lockstep::explore(lockstep::sync::controlled([] { ... }), options);
//   std::puts(lockstep::to_text(found, options).c_str());
//
// Only with LOCKSTEP_CONTROLLED: on real threads there is nothing to explore.
#pragma once

#ifndef LOCKSTEP_CONTROLLED
#error "<lockstep/sync/explore.h> needs LOCKSTEP_CONTROLLED"
#endif

#include "sim/exploration.h"
#include "sim/schedule_text.h"
#include "sim/sync/controlled_program.h"

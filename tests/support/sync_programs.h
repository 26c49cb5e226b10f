// Programs of controlled threads, run for their failures.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "sim/exploration.h"
#include "sim/sync/controlled_program.h"

namespace lockstep::support {

// The failure of a random walk over so many schedules, "" if there is none.
inline std::string failure_in(const std::function<void()>& program, std::uint64_t schedules = 500,
                              const sync::ProgramOptions& options = {}) {
  const Exploration found = explore(sync::controlled(program, options), {.schedules = schedules});
  EXPECT_TRUE(!found.failure || found.failure->repeats);
  return found.failure ? found.failure->key : "";
}

// Of the sequential schedule.
inline std::string dull_failure(const std::function<void()>& program) {
  return failure_in(program, 1);
}

}  // namespace lockstep::support

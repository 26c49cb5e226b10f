// One run of a live scenario under the dullest choices, in which nothing may be wrong.
#pragma once

#include <memory>

#include <gtest/gtest.h>

#include "properties/live_world.h"

namespace lockstep {

inline std::unique_ptr<LiveRun> run_dull(const LiveScenario& scenario) {
  DullChoices dull;
  auto run = run_live(scenario, dull);
  EXPECT_EQ(live_failure(scenario, *run), "");
  return run;
}

}  // namespace lockstep

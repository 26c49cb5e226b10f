// Settings that cannot work on this traffic, found by running it: each with its reason and figures.
//
// Runs the plan and a few neighbours of it (time-out 0, one thread per GPU, a longer queue) on the
// same requests, without logs, and says what a setting buys and costs. What needs no traffic is
// said by traces/config_server.h. For tf-shared; other schedulers get the warnings that fit them.
#pragma once

#include <string>
#include <vector>

#include "cli/objectives.h"
#include "cli/run_plan.h"
#include "core/result.h"

namespace lockstep {

struct Advice {
  std::string option;  // the setting that it is about
  std::string text;    // one sentence
};

// In a fixed order; empty when nothing is wrong. Errors: those of prepare() and execute().
[[nodiscard]] Result<std::vector<Advice>> advise(const RunPlan& plan,
                                                 const std::vector<Objective>& objectives);

}  // namespace lockstep

// The command-line options that describe a run, shared by the verbs that run one.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/run_plan.h"
#include "core/result.h"

namespace lockstep {

struct RunArguments {
  RunPlan plan;
  std::vector<std::string> settings;  // --set NAME=VALUE, in order; a later one wins
};

// Digits only. CLI11 alone takes -1 for 2^64 - 1, and the largest for whatever does not fit.
[[nodiscard]] CLI::Validator whole_number();

// Registers the options on `verb`; `arguments` outlives the parse.
void add_run_options(CLI::App& verb, RunArguments& arguments);

// The plan with --set applied over what `plan.options` already holds.
[[nodiscard]] Result<RunPlan> plan_of(const RunArguments& arguments);

// Parses the words after `replay ... --against`: the run B, which is run A but for these words.
[[nodiscard]] Result<RunPlan> plan_against(const RunPlan& a, std::vector<std::string> words);

}  // namespace lockstep

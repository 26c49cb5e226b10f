// The command-line options that describe a run, shared by the verbs that run one.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/run_plan.h"
#include "core/result.h"

namespace lockstep {

struct RunArguments {
  RunPlan plan;                           // what `given` names; the rest is at its defaults
  std::set<std::string> given;            // the options that were said, "trace" for the positional
  std::vector<std::string> settings;      // --set NAME=VALUE, each name once
  std::vector<std::string> config_paths;  // --config, the server's own files
};

// A plan, and what it is to be judged by.
struct WantedRun {
  RunPlan plan;
  std::vector<std::string> objectives;  // texts of --slo: those of a scenario file
};

// Digits only. CLI11 alone takes -1 for 2^64 - 1, and the largest for whatever does not fit.
[[nodiscard]] CLI::Validator whole_number();

// What to do with each option that was said, by its name.
using NoteOption = std::function<std::function<void(const std::string&)>(const char* name)>;

// For verbs that need not know what was said.
[[nodiscard]] inline std::function<void(const std::string&)> unnoted_option(const char* /*name*/) {
  return [](const std::string& /*value*/) {};
}

// Registers --format, --map and --sort, into `plan`, which outlives the parse.
void add_trace_options(CLI::App& verb, RunPlan& plan, const NoteOption& note = unnoted_option);

// Registers the options on `verb`; `arguments` outlives the parse.
void add_run_options(CLI::App& verb, RunArguments& arguments);

// The run that the arguments describe: a scenario file in the place of a trace first, then the
// server's configuration, then what else was said. Errors: those of reading these files.
[[nodiscard]] Result<WantedRun> wanted_run(const RunArguments& arguments);

// Parses the words after `replay ... --against`: the run B, which is run A but for these words.
[[nodiscard]] Result<RunPlan> plan_against(const RunPlan& a, std::vector<std::string> words);

}  // namespace lockstep

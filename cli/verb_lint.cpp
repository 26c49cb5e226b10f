// lockstep lint: what was understood of a configuration, and what in it cannot work.
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/lint_text.h"
#include "cli/objectives.h"
#include "cli/run_arguments.h"
#include "cli/scenario_plan.h"
#include "cli/server_plan.h"
#include "cli/traffic_advice.h"
#include "cli/verbs.h"

namespace lockstep {
namespace {

struct LintOptions {
  std::vector<std::string> paths;
  std::set<std::string> given;  // the options that were said
  RunPlan plan;                 // the traffic and device of --trace, --load, --gpu, --gpus
  std::vector<std::string> objectives;
};

void print_warnings(const std::vector<ConfigDiagnostic>& warnings) {
  for (const ConfigDiagnostic& warning : warnings) {
    fmt::print("warning: {}\n", to_text(warning));
  }
}

// Warnings that need traffic; a note when there is none.
Result<void> print_advice(const RunPlan& plan, const std::vector<Objective>& objectives) {
  if (plan.trace.empty() && plan.arrivals.empty()) {
    fmt::print("\nnot looked at: whether the settings suit your traffic (--trace T --gpu G)\n");
    return {};
  }
  const Result<std::vector<Advice>> advice = advise(plan, objectives);
  if (!advice) {
    return tl::unexpected(advice.error());
  }
  fmt::print("\non {}, load {}:\n", plan.trace.empty() ? plan.arrivals : plan.trace, plan.load);
  for (const Advice& one : *advice) {
    fmt::print("warning: {}\n", one.text);
  }
  if (advice->empty()) {
    fmt::print("no warning\n");
  }
  return {};
}

Result<void> lint_server(const LintOptions& options, const Session& session,
                         const std::vector<Objective>& objectives) {
  const ServerConfigOptions config_options{.server_cpus = options.plan.server_cpus};
  const Result<ServerConfig> config =
      session.server_words.empty() ? read_server_config(options.paths, config_options)
                                   : read_server_command_line(session.server_words, config_options);
  if (!config) {
    return tl::unexpected(config.error());
  }
  fmt::print("{}", lint_table(*config, options.plan.server_cpus));
  RunPlan plan = options.plan;
  if (Result<void> applied = apply_config(*config, plan); !applied) {
    // Understood, but nothing that batches: the table and the warnings are all there is to say.
    print_warnings(config->diagnostics);
    return applied;
  }
  fmt::print("{}", plan.warnings.empty() ? "" : "\n");
  print_warnings(plan.warnings);
  if (Result<void> advised = print_advice(plan, objectives); !advised) {
    return advised;
  }
  fmt::print("\nas a scenario file:\n\n{}", scenario_text(plan));
  return {};
}

// The command line comes after the scenario file.
void take_given(const LintOptions& options, RunPlan& plan) {
  const auto given = [&](const char* name) { return options.given.count(name) > 0; };
  if (given("--trace")) {
    plan.trace = options.plan.trace;
    plan.arrivals.clear();
    plan.request_count.reset();
    plan.format = options.plan.format;
    plan.map = options.plan.map;
    plan.sort = options.plan.sort;
  }
  plan.load = given("--load") ? options.plan.load : plan.load;
  plan.gpu = given("--gpu") ? options.plan.gpu : plan.gpu;
  plan.gpu_count = given("--gpus") ? options.plan.gpu_count : plan.gpu_count;
  if (given("--server-cpus")) {
    plan.server_cpus = options.plan.server_cpus;
    plan.server_cpus_given = true;
  }
}

Result<void> lint_scenario(const LintOptions& options, const std::vector<Objective>& objectives) {
  const std::string& path = options.paths.front();
  const Result<ScenarioFile> file = read_scenario_file(path);
  if (!file) {
    return tl::unexpected(file.error());
  }
  Result<ScenarioPlan> scenario = scenario_plan(*file, std::nullopt);
  if (!scenario) {
    return tl::unexpected(scenario.error());
  }
  take_given(options, scenario->plan);
  const Result<PreparedRun> run = prepare(scenario->plan);
  if (!run) {
    const bool placed = run.error().message.starts_with(path + ":");
    return bad_input((placed ? "" : path + ": ") + run.error().message);
  }
  fmt::print("{}: a scenario file\n\n", path);
  for (const auto& [name, value] : run->settings) {
    fmt::print("  {:<30} {}\n", name, value);
  }
  for (const std::string& objective : scenario->objectives) {
    fmt::print("  {:<30} {}\n", "slo", objective);
  }
  print_warnings(run->plan.warnings);
  std::vector<Objective> all = objectives;
  const Result<std::vector<Objective>> own = parse_objectives(scenario->objectives);
  all.insert(all.end(), own->begin(), own->end());
  return print_advice(scenario->plan, all);
}

int lint(const LintOptions& options, const Session& session) {
  const Result<std::vector<Objective>> objectives = parse_objectives(options.objectives);
  if (!objectives) {
    return report_error(objectives.error());
  }
  if (options.paths.empty() == session.server_words.empty()) {
    return report_error(Error{
        Errc::kBadInput,
        options.paths.empty()
            ? "found no file, expected FILE... or -- tensorflow_model_server --flags"
            : "found files and a command line, expected one of them: its flags name the files"});
  }
  const bool scenario = options.paths.size() == 1 && names_a_scenario(options.paths.front());
  const Result<void> done =
      scenario ? lint_scenario(options, *objectives) : lint_server(options, session, *objectives);
  return done ? kExitHolds : report_error(done.error());
}

}  // namespace

void add_lint(CLI::App& app, Session& session) {
  CLI::App* verb =
      app.add_subcommand("lint", "What a server's configuration says, and what in it cannot work");
  verb->footer(
      "example: lockstep lint batching_parameters.txt --trace traffic.csv --gpu 1ms+50us/row\n"
      "         lockstep lint -- tensorflow_model_server --enable_batching \\\n"
      "           --batching_parameters_file=batching_parameters.txt");
  const auto options = std::make_shared<LintOptions>();
  verb->add_option("FILE", options->paths, "configuration files, or one scenario file");
  const auto note = [options](const char* name) {
    return [options, name](const std::string&) { options->given.insert(name); };
  };
  verb->add_option("--trace", options->plan.trace, "traffic to try the settings on")
      ->each(note("--trace"));
  add_trace_options(*verb, options->plan);
  verb->add_option("--load,--speed", options->plan.load,
                   "more traffic by compressing gaps: 2x, 400x")
      ->each(note("--load"));
  verb->add_option("--gpu", options->plan.gpu, "curve of the GPU, with --trace")
      ->each(note("--gpu"));
  verb->add_option("--gpus", options->plan.gpu_count, "independent GPUs")->each(note("--gpus"));
  verb->add_option("--server-cpus", options->plan.server_cpus,
                   "CPU count of the server, for its defaults")
      ->each(note("--server-cpus"));
  verb->add_option("--slo", options->objectives, "p99=50ms; repeatable")->allow_extra_args(false);
  verb->callback([options, &session] { session.exit_code = lint(*options, session); });
}

}  // namespace lockstep

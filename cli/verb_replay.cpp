// lockstep replay: traffic through a scheduler on the virtual clock.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/execute.h"
#include "cli/exit_code.h"
#include "cli/objectives.h"
#include "cli/presentation.h"
#include "cli/run_arguments.h"
#include "cli/verbs.h"

namespace lockstep {
namespace {

struct ReplayOptions {
  RunArguments run;
  ExecuteOptions execute;
  bool no_log = false;
  bool against_shown = false;  // for --help; main() takes the word out before
  bool json = false;
  std::vector<std::string> objectives;
};

Result<std::vector<RunPlan>> plans(const ReplayOptions& options, const Session& session) {
  std::vector<RunPlan> result;
  Result<RunPlan> a = plan_of(options.run);
  if (!a) {
    return tl::unexpected(a.error());
  }
  result.push_back(*a);
  if (options.no_log && !options.execute.out.empty()) {
    return bad_input(
        "found --out with --no-log, expected one of them: without a log there is no "
        "run directory");
  }
  if (session.against) {
    Result<RunPlan> b = plan_against(*a, session.against_words);
    if (!b) {
      return tl::unexpected(b.error());
    }
    if (!options.execute.out.empty()) {
      return bad_input(
          "found --out with --against, expected one of them: two runs need two places");
    }
    result.push_back(*b);
  }
  return result;
}

std::string without_line_end(std::string text) {
  text.pop_back();
  return text;
}

int replay(const ReplayOptions& options, const Session& session) {
  const Result<std::vector<Objective>> objectives = parse_objectives(options.objectives);
  const Result<std::vector<RunPlan>> wanted = plans(options, session);
  if (!objectives || !wanted) {
    return report_error(!objectives ? objectives.error() : wanted.error());
  }
  // Everything is checked before anything runs.
  std::vector<PreparedRun> prepared;
  for (const RunPlan& plan : *wanted) {
    Result<PreparedRun> run = prepare(plan);
    if (!run) {
      return report_error(run.error());
    }
    prepared.push_back(std::move(*run));
  }
  std::vector<RunOutcome> outcomes;
  for (const PreparedRun& run : prepared) {
    ExecuteOptions execute_options = options.execute;
    execute_options.log = !options.no_log;
    Result<RunOutcome> outcome = execute(run, execute_options);
    if (!outcome) {
      return report_error(outcome.error());
    }
    outcomes.push_back(std::move(*outcome));
  }
  if (options.json && outcomes.size() == 2) {
    fmt::print("[{},\n{}]\n", without_line_end(summary_json(outcomes[0].summary)),
               without_line_end(summary_json(outcomes[1].summary)));
  } else if (options.json) {
    fmt::print("{}", summary_json(outcomes[0].summary));
  } else {
    fmt::print("{}", runs_text(outcomes));
  }
  // A miss of one run counts more than the other's lack of a verdict.
  int verdict = kExitHolds;
  for (const RunOutcome& outcome : outcomes) {
    const ExitCode of_this = judge_objectives(*objectives, outcome, options.json ? stderr : stdout);
    verdict = verdict == kExitFailed || of_this == kExitHolds ? verdict : of_this;
  }
  return verdict;
}

}  // namespace

void add_replay(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("replay", "Run traffic through a scheduler on virtual time");
  verb->footer(
      "example: lockstep replay traffic.csv --load 2x --gpu 1ms+50us/row \\\n"
      "           --set max_batch_size=16 --set batch_timeout_micros=2000 \\\n"
      "           --against --set batch_timeout_micros=5000");
  const auto options = std::make_shared<ReplayOptions>();
  add_run_options(*verb, options->run);
  verb->add_flag("--no-log", options->no_log, "no run directory; constant memory");
  verb->add_option("--out", options->execute.out, "run directory; default runs/<digest>");
  verb->add_option("--slo", options->objectives, "p99=50ms; exit 1 when missed; repeatable")
      ->allow_extra_args(false);
  verb->add_flag("--json", options->json, "print summary.json instead of the table");
  verb->add_flag("--against", options->against_shown,
                 "everything after it describes a second run, else like the first");
  verb->callback([options, &session] { session.exit_code = replay(*options, session); });
}

}  // namespace lockstep

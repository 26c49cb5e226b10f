// lockstep replay: traffic through a scheduler, on the virtual clock or on a real device.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cli/comparison_extras.h"
#include "cli/execute.h"
#include "cli/exit_code.h"
#include "cli/finding_replay.h"
#include "cli/live_execute.h"
#include "cli/live_plan.h"
#include "cli/objectives.h"
#include "cli/presentation.h"
#include "cli/run_arguments.h"
#include "cli/user_scheduler.h"
#include "cli/verbs.h"
#include "properties/plugin/progress.h"
#include "reports/junit.h"

namespace lockstep {
namespace {

struct ReplayOptions {
  RunArguments run;
  ExecuteOptions execute;
  bool no_log = false;
  bool against_shown = false;  // for --help; main() takes the word out before
  bool json = false;
  std::string junit;
  std::vector<std::string> objectives;
};

struct WantedRuns {
  std::vector<RunPlan> plans;  // one, or A and B
  std::vector<Objective> objectives;
};

Result<WantedRuns> wanted_runs(const ReplayOptions& options, const Session& session) {
  WantedRuns wanted;
  Result<WantedRun> a = wanted_run(options.run);
  if (!a) {
    return tl::unexpected(a.error());
  }
  std::vector<std::string> texts = a->objectives;
  texts.insert(texts.end(), options.objectives.begin(), options.objectives.end());
  Result<std::vector<Objective>> objectives = parse_objectives(texts);
  if (!objectives) {
    return tl::unexpected(objectives.error());
  }
  wanted.objectives = std::move(*objectives);
  wanted.plans.push_back(std::move(a->plan));
  if (options.no_log && !options.execute.out.empty()) {
    return bad_input(
        "found --out with --no-log, expected one of them: without a log there is no "
        "run directory");
  }
  if (!options.junit.empty() && wanted.objectives.empty()) {
    return bad_input("found --junit without --slo, expected an objective to judge: --slo p99=50ms");
  }
  if (session.against) {
    Result<RunPlan> b = plan_against(wanted.plans.front(), session.against_words);
    if (!b) {
      return tl::unexpected(b.error());
    }
    if (!options.execute.out.empty()) {
      return bad_input(
          "found --out with --against, expected one of them: two runs need two places");
    }
    if (wanted.plans.front().trace == "-" && b->trace == "-") {
      return bad_input(
          "found standard input as the trace of both runs, expected a file: it can be read once");
    }
    wanted.plans.push_back(std::move(*b));
  }
  return wanted;
}

// What TF-Serving's polling threads add, by a run without polling. For a configured server only:
// who sets idle_poll_micros knows.
Result<void> note_polling(RunOutcome& outcome) {
  if (!outcome.run.plan.configured || outcome.live ||
      option_text(outcome.run.spec.values, "idle_poll_micros") == "0") {
    return {};
  }
  RunPlan ideal = outcome.run.plan;
  ideal.options.emplace_back("idle_poll_micros", "0");
  const Result<PreparedRun> prepared = prepare(ideal);
  if (!prepared) {
    return tl::unexpected(prepared.error());
  }
  const Result<RunOutcome> without = execute(*prepared, ExecuteOptions{.log = false, .out = ""});
  if (!without) {
    return tl::unexpected(without.error());
  }
  outcome.polling_note = polling_text(outcome, *without);
  return {};
}

std::string without_newline(std::string text) {
  text.pop_back();
  return text;
}

// Says what real devices did besides the table; the worst of their verdicts.
int judge_live(const std::vector<RunOutcome>& outcomes, std::FILE* out) {
  int verdict = kExitHolds;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (!outcomes[i].live) {
      continue;
    }
    fmt::print(out, "{}{}",
               outcomes.size() == 1 ? ""
               : i == 0             ? "A:\n"
                                    : "B:\n",
               live_text(outcomes[i]));
    const int of_this = live_verdict(outcomes[i]);
    verdict = verdict == kExitFailed || of_this == kExitHolds ? verdict : of_this;
  }
  return verdict;
}

bool same_traffic(const RunPlan& a, const RunPlan& b) {
  return a.trace == b.trace && a.arrivals == b.arrivals && a.request_count == b.request_count &&
         a.load == b.load && a.repeat == b.repeat && a.replicate == b.replicate &&
         a.length == b.length && a.seed == b.seed && a.format == b.format && a.map == b.map;
}

// Of two logged runs of the same requests: where they part, and the command that says more.
Result<void> print_divergence(const std::vector<RunOutcome>& outcomes, const Session& session) {
  if (outcomes.size() != 2 || outcomes[0].directory.empty() || outcomes[1].directory.empty() ||
      !same_traffic(outcomes[0].run.plan, outcomes[1].run.plan)) {
    return {};
  }
  const Result<std::string> first =
      first_decision_text(outcomes[0].directory, outcomes[1].directory);
  if (!first) {
    return tl::unexpected(first.error());
  }
  fmt::print("{}more: {} compare {} {}\n", first->empty() ? "" : "\n" + *first, session.program,
             outcomes[0].directory, outcomes[1].directory);
  return {};
}

// A case for each objective of each run; one without a verdict does not pass either.
Result<void> write_junit(const std::string& path, const std::vector<Objective>& objectives,
                         const std::vector<RunOutcome>& outcomes) {
  if (path.empty()) {
    return {};
  }
  std::vector<JunitCase> cases;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const std::string run = outcomes.size() == 1 ? "" : i == 0 ? "A: " : "B: ";
    const std::vector<JudgedObjective> judged = judge_each(objectives, outcomes[i].summary);
    for (std::size_t j = 0; j < judged.size(); ++j) {
      cases.push_back({.name = fmt::format("{}{} at most {}", run, objectives[j].figure,
                                           to_decimal_text(objectives[j].limit)),
                       .failure = judged[j].line});
    }
  }
  return write_file_whole(path, junit_xml("lockstep replay", cases));
}

// The plug-ins of both runs, as they were said; "" when there is none.
std::string plugins_of(const ReplayOptions& options, const Session& session) {
  constexpr std::string_view kOption = "--plugin";
  std::string text = options.run.plan.plugin;
  const std::vector<std::string>& words = session.against_words;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string other;
    if (words[i] == kOption && i + 1 < words.size()) {
      other = words[i + 1];
    } else if (words[i].starts_with("--plugin=")) {
      other = words[i].substr(kOption.size() + 1);
    }
    if (!other.empty() && other != text) {
      text += (text.empty() ? "" : " or ") + other;
    }
  }
  return text;
}

// All of them, published together; everything is checked before anything runs.
Result<std::vector<RunOutcome>> run_all(const ReplayOptions& options, WantedRuns& wanted,
                                        Progress* progress) {
  std::vector<PreparedRun> prepared;
  for (RunPlan& plan : wanted.plans) {
    plan.progress = progress;
    Result<PreparedRun> run = prepare_run(plan);
    if (!run) {
      return tl::unexpected(run.error());
    }
    prepared.push_back(std::move(*run));
  }
  std::vector<RunOutcome> outcomes;
  for (const PreparedRun& run : prepared) {
    if (progress != nullptr) {
      progress->begin_case(run.plan.seed);
    }
    ExecuteOptions execute_options = options.execute;
    execute_options.log = !options.no_log;
    Result<RunOutcome> outcome =
        run.live ? execute_live(run, execute_options) : execute(run, execute_options);
    if (!outcome) {
      return tl::unexpected(outcome.error());
    }
    if (!options.json) {
      if (Result<void> noted = note_polling(*outcome); !noted) {
        return tl::unexpected(noted.error());
      }
    }
    outcomes.push_back(std::move(*outcome));
  }
  for (RunOutcome& outcome : outcomes) {
    if (const Result<void> published = publish(outcome); !published) {
      return tl::unexpected(published.error());
    }
  }
  if (Result<void> written = write_junit(options.junit, wanted.objectives, outcomes); !written) {
    return tl::unexpected(written.error());
  }
  return outcomes;
}

Result<void> print_runs(const ReplayOptions& options, const Session& session,
                        const std::vector<RunOutcome>& outcomes) {
  if (options.json && outcomes.size() == 2) {
    fmt::print("[{},\n{}]\n", without_newline(summary_json(outcomes[0].summary)),
               without_newline(summary_json(outcomes[1].summary)));
  } else if (options.json) {
    fmt::print("{}", summary_json(outcomes[0].summary));
  } else {
    fmt::print("{}", runs_text(outcomes));
    return print_divergence(outcomes, session);
  }
  if (options.json) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      // The JSON is the log's; what is beside it goes where the verdict goes.
      const std::string name = outcomes.size() == 1 ? "" : i == 0 ? "A: " : "B: ";
      fmt::print(stderr, "{}{}", clients_text(outcomes[i], name), faults_text(outcomes[i], name));
    }
  }
  return {};
}

int replay(const ReplayOptions& options, const Session& session, Progress* progress) {
  if (is_finding(options.run.plan.trace)) {
    return replay_finding(options.run.plan.trace, options.run.plan.plugin, options.run.plan.exec);
  }
  Result<WantedRuns> wanted = wanted_runs(options, session);
  if (!wanted) {
    return report_error(wanted.error());
  }
  const Result<std::vector<RunOutcome>> ran = run_all(options, *wanted, progress);
  if (!ran) {
    return report_error(ran.error());
  }
  const std::vector<RunOutcome>& outcomes = *ran;
  if (Result<void> printed = print_runs(options, session, outcomes); !printed) {
    return report_error(printed.error());
  }
  const int live = judge_live(outcomes, options.json ? stderr : stdout);
  // A miss of one run counts more than the other's lack of a verdict.
  int verdict = kExitHolds;
  for (const RunOutcome& outcome : outcomes) {
    const ExitCode of_this =
        judge_objectives(wanted->objectives, outcome, options.json ? stderr : stdout);
    verdict = verdict == kExitFailed || of_this == kExitHolds ? verdict : of_this;
  }
  return verdict == kExitFailed || live == kExitHolds ? verdict : live;
}

}  // namespace

void add_replay(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand(
      "replay", "Run traffic through a scheduler, simulated or on a real device");
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
  verb->add_option("--junit", options->junit, "the verdicts of --slo as JUnit XML, into this file");
  verb->add_flag("--json", options->json, "print summary.json instead of the table");
  verb->add_flag("--against", options->against_shown,
                 "everything after it describes a second run, else like the first");
  verb->callback([options, &session] {
    session.exit_code = survive_user_scheduler(
        {.plugin = plugins_of(*options, session),
         .out = options->execute.out,
         .findings = options->json ? stderr : stdout},
        [&](Progress* progress) { return replay(*options, session, progress); });
  });
}

}  // namespace lockstep

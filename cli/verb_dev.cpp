// lockstep dev: for people who work on Lockstep itself.
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/dev_explore.h"
#include "cli/dev_regressions.h"
#include "cli/exit_code.h"
#include "cli/pinned_scenarios.h"
#include "cli/run_arguments.h"
#include "cli/verbs.h"
#include "cli/whole_file.h"
#include "properties/conformance.h"

namespace lockstep {
namespace {

int print_digests() {
  const Result<std::string> digests = pinned_digests();
  if (!digests) {
    return report_error(digests.error());
  }
  fmt::print("{}", *digests);
  return kExitHolds;
}

Result<std::vector<ConformanceScenario>> read_scenarios(const std::vector<std::string>& paths) {
  std::vector<ConformanceScenario> all;
  for (const std::string& path : paths) {
    const Result<std::string> text =
        read_file_whole(path, "a file of scenarios, one JSON object per line");
    if (!text) {
      return tl::unexpected(text.error());
    }
    Result<std::vector<ConformanceScenario>> scenarios = parse_conformance_file(path, *text);
    if (!scenarios) {
      return scenarios;
    }
    all.insert(all.end(), std::make_move_iterator(scenarios->begin()),
               std::make_move_iterator(scenarios->end()));
  }
  return all;
}

// Nothing runs before every file was understood.
int conform(const std::vector<std::string>& paths) {
  const Result<std::vector<ConformanceScenario>> scenarios = read_scenarios(paths);
  if (!scenarios) {
    return report_error(scenarios.error());
  }
  std::size_t failed = 0;
  for (const ConformanceScenario& scenario : *scenarios) {
    const std::optional<ConformanceDifference> difference = run_conformance_scenario(scenario);
    if (difference) {
      ++failed;
      fmt::print("FAIL {}: expected {}, got {}\n", scenario.id, difference->expected,
                 difference->got);
    } else {
      fmt::print("ok {}\n", scenario.id);
    }
  }
  fmt::print("{} passed, {} failed\n", scenarios->size() - failed, failed);
  if (scenarios->empty()) {
    return kExitNoVerdict;
  }
  return failed > 0 ? kExitFailed : kExitHolds;
}

}  // namespace

void add_dev(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("dev", "For people who work on Lockstep itself");
  verb->require_subcommand(1);
  CLI::App* digests = verb->add_subcommand(
      "digests", "Run the pinned scenarios and print their digests (tests/golden/digests.txt)");
  digests->callback([&session] { session.exit_code = print_digests(); });

  CLI::App* explore = verb->add_subcommand(
      "explore", "Run the live driver under many schedules and check every rule");
  const auto wanted = std::make_shared<DevExploreOptions>();
  explore->add_option("--cases", wanted->cases, "how many scenarios, each under one schedule")
      ->check(whole_number())
      ->capture_default_str();
  explore->add_option("--seed", wanted->seed, "of scenarios and schedules")
      ->check(whole_number())
      ->capture_default_str();
  explore->add_option("--jobs", wanted->jobs, "threads; the findings do not depend on it")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  explore
      ->add_option("--strategy", wanted->strategy,
                   "who runs next: mixed, random-walk, uniform-walk, pct (priorities), dull")
      ->capture_default_str();
  explore->add_option("--findings", wanted->findings, "DIR: where a finding's schedule is kept")
      ->capture_default_str();
  CLI::Option* only = explore->add_option("--case", wanted->only, "only this one");
  only->check(whole_number());
  explore
      ->add_option("--schedule", wanted->schedule, "FILE: with these choices, as a finding prints")
      ->needs(only);
  explore
      ->add_option("--bound", wanted->bound,
                   "every schedule of one small scenario with at most so many preemptions")
      ->check(CLI::Range(0, 8))
      ->excludes(only);
  explore->footer("Example: lockstep dev explore --cases 100000 --seed 7");
  explore->callback([&session, wanted] { session.exit_code = dev_explore(*wanted); });

  CLI::App* conformance = verb->add_subcommand(
      "conform", "Run scheduler scenarios (JSON Lines) and say where one differs first");
  const auto paths = std::make_shared<std::vector<std::string>>();
  conformance->add_option("FILE", *paths, "Scenarios, one JSON object per line")->required();
  conformance->footer("Example: lockstep dev conform tests/conformance/tf_shared.jsonl");
  conformance->callback([&session, paths] { session.exit_code = conform(*paths); });

  CLI::App* regressions = verb->add_subcommand(
      "regressions", "Run cases that broke a property once (tests/regressions) and judge them");
  const auto files = std::make_shared<std::vector<std::string>>();
  regressions->add_option("FILE", *files, "Cases, one JSON object per line")->required();
  regressions->footer("Example: lockstep dev regressions tests/regressions/found_by_verify.jsonl");
  regressions->callback([&session, files] { session.exit_code = dev_regressions(*files); });
}

}  // namespace lockstep

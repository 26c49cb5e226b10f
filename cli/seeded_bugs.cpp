// lockstep_seeded_bugs: runs every seeded bug under the default campaign until a property finds it.
//
// The core of this program is the planted one (properties/mutants/seeded_bug.h), so it stands
// beside `lockstep`, which starts it for `verify --seeded-bugs`. With machine-made mutants linked
// instead it is lockstep_machine_mutants.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/exit_code.h"
#include "core/prng.h"
#include "properties/mutants/bug_table.h"
#include "properties/mutants/bug_trial.h"
#include "properties/mutants/seeded_bug.h"
#include "properties/mutants/sole_finder.h"

namespace lockstep {
namespace {

struct Settings {
  BugTrialOptions trial;
  std::uint64_t seeds = 1;
  std::vector<std::string> names;
  std::size_t sample = 0;  // 0: all
  bool lists = false;
  bool all = false;
  bool sole = false;
  bool right = false;
  bool markdown = false;
};

std::vector<int> chosen_bugs(const Settings& settings) {
  if (settings.right) {
    return {0};
  }
  std::vector<int> bugs;
  for (std::size_t i = 0; i < seeded_bugs().size(); ++i) {
    const std::vector<std::string>& names = settings.names;
    if (names.empty() ||
        std::find(names.begin(), names.end(), seeded_bugs()[i].name) != names.end()) {
      bugs.push_back(static_cast<int>(i) + 1);
    }
  }
  if (settings.sample == 0 || settings.sample >= bugs.size()) {
    return bugs;
  }
  // The first so many of a shuffle, in order.
  Prng draws(settings.trial.seed, "sample of seeded bugs");
  for (std::size_t i = 0; i < settings.sample; ++i) {
    std::swap(bugs[i], bugs[i + draws.below(bugs.size() - i)]);
  }
  bugs.resize(settings.sample);
  std::sort(bugs.begin(), bugs.end());
  return bugs;
}

std::string unknown_name(const Settings& settings) {
  for (const std::string& name : settings.names) {
    if (std::none_of(seeded_bugs().begin(), seeded_bugs().end(),
                     [&](const SeededBug& bug) { return bug.name == name; })) {
      return name;
    }
  }
  return {};
}

int list_bugs() {
  for (const SeededBug& bug : seeded_bugs()) {
    fmt::print("{:<42} {:<44} {}\n", bug.name, bug.file, bug.story);
  }
  return kExitHolds;
}

int show_all_kills(const Settings& settings) {
  for (const int bug : chosen_bugs(settings)) {
    BugTrialOptions options = settings.trial;
    options.bug = bug;
    const Result<std::vector<BugKill>> kills = all_kills(options);
    if (!kills) {
      fmt::print(stderr, "error: {}\n", kills.error().message);
      return kExitBadInput;
    }
    fmt::print("{}:", bug_name(bug));
    for (const BugKill& kill : *kills) {
      fmt::print(" {} ({})", kill.property, kill.cases);
    }
    fmt::print("\n");
    std::fflush(stdout);
  }
  return kExitHolds;
}

int show_sole_finders(const Settings& settings) {
  std::vector<SoleFinder> finders;
  for (const int bug : chosen_bugs(settings)) {
    BugTrialOptions options = settings.trial;
    options.bug = bug;
    Result<SoleFinder> finder = sole_finder(options);
    if (!finder) {
      fmt::print(stderr, "error: {}\n", finder.error().message);
      return kExitBadInput;
    }
    if (!settings.markdown) {
      fmt::print("{:<42} {:<4} {}\n", bug_name(bug), finder->first ? finder->first->property : "-",
                 finder->alone() ? "alone"
                 : finder->second
                     ? fmt::format("{} ({})", finder->second->property, finder->second->cases)
                     : "NOT FOUND");
      std::fflush(stdout);
    }
    finders.push_back(std::move(*finder));
  }
  fmt::print("{}", settings.markdown ? sole_finders_markdown(finders) : "");
  return kExitHolds;
}

int run_trials(const Settings& settings) {
  using Clock = std::chrono::steady_clock;
  std::vector<BugTrial> trials;
  bool right = true;
  for (const int bug : chosen_bugs(settings)) {
    for (std::uint64_t i = 0; i < settings.seeds; ++i) {
      BugTrialOptions options = settings.trial;
      options.bug = bug;
      options.seed += i;
      const Clock::time_point begun = Clock::now();
      Result<BugTrial> trial = run_bug_trial(options);
      if (!trial) {
        fmt::print(stderr, "error: {}\n", trial.error().message);
        return kExitBadInput;
      }
      trial->seconds = std::chrono::duration<double>(Clock::now() - begun).count();
      right = right && trial->kill.has_value() == (bug != 0);
      if (!settings.markdown) {
        fmt::print("{}", trial_line(*trial));
        std::fflush(stdout);
      }
      trials.push_back(std::move(*trial));
    }
  }
  fmt::print("{}", settings.markdown ? trials_markdown(trials) + "\n" : "");
  fmt::print("{}", settings.trial.minimises ? minimised_summary(trials) : "");
  fmt::print("{}", trials_summary(trials));
  return right ? kExitHolds : kExitFailed;
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  lockstep::Settings settings;
  CLI::App app("Runs seeded bugs under the default campaign until a property finds each.");
  app.add_option("--seed", settings.trial.seed, "of the campaign (default 1)");
  app.add_option("--seeds", settings.seeds, "so many, from --seed on (default 1)");
  app.add_option("--cases", settings.trial.cases, "at most, for each (default 20000)");
  app.add_option("--jobs", settings.trial.jobs, "worker processes (default 1)");
  app.add_option("--bug", settings.names, "by name; all when none is given");
  app.add_option("--only", settings.trial.only, "ids of properties; all when none is given");
  app.add_option("--sample", settings.sample, "so many of them, drawn by --seed");
  app.add_flag("--minimise", settings.trial.minimises, "cut each case down before it is counted");
  app.add_flag("--all", settings.all, "every property that finds it within --cases");
  app.add_flag("--sole", settings.sole, "the property without which nothing finds it");
  app.add_flag("--right", settings.right, "the core without a bug");
  app.add_flag("--markdown", settings.markdown, "as the table of docs/seeded_bugs.md");
  app.add_flag("--list", settings.lists, "names, files and what goes wrong");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return error.get_exit_code() == 0 ? app.exit(error) : (app.exit(error), 2);
  }
  if (const std::string name = lockstep::unknown_name(settings); !name.empty()) {
    fmt::print(stderr, "error: found seeded bug '{}', expected a name of --list\n", name);
    return lockstep::kExitBadInput;
  }
  return settings.lists  ? lockstep::list_bugs()
         : settings.all  ? lockstep::show_all_kills(settings)
         : settings.sole ? lockstep::show_sole_finders(settings)
                         : lockstep::run_trials(settings);
}

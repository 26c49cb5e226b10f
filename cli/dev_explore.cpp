#include "cli/dev_explore.h"

#include <chrono>
#include <cstdio>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/run_directory.h"
#include "cli/whole_file.h"
#include "properties/live_campaign.h"
#include "properties/live_search.h"
#include "properties/live_timeline.h"
#include "sim/exploration.h"
#include "sim/minimising.h"
#include "sim/schedule_text.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kMinimisingRuns = 2'000;

struct Exploring {
  const DevExploreOptions& options;
  LiveCampaignOptions campaign;

  // How a case of it is repeated.
  [[nodiscard]] std::string command(std::uint64_t index) const {
    return fmt::format(
        "lockstep dev explore --seed {} --case {}{}", options.seed, index,
        campaign.strategy == LiveStrategy::kMixed ? "" : " --strategy " + options.strategy);
  }
};

// What is left of it when the choices that do not matter are dull, and what happened then.
int print_finding(const Exploring& exploring, const LiveFinding& finding) {
  const LiveCampaignOptions& campaign = exploring.campaign;
  const ControlledProgram program = [&](Choices& choices) {
    Outcome outcome;
    outcome.failure = live_failure_key(run_live_case(campaign, finding.index, choices));
    return outcome;
  };
  const Minimised minimal =
      minimise(program, finding.choices, live_failure_key(finding.failure), kMinimisingRuns);
  const std::uint64_t preemptions = preemption_count(minimal.choices);
  fmt::print(
      "case {}: {}, found by {}; cut down from {} choices to {}, {} preemption{}, in {} runs\n",
      finding.index, finding.scheduler, finding.strategy, finding.choices.size(),
      minimal.choices.size(), preemptions, preemptions == 1 ? "" : "s", minimal.runs);
  ReplayedChoices again(options_of(minimal.choices));
  const JudgedLive judged = judge_live_case(campaign, finding.index, again);
  fmt::print("{}", choices_text(minimal.choices,
                                judged.run ? judged.run->fibers : std::vector<std::string>{}));
  if (judged.run) {
    fmt::print("what clients and the device saw:\n{}", live_timeline(judged.run->history));
  }
  const std::string file = fmt::format("explore-{}-{}.txt", exploring.options.seed, finding.index);
  const std::string& folder = exploring.options.findings;
  const std::string schedule = schedule_text(minimal.choices);
  const Result<void> kept = write_files_into(folder, {{file, schedule}});
  if (!kept) {
    fmt::print("{}", schedule);
  }
  fmt::print("FAIL live-driver  {}  repeat: {}{}\n", judged.failure,
             exploring.command(finding.index),
             kept ? fmt::format(" --schedule {}/{}", folder, file) : "");
  return kept ? kExitFailed : report_error(kept.error());
}

int explore_all(const Exploring& exploring) {
  // The wall clock is for the screen.
  const auto begin = std::chrono::steady_clock::now();
  const LiveCampaignResult result = run_live_campaign(exploring.campaign);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (result.first) {
    return print_finding(exploring, *result.first);
  }
  fmt::print(
      "{} cases, {} requests, {} cancellations and {} failed batches: no violation\n"
      "{} schedules with a median of {} choices, {} of them distinct; seed {}, {:.1f} s\n",
      result.cases, result.requests, result.cancels, result.failed_batches, result.explored,
      result.choices_median, result.distinct, exploring.options.seed, seconds);
  return result.cases == 0 ? kExitNoVerdict : kExitHolds;
}

int explore_one(const Exploring& exploring) {
  const DevExploreOptions& options = exploring.options;
  if (options.schedule.empty()) {
    const std::optional<LiveFinding> finding = explore_live_case(exploring.campaign, *options.only);
    if (finding) {
      return print_finding(exploring, *finding);
    }
    fmt::print("case {}: no violation\n", *options.only);
    return kExitHolds;
  }
  const Result<std::string> text = read_file_whole(options.schedule, "choices of a finding");
  if (!text) {
    return report_error(text.error());
  }
  const Result<std::vector<std::uint32_t>> chosen = parse_schedule(*text, options.schedule);
  if (!chosen) {
    return report_error(chosen.error());
  }
  ReplayedChoices choices(*chosen);
  const JudgedLive judged = judge_live_case(exploring.campaign, *options.only, choices);
  if (judged.run) {
    fmt::print("what clients and the device saw:\n{}", live_timeline(judged.run->history));
  }
  if (!judged.failure.empty()) {
    fmt::print("FAIL live-driver  {}  repeat: {} --schedule {}\n", judged.failure,
               exploring.command(*options.only), options.schedule);
    return kExitFailed;
  }
  fmt::print("case {}: no violation\n", *options.only);
  return kExitHolds;
}

int explore_within(std::uint32_t bound) {
  std::uint64_t schedules = 0;
  for (const CancelMoment& moment : cancel_moments()) {
    const LiveSearch search = search_live(searched_live_scenario(moment), {.bound = bound});
    if (search.exploration.failure) {
      const std::string key = search.exploration.failure->key;
      fmt::print(
          "cancellation at the {}: {}FAIL live-driver  {}  repeat: lockstep dev explore "
          "--bound {}\n",
          moment.name,
          to_text(search.exploration, {.strategy = Strategy::kBoundedSearch, .bound = bound}), key,
          bound);
      return kExitFailed;
    }
    fmt::print("cancellation at the {}: {} schedules; heard in time in {}, too late in {}\n",
               moment.name, search.exploration.schedules, search.cancelled, search.too_late);
    std::fflush(stdout);
    schedules += search.exploration.schedules;
    if (!search.exploration.complete) {
      fmt::print("explored {} schedules, bound {}: there are more\n", schedules, bound);
      return kExitNoVerdict;
    }
  }
  fmt::print(
      "explored {0} of {0} schedules, bound {1}: two lanes, two requests, one cancellation; "
      "no violation\n",
      schedules, bound);
  return kExitHolds;
}

}  // namespace

int dev_explore(const DevExploreOptions& options, RunLive run) {
  if (options.bound) {
    return explore_within(*options.bound);
  }
  const std::optional<LiveStrategy> strategy = find_live_strategy(options.strategy);
  if (!strategy) {
    return report_error(
        Error{Errc::kBadInput, "found --strategy '" + options.strategy +
                                   "', expected mixed, random-walk, uniform-walk, pct or dull"});
  }
  const Exploring exploring{options,
                            {.seed = options.seed,
                             .cases = options.cases,
                             .jobs = options.jobs,
                             .strategy = *strategy,
                             .run = run}};
  return options.only ? explore_one(exploring) : explore_all(exploring);
}

}  // namespace lockstep

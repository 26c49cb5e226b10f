#include "cli/dev_explore.h"

#include <chrono>
#include <cstdio>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/whole_file.h"
#include "properties/live_campaign.h"
#include "properties/live_search.h"
#include "sim/exploration.h"
#include "sim/minimising.h"
#include "sim/schedule_text.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kMinimisingRuns = 2'000;

LiveCampaignOptions campaign_of(const DevExploreOptions& options) {
  return {.seed = options.seed, .cases = options.cases, .jobs = options.jobs};
}

void print_finding(const DevExploreOptions& options, const LiveFinding& finding) {
  const LiveCampaignOptions campaign = campaign_of(options);
  const ControlledProgram program = [&](Choices& choices) {
    Outcome outcome;
    outcome.failure = live_failure_key(run_live_case(campaign, finding.index, choices));
    return outcome;
  };
  const Minimised minimal =
      minimise(program, finding.choices, live_failure_key(finding.failure), kMinimisingRuns);
  fmt::print(
      "case {}: {}, found by {}; cut down from {} choices to {}, {} preemptions, in {} runs\n",
      finding.index, finding.scheduler, finding.strategy, finding.choices.size(),
      minimal.choices.size(), preemption_count(minimal.choices), minimal.runs);
  fmt::print("{}", schedule_text(minimal.choices));
  fmt::print("FAIL live-driver  {}  repeat: lockstep dev explore --seed {} --case {}\n",
             finding.failure, options.seed, finding.index);
}

int explore_all(const DevExploreOptions& options) {
  // The wall clock is for the screen.
  const auto begin = std::chrono::steady_clock::now();
  const LiveCampaignResult result = run_live_campaign(campaign_of(options));
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (result.first) {
    print_finding(options, *result.first);
    return kExitFailed;
  }
  fmt::print(
      "{} cases, {} requests, {} cancellations and {} failed batches: no violation\n"
      "{} schedules with a median of {} choices, {} of them distinct; seed {}, {:.1f} s\n",
      result.cases, result.requests, result.cancels, result.failed_batches, result.explored,
      result.choices_median, result.distinct, options.seed, seconds);
  return result.cases == 0 ? kExitNoVerdict : kExitHolds;
}

int explore_one(const DevExploreOptions& options) {
  LiveCampaignOptions campaign = campaign_of(options);
  std::string failure;
  if (options.schedule.empty()) {
    const std::optional<LiveFinding> finding = explore_live_case(campaign, *options.only);
    if (finding) {
      print_finding(options, *finding);
      return kExitFailed;
    }
  } else {
    const Result<std::string> text = read_file_whole(options.schedule, "choices of a finding");
    if (!text) {
      return report_error(text.error());
    }
    const Result<std::vector<std::uint32_t>> chosen = parse_schedule(*text, options.schedule);
    if (!chosen) {
      return report_error(chosen.error());
    }
    ReplayedChoices choices(*chosen);
    failure = run_live_case(campaign, *options.only, choices);
  }
  if (!failure.empty()) {
    fmt::print(
        "FAIL live-driver  {}  repeat: lockstep dev explore --seed {} --case {} --schedule {}\n",
        failure, options.seed, *options.only, options.schedule);
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

int dev_explore(const DevExploreOptions& options) {
  if (options.bound) {
    return explore_within(*options.bound);
  }
  return options.only ? explore_one(options) : explore_all(options);
}

}  // namespace lockstep

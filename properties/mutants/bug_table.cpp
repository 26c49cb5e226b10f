#include "properties/mutants/bug_table.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "properties/mutants/seeded_bug.h"

namespace lockstep {
namespace {

// "S9 (18), L1 (2)": the commonest first.
std::string counted(const std::map<std::string, int>& counts) {
  std::vector<std::pair<std::string, int>> order(counts.begin(), counts.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (const auto& [property, count] : order) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", property, count);
  }
  return text;
}

// A campaign that failed for want of coverage has none.
bool has_case(const BugTrial& trial) {
  return trial.kill && trial.kill->property != "coverage";
}

std::string property_of(const BugTrial& trial) {
  return trial.kill ? trial.kill->property : "not found";
}

}  // namespace

std::string bug_name(int bug) {
  return bug == 0 ? "(none)" : std::string(seeded_bugs()[static_cast<std::size_t>(bug) - 1].name);
}

std::string trial_line(const BugTrial& trial) {
  if (!trial.kill) {
    return fmt::format("{:<42} {:<9} {:>6} {:>6.1f}\n", bug_name(trial.bug),
                       trial.bug == 0 ? "clean" : "NOT FOUND", trial.cases, trial.seconds);
  }
  const BugKill& kill = *trial.kill;
  return fmt::format("{:<42} {:<9} {:>6} {:>6.1f} {:>4}  {}: {}\n", bug_name(trial.bug),
                     kill.property, kill.cases, trial.seconds, kill.requests, kill.scheduler,
                     kill.found);
}

std::uint64_t quantile_of(std::vector<std::uint64_t> values, unsigned percent) {
  std::sort(values.begin(), values.end());
  const std::size_t rank = (values.size() * percent + 99) / 100;
  return values[rank - 1];
}

std::string trials_markdown(std::span<const BugTrial> trials) {
  std::string text =
      "| bug | what goes wrong | found first by (seeds) | median | 95 % |\n"
      "|---|---|---|---|---|\n";
  for (std::size_t begin = 0; begin < trials.size();) {
    std::map<std::string, int> properties;
    std::vector<std::uint64_t> cases;
    std::size_t end = begin;
    for (; end < trials.size() && trials[end].bug == trials[begin].bug; ++end) {
      ++properties[property_of(trials[end])];
      cases.push_back(trials[end].kill ? trials[end].kill->cases : trials[end].cases);
    }
    const SeededBug& bug = seeded_bugs()[static_cast<std::size_t>(trials[begin].bug) - 1];
    text += fmt::format("| {} | {} | {} | {} | {} |\n", bug.name, bug.story, counted(properties),
                        quantile_of(cases, 50), quantile_of(cases, 95));
    begin = end;
  }
  return text;
}

std::string trials_summary(std::span<const BugTrial> trials) {
  std::map<std::string, int> properties;
  for (const BugTrial& trial : trials) {
    if (trial.kill) {
      ++properties[property_of(trial)];
    }
  }
  const auto found = std::count_if(trials.begin(), trials.end(),
                                   [](const BugTrial& trial) { return trial.kill.has_value(); });
  return fmt::format("{} of {} found; first by {}\n", found, trials.size(), counted(properties));
}

std::string minimised_summary(std::span<const BugTrial> trials) {
  std::vector<std::uint64_t> sizes;
  const BugTrial* largest = nullptr;
  for (const BugTrial& trial : trials) {
    if (!has_case(trial)) {
      continue;
    }
    sizes.push_back(trial.kill->requests);
    if (largest == nullptr || trial.kill->requests > largest->kill->requests) {
      largest = &trial;
    }
  }
  if (sizes.empty()) {
    return "cut down: none was found\n";
  }
  return fmt::format("cut down: median {} requests, 95 % at most {}, at most {} ({})\n",
                     quantile_of(sizes, 50), quantile_of(sizes, 95), largest->kill->requests,
                     bug_name(largest->bug));
}

}  // namespace lockstep

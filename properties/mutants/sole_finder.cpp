#include "properties/mutants/sole_finder.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "properties/checkers/checker.h"
#include "properties/mutants/bug_table.h"

namespace lockstep {
namespace {

// A hang costs its whole CPU limit in each case that has it.
constexpr std::uint64_t kCasesBesideDeaths = 2'000;

bool is_model(std::string_view property) {
  return property == "M7" || property == "M11";
}

bool is_death(std::string_view property) {
  return property == "R4" || property == "R5";
}

BugTrialOptions without(BugTrialOptions options, std::span<const std::string_view> left_out) {
  options.only.clear();
  for (const Property& property : all_properties()) {
    if (std::find(left_out.begin(), left_out.end(), property.id) == left_out.end()) {
      options.only.emplace_back(property.id);
    }
  }
  return options;
}

// Any finding of the campaign that is no crash and no hang.
Result<std::optional<BugKill>> beside_deaths(BugTrialOptions options) {
  options.cases = std::min(options.cases, kCasesBesideDeaths);
  Result<std::vector<BugKill>> kills = all_kills(options);
  if (!kills) {
    return tl::unexpected(kills.error());
  }
  const auto other = std::find_if(kills->begin(), kills->end(),
                                  [](const BugKill& kill) { return !is_death(kill.property); });
  return other == kills->end() ? std::nullopt : std::optional(std::move(*other));
}

Result<std::optional<BugKill>> found_without(const BugTrialOptions& options,
                                             std::vector<std::string_view> left_out) {
  Result<BugTrial> trial = run_bug_trial(without(options, left_out));
  if (!trial) {
    return tl::unexpected(trial.error());
  }
  return std::move(trial->kill);
}

}  // namespace

Result<SoleFinder> sole_finder(const BugTrialOptions& options) {
  SoleFinder finder{.bug = options.bug};
  Result<std::optional<BugKill>> first = found_without(options, {"M7", "M11"});
  if (first && !*first) {
    first = found_without(options, {});
  }
  if (!first) {
    return tl::unexpected(first.error());
  }
  finder.first = std::move(*first);
  if (!finder.first) {
    return finder;
  }
  const std::string& property = finder.first->property;
  Result<std::optional<BugKill>> second =
      is_death(property)
          ? beside_deaths(without(options, std::vector<std::string_view>{"M7", "M11"}))
      : is_model(property) ? found_without(options, {property})
                           : found_without(options, {"M7", "M11", property});
  if (!second) {
    return tl::unexpected(second.error());
  }
  finder.second = std::move(*second);
  return finder;
}

std::string sole_finders_markdown(std::span<const SoleFinder> finders) {
  std::string text = "| property | bugs that nothing else finds |\n|---|---|\n";
  std::string none;
  for (const Property& property : all_properties()) {
    std::string bugs;
    for (const SoleFinder& finder : finders) {
      if (finder.alone() && finder.first->property == property.id) {
        bugs += (bugs.empty() ? "" : ", ") + bug_name(finder.bug);
      }
    }
    if (bugs.empty()) {
      none += fmt::format("{}{} ({})", none.empty() ? "" : ", ", property.id, property.name);
    } else {
      text += fmt::format("| {} {} | {} |\n", property.id, property.name, bugs);
    }
  }
  return text + "\nWithout one: " + (none.empty() ? "none" : none) + ".\n";
}

}  // namespace lockstep

#include "properties/mutants/sole_finder.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "properties/checkers/checker.h"
#include "properties/mutants/bug_table.h"

namespace lockstep {
namespace {

// Why a property has no bug of its own.
struct Overlap {
  std::string_view property;
  std::string_view why;
};

constexpr std::array kOverlaps = {
    Overlap{"S16",
            "of the live driver: reuse-before-copy-out, gather-repeats and scatter-overwrites in "
            "properties/mutants/driver_bugs.h"},
    Overlap{"S17", "of the live driver: cancel-overtakes, docs/exploring.md"},
    Overlap{"O1", "a sum over the record: S1 and S2 see each end that it counts"},
    Overlap{"O2", "a sum over the record: S6 and S7 see each batch that it counts"},
    Overlap{"O3", "a sum over the record: S2 and S14 see each row that it counts"},
    Overlap{"M6", "S18 knows what each mode of a queue yields"},
    Overlap{"M10", "no single case shows it: tests/properties/mean_batch_test.cpp"},
};

std::string_view why_none(std::string_view property) {
  const auto known = std::find_if(kOverlaps.begin(), kOverlaps.end(), [&](const Overlap& overlap) {
    return overlap.property == property;
  });
  return known == kOverlaps.end() ? "none was written" : known->why;
}

// A hang costs its whole CPU limit in each case that has it.
constexpr std::uint64_t kCasesBesideDeaths = 300;

// Of everything, from a second side.
const std::vector<std::string_view> kWitnesses = {"M7", "M11", "R1", "R2"};

bool is_witness(std::string_view property) {
  return std::find(kWitnesses.begin(), kWitnesses.end(), property) != kWitnesses.end();
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
  Result<std::optional<BugKill>> first = found_without(options, kWitnesses);
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
  std::vector<std::string_view> others = {property};
  if (!is_witness(property)) {
    others.insert(others.end(), kWitnesses.begin(), kWitnesses.end());
  }
  Result<std::optional<BugKill>> second = is_death(property)
                                              ? beside_deaths(without(options, kWitnesses))
                                              : found_without(options, others);
  if (!second) {
    return tl::unexpected(second.error());
  }
  finder.second = std::move(*second);
  return finder;
}

std::string sole_finders_markdown(std::span<const SoleFinder> finders) {
  std::string text = "| property | bugs that nothing else finds |\n|---|---|\n";
  std::string none = "| property without one | why |\n|---|---|\n";
  for (const Property& property : all_properties()) {
    std::string bugs;
    for (const SoleFinder& finder : finders) {
      if (finder.alone() && finder.first->property == property.id) {
        bugs += (bugs.empty() ? "" : ", ") + bug_name(finder.bug);
      }
    }
    if (bugs.empty()) {
      none += fmt::format("| {} {} | {} |\n", property.id, property.name, why_none(property.id));
    } else {
      text += fmt::format("| {} {} | {} |\n", property.id, property.name, bugs);
    }
  }
  return text + "\n" + none;
}

}  // namespace lockstep

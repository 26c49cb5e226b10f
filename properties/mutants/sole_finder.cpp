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

// Why a property has no bug of its own. Most facts are judged twice on purpose, from two sides, so
// that a checker that is blind itself shows.
struct Overlap {
  std::string_view property;
  std::string_view why;
};

constexpr std::array kOverlaps = {
    Overlap{"S2",
            "R2 (ends) and S14 (rows) together imply it here; it judges logs of other servers"},
    Overlap{"S3", "S18 names the members that a queue yields, S14 the order of pieces"},
    Overlap{"S3b", "no registered scheduler claims it"},
    Overlap{"S5", "the server refuses such a batch first (R1); it judges logs of other servers"},
    Overlap{"S6", "the server refuses such a step first (R1); it judges logs of other servers"},
    Overlap{"S7", "the server refuses such a start (R1)"},
    Overlap{"S11", "who expires late wakes its scheduler in vain (R5)"},
    Overlap{"S15", "R2 compares each end with what was decided"},
    Overlap{"S16", "of the live driver: docs/exploring.md"},
    Overlap{"S17", "of the live driver: docs/exploring.md"},
    Overlap{"L1", "L3 sees the same batch when the lane is idle for positive time"},
    Overlap{"L1b", "S18 knows the condition of each reason; it judges schedulers of your own"},
    Overlap{"L2", "follows from L1, L3 and L4"},
    Overlap{"L3c", "S18 names the members that a queue yields"},
    Overlap{"L4", "a turn that is lost breaks the bound (L7) or the other mode of the queue (M6)"},
    Overlap{"L4b", "no scheduler has weights"},
    Overlap{"L5", "S9 knows each scheduler's rule; it judges schedulers of your own"},
    Overlap{"L7", "follows from L1, L3, L4 and S9"},
    Overlap{"L8",
            "what goes on for ever at one instant hangs (R5), what repeats moves nothing (V4)"},
    Overlap{"V1", "who waits for ever finds nothing left to happen (V3) or a lane idle (V5)"},
    Overlap{"V2", "a closed queue's batch is due (L3)"},
    Overlap{"V3", "V1 waits for the same answers"},
    Overlap{"V4", "what wakes in vain for ever hangs (R5)"},
    Overlap{"V5", "a lane that idles for ever leaves somebody behind (V1)"},
    Overlap{"O1", "S1, S6 and R2 imply it here; it judges the record itself"},
    Overlap{"O2", "S6 and S7 imply it here; it judges the record itself"},
    Overlap{"O3", "S2, S13 and S14 imply it here; it judges the record itself"},
    Overlap{"M1", "cases of long times find the same (V1)"},
    Overlap{"M6", "S18 knows what each mode of a queue yields"},
    Overlap{"M6b", "a start that comes late is L1 or L3"},
    Overlap{"M8", "no scheduler here is told the future; it judges schedulers of your own"},
    Overlap{"M9", "a lane more that stands idle is L3 or V5"},
    Overlap{"M10", "no single case shows it: tests/properties/mean_batch_test.cpp"},
    Overlap{"R1", "a rule that breaks in the core's own decisions breaks a property, too"},
    Overlap{"R3", "every relation compares two runs, too; it judges schedulers of your own"},
    Overlap{"R5", "what hangs moves nothing (V4)"},
};

std::string_view why_none(std::string_view property) {
  const auto known = std::find_if(kOverlaps.begin(), kOverlaps.end(), [&](const Overlap& overlap) {
    return overlap.property == property;
  });
  return known == kOverlaps.end() ? "none was written" : known->why;
}

// A hang costs its whole CPU limit in each case that has it.
constexpr std::uint64_t kCasesBesideDeaths = 300;

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

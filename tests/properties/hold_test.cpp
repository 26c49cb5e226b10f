// The properties of time, order, liveness and sums hold for every registered scheduler, and are
// looked at: each is judged in many runs.
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/schedulers/registry.h"
#include "properties/cases/case_run.h"
#include "properties/checkers/checker.h"
#include "tests/properties/drawn_cases.h"

namespace lockstep {
namespace {

// How many of `count` drawn cases each property judged; failures name the first violation.
std::map<std::string_view, std::uint64_t> judge_drawn(const SchedulerInfo& info,
                                                      std::uint64_t first, std::uint64_t count) {
  std::map<std::string_view, std::uint64_t> judged;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Case value = CaseDrawer(info, seed).draw();
    const std::string where = fmt::format("{} case {}", info.name, seed);
    Result<MadeScheduler> made = make_registered(value);
    if (!made) {
      continue;
    }
    for (const Property& property : all_properties()) {
      judged[property.id] +=
          property.make != nullptr &&
          (property.not_checked == nullptr || property.not_checked(made->rules).empty());
    }
    CheckerSet checkers(made->rules);
    RunRecord record;
    const CaseRun run = run_case(value, std::move(*made), record,
                                 [&](const RunRecord& now) { checkers.after_line(now); });
    checkers.at_end(record);
    EXPECT_EQ(run.outcome, CaseOutcome::kRan) << where;
    EXPECT_EQ(record.broken_rule, "") << where;
    for (const Violations::Entry& entry : checkers.found().entries()) {
      ADD_FAILURE() << entry.first.property << ": " << entry.first.found << " (" << where << ")";
    }
    if (testing::Test::HasFailure()) {
      break;
    }
  }
  return judged;
}

TEST(Properties, HoldOnDrawnRunsOfEveryScheduler) {
  std::map<std::string_view, std::uint64_t> judged;
  for (const SchedulerInfo& info : all_schedulers()) {
    for (const auto& [id, count] : judge_drawn(info, 1, 600)) {
      judged[id] += count;
    }
  }
  for (const std::string_view id : {"L1", "L1b", "L2", "L3", "L3c", "L4", "L5", "L6", "L7", "L8",
                                    "V1", "V2", "V3", "V4", "V5", "O1", "O2", "O3"}) {
    EXPECT_GE(judged[id], 100u) << id;
  }
  EXPECT_EQ(judged["L4b"], 0u);  // no scheduler has weights
}

}  // namespace
}  // namespace lockstep

// No registered scheduler is accused, whatever its options, traffic and faults.
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "core/schedulers/registry.h"
#include "properties/cases/case_run.h"
#include "properties/checkers/checker.h"
#include "tests/support/random_case.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kCases = 400;  // of each scheduler

TEST(SafetyProperties, HoldForEverySchedulerAndOption) {
  for (const SchedulerInfo& info : all_schedulers()) {
    std::uint64_t ran = 0;
    for (std::uint64_t seed = 1; seed <= kCases; ++seed) {
      const Case value = random_case(info, seed);
      Result<MadeScheduler> made = make_registered(value);
      if (!made) {
        continue;  // options that do not go together
      }
      ++ran;
      RunRecord record;
      CheckerSet checkers(made->rules);
      static_cast<void>(run_case(value, std::move(*made), record,
                                 [&](const RunRecord& now) { checkers.after_line(now); }));
      checkers.at_end(record);
      for (const Violations::Entry& entry : checkers.found().entries()) {
        ADD_FAILURE() << info.name << " seed " << seed << ": " << entry.first.property << " "
                      << entry.first.found << " at line " << entry.first.line;
      }
      ASSERT_EQ(record.broken_rule, "") << info.name << " seed " << seed;
      if (::testing::Test::HasFailure()) {
        break;
      }
    }
    EXPECT_GT(ran, kCases / 4) << info.name;
  }
}

}  // namespace
}  // namespace lockstep

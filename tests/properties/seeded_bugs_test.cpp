// The planted core: without a bug it decides as the core does, with one the default campaign finds
// it. (That every bug is found is lockstep_seeded_bugs' own business: CI runs it.)
#include <set>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/pinned_scenarios.h"
#include "properties/checkers/checker.h"
#include "properties/mutants/bug_switch.h"
#include "properties/mutants/bug_table.h"
#include "properties/mutants/bug_trial.h"
#include "properties/mutants/seeded_bug.h"
#include "properties/mutants/sole_finder.h"
#include "tests/support/golden.h"

namespace lockstep {
namespace {

int bug_named(std::string_view name) {
  for (std::size_t i = 0; i < seeded_bugs().size(); ++i) {
    if (seeded_bugs()[i].name == name) {
      return static_cast<int>(i) + 1;
    }
  }
  ADD_FAILURE() << "no seeded bug " << name;
  return 0;
}

std::optional<BugKill> kill(std::string_view name, std::uint64_t cases) {
  const Result<BugTrial> trial =
      run_bug_trial({.bug = bug_named(name), .seed = 1, .cases = cases, .cpu_limit_ms = 500});
  EXPECT_TRUE(trial) << (trial ? "" : trial.error().message);
  return trial ? trial->kill : std::nullopt;
}

TEST(SeededBugs, AreAtLeastSixtyAndEachHasANameAndAStory) {
  std::set<std::string_view> names;
  for (const SeededBug& bug : seeded_bugs()) {
    EXPECT_TRUE(names.insert(bug.name).second) << bug.name;
    EXPECT_FALSE(bug.story.empty() || bug.source.empty()) << bug.name;
  }
  EXPECT_GE(names.size(), 60u);
}

TEST(PlantedCore, DecidesAsTheCoreWhileNoBugIsSelected) {
  const Result<std::string> digests = pinned_digests();
  ASSERT_TRUE(digests);
  expect_golden("digests.txt", *digests);
}

TEST(PlantedCore, DecidesOtherwiseWithABug) {
  select_seeded_bug(bug_named("shared-timeout-one-ns-late"));
  const Result<std::string> digests = pinned_digests();
  select_seeded_bug(0);
  ASSERT_TRUE(digests);
  EXPECT_NE(*digests, *pinned_digests());
}

TEST(BugTrial, FindsWrongDecisionsCrashesAndHangs) {
  const std::optional<BugKill> wrong = kill("server-answers-failures-twice", 200);
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->property, "S1");
  const std::optional<BugKill> crash = kill("session-forgets-lanes", 200);
  ASSERT_TRUE(crash);
  EXPECT_EQ(crash->property, "R4");
  const std::optional<BugKill> hang = kill("retrier-hangs-on-a-full-queue", 1'000);
  ASSERT_TRUE(hang);
  EXPECT_EQ(hang->property, "R5");
}

TEST(BugTrial, IsTheSameWhateverTheNumberOfJobs) {
  BugTrialOptions options{.bug = bug_named("shared-full-queue-takes-one-more"), .seed = 3};
  const Result<BugTrial> one = run_bug_trial(options);
  options.jobs = 3;
  const Result<BugTrial> three = run_bug_trial(options);
  ASSERT_TRUE(one && three && one->kill && three->kill);
  EXPECT_EQ(one->kill->cases, three->kill->cases);
  EXPECT_EQ(one->kill->found, three->kill->found);
}

TEST(BugTable, TakesTheSmallestValueThatEnoughDoNotExceed) {
  EXPECT_EQ(quantile_of({7}, 95), 7u);
  EXPECT_EQ(quantile_of({4, 1, 3, 2}, 50), 2u);
  EXPECT_EQ(quantile_of({4, 1, 3, 2}, 51), 3u);
  EXPECT_EQ(quantile_of({4, 1, 3, 2}, 100), 4u);
}

TEST(BugTable, SaysHowSmallCasesBecame) {
  const auto trial = [](int bug, std::string property, std::size_t requests) {
    BugKill kill;
    kill.property = std::move(property);
    kill.requests = requests;
    return BugTrial{.bug = bug, .kill = kill};
  };
  const std::vector<BugTrial> trials = {trial(1, "S1", 2), trial(2, "L1", 9), trial(3, "S8", 3),
                                        trial(4, "coverage", 0), BugTrial{.bug = 5}};
  EXPECT_EQ(minimised_summary(trials),
            "cut down: median 3 requests, 95 % at most 9, at most 9 (" + bug_name(2) + ")\n");
  EXPECT_EQ(minimised_summary(std::span(trials).last(1)), "cut down: none was found\n");
}

SoleFinder finder(std::string_view name, std::uint64_t cases) {
  const Result<SoleFinder> found =
      sole_finder({.bug = bug_named(name), .seed = 1, .cases = cases, .cpu_limit_ms = 500});
  EXPECT_TRUE(found) << (found ? "" : found.error().message);
  return found ? *found : SoleFinder{};
}

TEST(SoleFinder, NamesThePropertyWithoutWhichNothingFindsABug) {
  const SoleFinder alone = finder("server-answers-failures-twice", 300);
  ASSERT_TRUE(alone.alone());
  EXPECT_EQ(alone.first->property, "S1");
  const SoleFinder two = finder("server-answers-lane-0", 300);
  ASSERT_TRUE(two.first && two.second);
  EXPECT_FALSE(two.alone());
  EXPECT_EQ(two.first->property, "S1");
  EXPECT_NE(two.second->property, "S1");
}

// Without the second models nothing else sees it: then they count.
TEST(SoleFinder, AsksTheModelsWhereNothingElseSeesABug) {
  const SoleFinder model = finder("adaptive-limit-lets-one-more-in", 300);
  ASSERT_TRUE(model.alone());
  EXPECT_EQ(model.first->property, "M7");
}

TEST(SoleFinder, CannotLeaveCrashesOut) {
  const SoleFinder crash = finder("session-forgets-lanes", 200);
  ASSERT_TRUE(crash.first);
  EXPECT_EQ(crash.first->property, "R4");
}

TEST(SoleFinder, GivesEachPropertyWithoutSuchABugAReason) {
  const std::string text = sole_finders_markdown({});
  for (const Property& property : all_properties()) {
    EXPECT_THAT(text, ::testing::HasSubstr("| " + std::string(property.id) + " " +
                                           std::string(property.name) + " |"));
  }
}

}  // namespace
}  // namespace lockstep

// Each seeded bug of the live driver is found by the default campaign; the driver itself is clean.
#include "properties/mutants/driver_bugs.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/dev_explore.h"
#include "core/check.h"
#include "properties/live_campaign.h"
#include "properties/live_search.h"
#include "properties/mutants/driver_bug_runs.h"
#include "tests/traces/scratch_directory.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

// Schedules within which a bug must be found, whatever the seed.
constexpr std::uint64_t kBudget = 5'000;
constexpr std::uint64_t kSeed = 7;

TEST(LiveCampaign, FindsNothingInTheDriverAndSeesEveryKindOfEvent) {
  const LiveCampaignResult result = run_live_campaign({.seed = kSeed, .cases = 2'000, .jobs = 2});
  EXPECT_EQ(result.findings, 0u) << (result.first ? result.first->failure : "");
  EXPECT_EQ(result.cases, 2'000u);
  EXPECT_GT(result.cancels, 500u);
  EXPECT_GT(result.failed_batches, 2'000u);
  EXPECT_GE(result.choices_median, 40u);
  EXPECT_GE(result.distinct, result.explored / 2);
}

TEST(LiveCampaign, FindsTheSameWhateverTheNumberOfJobs) {
  const RunLive broken = driver_bug_runs().front();
  for (const std::uint32_t jobs : {1u, 2u, 3u}) {
    const LiveCampaignResult result = run_live_campaign(
        {.seed = kSeed, .cases = 300, .jobs = jobs, .stops = false, .run = broken});
    static const LiveCampaignResult one = result;
    ASSERT_TRUE(result.first);
    EXPECT_EQ(result.findings, one.findings);
    EXPECT_EQ(result.first->index, one.first->index);
    EXPECT_EQ(result.first->failure, one.first->failure);
    EXPECT_EQ(result.first->choices, one.first->choices);
  }
}

TEST(SeededDriverBugList, IsTheOneThatIsCompiled) {
  EXPECT_EQ(driver_bug_runs().size(), kDriverBugs.size());
  EXPECT_GE(kDriverBugs.size(), 15u);
}

RunLive driver_with(std::string_view name) {
  const auto* bug = std::find_if(kDriverBugs.begin(), kDriverBugs.end(),
                                 [name](const DriverBug& of) { return of.name == name; });
  LOCKSTEP_CHECK(bug != kDriverBugs.end());
  return driver_bug_runs()[static_cast<std::size_t>(bug - kDriverBugs.begin())];
}

// Bugs that the sequential schedule does not show: the search must come to the one that does.
TEST(LiveSearch, FindsSeededBugsWithinItsBound) {
  struct Wanted {
    std::string_view name;
    std::string_view key;
    const CancelMoment& moment;
  };
  const CancelMoment& submission = cancel_moments().front();
  const CancelMoment& completion = cancel_moments().back();
  const std::vector<Wanted> wanted = {{"double-answer", "double-answer", completion},
                                      {"lost-wake-up", "stuck", completion},
                                      {"cancel-race", "double-answer", completion},
                                      {"cancel-overtakes", "not-linearizable", submission}};
  for (const auto& [name, key, moment] : wanted) {
    const RunLive broken = driver_with(name);
    const LiveSearch search =
        search_live(searched_live_scenario(moment), {.bound = 1, .run = broken});
    ASSERT_TRUE(search.exploration.failure) << name;
    const FailedSchedule& failure = *search.exploration.failure;
    EXPECT_EQ(failure.key, key) << name;
    EXPECT_GT(failure.schedule, 0u) << name;
    EXPECT_TRUE(failure.repeats) << name;
    EXPECT_LE(preemption_count(failure.minimal), 1u) << name;
    RecordProperty(std::string(name), static_cast<int>(failure.schedule));
    std::printf("%-24s schedule %-6llu %s\n", std::string(name).c_str(),
                static_cast<unsigned long long>(failure.schedule), failure.key.c_str());
  }
}

// What a person gets: what happened, in words, and a file that repeats it.
TEST(DevExplore, TellsWhatHappenedAndKeepsTheScheduleOfAFinding) {
  const ScratchDirectory scratch;
  for (const char* strategy : {"mixed", "random-walk", "uniform-walk", "pct"}) {
    DevExploreOptions options;
    options.cases = 3'000;
    options.seed = kSeed;
    options.strategy = strategy;
    options.findings = scratch.file(strategy);
    const RunLive broken = driver_with("held-answers-forgotten");
    ::testing::internal::CaptureStdout();
    EXPECT_EQ(dev_explore(options, broken), 1) << strategy;
    const std::string found = ::testing::internal::GetCapturedStdout();
    EXPECT_THAT(found, HasSubstr(": fault at 'stall', option 1 of 0 to 1\n"));
    EXPECT_THAT(found, HasSubstr("\nwhat clients and the device saw:\n"));
    EXPECT_THAT(found, HasSubstr(" is submitted\n"));
    EXPECT_THAT(found, HasSubstr("\nFAIL live-driver  lost-request: "));
    const std::size_t at = found.find("--schedule ");
    ASSERT_NE(at, found.npos) << found;
    options.schedule = found.substr(at + 11, found.size() - at - 12);
    const std::size_t number = found.find("--case ");
    ASSERT_NE(number, found.npos);
    std::uint64_t index = 0;
    std::from_chars(found.data() + number + 7, found.data() + found.size(), index);
    options.only = index;
    ::testing::internal::CaptureStdout();
    EXPECT_EQ(dev_explore(options, broken), 1) << strategy;
    const std::string again = ::testing::internal::GetCapturedStdout();
    EXPECT_EQ(again.substr(again.find("FAIL ")), found.substr(found.find("FAIL ")));
    // Without the bug nothing fails there.
    ::testing::internal::CaptureStdout();
    EXPECT_EQ(dev_explore(options), 0) << strategy;
    EXPECT_THAT(::testing::internal::GetCapturedStdout(), HasSubstr("no violation\n"));
  }
}

class SeededDriverBugs : public ::testing::TestWithParam<std::size_t> {};

TEST_P(SeededDriverBugs, AreFound) {
  const DriverBug& bug = kDriverBugs[GetParam()];
  const LiveCampaignOptions options{.seed = kSeed,
                                    .cases = kBudget,
                                    .jobs = 1,
                                    .stops = true,
                                    .run = driver_bug_runs()[GetParam()]};
  const LiveCampaignResult result = run_live_campaign(options);
  ASSERT_TRUE(result.first) << bug.words << ": not found in " << result.cases << " cases";
  RecordProperty("case", static_cast<int>(result.first->index));
  RecordProperty("failure", result.first->failure);
  std::printf("%-24s case %-6llu %s, %s: %s\n", std::string(bug.name).c_str(),
              static_cast<unsigned long long>(result.first->index), result.first->scheduler.c_str(),
              result.first->strategy.c_str(), result.first->failure.c_str());
  // The same choices, the same failure.
  std::vector<std::uint32_t> chosen;
  for (const RecordedChoice& choice : result.first->choices) {
    chosen.push_back(choice.chosen);
  }
  ReplayedChoices again(chosen);
  EXPECT_EQ(run_live_case(options, result.first->index, again), result.first->failure);
  // And without the bug nothing fails there.
  ReplayedChoices right(chosen);
  EXPECT_EQ(run_live_case({.seed = kSeed, .cases = kBudget}, result.first->index, right), "");
}

INSTANTIATE_TEST_SUITE_P(Each, SeededDriverBugs,
                         ::testing::Range(std::size_t{0}, kDriverBugs.size()),
                         [](const auto& index) {
                           std::string name(kDriverBugs[index.param].name);
                           for (char& letter : name) {
                             letter = letter == '-' ? '_' : letter;
                           }
                           return name;
                         });

}  // namespace
}  // namespace lockstep

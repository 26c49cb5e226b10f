// The search over the live driver tries each schedule once, and leaves nothing out that matters.
#include "properties/live_search.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(LiveSearch, TriesEachScheduleOnceAndFindsNothingInTheDriver) {
  std::uint64_t cancelled = 0;
  std::uint64_t too_late = 0;
  for (const CancelMoment& moment : cancel_moments()) {
    const LiveSearch search = search_live(searched_live_scenario(moment), {.bound = 0});
    EXPECT_TRUE(search.exploration.complete);
    EXPECT_EQ(search.exploration.failures, 0u) << search.exploration.failure->key;
    EXPECT_EQ(search.exploration.distinct, search.exploration.schedules);
    EXPECT_GT(search.exploration.schedules, 500u) << moment.name;
    cancelled += search.cancelled;
    too_late += search.too_late;
  }
  // What the scenario is for happens: cancellations that come early enough and some that do not.
  EXPECT_GT(cancelled, 100u);
  EXPECT_GT(too_late, 1000u);
}

TEST(LiveSearch, SaysThatThereAreMoreSchedulesThanItMayTry) {
  const LiveScenario scenario = searched_live_scenario(cancel_moments().front());
  const std::uint64_t all = search_live(scenario, {.bound = 0}).exploration.schedules;
  EXPECT_FALSE(search_live(scenario, {.bound = 0, .schedules = all - 1}).exploration.complete);
  EXPECT_TRUE(search_live(scenario, {.bound = 0, .schedules = all}).exploration.complete);
}

TEST(LiveSearch, BothRequestsRunOnLanesOfTheirOwn) {
  for (const CancelMoment& moment : cancel_moments()) {
    LiveScenario scenario = searched_live_scenario(moment);
    scenario.cancels.clear();
    DullChoices dull;
    const auto run = run_live(scenario, dull);
    EXPECT_EQ(run->driver.launched, 2u);
    // At the same instant where each lane has a GPU.
    EXPECT_EQ(run->answered[0], at_ns(3000));
    EXPECT_EQ(run->answered[1], at_ns(moment.gpus == 2 ? 3000 : 4000));
  }
}

// Order number `rank` of the fibers' beginnings, then the dullest.
class BeginningOrder final : public Choices {
 public:
  explicit BeginningOrder(std::uint64_t rank) : rank_(rank) {}
  [[nodiscard]] std::uint32_t choose(const ChoicePoint& point) override {
    const auto option = static_cast<std::uint32_t>(rank_ % point.count);
    rank_ /= point.count;
    return option;
  }

 private:
  std::uint64_t rank_;
};

// Why the search does not choose among them: nothing of a run tells in which order they began.
TEST(LiveSearch, OrdersInWhichTheFibersBeginLeadToTheSameRuns) {
  constexpr std::uint64_t kOrders = 5040;  // of 7 fibers
  constexpr std::size_t kBeginnings = 6;   // choices among 7, 6, ... 2
  for (const CancelMoment& moment : cancel_moments()) {
    const LiveScenario scenario = searched_live_scenario(moment);
    std::vector<RecordedChoice> first;
    std::uint64_t digest = 0;
    for (std::uint64_t rank = 0; rank < kOrders; ++rank) {
      BeginningOrder order(rank);
      RecordingChoices recorded(order);
      const auto run = run_live(scenario, recorded, {});
      ASSERT_EQ(live_failure(scenario, *run), "");
      ASSERT_GT(recorded.choices().size(), kBeginnings);
      ASSERT_EQ(recorded.choices()[kBeginnings - 1].count, 2u);
      // Who could run at each later choice, and who did.
      std::vector<RecordedChoice> rest(recorded.choices().begin() + kBeginnings,
                                       recorded.choices().end());
      if (rank == 0) {
        first = std::move(rest);
        digest = run->digest;
        continue;
      }
      ASSERT_EQ(rest, first) << "order " << rank;
      ASSERT_EQ(run->digest, digest) << "order " << rank;
    }
  }
}

}  // namespace
}  // namespace lockstep

// The strategies find toy bugs at the probabilities that they promise, and their draws are what
// they should be (verification 4.3). All seeds are fixed; a bound of four standard deviations and
// chi-square at 0.999 say how far a figure may be from what theory says.
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/choices.h"
#include "sim/uniform_walk.h"
#include "tests/support/goodness_of_fit.h"
#include "tests/support/toy_fibers.h"

namespace lockstep {
namespace {

using support::run_toy;
using ::testing::AllOf;
using ::testing::Ge;
using ::testing::Le;

// 4 fibers of 25 events. Fiber 0 opens a window with event 12 and closes it with the next one;
// event 20 of fiber 1 must not fall into it: a bug of depth 2.
bool falls_into_window(Choices& choices) {
  bool open = false;
  bool hit = false;
  run_toy({25, 25, 25, 25}, choices, [&](std::uint32_t fiber, std::uint32_t number) {
    if (fiber == 0) {
      open = number == 12;
    }
    hit = hit || (fiber == 1 && number == 20 && open);
  });
  return hit;
}

// 4 fibers of 10 events: 0 and 1 each have a window between their events 5 and 6; the bug needs
// both interrupted there: open, open, close, close in the order 0, 1, 0, 1. Depth 3.
bool windows_overlap(Choices& choices) {
  std::string order;
  run_toy({10, 10, 10, 10}, choices, [&](std::uint32_t fiber, std::uint32_t number) {
    if (fiber <= 1 && (number == 5 || number == 6)) {
      order += std::to_string(fiber);
    }
  });
  return order == "0101";
}

// 4 fibers of 25 events: fiber 3 has ended before fiber 2 begins.
bool ends_before_other_starts(Choices& choices) {
  bool ended = false;
  bool before = false;
  run_toy({25, 25, 25, 25}, choices, [&](std::uint32_t fiber, std::uint32_t number) {
    ended = ended || (fiber == 3 && number == 25);
    before = before || (fiber == 2 && number == 1 && ended);
  });
  return before;
}

template <typename Bug, typename Make>
double found_share(std::uint64_t runs, Bug bug, Make make) {
  std::uint64_t found = 0;
  for (std::uint64_t seed = 0; seed < runs; ++seed) {
    auto strategy = make(seed);
    found += bug(strategy) ? 1U : 0U;
  }
  return static_cast<double>(found) / static_cast<double>(runs);
}

// Within four standard deviations of `share`.
auto is_about(double share, std::uint64_t runs) {
  const double deviation = std::sqrt(share * (1 - share) / static_cast<double>(runs));
  return AllOf(Ge(share - 4 * deviation), Le(share + 4 * deviation));
}

RandomWalk random_walk(std::uint64_t seed) {
  return RandomWalk(seed);
}

TEST(StrategyProbability, PctFindsAOneStepWindowAtHalfTheInverseOfTheSteps) {
  constexpr std::uint64_t kRuns = 40'000;
  const double share = found_share(kRuns, falls_into_window,
                                   [](std::uint64_t seed) { return PriorityWalk(seed, 2, 100); });
  // Fiber 0 above fiber 1, and the one change point at the one step of 100: 0.005.
  EXPECT_THAT(share, is_about(0.005, kRuns));
  EXPECT_GE(share, 1.0 / (4 * 100));  // Burckhardt's bound
}

TEST(StrategyProbability, RandomWalkFindsAOneStepWindowSixTimesAsOften) {
  constexpr std::uint64_t kRuns = 40'000;
  // Of the two, 12 and 19 events in any order, then the 20th: C(31, 12) / 2^32.
  EXPECT_THAT(found_share(kRuns, falls_into_window, random_walk),
              is_about(141'120'525.0 / 4'294'967'296.0, kRuns));
}

TEST(StrategyProbability, PctFindsABugOfDepthThreeAtTheChanceOfItsTwoChangePoints) {
  constexpr std::uint64_t kRuns = 100'000;
  const double share = found_share(kRuns, windows_overlap,
                                   [](std::uint64_t seed) { return PriorityWalk(seed, 3, 40); });
  // Fiber 0 above fiber 1, both change points where they must be: one pair of C(40, 2).
  EXPECT_THAT(share, is_about(0.5 / 780, kRuns));
  EXPECT_GE(share, 1.0 / (4 * 40 * 40));
  // With one change point it cannot be found.
  EXPECT_EQ(found_share(10'000, windows_overlap,
                        [](std::uint64_t seed) { return PriorityWalk(seed, 2, 40); }),
            0);
}

TEST(StrategyProbability, PctRunsAFiberToItsEndBeforeAnotherStartsAndARandomWalkDoesNot) {
  constexpr std::uint64_t kRuns = 10'000;
  const auto share = [](std::uint32_t depth) {
    return found_share(kRuns, ends_before_other_starts,
                       [&](std::uint64_t seed) { return PriorityWalk(seed, depth, 100); });
  };
  EXPECT_THAT(share(1), is_about(0.5, kRuns));
  // The change point must not hit the one in its 25 steps of 100, or must hit the other's first.
  EXPECT_THAT(share(2), is_about(0.38, kRuns));
  EXPECT_EQ(found_share(10'000, ends_before_other_starts, random_walk), 0);
}

// --- the draws of PCT ---------------------------------------------------------------------------

TEST(PctDraws, ChangePointsAreUniformAndDifferent) {
  constexpr std::uint32_t kSteps = 20;
  constexpr std::uint64_t kRuns = 20'000;
  std::vector<double> pairs(kSteps * (kSteps - 1) / 2, 0.0);
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
    const PriorityWalk walk(seed, 3, kSteps);
    ASSERT_EQ(walk.change_points().size(), 2u);
    const std::uint32_t first = walk.change_points()[0];
    const std::uint32_t second = walk.change_points()[1];
    ASSERT_GE(first, 1u);
    ASSERT_LT(first, second);  // with replacement, a run in 20 would have them equal
    ASSERT_LE(second, kSteps);
    ++pairs[(second - 1) * (second - 2) / 2 + first - 1];
  }
  const std::vector<double> expected(
      pairs.size(), static_cast<double>(kRuns) / static_cast<double>(pairs.size()));
  EXPECT_LT(chi_square(pairs, expected), chi_square_critical(pairs.size() - 1));
}

TEST(PctDraws, ThereAreNeverMoreChangePointsThanSteps) {
  EXPECT_EQ(PriorityWalk(1, 5, 3).change_points(), (std::vector<std::uint32_t>{1, 2, 3}));
  EXPECT_TRUE(PriorityWalk(1, 3, 0).change_points().empty());
}

TEST(PctDraws, EachOrderOfPrioritiesIsAsLikelyAsAnyOther) {
  constexpr std::uint64_t kRuns = 24'000;
  std::map<std::string, double> orders;
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
    PriorityWalk walk(seed, 1, 100);
    std::string order;
    run_toy({2, 2, 2, 2}, walk, [&](std::uint32_t fiber, std::uint32_t number) {
      order += number == 1 ? std::to_string(fiber) : "";
    });
    ++orders[order];
  }
  ASSERT_EQ(orders.size(), 24u);
  std::vector<double> found;
  for (const auto& [order, count] : orders) {
    found.push_back(count);
  }
  EXPECT_LT(chi_square(found, std::vector<double>(24, kRuns / 24.0)), chi_square_critical(23));
}

TEST(PctDraws, AStepCountsOnlyWhenTwoMayRun) {
  PriorityWalk walk(7, 1, 100);
  run_toy({3, 3}, walk, [](std::uint32_t, std::uint32_t) {});
  // The beginning and the two points of the first; then the second one is alone.
  EXPECT_EQ(walk.steps(), 3u);
}

TEST(PctDraws, OneThatOnlySpinsFallsBelowTheOthers) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    PriorityWalk walk(seed, 1, 100);
    const std::array<std::uint32_t, 2> fibers = {0, 1};
    std::array<std::uint32_t, 2> turns = {0, 0};
    for (int i = 0; i < 1500; ++i) {
      ++turns[walk.choose({.count = 2, .fibers = fibers.data()})];
    }
    EXPECT_GE(turns[0], 500u);
    EXPECT_GE(turns[1], 500u);
  }
}

TEST(PctDraws, OneThatYieldsInALoopFallsBelowTheOthers) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    PriorityWalk walk(seed, 1, 100);
    const std::array<std::uint32_t, 2> fibers = {0, 1};
    const std::uint32_t first = walk.choose({.count = 2, .fibers = fibers.data()});
    std::uint32_t same = 1;
    while (walk.choose({.count = 2, .fibers = fibers.data(), .yielding = first}) == first) {
      ++same;
    }
    EXPECT_EQ(same, 3u);
  }
}

// --- faults -------------------------------------------------------------------------------------

TEST(RareChoices, StrikeOnceInTheirRarity) {
  constexpr std::uint64_t kRuns = 32'000;
  for (const ChoiceKind kind : {ChoiceKind::kFault, ChoiceKind::kWakeUp}) {
    RandomWalk walk(3, 16);
    std::uint64_t struck = 0;
    for (std::uint64_t i = 0; i < kRuns; ++i) {
      struck += walk.choose({.kind = kind, .count = 2});
    }
    EXPECT_THAT(static_cast<double>(struck) / kRuns, is_about(1.0 / 16, kRuns));
  }
}

TEST(RareChoices, DoNotMoveTheOrderOfWaiters) {
  RandomWalk walk(3, 16);
  std::vector<double> found(3, 0.0);
  for (int i = 0; i < 30'000; ++i) {
    ++found[walk.choose({.kind = ChoiceKind::kWaiter, .count = 3})];
  }
  EXPECT_LT(chi_square(found, {10'000, 10'000, 10'000}), chi_square_critical(2));
}

// --- uniform walk -------------------------------------------------------------------------------

std::map<std::string, double> orders_of(const std::vector<std::uint32_t>& events,
                                        std::uint64_t runs, bool uniform) {
  std::map<std::string, double> orders;
  for (std::uint64_t seed = 0; seed < runs; ++seed) {
    UniformWalk uniform_walk(seed, events);
    RandomWalk walk(seed);
    std::string order;
    run_toy(events, uniform ? static_cast<Choices&>(uniform_walk) : walk,
            [&](std::uint32_t fiber, std::uint32_t) { order += std::to_string(fiber); });
    ++orders[order];
  }
  return orders;
}

TEST(UniformWalk, MakesEachInterleavingAsLikelyAsAnyOther) {
  constexpr std::uint64_t kRuns = 21'000;
  std::vector<double> found;
  for (const auto& [order, count] : orders_of({2, 5}, kRuns, true)) {
    found.push_back(count);
  }
  ASSERT_EQ(found.size(), 21u);  // C(7, 2)
  EXPECT_LT(chi_square(found, std::vector<double>(21, 1000.0)), chi_square_critical(20));
  // A random walk runs the short one early: half of the time its first event is the first of all.
  EXPECT_GT(orders_of({2, 5}, kRuns, false)["0011111"], 4000);
}

TEST(UniformWalk, GoesOnBeyondItsEstimate) {
  UniformWalk walk(1, {1});
  std::uint32_t events = 0;
  run_toy({5, 5}, walk, [&](std::uint32_t, std::uint32_t) { ++events; });
  EXPECT_EQ(events, 10u);
}

}  // namespace
}  // namespace lockstep

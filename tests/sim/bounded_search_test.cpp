// The search counts what combinatorics says, each schedule once, and finds what is within its
// bound (verification 4.3).
#include "sim/bounded_search.h"

#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/controlled_runtime.h"
#include "tests/support/toy_fibers.h"

namespace lockstep {
namespace {

using support::run_toy;

// Two fibers with four points each, on the real runtime; the orders of their events.
std::multiset<std::string> orders_within(std::uint32_t bound) {
  std::multiset<std::string> orders;
  BoundedSearch search(bound);
  do {
    std::string order;
    ControlledRuntime runtime(search, {});
    for (const char* name : {"a", "b"}) {
      runtime.spawn(name, FiberClass::kOutside, [&, name] {
        for (int i = 0; i < 4; ++i) {
          order += name;
          runtime.point("point");
        }
        order += name;
      });
    }
    EXPECT_EQ(runtime.run(), RunEnd::kAllEnded);
    orders.insert(order);
  } while (search.next());
  EXPECT_EQ(search.explored(), orders.size());
  return orders;
}

TEST(BoundedSearch, CountsTheInterleavingsOfTwoFibersWithFourPoints) {
  const std::vector<std::size_t> expected = {2, 10, 42, 90, 252};
  const std::vector<std::uint32_t> bounds = {0, 1, 2, 3, kAnyPreemptions};
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    const std::multiset<std::string> orders = orders_within(bounds[i]);
    EXPECT_EQ(orders.size(), expected[i]) << "bound " << bounds[i];
    // None twice: 252 = C(10, 5) are all there are.
    EXPECT_EQ(std::set<std::string>(orders.begin(), orders.end()).size(), expected[i]);
  }
}

TEST(BoundedSearch, BeginsWithTheSequentialSchedule) {
  BoundedSearch search(2);
  std::string order;
  run_toy({2, 2, 2}, search,
          [&](std::uint32_t fiber, std::uint32_t) { order += std::to_string(fiber); });
  EXPECT_EQ(order, "001122");
}

TEST(BoundedSearch, ChoosesFreelyWhereNobodyIsInterrupted) {
  BoundedSearch search(0);
  std::set<std::string> orders;
  do {
    std::string order;
    run_toy({1, 1, 1}, search,
            [&](std::uint32_t fiber, std::uint32_t) { order += std::to_string(fiber); });
    orders.insert(order);
  } while (search.next());
  EXPECT_EQ(orders.size(), 6u);
  EXPECT_EQ(search.explored(), 6u);
}

TEST(BoundedSearch, LeavesFaultsAtTheDullestAndTriesAllWaiters) {
  BoundedSearch search(0);
  std::vector<std::uint32_t> waiters;
  do {
    EXPECT_EQ(search.choose({.kind = ChoiceKind::kFault, .count = 2}), 0u);
    EXPECT_EQ(search.choose({.kind = ChoiceKind::kWakeUp, .count = 2}), 0u);
    EXPECT_EQ(search.choose({.kind = ChoiceKind::kCompletion, .count = 2}), 0u);
    waiters.push_back(search.choose({.kind = ChoiceKind::kWaiter, .count = 3}));
  } while (search.next());
  EXPECT_THAT(waiters, ::testing::ElementsAre(0, 1, 2));
}

TEST(BoundedSearch, CountsEveryDeviationAlikeWhenAsked) {
  BoundedSearch search(2, SearchCost::kDeviations);
  std::set<std::vector<std::uint32_t>> seen;
  do {
    std::vector<std::uint32_t> chosen;
    for (const ChoiceKind kind :
         {ChoiceKind::kFault, ChoiceKind::kWakeUp, ChoiceKind::kCompletion, ChoiceKind::kFiber}) {
      chosen.push_back(search.choose({.kind = kind, .count = 2}));
    }
    seen.insert(chosen);
  } while (search.next());
  EXPECT_EQ(seen.size(), 11u);  // C(4, 0) + C(4, 1) + C(4, 2)
  EXPECT_EQ(search.explored(), 11u);
}

// A loop that yields until somebody else has done something: finitely many schedules.
TEST(BoundedSearch, DoesNotGoOnWithOneThatHasYielded) {
  BoundedSearch search(1);
  do {
    bool done = false;
    ControlledRuntime runtime(search, {.step_limit = 100});
    runtime.spawn("waits", FiberClass::kCore, [&] {
      while (!done) {
        runtime.yield();
      }
    });
    runtime.spawn("does", FiberClass::kCore, [&] {
      runtime.point("work");
      done = true;
    });
    ASSERT_EQ(runtime.run(), RunEnd::kAllEnded);
  } while (search.next());
  EXPECT_GE(search.explored(), 3u);
}

}  // namespace
}  // namespace lockstep

// Fibers on the steady clock, on one thread and on several: who is woken, by whom, and what it sees
// then. Nothing here depends on how long anything takes.
#include "gpu_backend/real_runtime.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/sanitized.h"

namespace lockstep {
namespace {

constexpr std::array kStrategies = {IdleStrategy::kYield, IdleStrategy::kSleep};

class RealRuntimes : public ::testing::TestWithParam<IdleStrategy> {
 protected:
  [[nodiscard]] static RealRuntimeOptions threads(std::uint32_t count) {
    return {.idle = GetParam(), .threads = count};
  }
  SteadyClock clock_;
};

// Plain memory goes back and forth: whoever is woken sees what was written before.
TEST_P(RealRuntimes, FibersOfTwoThreadsHandAValueToAndFro) {
  constexpr int kRounds = 3000;
  RealRuntime runtime(clock_, threads(2));
  std::atomic<int> turn{0};  // even: the first one's
  int value = 0;
  std::array<FiberId, 2> fibers{};
  for (std::uint32_t own = 0; own < 2; ++own) {
    fibers.at(own) = runtime.spawn_on(own, "player", FiberClass::kCore, [&, own] {
      for (int round = 0; round < kRounds; ++round) {
        while (turn.load(std::memory_order_acquire) % 2 != static_cast<int>(own)) {
          runtime.park();
        }
        ++value;
        turn.fetch_add(1, std::memory_order_release);
        runtime.unpark(fibers.at(1 - own));
      }
    });
  }
  runtime.run();
  EXPECT_EQ(value, 2 * kRounds);
}

// Each waits for the other without parking: on one thread that would never end.
TEST_P(RealRuntimes, FibersOfDifferentThreadsRunAtTheSameTime) {
  constexpr std::uint32_t kThreads = 4;
  RealRuntime runtime(clock_, threads(kThreads));
  std::atomic<std::uint32_t> here{0};
  for (std::uint32_t thread = 0; thread < kThreads; ++thread) {
    runtime.spawn_on(thread, "meets", FiberClass::kCore, [&here] {
      here.fetch_add(1);
      while (here.load() < kThreads) {
        std::this_thread::yield();
      }
    });
  }
  runtime.run();
  EXPECT_EQ(here.load(), kThreads);
}

// Each waits until the fiber has seen what it put: a lost one, and nobody goes on.
TEST_P(RealRuntimes, NoNotificationOfManyThreadsIsLost) {
  constexpr int kNotifiers = 4;
  constexpr int kEach = 1000;
  RealRuntime runtime(clock_, threads(2));
  // As a queue publishes: released, no more. Each has a place of its own.
  struct alignas(64) Place {
    std::atomic<int> put{0};
    std::atomic<int> seen{0};
  };
  std::array<Place, kNotifiers> places;
  int seen = 0;
  runtime.on_notify(runtime.spawn_on(1, "waits", FiberClass::kCore, [&] {
    while (seen < kNotifiers * kEach) {
      runtime.park();
      seen = 0;
      for (Place& place : places) {
        const int put = place.put.load(std::memory_order_acquire);
        seen += put;
        place.seen.store(put, std::memory_order_release);
      }
    }
  }));
  std::vector<std::thread> notifiers;
  for (Place& place : places) {
    notifiers.emplace_back([&runtime, &place] {
      for (int own = 1; own <= kEach; ++own) {
        place.put.store(own, std::memory_order_release);
        runtime.notify();
        while (place.seen.load(std::memory_order_acquire) < own) {
          std::this_thread::yield();
        }
      }
    });
  }
  runtime.run();
  for (std::thread& notifier : notifiers) {
    notifier.join();
  }
  EXPECT_EQ(seen, kNotifiers * kEach);
}

// One permit, as on a thread; on whatever thread the waker is.
TEST_P(RealRuntimes, AWakeUpBeforeTheParkIsNotLost) {
  for (const std::uint32_t of_waker : {0u, 1u}) {
    RealRuntime runtime(clock_, threads(2));
    std::atomic<bool> woken{false};
    bool went_on = false;
    const FiberId waits = runtime.spawn_on(0, "waits", FiberClass::kCore, [&] {
      while (!woken.load()) {
        runtime.yield();
      }
      runtime.park();
      went_on = true;
    });
    runtime.spawn_on(of_waker, "wakes", FiberClass::kCore, [&] {
      runtime.unpark(waits);
      woken.store(true);
    });
    runtime.run();
    EXPECT_TRUE(went_on);
  }
}

TEST_P(RealRuntimes, FibersThatAreLeftWhenAnotherThrowsAreUnwoundOnTheirThread) {
  RealRuntime runtime(clock_, threads(1));
  bool unwound = false;
  struct Guard {
    RealRuntime& runtime;
    bool& unwound;
    FiberId own{0};
    Guard(RealRuntime& of, bool& flag) : runtime(of), unwound(flag) {}
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() {
      runtime.unpark(own);  // what a lane might do on its way out
      unwound = true;
    }
  };
  runtime.spawn("left", FiberClass::kCore, [&] {
    const Guard guard(runtime, unwound);
    runtime.park();
  });
  runtime.spawn("throws", FiberClass::kCore, [] { throw std::runtime_error("mine"); });
  EXPECT_THROW(runtime.run(), std::runtime_error);
  EXPECT_TRUE(unwound);
  runtime.notify();  // nobody asked for it
}

TEST_P(RealRuntimes, WakingAFiberThatHasEndedDoesNothing) {
  RealRuntime runtime(clock_, threads(2));
  std::atomic<bool> over{false};
  const FiberId ends = runtime.spawn("ends", FiberClass::kCore, [&] { over.store(true); });
  runtime.spawn_on(1, "wakes", FiberClass::kCore, [&] {
    while (!over.load()) {
      runtime.yield();
    }
    runtime.unpark(ends);
  });
  runtime.run();
  EXPECT_TRUE(over.load());
}

TEST_P(RealRuntimes, ADeadlineIsNeverEarlyOnAnyThread) {
  RealRuntime runtime(clock_, threads(2));
  std::array<SimDuration, 4> late{};
  for (std::uint32_t fiber = 0; fiber < late.size(); ++fiber) {
    runtime.spawn_on(fiber % 2, "waits", FiberClass::kCore, [&, fiber] {
      const SimTime until = runtime.now() + SimDuration{50'000 * (fiber + 1)};
      runtime.park_until(until);  // this runtime wakes nobody without reason
      late.at(fiber) = runtime.now() - until;
    });
  }
  runtime.run();
  EXPECT_THAT(late, ::testing::Each(::testing::Ge(SimDuration{0})));
}

// Fibers of one thread become ready in turn; a fiber of another thread changes nothing there.
TEST_P(RealRuntimes, FibersOfOneThreadRunInTheOrderInWhichTheyBecameReady) {
  RealRuntime runtime(clock_, threads(2));
  std::string order;
  for (const char name : {'a', 'b', 'c'}) {
    runtime.spawn(std::string(1, name), FiberClass::kCore, [&runtime, &order, name] {
      for (int round = 0; round < 2; ++round) {
        order += name;
        runtime.yield();
      }
    });
  }
  runtime.spawn_on(1, "elsewhere", FiberClass::kCore, [] {});
  runtime.run();
  EXPECT_EQ(order, "abcabc");
}

#if LOCKSTEP_THREAD_SANITIZED
// Both write, and nothing orders them.
void race() {
  const SteadyClock clock;
  RealRuntime runtime(clock, {.idle = IdleStrategy::kYield, .threads = 2});
  std::atomic<int> here{0};
  int raced = 0;
  for (std::uint32_t thread = 0; thread < 2; ++thread) {
    runtime.spawn_on(thread, "races", FiberClass::kCore, [&] {
      runtime.yield();  // the second turn of its fiber
      here.fetch_add(1, std::memory_order_relaxed);
      while (here.load(std::memory_order_relaxed) < 2) {
        std::this_thread::yield();
      }
      // Often: the sanitizer can miss two that fall on the same moment.
      for (int i = 0; i < 100; ++i) {
        ++raced;
        std::this_thread::yield();
      }
    });
  }
  runtime.run();
  std::exit(raced > 200 ? 1 : 0);
}

// That these tests pass under it says something.
TEST(ThreadSanitizer, SeesARaceBetweenFibersOfTwoThreads) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(race(), ::testing::ExitedWithCode(66), "data race");
}
#endif

INSTANTIATE_TEST_SUITE_P(EachIdleStrategy, RealRuntimes, ::testing::ValuesIn(kStrategies),
                         [](const auto& idle) {
                           return std::string(idle_strategy_name(idle.param));
                         });

}  // namespace
}  // namespace lockstep

// The controlled mutex and condition variable: each rule of their headers, seen by
// a program that breaks when it does not hold.
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/sync/controlled_atomic.h"
#include "sim/sync/controlled_clock.h"
#include "sim/sync/controlled_condition_variable.h"
#include "sim/sync/controlled_mutex.h"
#include "sim/sync/controlled_program.h"
#include "sim/sync/controlled_thread.h"
#include "tests/support/sync_programs.h"

namespace lockstep::sync {
namespace {

using namespace std::chrono_literals;
using support::dull_failure;
using support::failure_in;
using ::testing::ElementsAre;
using Lock = std::unique_lock<ControlledMutex>;

// --- mutex --------------------------------------------------------------------------------------

TEST(ControlledMutexTest, LetsOneInAtATime) {
  EXPECT_EQ(failure_in([] {
              ControlledMutex mutex;
              int inside = 0;
              const auto enter = [&] {
                const std::lock_guard lock(mutex);
                ++inside;
                ControlledWorld::current().point("inside");
                require(inside == 1, "two inside");
                --inside;
              };
              ControlledThread first(enter);
              ControlledThread second(enter);
              enter();
              first.join();
              second.join();
            }),
            "");
}

TEST(ControlledMutexTest, DoesNotHandOverSoThatAnyoneMayComeFirst) {
  std::set<std::string> orders;
  EXPECT_EQ(failure_in(
                [&orders] {
                  ControlledMutex mutex;
                  std::string order;
                  const auto take_twice = [&](const char* name) {
                    for (int i = 0; i < 2; ++i) {
                      const std::lock_guard lock(mutex);
                      order += name;
                    }
                  };
                  ControlledThread other(take_twice, "b");
                  take_twice("a");
                  other.join();
                  orders.insert(order);
                },
                300),
            "");
  // "aabb" although b waits since the first a: barging; all six orders are there.
  EXPECT_THAT(orders, ElementsAre("aabb", "abab", "abba", "baab", "baba", "bbaa"));
}

TEST(ControlledMutexTest, WakesAnyOfItsWaiters) {
  std::set<std::string> orders;
  const auto program = [&orders] {
    ControlledMutex mutex;
    std::string order;
    std::vector<ControlledThread> threads;
    {
      const std::lock_guard lock(mutex);
      for (const int number : {1, 2, 3}) {
        threads.emplace_back([&mutex, &order, number] {
          controlled_this_thread::sleep_for(number * 1us);  // they come in this order
          const std::lock_guard own(mutex);
          order += std::to_string(number);
        });
      }
      controlled_this_thread::sleep_for(10us);  // all three wait
    }
    for (ControlledThread& thread : threads) {
      thread.join();
    }
    orders.insert(order);
  };
  EXPECT_EQ(failure_in(program, 500, {.delays = false}), "");
  EXPECT_EQ(orders.size(), 6u);
}

TEST(ControlledMutexTest, TriesWithoutWaitingAndMayFailWithoutReason) {
  std::set<bool> free_results;
  const auto program = [&free_results] {
    ControlledMutex mutex;
    {
      const std::lock_guard lock(mutex);
      ControlledThread([&] { require(!mutex.try_lock(), "taken twice"); }).join();
    }
    const Lock lock(mutex, std::try_to_lock);
    free_results.insert(lock.owns_lock());
  };
  EXPECT_EQ(failure_in(program, 200), "");
  EXPECT_THAT(free_results, ElementsAre(false, true));
  free_results.clear();
  EXPECT_EQ(failure_in(program, 200, {.spurious = false}), "");
  EXPECT_THAT(free_results, ElementsAre(true));
}

TEST(ControlledMutexTest, RefusesWhatStdLeavesUndefined) {
  EXPECT_EQ(dull_failure([] {
              ControlledMutex mutex;
              mutex.lock();
              mutex.lock();
            }),
            "a thread locks a mutex that it holds");
  EXPECT_EQ(dull_failure([] {
              ControlledMutex mutex;
              mutex.unlock();
            }),
            "a thread unlocks a mutex that it does not hold");
  EXPECT_EQ(dull_failure([] {
              ControlledMutex mutex;
              mutex.lock();
            }),
            "a locked mutex is destroyed");
}

TEST(ControlledMutexTest, TwoInOppositeOrderAreADeadlockThatSaysWhoWaitsWhere) {
  const auto program = [](bool alike) {
    return [alike] {
      ControlledMutex left;
      ControlledMutex right;
      ControlledThread other([&] {
        const std::lock_guard first(alike ? left : right);
        const std::lock_guard second(alike ? right : left);
      });
      {
        const std::lock_guard first(left);
        const std::lock_guard second(right);
      }
      other.join();
    };
  };
  EXPECT_EQ(dull_failure(program(false)), "");
  EXPECT_EQ(failure_in(program(false)), "deadlock: main at mutex.lock, thread 1 at mutex.lock");
  EXPECT_EQ(failure_in(program(true)), "");
}

// --- condition variable -------------------------------------------------------------------------

// A box that a thread waits for; `rechecks`: in a loop, as it must.
void wait_for_box(bool rechecks) {
  ControlledMutex mutex;
  ControlledConditionVariable filled;
  bool full = false;
  ControlledThread filler([&] {
    const std::lock_guard lock(mutex);
    full = true;
    filled.notify_one();
  });
  {
    Lock lock(mutex);
    if (rechecks) {
      filled.wait(lock, [&] { return full; });
    } else if (!full) {
      filled.wait(lock);
    }
    require(full, "woke without reason");
  }
  filler.join();
}

TEST(ControlledConditionVariableTest, WakesWithoutReason) {
  EXPECT_EQ(failure_in([] { wait_for_box(false); }), "woke without reason");
  EXPECT_EQ(failure_in([] { wait_for_box(true); }), "");
  EXPECT_EQ(failure_in([] { wait_for_box(false); }, 500, {.spurious = false}), "");
}

TEST(ControlledConditionVariableTest, GivesUpTheLockAndWaitsInOneStep) {
  // A notification under the lock is never lost; one without it, before the wait, is.
  const auto program = [](bool under_lock) {
    return [under_lock] {
      ControlledMutex mutex;
      ControlledConditionVariable changed;
      ControlledAtomic<bool> full = false;
      ControlledThread filler([&] {
        Lock lock(mutex, std::defer_lock);
        if (under_lock) {
          lock.lock();
        }
        full = true;
        changed.notify_one();
      });
      {
        Lock lock(mutex);
        changed.wait(lock, [&] { return full.load(); });
      }
      filler.join();
    };
  };
  EXPECT_EQ(failure_in(program(true)), "");
  EXPECT_EQ(failure_in(program(false)), "deadlock: main at condition_variable.wait");
}

TEST(ControlledConditionVariableTest, NotifyOneWakesAnyOneAndNotifyAllEveryone) {
  std::set<std::string> first_woken;
  const auto program = [&first_woken] {
    ControlledMutex mutex;
    ControlledConditionVariable changed;
    std::string woken;
    std::vector<ControlledThread> threads;
    for (const int number : {1, 2, 3}) {
      threads.emplace_back([&mutex, &changed, &woken, number] {
        controlled_this_thread::sleep_for(number * 1us);  // they come in this order
        Lock lock(mutex);
        changed.wait(lock);
        woken += std::to_string(number);
      });
    }
    controlled_this_thread::sleep_for(10us);
    changed.notify_one();
    controlled_this_thread::sleep_for(1us);
    first_woken.insert(woken);
    changed.notify_all();
    for (ControlledThread& thread : threads) {
      thread.join();
    }
  };
  EXPECT_EQ(failure_in(program, 200, {.spurious = false, .delays = false}), "");
  EXPECT_THAT(first_woken, ElementsAre("1", "2", "3"));
}

TEST(ControlledConditionVariableTest, TimesOutAtItsTimeAndNotBefore) {
  for (const auto notified : {99ns, 101ns}) {
    EXPECT_EQ(dull_failure([notified] {
                ControlledMutex mutex;
                ControlledConditionVariable changed;
                const auto begin = ControlledClock::now();
                ControlledThread notifier([&] {
                  controlled_this_thread::sleep_for(notified);
                  changed.notify_all();
                });
                {
                  Lock lock(mutex);
                  const std::cv_status status = changed.wait_until(lock, begin + 100ns);
                  const bool in_time = notified == 99ns;
                  require((status == std::cv_status::no_timeout) == in_time, "wrong status");
                  require(ControlledClock::now() - begin == (in_time ? 99ns : 100ns), "wrong time");
                }
                notifier.join();
              }),
              "");
  }
}

TEST(ControlledConditionVariableTest, ChecksItsPredicateOnceMoreAfterTheTimeOut) {
  EXPECT_EQ(dull_failure([] {
              ControlledMutex mutex;
              ControlledConditionVariable never;
              bool met = false;
              ControlledThread quiet([&] {
                controlled_this_thread::sleep_for(5us);
                const std::lock_guard lock(mutex);
                met = true;  // tells nobody
              });
              {
                Lock lock(mutex);
                require(!never.wait_for(lock, 4us, [&] { return met; }), "not met yet");
                require(never.wait_for(lock, 2us, [&] { return met; }), "met, unnoticed");
                require(!never.wait_for(lock, -1us, [&] { return false; }), "in the past");
              }
              quiet.join();
            }),
            "");
}

TEST(ControlledConditionVariableTest, RefusesWhatStdLeavesUndefined) {
  EXPECT_EQ(dull_failure([] {
              ControlledMutex mutex;
              ControlledConditionVariable changed;
              Lock lock(mutex, std::defer_lock);
              changed.wait(lock);
            }),
            "a thread waits for a condition variable without its lock");
  EXPECT_EQ(dull_failure([] {
              ControlledMutex mutex;
              auto changed = std::make_unique<ControlledConditionVariable>();
              ControlledThread waits([&] {
                Lock lock(mutex);
                changed->wait(lock);
              });
              controlled_this_thread::sleep_for(1us);
              changed.reset();
              waits.join();
            }),
            "a condition variable is destroyed while a thread waits for it");
}

}  // namespace
}  // namespace lockstep::sync

// The controlled thread, clock and atomic: each rule of their headers, seen by
// a program that breaks when it does not hold.
#include <chrono>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <utility>
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
using ::testing::StartsWith;

// --- thread -------------------------------------------------------------------------------------

TEST(ControlledThreadTest, RunsWhatItIsGivenAndIsJoined) {
  EXPECT_EQ(failure_in([] {
              auto given = std::make_unique<int>(20);  // cannot be copied
              int sum = 0;
              ControlledThread thread(
                  [&sum](std::unique_ptr<int> own, int more) { sum = *own + more; },
                  std::move(given), 3);
              require(thread.joinable(), "joinable");
              require(thread.get_id() != controlled_this_thread::get_id(), "an id of its own");
              ControlledThread moved(std::move(thread));
              moved.join();
              require(sum == 23, "has run");
              require(!moved.joinable(), "joined");
              require(moved.get_id() == ControlledThread::id(), "nobody's id");
            }),
            "");
}

TEST(ControlledThreadTest, RefusesToBeForgottenOrJoinedTwice) {
  EXPECT_EQ(dull_failure([] { const ControlledThread forgotten([] {}); }),
            "a joinable thread is destroyed");
  EXPECT_THAT(dull_failure([] {
                ControlledThread thread([] {});
                thread.join();
                thread.join();
              }),
              StartsWith("thread.join"));
}

TEST(ControlledThreadTest, ReportsAnExceptionThatLeavesIt) {
  EXPECT_EQ(dull_failure([] {
              ControlledThread thread([] { throw std::runtime_error("out of it"); });
              thread.join();
            }),
            "out of it");
}

TEST(ControlledThreadTest, StuckInADestructorIsReportedAsAnyDeadlock) {
  EXPECT_EQ(dull_failure([] {
              struct Owner {
                ControlledMutex mutex;
                ControlledConditionVariable stopped;
                ControlledThread thread{[this] {
                  std::unique_lock<ControlledMutex> lock(mutex);
                  stopped.wait(lock);
                }};
                ~Owner() { thread.join(); }  // forgot to notify
              };
              const Owner owner;
            }),
            "deadlock: main at thread.join, thread 1 at condition_variable.wait");
}

TEST(ControlledThreadTest, SpinningForEverIsALivelock) {
  EXPECT_EQ(failure_in(
                [] {
                  const ControlledAtomic<bool> never = false;
                  while (!never.load()) {
                    controlled_this_thread::yield();
                  }
                },
                1, {.step_limit = 1000}),
            "livelock: no end after 1000 steps");
}

// --- clock --------------------------------------------------------------------------------------

TEST(ControlledClockTest, IsVirtualAndLongAfterAnUnsetTime) {
  EXPECT_EQ(dull_failure([] {
              const auto begin = ControlledClock::now();
              require(begin - ControlledClock::time_point() >= 24h, "an unset time is long ago");
              controlled_this_thread::sleep_for(1h);
              require(ControlledClock::now() - begin == 1h, "exactly so long");
              controlled_this_thread::sleep_until(begin + 30min);
              require(ControlledClock::now() - begin == 1h, "never back");
            }),
            "");
}

TEST(ControlledClockTest, PassesWhileAThreadIsDelayedWhenThatIsChosen) {
  const auto program = [] {
    ControlledMutex mutex;
    const auto begin = ControlledClock::now();
    ControlledThread sleeps([] { controlled_this_thread::sleep_for(1ms); });
    controlled_this_thread::sleep_for(0ms);
    { const std::lock_guard lock(mutex); }
    const bool at_once = ControlledClock::now() == begin;
    sleeps.join();
    require(at_once, "it took a millisecond");
  };
  EXPECT_EQ(failure_in(program), "it took a millisecond");
  EXPECT_EQ(failure_in(program, 500, {.delays = false}), "");
}

// --- atomic -------------------------------------------------------------------------------------

TEST(ControlledAtomicTest, HasAPointBeforeEachOperation) {
  const auto program = [](bool in_one) {
    return [in_one] {
      ControlledAtomic<int> value = 0;
      const auto add = [&] {
        if (in_one) {
          ++value;
        } else {
          value = value + 1;
        }
      };
      ControlledThread other(add);
      add();
      other.join();
      require(value == 2, "an update is lost");
    };
  };
  EXPECT_EQ(failure_in(program(false)), "an update is lost");
  EXPECT_EQ(failure_in(program(true)), "");
}

TEST(ControlledAtomicTest, ComputesAsStdDoes) {
  EXPECT_EQ(dull_failure([] {
              ControlledAtomic<unsigned> value = 12;
              require(value.fetch_add(3) == 12 && value.load() == 15, "add");
              require(value.fetch_sub(5) == 15 && value.load() == 10, "sub");
              require(value.fetch_and(6) == 10 && value.load() == 2, "and");
              require(value.fetch_or(5) == 2 && value.load() == 7, "or");
              require(value.fetch_xor(1) == 7 && value.load() == 6, "xor");
              require(value.exchange(1) == 6 && value++ == 1 && ++value == 3, "increment");
              require(value-- == 3 && --value == 1 && (value += 4) == 5 && (value -= 2) == 3,
                      "decrement");
              std::vector<int> numbers = {1, 2, 3};
              ControlledAtomic<int*> at = numbers.data();
              require(at.fetch_add(2) == numbers.data() && *at.load() == 3, "pointers");
              unsigned expected = 4;
              require(!value.compare_exchange_strong(expected, 9) && expected == 3, "not equal");
              require(value.compare_exchange_strong(expected, 9) && value == 9, "equal");
            }),
            "");
}

TEST(ControlledAtomicTest, WeakExchangeMayFailWithoutReason) {
  const auto program = [] {
    ControlledAtomic<int> value = 1;
    int expected = 1;
    const bool exchanged = value.compare_exchange_weak(expected, 2);
    require(expected == 1, "as it was");
    require(exchanged, "failed without reason");
  };
  EXPECT_EQ(failure_in(program), "failed without reason");
  EXPECT_EQ(failure_in(program, 500, {.spurious = false}), "");
}

}  // namespace
}  // namespace lockstep::sync

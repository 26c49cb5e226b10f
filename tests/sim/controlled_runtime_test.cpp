// The controlled runtime keeps the rules of its header and of core/runtime.h, one test each.
#include "sim/controlled_runtime.h"

#include <exception>
#include <functional>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/address_sanitizer.h"
#include "sim/schedule_text.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;

// Takes what it is told, then the dullest.
class ControlledRun : public ::testing::Test {
 protected:
  ControlledRuntime& with(std::vector<std::uint32_t> options, ControlledOptions settings = {}) {
    runtime_.reset();
    replayed_ = std::make_unique<ReplayedChoices>(std::move(options));
    recorded_ = std::make_unique<RecordingChoices>(*replayed_);
    runtime_ = std::make_unique<ControlledRuntime>(*recorded_, settings);
    seen_.clear();
    return *runtime_;
  }
  FiberId spawn(const std::string& name, FiberClass of, std::function<void()> body) {
    return runtime_->spawn(name, of, std::move(body));
  }
  void see(const std::string& what) { seen_.push_back(what); }

  std::unique_ptr<ReplayedChoices> replayed_;
  std::unique_ptr<RecordingChoices> recorded_;
  std::unique_ptr<ControlledRuntime> runtime_;
  std::vector<std::string> seen_;
};

TEST_F(ControlledRun, LosesNoPermit) {
  ControlledRuntime& runtime = with({});
  const FiberId parks = spawn("parks", FiberClass::kCore, [&] {
    runtime.yield();  // unparked before it parks
    runtime.park();
    see("back");
    runtime.park();  // one permit, not two
    see("never");
  });
  spawn("unparks", FiberClass::kCore, [&] {
    runtime.unpark(parks);
    runtime.unpark(parks);
  });
  EXPECT_EQ(runtime.run(), RunEnd::kStuck);
  EXPECT_THAT(seen_, ElementsAre("back"));
  EXPECT_THAT(runtime.unfinished(), ElementsAre("parks"));
}

// Asked from that instant on, not a nanosecond before.
TEST_F(ControlledRun, AsksNobodyBeforeItsFirstChoice) {
  for (const std::int64_t wakes : {9, 10}) {
    ControlledRuntime& runtime = with({1}, {.chooses_from = at_ns(10)});
    for (const char* name : {"a", "b"}) {
      spawn(name, FiberClass::kCore, [&, name] {
        see(name);
        runtime.park_until(at_ns(wakes));
        runtime.point("point");
        see(name);
      });
    }
    EXPECT_EQ(runtime.run(), RunEnd::kAllEnded);
    if (wakes == 9) {
      EXPECT_THAT(seen_, ElementsAre("a", "b", "a", "b"));
      EXPECT_TRUE(recorded_->choices().empty());
    } else {
      EXPECT_THAT(seen_, ElementsAre("a", "b", "b", "a"));
      EXPECT_EQ(recorded_->choices().size(), 2u);  // who goes first, then b's point
    }
  }
}

TEST_F(ControlledRun, WakesAtItsTimeAndBeforeItWhenUnparked) {
  ControlledRuntime& runtime = with({});
  const FiberId early = spawn("early", FiberClass::kCore, [&] {
    runtime.park_until(at_ns(100));
    see("early " + std::to_string(ns_of(runtime.now())));
  });
  spawn("late", FiberClass::kCore, [&] {
    runtime.park_until(at_ns(99));
    runtime.unpark(early);
    runtime.park_until(at_ns(100));
    see("late " + std::to_string(ns_of(runtime.now())));
  });
  EXPECT_EQ(runtime.run(), RunEnd::kAllEnded);
  EXPECT_THAT(seen_, ElementsAre("early 99", "late 100"));
}

TEST_F(ControlledRun, MovesTimeOnlyWhenNobodyIsReady) {
  ControlledRuntime& runtime = with({});
  spawn("sleeps", FiberClass::kDevice, [&] {
    runtime.park_until(at_ns(1));
    see("woke");
  });
  spawn("works", FiberClass::kOutside, [&] {
    for (int i = 0; i < 5; ++i) {
      runtime.yield();
      runtime.point("work");
      EXPECT_EQ(runtime.now(), at_ns(0));
    }
    see("worked");
  });
  EXPECT_EQ(runtime.run(), RunEnd::kAllEnded);
  EXPECT_THAT(seen_, ElementsAre("worked", "woke"));
}

TEST_F(ControlledRun, OrdersAnInstantByClassThenByWhoWasReadyFirst) {
  ControlledRuntime& runtime = with({});
  const auto sleeper = [&](const std::string& name, FiberClass of) {
    spawn(name, of, [&runtime, this, name] {
      runtime.park_until(at_ns(10));
      see(name);
    });
  };
  sleeper("outside 1", FiberClass::kOutside);
  sleeper("core", FiberClass::kCore);
  sleeper("outside 2", FiberClass::kOutside);
  sleeper("device", FiberClass::kDevice);
  EXPECT_EQ(runtime.run(), RunEnd::kAllEnded);
  EXPECT_THAT(seen_, ElementsAre("device", "core", "outside 1", "outside 2"));
}

TEST_F(ControlledRun, PutsOneThatYieldsBehindThoseOfItsClass) {
  ControlledRuntime& runtime = with({});
  for (const std::string name : {"a", "b"}) {
    spawn(name, FiberClass::kCore, [&runtime, this, name] {
      see(name + "1");
      runtime.yield();
      see(name + "2");
    });
  }
  EXPECT_EQ(runtime.run(), RunEnd::kAllEnded);
  EXPECT_THAT(seen_, ElementsAre("a1", "b1", "a2", "b2"));
}

TEST_F(ControlledRun, GoesOnAtAPointUnlessAnotherIsChosen) {
  for (const std::uint32_t chosen : {0u, 1u}) {
    ControlledRuntime& runtime = with({0, chosen});
    for (const std::string name : {"a", "b"}) {
      spawn(name, FiberClass::kCore, [&runtime, this, name] {
        see(name + "1");
        runtime.point("middle");
        see(name + "2");
      });
    }
    EXPECT_EQ(runtime.run(), RunEnd::kAllEnded);
    EXPECT_EQ(seen_[1], chosen == 0 ? "a2" : "b1");
    // At a point it says that the first option is running; elsewhere it does not.
    EXPECT_FALSE(recorded_->choices()[0].running_first);
    EXPECT_TRUE(recorded_->choices()[1].running_first);
    EXPECT_EQ(recorded_->choices()[1].site, "middle");
    EXPECT_EQ(recorded_->choices()[1].is_preemption(), chosen == 1);
  }
}

TEST_F(ControlledRun, WakesWithoutReasonOnlyWhenThatIsChosen) {
  for (const std::uint32_t chosen : {0u, 1u}) {
    ControlledRuntime& runtime = with({chosen}, {.wakes_without_reason = true});
    spawn("parks", FiberClass::kCore, [&] { runtime.park(); });
    EXPECT_EQ(runtime.run(), chosen == 1 ? RunEnd::kAllEnded : RunEnd::kStuck);
  }
  ControlledRuntime& runtime = with({1});
  spawn("parks", FiberClass::kCore, [&] { runtime.park(); });
  EXPECT_EQ(runtime.run(), RunEnd::kStuck);
  EXPECT_TRUE(recorded_->choices().empty());
}

TEST_F(ControlledRun, SaysWhoIsStuckInADeadlock) {
  ControlledRuntime& runtime = with({});
  spawn("ends", FiberClass::kCore, [] {});
  spawn("left", FiberClass::kCore, [&] { runtime.park(); });
  spawn("right", FiberClass::kCore, [&] { runtime.park(); });
  EXPECT_EQ(runtime.run(), RunEnd::kStuck);
  EXPECT_THAT(runtime.unfinished(), ElementsAre("left", "right"));
}

TEST_F(ControlledRun, EndsALivelockAtItsLimitOfSteps) {
  ControlledRuntime& yields = with({}, {.step_limit = 1000});
  for (const char* name : {"a", "b"}) {
    spawn(name, FiberClass::kCore, [&] {
      while (true) {
        yields.yield();
      }
    });
  }
  EXPECT_EQ(yields.run(), RunEnd::kStepLimit);
  // One that never lets go, at points of its own: nobody is switched to, and it ends all the same.
  ControlledRuntime& spins = with({}, {.step_limit = 1000});
  spawn("spins", FiberClass::kCore, [&] {
    while (true) {
      spins.point("load");
    }
  });
  EXPECT_EQ(spins.run(), RunEnd::kStepLimit);
}

TEST_F(ControlledRun, AllowsExactlyItsLimitOfSteps) {
  for (const std::uint64_t limit : {5u, 4u}) {
    ControlledRuntime& runtime = with({}, {.step_limit = limit});
    spawn("works", FiberClass::kCore, [&] {
      for (int i = 0; i < 4; ++i) {
        runtime.point("work");
      }
    });
    EXPECT_EQ(runtime.run(), limit == 5 ? RunEnd::kAllEnded : RunEnd::kStepLimit);
  }
}

TEST_F(ControlledRun, StopsWhenAFiberSaysSo) {
  ControlledRuntime& runtime = with({});
  spawn("stops", FiberClass::kCore, [&] {
    runtime.stop();
    see("never");
  });
  spawn("ready", FiberClass::kCore, [&] { see("never"); });
  EXPECT_EQ(runtime.run(), RunEnd::kStuck);
  EXPECT_TRUE(seen_.empty());
}

TEST_F(ControlledRun, ThrowsWhatAFiberThrew) {
  ControlledRuntime& runtime = with({});
  spawn("throws", FiberClass::kCore, [] { throw std::runtime_error("mine"); });
  EXPECT_THROW((void)runtime.run(), std::runtime_error);
}

TEST_F(ControlledRun, KeepsTheExceptionsOfAFiberApart) {
  ControlledRuntime& runtime = with({});
  for (const std::string name : {"a", "b"}) {
    spawn(name, FiberClass::kCore, [&runtime, this, name] {
      try {
        throw std::runtime_error(name);
      } catch (const std::runtime_error&) {
        runtime.yield();  // within the handler, the other one throws too
        try {
          throw;
        } catch (const std::runtime_error& again) {
          see(name + again.what());
        }
      }
    });
  }
  EXPECT_EQ(runtime.run(), RunEnd::kAllEnded);
  EXPECT_THAT(seen_, ElementsAre("aa", "bb"));
}

// Says when it is destroyed, and waits there.
class WaitsWhenDestroyed {
 public:
  WaitsWhenDestroyed(ControlledRuntime& runtime, int& destroyed)
      : runtime_(runtime), destroyed_(destroyed) {}
  WaitsWhenDestroyed(const WaitsWhenDestroyed&) = delete;
  WaitsWhenDestroyed& operator=(const WaitsWhenDestroyed&) = delete;
  ~WaitsWhenDestroyed() {
    runtime_.point("destructor");
    runtime_.park();
    ++destroyed_;
  }

 private:
  ControlledRuntime& runtime_;
  int& destroyed_;
};

TEST_F(ControlledRun, UnwindsWhatIsLeftAlsoThroughDestructorsThatWait) {
  int destroyed = 0;
  ControlledRuntime& runtime = with({});
  spawn("left", FiberClass::kCore, [&] {
    const WaitsWhenDestroyed waits(runtime, destroyed);
    runtime.park();
  });
  EXPECT_EQ(runtime.run(), RunEnd::kStuck);
  runtime_.reset();
  EXPECT_EQ(destroyed, 1);
}

TEST_F(ControlledRun, AbandonsWhatIsLeftWithoutRunningIt) {
  const LeaksAreIntended what_is_abandoned;
  int destroyed = 0;
  ControlledRuntime& runtime = with({}, {.abandons = true});
  spawn("stuck in a destructor", FiberClass::kCore,
        [&] { const WaitsWhenDestroyed waits(runtime, destroyed); });
  spawn("stuck under noexcept", FiberClass::kCore, [&]() noexcept { runtime.park(); });
  spawn("stuck in a handler", FiberClass::kCore, [&] {
    try {
      throw std::runtime_error("caught");
    } catch (...) {
      runtime.park();
      see("never");
    }
  });
  EXPECT_EQ(runtime.run(), RunEnd::kStuck);
  runtime_.reset();
  EXPECT_EQ(destroyed, 0);
  EXPECT_TRUE(seen_.empty());
  EXPECT_EQ(std::uncaught_exceptions(), 0);
  EXPECT_EQ(std::current_exception(), nullptr);
}

// --- schedules ----------------------------------------------------------------------------------

// Two fibers that each add 1 three times, reading and writing with a point between; what is missing
// at the end.
int lost_updates(Choices& choices) {
  int value = 0;
  ControlledRuntime runtime(choices, {});
  for (const char* name : {"a", "b"}) {
    runtime.spawn(name, FiberClass::kCore, [&] {
      for (int i = 0; i < 3; ++i) {
        runtime.point("read");
        const int read = value;
        runtime.point("write");
        value = read + 1;
      }
    });
  }
  EXPECT_EQ(runtime.run(), RunEnd::kAllEnded);
  return 6 - value;
}

TEST(ControlledSchedules, ReachEveryOutcomeOfTwoIncrementingFibers) {
  DullChoices dull;
  EXPECT_EQ(lost_updates(dull), 0);
  std::set<int> outcomes;
  std::set<std::uint64_t> distinct;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    RandomWalk walk(seed);
    RecordingChoices recorded(walk);
    outcomes.insert(lost_updates(recorded));
    distinct.insert(recorded.digest());
  }
  // A walk that could not stay on a fiber would always lose three.
  EXPECT_THAT(outcomes, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_GT(distinct.size(), 1000u);
}

TEST(ControlledSchedules, RepeatWhenTheyAreReplayed) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RandomWalk walk(seed);
    RecordingChoices recorded(walk);
    const int lost = lost_updates(recorded);
    ReplayedChoices replayed(options_of(recorded.choices()));
    RecordingChoices again(replayed);
    ASSERT_EQ(lost_updates(again), lost);
    ASSERT_EQ(again.choices(), recorded.choices());
  }
}

TEST(ControlledSchedules, TakeTheDullestWhereAReplayedOptionDoesNotExist) {
  ReplayedChoices replayed({7, 1});
  EXPECT_EQ(replayed.choose({.count = 2}), 0u);
  EXPECT_EQ(replayed.choose({.count = 2}), 1u);
  EXPECT_EQ(replayed.choose({.count = 2}), 0u);
}

TEST(ControlledSchedules, CountTheEventsOfEachFiber) {
  DullChoices dull;
  ControlledRuntime runtime(dull, {});
  runtime.spawn("two points", FiberClass::kCore, [&] {
    runtime.point("one");
    runtime.point("two");
  });
  runtime.spawn("one yield", FiberClass::kCore, [&] { runtime.yield(); });
  EXPECT_EQ(runtime.run(), RunEnd::kAllEnded);
  EXPECT_THAT(runtime.events(), ElementsAre(3, 2));
  EXPECT_EQ(runtime.steps(), 5u);
}

}  // namespace
}  // namespace lockstep

// explore() finds, cuts down, reports and repeats failures; schedules survive as text.
#include "sim/exploration.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/controlled_runtime.h"
#include "sim/schedule_text.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

// Three clerks book `count` times each; each looks, then books: two at once book the last one
// twice.
ControlledProgram clerks(int count) {
  return [count](Choices& choices) {
    int booked = 0;
    ControlledRuntime runtime(choices, {});
    for (const char* name : {"anna", "bert", "carl"}) {
      runtime.spawn(name, FiberClass::kOutside, [&] {
        for (int i = 0; i < count; ++i) {
          runtime.point("look");
          const int seen = booked;
          runtime.point("book");
          booked = seen + 1;
        }
      });
    }
    const RunEnd end = runtime.run();
    std::string failure =
        end == RunEnd::kAllEnded && booked == 3 * count ? "" : "a booking is lost";
    return Outcome{.failure = std::move(failure),
                   .steps = runtime.steps(),
                   .events = runtime.events(),
                   .fibers = runtime.names()};
  };
}

TEST(Exploration, FindsAndCutsDownToOnePreemptionByEveryStrategy) {
  for (const Strategy strategy : {Strategy::kRandomWalk, Strategy::kPriorities,
                                  Strategy::kUniformWalk, Strategy::kBoundedSearch}) {
    const Exploration found =
        explore(clerks(4), {.strategy = strategy, .schedules = 1000, .depth = 2});
    ASSERT_TRUE(found.failure.has_value()) << strategy_name(strategy);
    EXPECT_GT(found.failure->schedule, 0u) << "the sequential one is right";
    EXPECT_EQ(preemption_count(found.failure->minimal), 1u) << strategy_name(strategy);
    // Nothing but the interruption, before the booking.
    const RecordedChoice& last = found.failure->minimal.back();
    EXPECT_TRUE(last.is_preemption());
    EXPECT_EQ(last.site, "book");
    EXPECT_TRUE(found.failure->repeats);
  }
}

TEST(Exploration, IsTheSameAgain) {
  const ExplorationOptions options{.schedules = 300};
  EXPECT_EQ(to_text(explore(clerks(3), options), options),
            to_text(explore(clerks(3), options), options));
}

TEST(Exploration, SaysWhatHappenedAndHowToRepeatIt) {
  const ExplorationOptions options{.strategy = Strategy::kBoundedSearch, .schedules = 1000};
  const Exploration found = explore(clerks(1), options);
  ASSERT_TRUE(found.failure.has_value());
  const std::string text = to_text(found, options);
  EXPECT_THAT(text, HasSubstr("FAIL a booking is lost\n"));
  EXPECT_THAT(text, HasSubstr("strategy bounded-search"));
  EXPECT_THAT(text, HasSubstr("1 preemption, 0 other choices"));
  EXPECT_THAT(text, HasSubstr("is interrupted before 'book'"));
  // The text repeats it.
  const std::size_t from = text.find("lockstep schedule 1\n");
  ASSERT_NE(from, std::string::npos);
  const Result<std::vector<std::uint32_t>> options_again =
      parse_schedule(std::string_view(text).substr(from), "report");
  ASSERT_TRUE(options_again) << options_again.error().message;
  ReplayedChoices replayed(*options_again);
  EXPECT_EQ(clerks(1)(replayed).failure, "a booking is lost");
}

TEST(Exploration, ExploresAllThereIsWithinABound) {
  const ControlledProgram alone = [](Choices& choices) {
    ControlledRuntime runtime(choices, {});
    for (const char* name : {"a", "b"}) {
      runtime.spawn(name, FiberClass::kOutside, [&] { runtime.point("only"); });
    }
    return Outcome{.failure = runtime.run() == RunEnd::kAllEnded ? "" : "stuck"};
  };
  const ExplorationOptions options{.strategy = Strategy::kBoundedSearch, .bound = 2};
  const Exploration all = explore(alone, options);
  EXPECT_TRUE(all.complete);
  EXPECT_EQ(all.schedules, 6u);  // C(4, 2)
  EXPECT_EQ(all.distinct, 6u);
  EXPECT_THAT(to_text(all, options), HasSubstr("explored 6 of 6 with at most 2 preemptions"));
  const Exploration cut =
      explore(alone, {.strategy = Strategy::kBoundedSearch, .schedules = 5, .bound = 2});
  EXPECT_FALSE(cut.complete);
}

TEST(Exploration, CountsAllFailuresWhenItDoesNotStop) {
  const Exploration all =
      explore(clerks(2), {.schedules = 500, .stops = false, .minimise_runs = 0});
  EXPECT_EQ(all.schedules, 500u);
  EXPECT_GT(all.failures, 300u);
  EXPECT_LT(all.failures, 500u);
  ASSERT_TRUE(all.failure.has_value());
  // Not cut down, but for its dull end.
  EXPECT_GT(preemption_count(all.failure->minimal), 1u);
}

TEST(Exploration, KeepsTheFailureThatItFound) {
  // Two failures: any interruption is "early", one after the third choice is "late".
  const ControlledProgram program = [](Choices& choices) {
    std::string failure;
    for (int i = 0; i < 8; ++i) {
      if (choices.choose({.kind = ChoiceKind::kFault, .site = "strike", .count = 2}) == 1) {
        failure = i >= 3 ? "late" : "early";
      }
    }
    return Outcome{.failure = failure};
  };
  const std::vector<RecordedChoice> both = [&] {
    ReplayedChoices replayed({1, 1, 0, 0, 1, 1});
    RecordingChoices recorded(replayed);
    EXPECT_EQ(program(recorded).failure, "late");
    return recorded.choices();
  }();
  const Minimised minimal = minimise(program, both, "late", 100);
  EXPECT_THAT(options_of(minimal.choices), ::testing::ElementsAre(0, 0, 0, 0, 1));
}

TEST(Exploration, FindsAFailureThatIsSimplerThanAnyPartOfTheOneFound) {
  // Fails when the first two strike, or the last one alone.
  const ControlledProgram program = [](Choices& choices) {
    std::array<std::uint32_t, 5> struck{};
    for (std::uint32_t& one : struck) {
      one = choices.choose({.kind = ChoiceKind::kFault, .site = "strike", .count = 2});
    }
    return Outcome{.failure = (struck[0] + struck[1] == 2 || struck[4] == 1) ? "hit" : ""};
  };
  ReplayedChoices replayed({1, 1});
  RecordingChoices recorded(replayed);
  EXPECT_EQ(program(recorded).failure, "hit");
  EXPECT_THAT(options_of(minimise(program, recorded.choices(), "hit", 100).choices),
              ::testing::ElementsAre(0, 0, 0, 0, 1));
  // Without the runs for it, what was found remains.
  EXPECT_THAT(options_of(minimise(program, recorded.choices(), "hit", 5).choices),
              ::testing::ElementsAre(1, 1));
}

TEST(Exploration, StopsCuttingAtItsLimitOfRuns) {
  int runs = 0;
  const ControlledProgram program = [&](Choices& choices) {
    ++runs;
    std::uint32_t struck = 0;
    for (int i = 0; i < 64; ++i) {
      struck += choices.choose({.kind = ChoiceKind::kFault, .site = "strike", .count = 2});
    }
    return Outcome{.failure = struck >= 30 ? "many" : ""};
  };
  ReplayedChoices replayed(std::vector<std::uint32_t>(64, 1));
  RecordingChoices recorded(replayed);
  EXPECT_EQ(program(recorded).failure, "many");
  runs = 0;
  EXPECT_EQ(minimise(program, recorded.choices(), "many", 10).runs, 10u);
  EXPECT_EQ(runs, 10);
}

TEST(Exploration, SaysWhenAProgramIsNoFunctionOfItsChoices) {
  int runs = 0;
  const ControlledProgram program = [&](Choices& choices) {
    (void)choices.choose({.kind = ChoiceKind::kFault, .site = "strike", .count = 2});
    return Outcome{.failure = ++runs == 3 ? "once" : ""};
  };
  const ExplorationOptions options{.schedules = 10};
  const Exploration found = explore(program, options);
  ASSERT_TRUE(found.failure.has_value());
  EXPECT_FALSE(found.failure->repeats);
  EXPECT_THAT(to_text(found, options), HasSubstr("DOES NOT REPEAT"));
}

TEST(Strategies, HaveNames) {
  for (const std::string_view name : {"random-walk", "pct", "uniform-walk", "bounded-search"}) {
    const std::optional<Strategy> strategy = find_strategy(name);
    ASSERT_TRUE(strategy.has_value());
    EXPECT_EQ(strategy_name(*strategy), name);
  }
  EXPECT_EQ(find_strategy("luck"), std::nullopt);
}

// --- schedules as text --------------------------------------------------------------------------

TEST(ScheduleText, KeepsWhatIsNotTheDullest) {
  const std::vector<RecordedChoice> choices = {
      {.count = 2, .chosen = 0, .site = "a"},
      {.kind = ChoiceKind::kFault, .count = 3, .chosen = 2, .site = "b c"},
      {.count = 2, .chosen = 0, .site = "d"}};
  EXPECT_EQ(schedule_text(choices), "lockstep schedule 1\n1 fault b_c 2/3\n");
  EXPECT_EQ(*parse_schedule("lockstep schedule 1\n# mine\n\n1 fault b_c 2/3\n4 fiber d 1/2", "f"),
            (std::vector<std::uint32_t>{0, 2, 0, 0, 1}));
  EXPECT_TRUE(parse_schedule("lockstep schedule 1\n", "f")->empty());
}

TEST(ScheduleText, RefusesWhatIsNone) {
  const auto error = [](std::string_view text) {
    const Result<std::vector<std::uint32_t>> parsed = parse_schedule(text, "s.txt");
    return parsed ? "none" : parsed.error().message;
  };
  EXPECT_EQ(error(""), "s.txt:1:1: found nothing, expected 'lockstep schedule 1'");
  EXPECT_EQ(error("lockstep schedule 2\n"),
            "s.txt:1:1: found 'lockstep schedule 2', expected 'lockstep schedule 1'");
  const std::string title = "lockstep schedule 1\n";
  EXPECT_EQ(error(title + "x fiber a 1/2"),
            "s.txt:2:1: found 'x', expected a choice's number from 0 to 16777215");
  EXPECT_EQ(error(title + "3 fiber a 1/2\n3 fiber a 1/2"),
            "s.txt:3:1: found '3', expected a choice's number from 4 to 16777215");
  EXPECT_EQ(error(title + "16777216 fiber a 1/2"),
            "s.txt:2:1: found '16777216', expected a choice's number from 0 to 16777215");
  EXPECT_EQ(error(title + "3 fibre a 1/2"),
            "s.txt:2:3: found 'fibre', expected a kind of choice (fiber, wake-up, completion, "
            "fault, waiter)");
  EXPECT_EQ(error(title + "3 fiber"), "s.txt:2:8: found nothing, expected the name of a site");
  for (const std::string wrong : {"0/2", "2/2", "1", "1/", "/2", "1/2/3", "-1/2"}) {
    EXPECT_EQ(error(title + "3 fiber a " + wrong),
              "s.txt:2:11: found '" + wrong + "', expected OPTION/COUNT with 0 < OPTION < COUNT");
  }
  EXPECT_EQ(error(title + "3 fiber a 1/2 5"),
            "s.txt:2:15: found '5', expected the end of the line");
}

}  // namespace
}  // namespace lockstep

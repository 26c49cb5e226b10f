// Relations of two runs hold for the schedulers as they are, and break for broken ones.
#include <charconv>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schedulers/registry.h"
#include "properties/generate/draw_case.h"
#include "properties/relations/divergence.h"
#include "properties/relations/relation.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

TEST(Relations, HoldForEverySchedulerAsItIs) {
  std::map<std::string_view, int> judged;
  int failures = 0;
  for (const Subject& subject : registered_subjects()) {
    for (std::uint64_t index = 0; index < 100; ++index) {
      const Case value = draw_case(subject, 3, index);
      const Result<MadeScheduler> made = make_registered(value);
      if (!made) {
        continue;
      }
      for (const Relation& relation : all_relations()) {
        if (!relation.not_checked(value, made->rules).empty()) {
          continue;
        }
        ++judged[relation.id];
        if (const auto found = relation.check(value, &make_registered); found && ++failures < 40) {
          ADD_FAILURE() << subject.scheduler << " " << index << " " << relation.id << ": "
                        << found->found;
        }
      }
    }
  }
  for (const Relation& relation : all_relations()) {
    EXPECT_TRUE(judged[relation.id] >= 60 || relation.id == "M10") << relation.id;
  }
}

// Two queues whose batches wait for the same lane; their scores are a `max_batch_size`-th of a
// microsecond apart.
Case boosted(std::string max_batch_size, std::string boost) {
  Case value;
  value.scheduler = "tf-adaptive";
  value.options = {{"batch_timeout_micros", "1"},
                   {"num_batch_threads", "3"},
                   {"full_batch_scheduling_boost_micros", std::move(boost)},
                   {"max_batch_size", std::move(max_batch_size)}};
  value.events = {{.queue = 0}, {.queue = 2}, {.queue = 2}};
  return value;
}

// Found by verify, seed 36640: 2^53 ns later the doubles of both scores were one and the same.
TEST(Relations, ShiftOnlyScoresThatAreNotRounded) {
  const Relation& shift = *find_relation("M1");
  const auto judged = [&](const Case& value) {
    return shift.not_checked(value, make_registered(value)->rules).empty();
  };
  EXPECT_TRUE(judged(boosted("256", "1")));
  EXPECT_FALSE(shift.check(boosted("256", "1"), &make_registered));
  EXPECT_FALSE(judged(boosted("512", "1")));
  EXPECT_FALSE(judged(boosted("100", "1")));
  EXPECT_TRUE(judged(boosted("100", "0")));
  EXPECT_TRUE(judged(boosted("256", "17179869184")));
  EXPECT_FALSE(judged(boosted("256", "17179869185")));
  Case own = boosted("256", "1");
  own.queues = {{{"max_batch_size", "100"}}};
  EXPECT_FALSE(judged(own));
}

// Found by verify, seed 99: 319 requests in tens of thousands of pieces took the model minutes.
TEST(Relations, AskTheSecondModelAboutSoManyPiecesOnly) {
  const Relation& model = *find_relation("M7");
  const auto judged = [&](const Case& value) {
    const Result<MadeScheduler> made = make_registered(value);
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    return made && model.not_checked(value, made->rules).empty();
  };
  Case value;
  value.scheduler = "tf-adaptive";
  value.options = {{"num_batch_threads", "3"},
                   {"max_batch_size", "2"},
                   {"enable_large_batch_splitting", "true"}};
  value.events.assign(100, CaseEvent{.rows = 79});  // 40 pieces each
  EXPECT_TRUE(judged(value));
  value.events.back().rows = 80;  // 41
  EXPECT_FALSE(judged(value));
  value.scheduler = "tf-shared";
  value.options.emplace_back("max_execution_batch_size", "2");
  EXPECT_TRUE(judged(value));
  value.events.assign(100, CaseEvent{.rows = 400});
  EXPECT_FALSE(judged(value));
  value.options = {{"max_batch_size", "2"}};
  EXPECT_TRUE(judged(value));
}

// Sets its timers late, by what a mistake says.
class LateTimer final : public Scheduler {
 public:
  using Mistake = std::function<SimDuration(const Input&, const RequestTable&)>;
  LateTimer(std::unique_ptr<Scheduler> inner, Mistake mistake)
      : inner_(std::move(inner)), mistake_(std::move(mistake)) {}

  void step(const Input& input, const RequestTable& requests, Decisions& out) override {
    if (input.kind == InputKind::kArrive) {
      late_ = mistake_(input, requests);
    }
    said_.clear();
    inner_->step(input, requests, said_);
    for (const Decision& decision : said_.entries()) {
      if (decision.kind == DecisionKind::kWake && decision.wake != kForever) {
        out.wake(decision.wake + late_);
      } else {
        out.pass_on(said_, decision);
      }
    }
  }
  [[nodiscard]] QueueCounters counters(QueueId queue) const override {
    return inner_->counters(queue);
  }
  [[nodiscard]] Promises promises() const override { return inner_->promises(); }
  [[nodiscard]] Needs needs() const override { return inner_->needs(); }

 private:
  std::unique_ptr<Scheduler> inner_;
  Mistake mistake_;
  SimDuration late_{0};
  Decisions said_;
};

SchedulerMaker late(LateTimer::Mistake mistake) {
  return [mistake = std::move(mistake)](const Case& value) {
    Result<MadeScheduler> made = make_registered(value);
    if (made) {
      made->scheduler = std::make_unique<LateTimer>(std::move(made->scheduler), mistake);
    }
    return made;
  };
}

std::string moved(const std::string& number, std::int64_t by) {
  std::int64_t value = 0;
  std::from_chars(number.data(), number.data() + number.size(), value);
  return std::to_string(value + by);
}

// In how many of 100 cases of a scheduler the relation breaks.
int broken(std::string_view id, const SchedulerMaker& maker,
           std::string_view scheduler = "tf-shared") {
  const Relation& relation = *find_relation(id);
  const Subject subject = registered_subject(*find_scheduler(scheduler));
  int count = 0;
  for (std::uint64_t index = 0; index < 100; ++index) {
    const Case value = draw_case(subject, 4, index);
    const Result<MadeScheduler> made = maker(value);
    if (made && relation.not_checked(value, made->rules).empty()) {
      count += relation.check(value, maker) ? 1 : 0;
    }
  }
  return count;
}

TEST(BrokenRelation, TimesInTooFewBits) {
  EXPECT_GT(broken("M1", late([](const Input& input, const RequestTable&) {
                     return SimDuration{ns_of(input.now) > (std::int64_t{1} << 53) ? 1 : 0};
                   })),
            10);
}

TEST(BrokenRelation, AConstantInTime) {
  EXPECT_GT(broken("M2", late([](const Input&, const RequestTable&) { return SimDuration{1}; })),
            10);
}

TEST(BrokenRelation, APriorityThatShouldNotDecide) {
  EXPECT_GT(broken("M3", late([](const Input& input, const RequestTable& requests) {
                     return SimDuration{requests.at(input.request).arrival.priority == 4 ? 1 : 0};
                   })),
            3);
}

TEST(BrokenRelation, AQueueThatIsOnlyThere) {
  EXPECT_GT(broken("M4",
                   [](const Case& value) {
                     const bool odd = value.queues.size() % 2 == 1;
                     return late([odd](const Input&, const RequestTable&) {
                       return SimDuration{odd ? 1 : 0};
                     })(value);
                   }),
            10);
}

TEST(BrokenRelation, AnotherRunThanTheOneThatWasWatched) {
  int runs = 0;
  EXPECT_GT(broken("M5",
                   [&](const Case& value) {
                     return late([odd = ++runs % 2](const Input&, const RequestTable&) {
                       return SimDuration{odd};
                     })(value);
                   }),
            10);
}

TEST(BrokenRelation, SplittingThatChangesWhatItDoesNotSplit) {
  const auto maker = [](const Case& value) {
    Case changed = value;
    for (auto& [name, text] : changed.options) {
      if (name == "max_execution_batch_size" && text != "1") {
        text = moved(text, -1);
      }
    }
    return make_registered(changed);
  };
  EXPECT_GT(broken("M6", maker), 10);
}

TEST(BrokenRelation, WaitingWhereNobodyHasTo) {
  const auto maker = [](const Case& value) {
    Case changed = value;
    changed.options[0].second = "2";  // not full with one
    changed.options.emplace_back("batch_timeout_micros", "1");
    return make_registered(changed);
  };
  const Case value{.scheduler = "tf-shared", .events = {CaseEvent{}}};
  EXPECT_TRUE(find_relation("M6b")->check(value, maker));
  EXPECT_FALSE(find_relation("M6b")->check(value, &make_registered));
}

TEST(BrokenRelation, AnOffByOneThatTheSecondModelHasNot) {
  const auto maker = [](const Case& value) {
    Case changed = value;
    for (auto& [name, text] : changed.options) {
      if (name == "max_batch_size") {
        text = moved(text, 1);
      }
    }
    return make_registered(changed);
  };
  EXPECT_GT(broken("M7", maker), 30);
  EXPECT_GT(broken("M7", late([](const Input&, const RequestTable&) { return SimDuration{1}; })),
            30);
}

// What no single run shows: the limit is adjusted after one batch more, or one less.
TEST(BrokenRelation, ALimitThatIsAdjustedTooLateForTheSecondModel) {
  const auto maker = [](const Case& value) {
    Case changed = value;
    for (auto& [name, text] : changed.options) {
      if (name == "batches_to_average_over") {
        text = moved(text, 1);
      }
    }
    return make_registered(changed);
  };
  EXPECT_GT(broken("M7", maker, "tf-adaptive"), 5);
  EXPECT_GT(broken("M7", maker, "tf-serial-device"), 5);
}

TEST(BrokenRelation, ACloserThatSleepsLongerThanTheSecondModels) {
  const auto maker = [](const Case& value) {
    Case changed = value;
    for (auto& [name, text] : changed.options) {
      if (name == "no_tasks_wait_time_micros") {
        text = moved(text, 100);
      }
    }
    return make_registered(changed);
  };
  EXPECT_GT(broken("M7", maker, "tf-streaming"), 10);
}

TEST(BrokenRelation, ASchedulerThatKnowsTheFuture) {
  EXPECT_GT(broken("M8",
                   [&](const Case& value) {
                     const bool odd = value.events.size() % 2 == 1;
                     return late([odd](const Input&, const RequestTable&) {
                       return SimDuration{odd ? 1 : 0};
                     })(value);
                   }),
            10);
}

TEST(BrokenRelation, LanesThatGetInEachOthersWay) {
  const auto maker = [](const Case& value) {
    Case changed = value;
    for (auto& [name, text] : changed.options) {
      if (name == "num_batch_threads" && text == "4") {
        text = "1";  // the other three are never used
      }
    }
    return make_registered(changed);
  };
  EXPECT_GT(broken("M9", maker), 10);
}

TEST(Relations, StandInTheListOfAllProperties) {
  for (const Relation& relation : all_relations()) {
    const Property* property = find_property(relation.id);
    ASSERT_NE(property, nullptr) << relation.id;
    EXPECT_EQ(property->kind, PropertyClass::kMetamorphic);
    EXPECT_EQ(property->make, nullptr);
    EXPECT_EQ(find_relation(relation.name), find_relation(relation.id));
  }
}

TEST(Divergence, SaysInWordsWhereTwoSchedulersPart) {
  Case value{.scheduler = "tf-shared",
             .options = {{"max_batch_size", "2"}, {"num_batch_threads", "1"}},
             .events = {{}, {.gap = SimDuration{1'000}}, {.gap = SimDuration{1'000}}}};
  RunRecord shared;
  static_cast<void>(run_case(value, *make_registered(value), shared));
  EXPECT_FALSE(first_divergence(shared, shared));
  value.scheduler = "naive-full-batch";
  value.options = {{"batch_size", "2"}};
  RunRecord naive;
  static_cast<void>(run_case(value, *make_registered(value), naive));
  const std::optional<TwinDivergence> found = first_divergence(shared, naive);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->line, 1u);
  EXPECT_THAT(found->text, HasSubstr("alike for 1 lines, then at 0ns: batch 0 of queue 0 starts on "
                                     "lane 0, greedy"));
  EXPECT_THAT(found->text, HasSubstr("in the other run at 1us: request 1 of 1 rows comes"));
}

}  // namespace
}  // namespace lockstep

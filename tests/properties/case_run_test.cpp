// Cases through the real core: the record says what happened, and the scripted world is the event
// loop where nothing else was chosen.
#include "properties/cases/case_run.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/prng.h"
#include "core/schedulers/registry.h"
#include "properties/checkers/checker.h"

namespace lockstep {
namespace {

using ::testing::IsEmpty;

constexpr SimDuration kMicrosecond{1000};

CaseEvent arrival(SimDuration gap, std::uint32_t rows = 1, std::uint32_t queue = 0) {
  return {.gap = gap, .queue = queue, .rows = rows};
}

RunRecord run(const Case& value) {
  RunRecord record;
  Result<MadeScheduler> made = make_registered(value);
  EXPECT_TRUE(made) << (made ? "" : made.error().message);
  EXPECT_EQ(run_case(value, std::move(*made), record).outcome, CaseOutcome::kRan);
  return record;
}

TEST(CaseRun, RecordsWhatBecameOfRequestsAndBatches) {
  const RunRecord record = run(
      {.scheduler = "tf-shared",
       .options = {{"max_batch_size", "2"},
                   {"batch_timeout_micros", "5"},
                   {"num_batch_threads", "1"}},
       .events = {arrival(0 * kMicrosecond), arrival(1 * kMicrosecond), arrival(2 * kMicrosecond)},
       .executions = {{.takes = 10 * kMicrosecond}}});
  ASSERT_EQ(record.requests.size(), 3u);
  ASSERT_EQ(record.batches.size(), 2u);
  EXPECT_EQ(record.batches[0].pieces.size(), 2u);
  EXPECT_EQ(record.batches[0].reason, Reason::kFull);
  EXPECT_EQ(record.batches[0].done, at_ns(11'000));
  EXPECT_EQ(record.batches[1].reason, Reason::kTimeout);
  EXPECT_EQ(record.requests[2].end->at, at_ns(21'000));
  EXPECT_EQ(record.requests[2].end->batch, BatchId{1});
  EXPECT_TRUE(record.rules.parts.complete);
}

TEST(CaseRun, ChoicesPermuteWhatHappensAtOneInstant) {
  Case value{.scheduler = "tf-shared",
             .options = {{"max_batch_size", "2"},
                         {"batch_timeout_micros", "5"},
                         {"num_batch_threads", "1"}},
             .events = {arrival(0 * kMicrosecond), arrival(5 * kMicrosecond)},
             .executions = {{.takes = 10 * kMicrosecond}}};
  EXPECT_EQ(run(value).batches[0].pieces.size(), 1u);  // the timer goes first
  value.ties = {1};
  EXPECT_EQ(run(value).batches[0].pieces.size(), 2u);  // the arrival does
}

TEST(CaseRun, LosesTheBatchOfALaneThatGoesDown) {
  const RunRecord record = run({.scheduler = "tf-shared",
                                .options = {{"max_batch_size", "1"}, {"num_batch_threads", "1"}},
                                .events = {arrival(0 * kMicrosecond),
                                           arrival(1 * kMicrosecond),
                                           {.gap = kMicrosecond, .kind = CaseEventKind::kLaneDown},
                                           {.gap = kMicrosecond, .kind = CaseEventKind::kLaneUp}},
                                .executions = {{.takes = 10 * kMicrosecond}}});
  EXPECT_EQ(record.requests[0].end->status, Status::kUnavailable);
  EXPECT_EQ(record.requests[0].end->at, at_ns(2'000));
  EXPECT_EQ(record.requests[1].end->at, at_ns(13'000));
}

Case drawn_case(const SchedulerInfo& info, std::uint64_t seed) {
  Prng prng(seed, "case-run-test");
  Case value{.scheduler = std::string(info.name), .seed = seed};
  const auto set = [&](std::string_view name, std::uint64_t number) {
    if (find_option(info, name) != nullptr) {
      value.options.emplace_back(name, std::to_string(number));
    }
  };
  set("max_batch_size", 1 + prng.below(6));
  set("batch_size", 1 + prng.below(3));
  set("batch_timeout_micros", prng.below(60));
  set("num_batch_threads", 1 + prng.below(3));
  set("initial_in_flight_batches_limit", 1);
  for (int i = 0; i < 80; ++i) {
    const std::uint64_t bits = prng.next();
    value.events.push_back({.gap = SimDuration{static_cast<std::int64_t>(bits % 40'000)},
                            .queue = static_cast<std::uint32_t>(bits / 64'000 % 3),
                            .rows = static_cast<std::uint32_t>(1 + bits / 256'000 % 4)});
  }
  value.executions = {{.takes = SimDuration{50'000}}};
  return value;
}

// The same device for both: each lane a GPU of its own, 50 us for any batch.
TEST(CaseRun, IsTheEventLoopWhenNothingElseIsChosen) {
  for (const SchedulerInfo& info : all_schedulers()) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      Case value = drawn_case(info, seed);
      const std::uint64_t scripted = run(value).digest;
      value.device = "1:50us,1000:50us";
      value.gpus = 3;
      EXPECT_EQ(run(value).digest, scripted) << info.name << " seed " << seed;
    }
  }
}

TEST(CaseRun, BreaksNoPropertyOfTheCatalogue) {
  for (const SchedulerInfo& info : all_schedulers()) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
      const Case value = drawn_case(info, seed);
      RunRecord record;
      MadeScheduler made = *make_registered(value);
      CheckerSet checkers(made.rules);
      static_cast<void>(run_case(value, std::move(made), record,
                                 [&](const RunRecord& now) { checkers.after_line(now); }));
      checkers.at_end(record);
      for (const Violations::Entry& entry : checkers.found().entries()) {
        ADD_FAILURE() << info.name << " seed " << seed << ": " << entry.first.property << " "
                      << entry.first.found;
      }
      EXPECT_THAT(record.broken_rule, IsEmpty());
    }
  }
}

}  // namespace
}  // namespace lockstep

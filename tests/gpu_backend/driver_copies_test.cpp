// Copiers of the live driver on virtual time: rows go to and from their own requests, who was
// answered is not touched, and what happens while a copier has lost its core.
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schedulers/registry.h"
#include "gpu_backend/driver.h"
#include "properties/live_world.h"
#include "tests/support/vector_arrivals.h"

namespace lockstep {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

// The dullest choices, but for the n-th time that a copier is about to copy a request's rows: then
// its thread loses its core.
class StallsOnce final : public Choices {
 public:
  explicit StallsOnce(int at) : at_(at) {}
  [[nodiscard]] std::uint32_t choose(const ChoicePoint& point) override {
    return point.site == std::string_view("stall") && at_-- == 0 ? 1 : 0;
  }

 private:
  int at_;
};
constexpr int kGather = 0;
constexpr int kScatter = 1;

constexpr SimDuration kStall{50'000};

// Each row a batch of its own; 10 us on the device, a GPU for each lane; a copier for each lane, on
// a thread of its own, which may stall for 50 us.
LiveScenario one_by_one(std::vector<Arrival> arrivals, std::uint32_t lanes = 1) {
  LiveScenario scenario{.lanes = lanes,
                        .gpus = lanes,
                        .gpu = "10us+0ns/row",
                        .arrivals = std::move(arrivals),
                        .threads = lanes + 1,
                        .copy_stall = kStall};
  scenario.scheduler = [lanes] {
    const SchedulerInfo& info = *find_scheduler("tf-shared");
    const Result<OptionValues> options =
        complete_options(info,
                         {{"max_batch_size", "2"},
                          {"enable_large_batch_splitting", "true"},
                          {"max_execution_batch_size", "1"},
                          {"batch_timeout_micros", "0"},
                          {"max_enqueued_batches", "100"},
                          {"num_batch_threads", std::to_string(lanes)}},
                         8);
    EXPECT_TRUE(options) << (options ? "" : options.error().message);
    return std::move(*info.make({.values = *options}));
  };
  return scenario;
}

std::unique_ptr<LiveRun> stalled_run(const LiveScenario& scenario, int at) {
  StallsOnce stalls(at);
  auto run = run_live(scenario, stalls);
  EXPECT_EQ(live_failure(scenario, *run), "");
  return run;
}

TEST(DriverCopies, ACopierThatStallsDelaysItsBatchAndNothingElse) {
  const LiveScenario scenario = one_by_one(VectorArrivals::at({0, 1'000}), 2);
  for (const int at : {kGather, kScatter}) {
    const auto run = stalled_run(scenario, at);
    EXPECT_THAT(run->statuses, Each(Status::kOk));
    EXPECT_EQ(run->driver.copies, 4u);
    // Gathering: the first one stalls. Afterwards the second one gathers, before the first
    // scatters.
    EXPECT_EQ(run->answered[0], at_ns(at == kGather ? 60'000 : 10'000));
    EXPECT_EQ(run->answered[1], at_ns(at == kGather ? 11'000 : 61'000));
  }
}

// The client gets its memory back when nobody reads or writes it any more, with the answer that it
// was given at its deadline.
TEST(DriverCopies, AnAnswerWaitsForTheCopierThatHasTheRequest) {
  LiveScenario scenario = one_by_one(VectorArrivals::at({0}));
  scenario.arrivals[0].timeout = SimDuration{20'000};
  for (const int at : {kGather, kScatter}) {
    const auto run = stalled_run(scenario, at);
    EXPECT_THAT(run->statuses, ElementsAre(Status::kDeadlineExceeded));
    EXPECT_EQ(run->answered[0], at_ns(20'000));
    EXPECT_EQ(run->driver.held_back, 1u);
    EXPECT_EQ(run->driver.launched, 1u);  // the core could not let go of it
    EXPECT_EQ(run->touched, 0u);
  }
}

// Found by the campaign: it was launched for nobody, and when the device lost it the server never
// ended.
TEST(DriverCopies, ABatchThatIsGivenUpWhileItIsGatheredIsNotLaunched) {
  for (const std::int64_t after : {49'999, 50'001}) {
    LiveScenario scenario = one_by_one(VectorArrivals::at({0}));
    scenario.watchdog = Watchdog{.after = SimDuration{after}};
    scenario.lost_launch = 0;
    const auto run = stalled_run(scenario, kGather);
    EXPECT_THAT(run->statuses, ElementsAre(Status::kDeadlineExceeded));
    EXPECT_THAT(run->reasons, ElementsAre(Reason::kWatchdog));
    EXPECT_EQ(run->driver.launched, after == 50'001 ? 1u : 0u);
    EXPECT_EQ(run->driver.held_back, after == 50'001 ? 0u : 1u);
  }
}

TEST(DriverCopies, WhatTheDeviceNeverHadCountsForNothingOfIt) {
  LiveScenario scenario = one_by_one(VectorArrivals::at({0, 60'000}));
  scenario.watchdog = Watchdog{.after = SimDuration{49'999}, .reset = SimDuration{0}};
  const auto run = stalled_run(scenario, kGather);
  EXPECT_THAT(run->statuses, ElementsAre(Status::kDeadlineExceeded, Status::kOk));
  EXPECT_EQ(run->driver.given_up, 1u);
  EXPECT_EQ(run->driver.launched, 1u);
  EXPECT_EQ(run->driver.rows, 1u);
  EXPECT_EQ(run->driver.late, 0u);
}

// The other piece failed on its lane, and its rows are nobody's any more.
TEST(DriverCopies, ARequestInPiecesIsAnsweredWhenNoCopierHasAnyOfThem) {
  LiveScenario scenario = one_by_one(VectorArrivals::at({0}), 2);
  scenario.arrivals[0].size = 2;
  scenario.arrivals[0].timeout = SimDuration{5'000};
  scenario.failing_launch = 0;
  const auto run = stalled_run(scenario, 1);  // the second piece is gathered slowly
  EXPECT_THAT(run->statuses, ElementsAre(Status::kDeadlineExceeded));
  EXPECT_EQ(run->answered[0], at_ns(5'000));
  EXPECT_EQ(run->driver.held_back, 1u);
  EXPECT_EQ(run->touched, 0u);
}

}  // namespace
}  // namespace lockstep

// Why a request took so long: spans that sum, what held the lane and the GPU, words, slowest ones.
#include "reports/explanation.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/run_log_builder.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

RequestExplanation explained(const RunLog& run, std::uint64_t request) {
  const Result<RequestExplanation> result = explain_request(run, computed_only(run), request);
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return result ? *result : RequestExplanation{};
}

struct OneBatch {
  std::uint32_t lane = 0;
  std::int64_t opened = 0;
  std::int64_t due = 0;
  std::int64_t dispatched = 0;
  std::int64_t device_start = 0;
  std::int64_t finished = 0;
};

// Batch i holds request i alone, which arrives when the batch is opened; times in us.
RunLog run_of(const std::vector<OneBatch>& batches) {
  RunLog run;
  run.directory = "run";
  run.queue_names = {"model"};
  run.lane_count = 2;
  const auto us = [](std::int64_t count) { return at_ns(count * 1'000); };
  for (const OneBatch& batch : batches) {
    const std::uint64_t id = run.batches.size();
    BatchRow row;
    row.record = {.id = BatchId{id},
                  .lane = LaneId{batch.lane},
                  .opened = us(batch.opened),
                  .due = us(batch.due),
                  .lane_taken = us(batch.dispatched),
                  .dispatched = us(batch.dispatched),
                  .device_start = us(batch.device_start),
                  .finished = us(batch.finished),
                  .request_count = 1,
                  .rows = 1,
                  .reason = Reason::kTimeout};
    run.batches.push_back(row);
    run.requests.push_back({.request = id,
                            .arrival = us(batch.opened),
                            .batch = id,
                            .lane = batch.lane,
                            .due = us(batch.due),
                            .dispatched = us(batch.dispatched),
                            .finished = us(batch.finished),
                            .reason = Reason::kAnswered});
  }
  return run;
}

TEST(Explanation, SpansFollowEachOtherAndSumToTheLatency) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const RunLog run = make_run_log({.requests = 150,
                                     .lanes = static_cast<std::uint32_t>(seed),
                                     .queues = 2,
                                     .size_max = 3,
                                     .fills_on_lanes = seed == 3,
                                     .seed = seed});
    for (const RequestRow& row : run.requests) {
      SimTime at = row.arrival;
      for (const WaitSpan& span : explained(run, row.request).spans) {
        EXPECT_EQ(span.from, at);
        EXPECT_GT(span.to, span.from);
        EXPECT_LE(span.blocked, span.length());
        at = span.to;
      }
      EXPECT_EQ(at, row.finished) << "seed " << seed << " request " << row.request;
    }
  }
}

TEST(Explanation, NamesTheBatchesThatHeldItsLaneAndItsGpu) {
  // 3 is due at 12, while its lane has 0 and then 1; 2 is on the other lane and holds the GPU.
  const RunLog run = run_of(
      {{.lane = 0, .dispatched = 0, .device_start = 0, .finished = 14},
       {.lane = 0, .dispatched = 14, .device_start = 14, .finished = 20},
       {.lane = 1, .dispatched = 9, .device_start = 20, .finished = 25},
       {.lane = 0, .opened = 10, .due = 12, .dispatched = 20, .device_start = 25, .finished = 27}});
  const RequestExplanation why = explained(run, 3);
  ASSERT_EQ(why.spans.size(), 4u);
  EXPECT_EQ(why.spans[1].cause, LatencyCause::kLaneWait);
  EXPECT_THAT(why.spans[1].blockers, ElementsAre(0, 1));
  EXPECT_EQ(why.spans[1].blocked, SimDuration{8'000});
  EXPECT_EQ(why.spans[2].cause, LatencyCause::kGpuWait);
  EXPECT_THAT(why.spans[2].blockers, ElementsAre(2));
  const std::string text = explanation_text(why, run);
  EXPECT_THAT(text, StartsWith("request 3 took 17.0 us: 2.00 us until batch 3 timed out (opened by "
                               "request 3), 8.00 us for lane 0, busy with batches 0 and 1, the "
                               "first of 2 to be free, 5.00 us for GPU 0, busy with batch 2, 2.00 "
                               "us computing 1 row on GPU 0\n"));
}

// One that ends at that instant, or begins then, did not hold the lane.
TEST(Explanation, ABatchThatEndsWhenTheWaitBeginsHeldNothing) {
  const RunLog run = run_of(
      {{.lane = 0, .dispatched = 0, .device_start = 0, .finished = 12},
       {.lane = 0, .opened = 10, .due = 12, .dispatched = 15, .device_start = 15, .finished = 16},
       {.lane = 0, .opened = 11, .due = 13, .dispatched = 16, .device_start = 16, .finished = 17}});
  const RequestExplanation why = explained(run, 1);
  ASSERT_EQ(why.spans.size(), 3u);
  EXPECT_THAT(why.spans[1].blockers, ElementsAre());
  EXPECT_EQ(why.spans[1].blocked, SimDuration{0});
  EXPECT_THAT(explanation_text(why, run), HasSubstr("3.00 us of it no other batch was there"));
  RunLog later = run;
  later.batches[0].record.finished += SimDuration{1};
  EXPECT_THAT(explained(later, 1).spans[1].blockers, ElementsAre(0));
}

TEST(Explanation, TellsCopiesFromComputeWhereTheyAreKnown) {
  const RunLog run = run_of({{.lane = 0, .dispatched = 0, .device_start = 0, .finished = 14}});
  std::vector<StageSpans> stages = computed_only(run);
  stages[0].to_device = SimDuration{3'000};
  stages[0].to_host = SimDuration{1'000};
  const Result<RequestExplanation> why = explain_request(run, stages, 0);
  ASSERT_TRUE(why);
  EXPECT_THAT(explanation_text(*why, run),
              StartsWith("request 0 took 14.0 us: 3.00 us copy to the GPU, 10.0 us computing 1 row "
                         "on GPU 0, 1.00 us copy back\n"));
}

TEST(Explanation, SaysWhatBecameOfRequestsWithoutAnAnswer) {
  RunLog run = run_of({{.lane = 0, .dispatched = 0, .device_start = 0, .finished = 14}});
  const SimTime came = at_ns(2'000);
  run.requests.push_back({.request = 1,
                          .arrival = came,
                          .batch = {},
                          .finished = came,
                          .status = Status::kUnavailable,
                          .reason = Reason::kQueueFull});
  run.requests.push_back({.request = 2, .arrival = came, .batch = {}, .finished = {}});
  run.requests.push_back(
      {.request = 3, .arrival = came, .batch = 9, .dispatched = came, .finished = {}});
  EXPECT_THAT(explanation_text(explained(run, 1), run),
              StartsWith("request 1 was refused at its arrival with UNAVAILABLE (queue-full)\n"));
  EXPECT_THAT(explanation_text(explained(run, 2), run),
              StartsWith("request 2 was never answered\n"));
  EXPECT_THAT(explanation_text(explained(run, 3), run),
              StartsWith("request 3 was never answered: batch 9 took it to lane 0 at 2 us and "
                         "never ended\n"));
}

TEST(Explanation, WhatIsNotThereIsAnError) {
  const RunLog run = run_of({{.finished = 1}, {.finished = 2}});
  EXPECT_EQ(explain_request(run, computed_only(run), 2).error().message,
            "run: found no request 2, expected one of 0 to 1");
  EXPECT_EQ(slowest_of_batch(run, 2).error().message,
            "run: found no batch 2, expected one of 0 to 1");
  EXPECT_EQ(slowest_of_batch(run, 1), 1u);
}

TEST(Explanation, TheSlowestComeFirstAndEqualOnesByTheirNumber) {
  const RunLog run = run_of({{.finished = 5}, {.finished = 7}, {.finished = 7}, {.finished = 6}});
  EXPECT_THAT(slowest_requests(run, 3), ElementsAre(1, 2, 3));
  EXPECT_EQ(slowest_requests(run, 9).size(), 4u);
}

TEST(Explanation, HostileNamesDoNotReachTheTerminal) {
  RunLog run = run_of({{.finished = 5}});
  run.queue_names = {"a\x1b[31m\n"};
  EXPECT_THAT(explanation_text(explained(run, 0), run), HasSubstr("queue \"a?[31m?\""));
}

}  // namespace
}  // namespace lockstep

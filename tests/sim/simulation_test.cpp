// The event loop and the shared GPU, in scenarios small enough to check by hand.
#include "sim/simulation.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.h"
#include "core/schedulers/naive_full_batch.h"
#include "core/schedulers/tf_shared.h"
#include "tests/support/filling_scheduler.h"
#include "tests/support/puppet_scheduler.h"
#include "tests/support/vector_arrivals.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Log final : EventSink {
  void request_ended(const RequestEnd& end) override { answers.push_back(ns_of(end.at)); }
  void batch_ended(const BatchRecord& batch) override {
    batches.push_back(
        "B" + std::to_string(raw(batch.id)) + " lane" + std::to_string(raw(batch.lane)) + " " +
        std::to_string(batch.rows) + " rows " + std::to_string(ns_of(batch.dispatched)) + ".." +
        std::to_string(ns_of(batch.device_start)) + ".." + std::to_string(ns_of(batch.finished)));
  }
  void request_unanswered(const Request& request) override {
    unanswered.push_back(raw(request.id));
  }
  std::vector<std::int64_t> answers;
  std::vector<std::string> batches;
  std::vector<std::uint64_t> unanswered;
};

struct Run {
  Log log;
  SimulationResult result;
  std::uint64_t digest = 0;
};

std::unique_ptr<Run> run_arrivals(std::unique_ptr<Scheduler> scheduler, std::uint32_t lanes,
                                  const char* gpu, std::uint32_t gpus,
                                  std::vector<Arrival> arrivals) {
  auto run = std::make_unique<Run>();
  Server server(std::move(scheduler), {.lane_count = lanes}, &run->log);
  VectorArrivals source(std::move(arrivals));
  const Result<SimulationResult> result = simulate(
      {.device = {.compute = *parse_service_curve(gpu)}, .gpu_count = gpus}, source, server);
  EXPECT_TRUE(result);
  run->result = *result;
  run->digest = server.digest();
  return run;
}

std::unique_ptr<Run> run(std::unique_ptr<Scheduler> scheduler, std::uint32_t lanes, const char* gpu,
                         std::uint32_t gpus, const std::vector<std::int64_t>& arrivals) {
  return run_arrivals(std::move(scheduler), lanes, gpu, gpus, VectorArrivals::at(arrivals));
}

std::unique_ptr<Scheduler> greedy(std::int64_t batch, std::int64_t lanes) {
  return std::move(*make_tf_shared({.max_batch_size = batch, .num_batch_threads = lanes}));
}

// A handler that counts requests fills its batches with any number of rows.
TEST(SharedGpu, RefusesABatchThatItsCurveDoesNotCover) {
  for (const std::uint32_t rows : {2u, 3u}) {
    std::vector<Arrival> arrivals = VectorArrivals::at({0, 1});
    arrivals[0].size = arrivals[1].size = rows;
    VectorArrivals source(std::move(arrivals));
    Server server(std::move(*make_naive_full_batch({.batch_size = 2})), {.lane_count = 1}, nullptr);
    const Result<SimulationResult> result =
        simulate({.device = {.compute = *parse_service_curve("1:1ms,4:2ms")}}, source, server);
    ASSERT_EQ(result.has_value(), rows == 2);
    if (!result) {
      EXPECT_EQ(result.error().code, Errc::kBadInput);
      EXPECT_THAT(result.error().message, HasSubstr("found batch 0 of 6 rows at 1ns"));
      EXPECT_THAT(result.error().message, HasSubstr("rows 1 to 4"));
    }
  }
}

TEST(SharedGpu, RefusesARunBeyondTheLongestTime) {
  // Each batch takes 33 years, and the first begins after 36.
  std::vector<Arrival> arrivals(3, Arrival{.time = at_ns(kMaxTimeNs), .size = 1u << 20});
  VectorArrivals source(std::move(arrivals));
  Server server(greedy(1 << 20, 1), {.lane_count = 1}, nullptr);
  const Result<SimulationResult> result =
      simulate({.device = {.compute = *parse_service_curve("1h+1000s/row")}}, source, server);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kBadInput);
  EXPECT_THAT(result.error().message, HasSubstr("would end beyond 73 years"));
}

TEST(SharedGpu, ExecutesBatchesOneAfterAnother) {
  const auto shared = run(greedy(1, 2), 2, "10ns+0ns/row", 1, {0, 1, 2});
  EXPECT_EQ(shared->log.batches,
            (std::vector<std::string>{"B0 lane0 1 rows 0..0..10", "B1 lane1 1 rows 1..10..20",
                                      "B2 lane0 1 rows 10..20..30"}));
  EXPECT_EQ(shared->result.gpu_busy_time.count(), 30);
  EXPECT_EQ(shared->result.gpu_queue_time.count(), 9 + 10);
}

TEST(SharedGpu, WithOneGpuPerLaneNothingQueues) {
  const auto independent = run(greedy(1, 2), 2, "10ns+0ns/row", 2, {0, 1, 2});
  EXPECT_EQ(independent->log.batches,
            (std::vector<std::string>{"B0 lane0 1 rows 0..0..10", "B1 lane1 1 rows 1..1..11",
                                      "B2 lane0 1 rows 10..10..20"}));
  EXPECT_EQ(independent->result.gpu_queue_time.count(), 0);
}

TEST(SharedGpu, LaneIRunsOnGpuIModuloTheirNumber) {
  const auto three_on_two = run(greedy(1, 3), 3, "10ns+0ns/row", 2, {0, 0, 0});
  EXPECT_EQ(three_on_two->log.batches.at(2), "B2 lane2 1 rows 0..10..20");
}

// Starts each request alone on the next lane, and notes what its completion tells.
std::vector<std::int64_t> told_pending(const Needs& needs, std::uint32_t gpus,
                                       const std::vector<std::uint32_t>& rows) {
  std::vector<std::int64_t> told;
  std::vector<Piece> pieces;
  std::uint32_t next = 0;
  const auto act = [&](const Input& input, Decisions& out) {
    if (input.kind == InputKind::kArrive) {
      pieces = {Piece{.request = input.request, .rows = rows[next]}};
      out.start(Start{.batch = BatchId{next}, .lane = LaneId{next}, .due = input.now},
                range_of(pieces));
      ++next;
    } else {
      told.push_back(input.device_pending);
      out.finish_batch(input.batch, input.status, Reason::kAnswered);
    }
  };
  std::vector<Arrival> arrivals;
  for (const std::uint32_t size : rows) {
    arrivals.push_back(Arrival{.size = size});
  }
  VectorArrivals source(std::move(arrivals));
  Server server(std::make_unique<PuppetScheduler>(act, needs),
                {.lane_count = static_cast<std::uint32_t>(rows.size())}, nullptr);
  EXPECT_TRUE(
      simulate({.device = {.compute = *parse_service_curve("10ns+0ns/row")}, .gpu_count = gpus},
               source, server));
  return told;
}

// TF 3.2: started on that GPU and not finished, the one that finished left out.
TEST(SharedGpu, TellsWhatIsPendingToASchedulerThatNeedsIt) {
  const Needs needs{.device_pending = true};
  EXPECT_THAT(told_pending(needs, 1, {1, 1, 1}), ElementsAre(2, 1, 0));
  // Lanes 0 and 2 share a GPU; at 10 ns batch 0 ends before batch 1 does.
  EXPECT_THAT(told_pending(needs, 2, {1, 1, 1}), ElementsAre(1, 0, 0));
  EXPECT_THAT(told_pending(needs, 3, {1, 1, 1}), ElementsAre(0, 0, 0));
  EXPECT_THAT(told_pending(Needs{}, 1, {1, 1, 1}), ElementsAre(0, 0, 0));
}

TEST(SharedGpu, SpendsNoTimeOnABatchOfNoRowsWhateverItsCurveCovers) {
  std::vector<Arrival> arrivals(2);
  arrivals[1].size = 0;
  VectorArrivals source(std::move(arrivals));
  std::vector<Piece> pieces;
  std::uint32_t next = 0;
  const auto act = [&](const Input& input, Decisions& out) {
    if (input.kind == InputKind::kArrive) {
      pieces = {Piece{.request = input.request, .rows = 1 - next}};
      out.start(Start{.batch = BatchId{next}, .lane = LaneId{next}}, range_of(pieces));
      ++next;
    }
  };
  Server server(std::make_unique<PuppetScheduler>(act, Needs{.empty_requests = true}),
                {.lane_count = 2}, nullptr);
  const Result<SimulationResult> result =
      simulate({.device = {.compute = *parse_service_curve("1:1ms,4:2ms")}}, source, server);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->gpu_busy_time, SimDuration{1'000'000});  // of the batch with a row
}

// At one instant: completions, then timers, then arrivals (design 3).
TEST(EventOrder, ACompletionFreesTheLaneBeforeAnArrivalOfTheSameInstant) {
  const auto served = run(greedy(4, 1), 1, "10ns+0ns/row", 1, {0, 10});
  EXPECT_EQ(served->log.answers, (std::vector<std::int64_t>{10, 20}));
  EXPECT_EQ(served->log.batches.at(1), "B1 lane0 1 rows 10..10..20");
}

TEST(EventOrder, ATimerFiresBeforeAnArrivalOfTheSameInstant) {
  const auto scheduler = [] {
    return std::move(
        *make_tf_shared({.max_batch_size = 8, .batch_timeout_micros = 1, .num_batch_threads = 2}));
  };
  const auto at_deadline = run(scheduler(), 2, "10ns+0ns/row", 1, {0, 1000});
  EXPECT_EQ(at_deadline->log.batches.at(0), "B0 lane0 1 rows 1000..1000..1010");
  const auto one_before = run(scheduler(), 2, "10ns+0ns/row", 1, {0, 999});
  EXPECT_EQ(one_before->log.batches.at(0), "B0 lane0 2 rows 1000..1000..1010");
}

// Requests of FillingScheduler: on a lane, a batch is opened, joined and sealed.
struct On {
  std::uint64_t lane = 0;
};
Arrival open(std::int64_t ns, On on = {}) {
  return {.time = at_ns(ns),
          .client = ClientId{on.lane},
          .size = 0,
          .priority = FillingScheduler::kOpens};
}
Arrival join(std::int64_t ns, std::uint32_t rows, On on = {}) {
  return {.time = at_ns(ns), .client = ClientId{on.lane}, .size = rows};
}
Arrival seal(std::int64_t ns, std::uint32_t padded_rows = 0, On on = {}) {
  return {.time = at_ns(ns),
          .client = ClientId{on.lane},
          .size = padded_rows,
          .priority = FillingScheduler::kSeals};
}
std::unique_ptr<Run> filling(const char* gpu, std::vector<Arrival> arrivals) {
  return run_arrivals(std::make_unique<FillingScheduler>(), 2, gpu, 1, std::move(arrivals));
}

TEST(UnsealedBatches, ExecuteFromTheirSealOnWithTheRowsTheyHaveThen) {
  const auto one = filling("100ns+10ns/row", {open(0), join(1, 2), join(50, 3), seal(70)});
  EXPECT_EQ(one->log.batches, std::vector<std::string>{"B0 lane0 5 rows 70..70..220"});
  EXPECT_EQ(one->result.gpu_busy_time.count(), 150);
  EXPECT_EQ(one->result.gpu_queue_time.count(), 0);
}

TEST(UnsealedBatches, ExecuteThePaddingOfTheirSeal) {
  const auto one = filling("100ns+10ns/row", {open(0), join(1, 5), seal(70, 8)});
  EXPECT_EQ(one->log.batches, std::vector<std::string>{"B0 lane0 5 rows 70..70..250"});
}

TEST(UnsealedBatches, TakeTheGpuInTheOrderOfTheirSeals) {
  // Batch 0 opens first and is sealed last: it waits for batch 1, not the other way round.
  const auto two = filling("100ns+0ns/row", {open(0), open(1, {1}), join(2, 1), join(3, 1, {1}),
                                             seal(10, 0, {1}), seal(20)});
  EXPECT_EQ(two->log.batches, (std::vector<std::string>{"B1 lane1 1 rows 10..10..110",
                                                        "B0 lane0 1 rows 20..110..210"}));
  EXPECT_EQ(two->result.gpu_queue_time.count(), 90);
}

TEST(UnsealedBatches, WithoutRowsAreDoneAtOnceAndLeaveTheGpuAlone) {
  // The empty one passes batch 0, and batch 2 waits for batch 0 only.
  const auto empty =
      filling("100ns+0ns/row", {open(0), join(0, 1), seal(0), open(1, {1}), seal(10, 0, {1}),
                                open(11, {1}), join(12, 1, {1}), seal(13, 0, {1})});
  EXPECT_EQ(empty->log.batches,
            (std::vector<std::string>{"B1 lane1 0 rows 10..10..10", "B0 lane0 1 rows 0..0..100",
                                      "B2 lane1 1 rows 13..100..200"}));
  EXPECT_EQ(empty->result.gpu_busy_time.count(), 200);
}

TEST(UnsealedBatches, AnEmptyOneFreesItsLaneBeforeTheNextArrivalOfItsInstant) {
  const auto empty = filling("100ns+0ns/row", {open(0), seal(10), open(10), join(10, 1), seal(10)});
  EXPECT_EQ(empty->log.batches, (std::vector<std::string>{"B0 lane0 0 rows 10..10..10",
                                                          "B1 lane0 1 rows 10..10..110"}));
}

TEST(UnsealedBatches, ThatAreNeverSealedLeaveTheirRequestsUnanswered) {
  const auto open_end = filling("100ns+0ns/row", {open(0), join(1, 1)});
  EXPECT_TRUE(open_end->log.batches.empty());
  EXPECT_EQ(open_end->log.unanswered, std::vector<std::uint64_t>{1});
  EXPECT_EQ(open_end->result.end, at_ns(1));
}

TEST(UnsealedBatches, AreRefusedOnlyWhenTheirSealedRowsAreNotCovered) {
  for (const std::uint32_t rows : {4u, 5u}) {
    VectorArrivals source({open(0), join(1, rows), seal(2)});
    Server server(std::make_unique<FillingScheduler>(), {.lane_count = 1}, nullptr);
    const Result<SimulationResult> result =
        simulate({.device = {.compute = *parse_service_curve("1:1ms,4:2ms")}}, source, server);
    EXPECT_EQ(result.has_value(), rows == 4);
    if (!result) {
      EXPECT_THAT(result.error().message, HasSubstr("found batch 0 of 5 rows at 2ns"));
    }
  }
}

TEST(Simulation, ReportsRequestsThatNobodyWillAnswer) {
  std::vector<std::int64_t> arrivals;
  for (int i = 0; i < 33; ++i) {
    arrivals.push_back(i);
  }
  const auto starved =
      run(std::move(*make_naive_full_batch({.batch_size = 32})), 1, "10ns+0ns/row", 1, arrivals);
  EXPECT_EQ(starved->log.answers.size(), 32u);
  EXPECT_EQ(starved->log.unanswered, std::vector<std::uint64_t>{32});
  EXPECT_EQ(starved->result.unanswered, 1u);
}

TEST(Simulation, OfNothingEndsAtOnce) {
  const auto empty = run(greedy(1, 1), 1, "10ns+0ns/row", 1, {});
  EXPECT_EQ(empty->result.end, SimTime{});
  EXPECT_TRUE(empty->log.batches.empty());
}

TEST(Simulation, TwiceGivesTheSameDigestAndALogChangesNothing) {
  std::vector<std::int64_t> arrivals;
  for (int i = 0; i < 2000; ++i) {
    arrivals.push_back(i * 7 % 13 + i * 40);
  }
  std::sort(arrivals.begin(), arrivals.end());
  const auto scheduler = [] {
    return std::move(
        *make_tf_shared({.max_batch_size = 8, .batch_timeout_micros = 1, .num_batch_threads = 2}));
  };
  const auto once = run(scheduler(), 2, "100ns+20ns/row", 1, arrivals);
  const auto twice = run(scheduler(), 2, "100ns+20ns/row", 1, arrivals);
  EXPECT_EQ(once->digest, twice->digest);
  Server quiet(scheduler(), {.lane_count = 2}, nullptr);
  VectorArrivals source(VectorArrivals::at(arrivals));
  ASSERT_TRUE(
      simulate({.device = {.compute = *parse_service_curve("100ns+20ns/row")}}, source, quiet));
  EXPECT_EQ(quiet.digest(), once->digest);
}

// The figures of the workload that event loops are compared on: Poisson at 70 % and 97 % load.
TEST(Simulation, MeetsTheInvariantsOfTheReferenceWorkload) {
  // Every answered request waited at most time-out + service(32) while lanes never run out (70 %).
  std::vector<std::int64_t> arrivals;
  for (int i = 0; i < 20'000; ++i) {
    arrivals.push_back(std::int64_t{i} * 58'038);
  }
  const auto steady = run(std::move(*make_tf_shared({.max_batch_size = 32,
                                                     .batch_timeout_micros = 2000,
                                                     .max_enqueued_batches = 1'000'000,
                                                     .num_batch_threads = 2})),
                          2, "1ms+50us/row", 2, arrivals);
  // 32 arrivals 58,038 ns apart fill in 1,799,178 ns, before the time-out: full batches only.
  ASSERT_EQ(steady->log.batches.size(), 625u);
  EXPECT_EQ(steady->log.batches.at(0), "B0 lane0 32 rows 1799178..1799178..4399178");
}

}  // namespace
}  // namespace lockstep

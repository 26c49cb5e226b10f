#include "reports/metrics.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/prng.h"
#include "reports/summary.h"
#include "traces/run_log.h"

namespace lockstep {
namespace {

struct Answer {
  std::int64_t arrival;
  std::int64_t due;
  std::int64_t dispatched;
  std::int64_t finished;
  Status status = Status::kOk;
};

void end_request(RunMetrics& metrics, const Answer& answer) {
  Request request;
  request.arrival.time = at_ns(answer.arrival);
  BatchRecord batch;
  batch.due = at_ns(answer.due);
  batch.dispatched = at_ns(answer.dispatched);
  metrics.request_ended({request, &batch, at_ns(answer.finished), answer.status,
                         answer.status == Status::kOk ? Reason::kAnswered : Reason::kBatchFailed});
}

std::int64_t quantile_of(const RunMetrics& metrics, std::uint32_t per_million) {
  return metrics.quantiles({{per_million}}).value().front().of_answered.count();
}

TEST(RunMetrics, TakesQuantilesByNearestRank) {
  RunMetrics metrics({.exact = true});
  for (const std::int64_t latency : {50, 10, 40, 20, 30}) {
    end_request(metrics, {0, 0, 0, latency});
  }
  EXPECT_EQ(quantile_of(metrics, 1), 10);
  EXPECT_EQ(quantile_of(metrics, 200'000), 10);  // rank ceil(0.2 * 5) = 1
  EXPECT_EQ(quantile_of(metrics, 200'001), 20);
  EXPECT_EQ(quantile_of(metrics, 500'000), 30);
  EXPECT_EQ(quantile_of(metrics, 1'000'000), 50);
  EXPECT_EQ(quantile_of(metrics, 500'000), 30);  // asking again changes nothing
}

TEST(RunMetrics, StaysNearTheExactQuantilesWithoutKeepingLatencies) {
  RunMetrics exact({.exact = true});
  RunMetrics approximate;
  Prng random(3, "latencies");
  for (int i = 0; i < 10'000; ++i) {
    const Answer answer{0, 0, 0, static_cast<std::int64_t>(random.below(50'000'000))};
    end_request(exact, answer);
    end_request(approximate, answer);
  }
  for (const std::uint32_t quantile : {10'000u, 500'000u, 990'000u, 999'000u}) {
    const std::int64_t truth = quantile_of(exact, quantile);
    EXPECT_NEAR(static_cast<double>(quantile_of(approximate, quantile)), static_cast<double>(truth),
                static_cast<double>(truth) / 1'000);
  }
  EXPECT_EQ(approximate.latency_max(), exact.latency_max());
}

// 3149998 ns lies in the bucket of 3149824 to 3151871, whose middle is 3150848.
TEST(RunMetrics, KeepsApproximateQuantilesAtOrBelowTheMaximum) {
  RunMetrics metrics;
  end_request(metrics, {0, 0, 0, 3'149'998});
  EXPECT_EQ(quantile_of(metrics, 990'000), 3'149'998);
  EXPECT_EQ(summarize(metrics, {})->of_all_ns.at(2), 3'149'998);
  end_request(metrics, {0, 0, 0, 3'150'849});
  EXPECT_EQ(quantile_of(metrics, 500'000), 3'150'848);  // one below the maximum: the middle stands
}

TEST(RunMetrics, CountsWhatWasNotAnsweredAsSlowerThanAnyOfAll) {
  for (const bool exact : {false, true}) {
    RunMetrics metrics({.exact = exact});
    EXPECT_FALSE(metrics.quantiles({{500'000}})->front().of_all);
    end_request(metrics, {0, 0, 0, 10});
    metrics.request_unanswered(Request());
    const std::vector<LatencyQuantile> quantiles =
        metrics.quantiles(std::array{500'000u, 500'001u, 1'000'000u}).value();
    EXPECT_EQ(quantiles.at(0).of_all, SimDuration{10});
    EXPECT_EQ(quantiles.at(1).of_all, std::nullopt);  // rank 2 of 2
    EXPECT_EQ(quantiles.at(1).of_answered, SimDuration{10});
    EXPECT_EQ(quantiles.at(2).of_all, std::nullopt);
  }
}

TEST(RunMetrics, SplitsLatencyIntoPartsThatSumUp) {
  RunMetrics metrics;
  end_request(metrics, {100, 300, 450, 1'000});
  end_request(metrics, {400, 300, 450, 1'000});  // joined after the batch was due
  EXPECT_EQ(static_cast<std::int64_t>(metrics.forming_sum()), 200);
  EXPECT_EQ(static_cast<std::int64_t>(metrics.lane_wait_sum()), 150 + 50);
  EXPECT_EQ(static_cast<std::int64_t>(metrics.device_sum()), 1'100);
  EXPECT_EQ(static_cast<std::int64_t>(metrics.latency_sum()), 900 + 600);
}

TEST(RunMetrics, SplitsAsTheRunLogDoes) {
  RunMetrics metrics;
  LatencyParts sums;
  Prng random(9, "answers");
  for (int i = 0; i < 1'000; ++i) {
    const auto draw = [&] { return static_cast<std::int64_t>(random.below(1'000)); };
    Answer answer{draw(), draw(), 0, 0};
    answer.dispatched = std::max(answer.arrival, answer.due) + draw();
    answer.finished = answer.dispatched + draw();
    end_request(metrics, answer);
    const LatencyParts parts = split_latency(at_ns(answer.arrival), at_ns(answer.due),
                                             at_ns(answer.dispatched), at_ns(answer.finished));
    sums.forming += parts.forming;
    sums.lane_wait += parts.lane_wait;
    sums.device += parts.device;
  }
  EXPECT_EQ(static_cast<std::int64_t>(metrics.forming_sum()), sums.forming.count());
  EXPECT_EQ(static_cast<std::int64_t>(metrics.lane_wait_sum()), sums.lane_wait.count());
  EXPECT_EQ(static_cast<std::int64_t>(metrics.device_sum()), sums.device.count());
}

TEST(RunMetrics, CountsRefusedFailedAndUnansweredApart) {
  RunMetrics metrics;
  Request request;
  metrics.request_ended({request, nullptr, at_ns(0), Status::kUnavailable, Reason::kQueueFull});
  end_request(metrics, {0, 0, 0, 10, Status::kInternal});
  end_request(metrics, {0, 0, 0, 20});
  metrics.request_unanswered(request);
  EXPECT_EQ(metrics.refused(), 1u);
  EXPECT_EQ(metrics.failed(), 1u);
  EXPECT_EQ(metrics.answered(), 1u);
  EXPECT_EQ(metrics.unanswered(), 1u);
  EXPECT_EQ(metrics.requests(), 4u);
  EXPECT_EQ(metrics.ended_by(Reason::kQueueFull), 1u);
  EXPECT_EQ(quantile_of(metrics, 1'000'000), 20);  // only answers have a latency
}

TEST(RunMetrics, DoesNotOverflowItsSums) {
  RunMetrics metrics;
  for (int i = 0; i < 40; ++i) {
    end_request(metrics, {0, 0, 0, kMaxTimeNs});
  }
  EXPECT_TRUE(metrics.latency_sum() ==
              RunMetrics::Sum{40} * static_cast<std::uint64_t>(kMaxTimeNs));
  EXPECT_EQ(summarize(metrics, {})->latency_mean_ns, kMaxTimeNs);
}

TEST(RunSummary, ComputesSharesFromBatches) {
  RunMetrics metrics;
  std::int64_t begin = 0;
  for (const std::uint32_t rows : {4u, 8u, 3u}) {
    BatchRecord batch;
    batch.device_start = at_ns(begin);
    batch.finished = at_ns(begin += 100);
    batch.rows = batch.padded_rows = rows;
    batch.reason = rows == 8 ? Reason::kFull : Reason::kTimeout;
    metrics.batch_ended(batch);
  }
  end_request(metrics, {0, 0, 0, 600});
  const RunSummary one = summarize(metrics, {.gpu_count = 1}).value();
  EXPECT_EQ(one.rows_per_batch_millionths, 5'000'000u);
  EXPECT_EQ(one.gpu_busy_per_million, 500'000u);
  EXPECT_EQ(summarize(metrics, {.gpu_count = 2})->gpu_busy_per_million, 250'000u);
}

// Lanes 0 and 2 share a GPU of two, lane 1 has the other: 100 ns of each, however many batches.
TEST(RunSummary, AGpuIsBusyOnceHoweverManyBatchesShareIt) {
  RunMetrics metrics({.gpu_count = 2});
  for (const std::uint32_t lane : {0u, 1u, 2u}) {
    BatchRecord batch;
    batch.lane = LaneId{lane};
    batch.device_start = at_ns(0);
    batch.finished = at_ns(100);
    metrics.batch_ended(batch);
  }
  end_request(metrics, {0, 0, 0, 400});
  EXPECT_EQ(summarize(metrics, {.gpu_count = 2})->gpu_busy_per_million, 250'000u);
}

TEST(RunSummary, WritesStableKeysAndSaysHowQuantilesWereTaken) {
  RunMetrics metrics({.exact = true});
  end_request(metrics, {0, 5, 7, 10});
  const auto json =
      nlohmann::json::parse(summary_json(summarize(metrics, {.digest = 0x7f3a}).value()));
  EXPECT_EQ(json["quantiles"], "exact");
  EXPECT_EQ(json["digest"], "0000000000007f3a");
  EXPECT_EQ(json["latency_p99_ns"], 10);
  EXPECT_EQ(json["requests_by_reason"].dump(), R"({"answered":1})");
  EXPECT_EQ(json["batches_by_reason"].dump(), "{}");
  EXPECT_NE(summary_json(summarize(RunMetrics(), {}).value()).find("\"approximate\""),
            std::string::npos);
}

TEST(RunSummary, OfNothingIsAllZeros) {
  const RunSummary summary = summarize(RunMetrics(), {}).value();
  EXPECT_EQ(summary.p99_ns, 0);
  EXPECT_EQ(summary.gpu_busy_per_million, 0u);
  EXPECT_EQ(summary.span_ns, 0);
}

// Network and decoding lengthen every answer alike, and nothing but answers.
TEST(RunSummary, OverheadMovesLatenciesAndNotTheirParts) {
  RunMetrics metrics(MetricsOptions{.exact = true});
  end_request(metrics, {0, 0, 0, 10});
  const RunSummary without = summarize(metrics, {}).value();
  const RunSummary with = summarize(metrics, {.overhead = SimDuration{5}}).value();
  EXPECT_EQ(with.p50_ns, without.p50_ns + 5);
  EXPECT_EQ(with.latency_max_ns, without.latency_max_ns + 5);
  EXPECT_EQ(with.latency_mean_ns, without.latency_mean_ns + 5);
  EXPECT_EQ(with.of_all_ns.at(0), without.of_all_ns.at(0) + 5);
  EXPECT_EQ(with.device_mean_ns, without.device_mean_ns);
  EXPECT_THAT(summary_json(with), testing::HasSubstr("\"overhead_ns\": 5"));
  EXPECT_EQ(summary_json(without).find("overhead"), std::string::npos);
}

TEST(RunSummary, OverheadOfNoAnswerIsNone) {
  RunMetrics metrics;
  end_request(metrics, {0, 0, 0, 10, Status::kInternal});
  const RunSummary summary = summarize(metrics, {.overhead = SimDuration{5}}).value();
  EXPECT_EQ(summary.p50_ns, 0);
  EXPECT_EQ(summary.latency_max_ns, 0);
  EXPECT_EQ(summary.of_all_ns.at(0), RunSummary::kNeverAnswered);
}

}  // namespace
}  // namespace lockstep

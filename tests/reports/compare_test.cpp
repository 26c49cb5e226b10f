// Two runs side by side: identical batches, the first divergence, paired latencies, distributions.
#include "reports/compare.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/compare_text.h"
#include "tests/support/run_log_builder.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

// A batch of requests, each of one row; times in ns.
struct PlainBatch {
  std::vector<std::uint64_t> requests;
  std::int64_t dispatched = 0;
  std::int64_t finished = 0;
  Reason reason = Reason::kTimeout;
};

// Request i arrives at i; those in no batch are refused at once.
RunLog plain_run(std::uint64_t requests, const std::vector<PlainBatch>& batches) {
  RunLog run;
  run.directory = "runs/plain";
  run.queue_names = {"model"};
  for (std::uint64_t i = 0; i < requests; ++i) {
    const SimTime arrival = at_ns(static_cast<std::int64_t>(i));
    run.requests.push_back({.request = i,
                            .arrival = arrival,
                            .batch = {},
                            .finished = arrival,
                            .status = Status::kUnavailable,
                            .reason = Reason::kQueueFull});
  }
  for (std::uint64_t id = 0; id < batches.size(); ++id) {
    const PlainBatch& batch = batches[id];
    const auto rows = static_cast<std::uint32_t>(batch.requests.size());
    BatchRow row;
    row.record.id = BatchId{id};
    row.record.due = row.record.dispatched = at_ns(batch.dispatched);
    row.record.finished = at_ns(batch.finished);
    row.record.request_count = row.record.rows = row.record.padded_rows = rows;
    row.record.reason = batch.reason;
    run.batches.push_back(row);
    for (const std::uint64_t request : batch.requests) {
      RequestRow& member = run.requests[request];
      member.batch = id;
      member.due = member.dispatched = at_ns(batch.dispatched);
      member.finished = at_ns(batch.finished);
      member.status = Status::kOk;
      member.reason = Reason::kAnswered;
    }
  }
  return run;
}

RunComparison compared(const RunLog& a, const RunLog& b) {
  const Result<RunComparison> comparison = compare_runs(a, b);
  EXPECT_TRUE(comparison) << (comparison ? "" : comparison.error().message);
  return comparison ? *comparison : RunComparison{};
}

TEST(Compare, ARunIsIdenticalToItself) {
  const RunLog run = make_run_log({.requests = 200, .queues = 2, .size_max = 3});
  const RunComparison comparison = compared(run, run);
  EXPECT_EQ(comparison.identical, run.batches.size());
  EXPECT_EQ(comparison.identical_share(), 1'000'000u);
  EXPECT_FALSE(comparison.first);
  EXPECT_EQ(comparison.total_variation, 0u);
  EXPECT_THAT(comparison.difference,
              ElementsAre(Optional(0), Optional(0), Optional(0), Optional(0)));
  EXPECT_EQ(comparison.a.latency, comparison.b.latency);
  EXPECT_EQ(regression_text(comparison, {{.figure = 0, .per_million = 0}}), "");
}

TEST(Compare, BatchesAreIdenticalWhereverTheyStand) {
  const RunLog a = plain_run(6, {{{0, 1}, 10, 20}, {{2, 3}, 20, 30}, {{4, 5}, 30, 40}});
  const RunLog b = plain_run(6, {{{0, 1}, 10, 20}, {{4, 5}, 20, 30}, {{2}, 30, 40}, {{3}, 40, 50}});
  const RunComparison comparison = compared(a, b);
  EXPECT_EQ(comparison.identical, 2u);
  EXPECT_EQ(comparison.identical_share(), 500'000u) << "of the longer list";
  ASSERT_TRUE(comparison.first);
  EXPECT_EQ(comparison.first->position, 1u);
  EXPECT_THAT(comparison.first->a->requests, ElementsAre(2, 3));
  EXPECT_THAT(comparison.first->b->requests, ElementsAre(4, 5));
}

TEST(Compare, OneListMayEndFirst) {
  const RunLog a = plain_run(2, {{{0, 1}, 10, 20}});
  const RunLog b = plain_run(2, {{{0, 1}, 10, 20}, {{}, 30, 40}});
  const RunComparison comparison = compared(a, b);
  ASSERT_TRUE(comparison.first);
  EXPECT_EQ(comparison.first->position, 1u);
  EXPECT_FALSE(comparison.first->a);
  EXPECT_TRUE(comparison.first->b);
  EXPECT_EQ(comparison.identical, 1u);
}

TEST(Compare, RequestsArePairedOneByOne) {
  // Latencies 10, 20, 30 and 30, 20, 10: the same quantiles, but nobody's latency stayed but one.
  const RunLog a = plain_run(3, {{{0}, 1, 10}, {{1}, 2, 21}, {{2}, 3, 32}});
  const RunLog b = plain_run(3, {{{0}, 1, 30}, {{1}, 2, 21}, {{2}, 3, 12}});
  const RunComparison comparison = compared(a, b);
  EXPECT_EQ(comparison.a.latency, comparison.b.latency);
  EXPECT_THAT(comparison.a.latency,
              ElementsAre(Optional(20), Optional(20), Optional(30), Optional(30)));
  EXPECT_THAT(comparison.difference,
              ElementsAre(Optional(0), Optional(0), Optional(20), Optional(20)));
  EXPECT_EQ(comparison.paired, 3u);
}

TEST(Compare, DifferencesAreOfTheSecondRun) {
  const RunLog a = plain_run(2, {{{0}, 1, 10}, {{1}, 2, 21}});
  const RunLog faster = plain_run(2, {{{0}, 1, 5}, {{1}, 2, 15}});
  EXPECT_THAT(compared(a, faster).difference,  // -5 and -6: the mean of -5.5 is -6
              ElementsAre(Optional(-6), Optional(-6), Optional(-5), Optional(-5)));
  EXPECT_THAT(compared(faster, a).difference,
              ElementsAre(Optional(6), Optional(5), Optional(6), Optional(6)));
}

TEST(Compare, BatchesOfOtherRowsAreNotIdentical) {
  const RunLog a = plain_run(2, {{{0}, 1, 10}, {{1}, 2, 21}});
  RunLog b = a;
  b.batches[1].record.rows = 2;  // a piece of a split request, whose last rows come later
  const RunComparison comparison = compared(a, b);
  EXPECT_EQ(comparison.identical, 1u);
  EXPECT_EQ(comparison.first->position, 1u);
}

TEST(Compare, WhoWasNeverAnsweredIsSlowerThanAll) {
  const RunLog a = plain_run(4, {{{0, 1, 2, 3}, 4, 10}});
  const RunLog b = plain_run(4, {{{0, 1, 2}, 4, 10}});
  const RunComparison comparison = compared(a, b);
  EXPECT_EQ(comparison.b.answered, 3u);
  EXPECT_EQ(comparison.paired, 3u);
  EXPECT_THAT(comparison.b.latency,
              ElementsAre(::testing::Eq(std::nullopt), Optional(9), ::testing::Eq(std::nullopt),
                          ::testing::Eq(std::nullopt)));
  EXPECT_EQ(regression_text(comparison, {{.figure = 3, .per_million = 50'000}}),
            "FAIL regression  p99 10ns -> a request was never answered > +5.0 %\n");
  EXPECT_EQ(regression_text(compared(b, a), {{.figure = 3, .per_million = 0}}), "")
      << "it can only be better";
}

TEST(Compare, TotalVariationIsOfRowsOfBatches) {
  // Sizes 2, 2 and 1, 1, 1, 1: nothing in common; then 2, 2 and 2, 1, 1: two of three differ.
  const RunLog pairs = plain_run(4, {{{0, 1}, 4, 5}, {{2, 3}, 5, 6}});
  const RunLog singles = plain_run(4, {{{0}, 4, 5}, {{1}, 5, 6}, {{2}, 6, 7}, {{3}, 7, 8}});
  const RunLog mixed = plain_run(4, {{{0, 1}, 4, 5}, {{2}, 5, 6}, {{3}, 6, 7}});
  EXPECT_EQ(compared(pairs, singles).total_variation, 1'000'000u);
  const RunComparison comparison = compared(pairs, mixed);
  EXPECT_EQ(comparison.total_variation, 666'666u);
  ASSERT_EQ(comparison.by_rows.size(), 2u);
  EXPECT_EQ(comparison.by_rows[0].rows, 1u);
  EXPECT_EQ(comparison.by_rows[0].in_b, 2u);
  EXPECT_EQ(comparison.by_rows[1].in_a, 2u);
}

TEST(Compare, PartsSayWhereTheDifferenceComesFrom) {
  const RunLog a = plain_run(2, {{{0, 1}, 11, 21}});
  const RunLog b = plain_run(2, {{{0, 1}, 31, 41}});
  const RunComparison comparison = compared(a, b);
  // Due at 11 after arrivals at 0 and 1: 10.5, rounded up; then at 31.
  EXPECT_EQ(comparison.a.parts.forming.count(), 11);
  EXPECT_EQ(comparison.b.parts.forming.count(), 31);
  EXPECT_EQ(comparison.a.parts.device.count(), 10);
  EXPECT_EQ(comparison.b.parts.device.count(), 10);
}

TEST(Compare, OtherRequestsAreRefused) {
  const RunLog two = plain_run(2, {{{0, 1}, 4, 5}});
  const Result<RunComparison> count = compare_runs(two, plain_run(3, {{{0, 1, 2}, 4, 5}}));
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().message, "runs/plain: found 3 requests, expected the 2 of runs/plain");
  RunLog larger = two;
  larger.requests[1].size = 4;
  const Result<RunComparison> size = compare_runs(two, larger);
  ASSERT_FALSE(size);
  EXPECT_THAT(size.error().message,
              HasSubstr("found request 1 of 4 rows for model, expected request 1 of 1 rows"));
  RunLog renamed = two;
  renamed.queue_names = {"other"};
  EXPECT_FALSE(compare_runs(two, renamed));
}

TEST(Compare, ALimitHoldsUpToItsShare) {
  const RunLog a = plain_run(1, {{{0}, 1, 1'000}});
  const std::vector<RegressionLimit> five = {{.figure = 1, .per_million = 50'000}};
  EXPECT_EQ(regression_text(compared(a, plain_run(1, {{{0}, 1, 1'050}})), five), "");
  EXPECT_EQ(regression_text(compared(a, plain_run(1, {{{0}, 1, 1'051}})), five),
            "FAIL regression  p50 1us -> 1.051us > +5.0 %\n");
  EXPECT_EQ(regression_text(compared(a, plain_run(1, {{{0}, 1, 10}})), five), "");
}

TEST(CompareText, SaysWhatWasSimulatedAndWhatWasMeasured) {
  const RunLog a = plain_run(3, {{{0, 1}, 2, 1'000}, {{2}, 1'000, 2'000, Reason::kFull}});
  RunLog b = plain_run(3, {{{0}, 2, 1'000}, {{1, 2}, 1'000, 1'500}});
  EXPECT_THAT(comparison_text(compared(a, b), a, b),
              HasSubstr("\nbatches: 0 of 2 batches (0.0 %) are identical"));
  b.settings = {{"on", "cpu"}};
  const std::string text = comparison_text(compared(a, b), a, b);
  EXPECT_THAT(text, HasSubstr("A runs/plain: simulated, 3 of 3 requests answered, 2 batches"));
  EXPECT_THAT(text, HasSubstr("B runs/plain: measured on cpu, 3 of 3"));
  EXPECT_THAT(text, HasSubstr("\npredicted: 0 of 2 batches (0.0 %) are identical: the same "
                              "requests and rows\n"
                              "first divergence at batch 0, in the order of dispatch\n"
                              "  A: 2 rows, timeout, due 2ns, dispatched 2ns, lane 0, requests 0 "
                              "1\n"
                              "  B: 1 rows, timeout, due 2ns, dispatched 2ns, lane 0, requests 0\n"
                              "rows of a batch: mean 1.50 and 1.50, total variation distance "
                              "0.000\n"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "\nlatency               mean      p50      p90      p99\nA                  1.33 us  "
          "1.00 us  2.00 us  2.00 us\n"));
  EXPECT_THAT(text, HasSubstr("\nB against A          0.0 %  +49.8 %  -25.0 %  -25.0 %\n"));
  EXPECT_THAT(text, HasSubstr("\non the device        999 ns  666 ns  -333 ns\n"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("arrivals are")));
  RunLog measured = a;
  measured.settings = {{"on", "cuda"}};
  EXPECT_THAT(comparison_text(compared(measured, b), measured, b), HasSubstr("\nbatches: 0 of 2"))
      << "two measured runs predict nothing";
  b.requests[2].arrival = at_ns(5);
  EXPECT_THAT(comparison_text(compared(a, b), a, b), HasSubstr("arrivals are up to 3 ns apart\n"));
}

}  // namespace
}  // namespace lockstep

#include "reports/ledger.h"

#include <gtest/gtest.h>

#include "tests/support/run_log_builder.h"

namespace lockstep {
namespace {

using Cause = LatencyCause;

constexpr SimTime us(std::int64_t count) {
  return at_ns(count * 1'000);
}

// Opened at 10 us, due at 30, on its lane at 40, sealed at 45, on the GPU from 60 to 100.
BatchRecord batch_of_all_marks() {
  return {.opened = us(10),
          .due = us(30),
          .lane_taken = us(40),
          .dispatched = us(45),
          .device_start = us(60),
          .finished = us(100)};
}

RequestRow answered(SimTime arrival, SimTime finished) {
  return {.request = 0,
          .arrival = arrival,
          .batch = 0,
          .due = us(30),
          .dispatched = us(45),
          .finished = finished};
}

std::int64_t ns(const Ledger& ledger, Cause cause) {
  return ledger.of(cause).count();
}

TEST(Ledger, GivesEachSpanToItsCause) {
  const BatchRecord batch = batch_of_all_marks();
  const Ledger ledger = ledger_of(answered(us(0), us(103)), &batch,
                                  CopyTimes{.in = SimDuration{5'000}, .out = SimDuration{2'000}});
  EXPECT_EQ(ns(ledger, Cause::kHeldBack), 10'000);
  EXPECT_EQ(ns(ledger, Cause::kForming), 20'000);
  EXPECT_EQ(ns(ledger, Cause::kLaneWait), 10'000);
  EXPECT_EQ(ns(ledger, Cause::kLaneFilling), 5'000);
  EXPECT_EQ(ns(ledger, Cause::kGpuWait), 15'000);
  EXPECT_EQ(ns(ledger, Cause::kCopyIn), 5'000);
  EXPECT_EQ(ns(ledger, Cause::kCompute), 33'000);
  EXPECT_EQ(ns(ledger, Cause::kCopyOut), 2'000);
  EXPECT_EQ(ns(ledger, Cause::kDevice), 0);
  EXPECT_EQ(ns(ledger, Cause::kAfterBatch), 3'000);
  EXPECT_EQ(ledger.total(), SimDuration{103'000});
  EXPECT_EQ(ledger.largest(), Cause::kCompute);
}

TEST(Ledger, HasOneCauseForTheDeviceWhereCopiesAreNotKnown) {
  const BatchRecord batch = batch_of_all_marks();
  const Ledger ledger = ledger_of(answered(us(0), us(100)), &batch);
  EXPECT_EQ(ns(ledger, Cause::kDevice), 40'000);
  EXPECT_EQ(ns(ledger, Cause::kCompute), 0);
}

TEST(Ledger, KnowsCopiesThatJustFitOnTheDevice) {
  const BatchRecord batch = batch_of_all_marks();
  const CopyTimes all{.in = SimDuration{30'000}, .out = SimDuration{10'000}};
  EXPECT_EQ(ns(ledger_of(answered(us(0), us(100)), &batch, all), Cause::kCopyIn), 30'000);
  const CopyTimes more{.in = SimDuration{30'001}, .out = SimDuration{10'000}};
  const Ledger ledger = ledger_of(answered(us(0), us(100)), &batch, more);
  EXPECT_EQ(ns(ledger, Cause::kDevice), 40'000) << "one nanosecond too much: the log is right";
}

TEST(Ledger, DoesNotSplitTheDeviceTimeOfABatchThatFailed) {
  BatchRecord batch = batch_of_all_marks();
  batch.status = Status::kUnavailable;
  const Ledger ledger = ledger_of(answered(us(0), us(100)), &batch,
                                  CopyTimes{.in = SimDuration{1}, .out = SimDuration{1}});
  EXPECT_EQ(ns(ledger, Cause::kDevice), 40'000);
}

TEST(Ledger, OfARequestThatJoinedADueBatchHasNoForming) {
  const BatchRecord batch = batch_of_all_marks();
  const Ledger late = ledger_of(answered(us(30), us(100)), &batch);
  EXPECT_EQ(ns(late, Cause::kForming), 0);
  EXPECT_EQ(ns(late, Cause::kLaneWait), 10'000);
  const Ledger just_before = ledger_of(answered(us(30) - SimDuration{1}, us(100)), &batch);
  EXPECT_EQ(ns(just_before, Cause::kForming), 1);
}

TEST(Ledger, OfARequestInNoBatchHasOneCause) {
  RequestRow refused;
  refused.arrival = us(5);
  refused.finished = us(9);
  const Ledger ledger = ledger_of(refused, nullptr);
  EXPECT_EQ(ns(ledger, Cause::kNoBatch), 4'000);
  EXPECT_EQ(ledger.total(), SimDuration{4'000});
}

// An altered or odd log: the sum must hold all the same.
TEST(Ledger, SumsToTheLatencyWhateverTheBatchSays) {
  BatchRecord batch = batch_of_all_marks();
  batch.opened = us(70);
  batch.due = us(2);
  batch.lane_taken = us(90);
  batch.finished = us(400);
  const Ledger ledger = ledger_of(answered(us(20), us(101)), &batch);
  EXPECT_EQ(ledger.total(), SimDuration{81'000});
}

void expect_exact(const RunLog& run, const std::optional<CopyTimes>& copies) {
  std::uint64_t with_batch = 0;
  for (const RequestRow& row : run.requests) {
    const BatchRow* batch = row.batch ? run.find_batch(*row.batch) : nullptr;
    const Ledger ledger = ledger_of(row, batch == nullptr ? nullptr : &batch->record, copies);
    ASSERT_EQ(ledger.total(), *row.finished - row.arrival) << row.request;
    for (const SimDuration span : ledger.spans) {
      ASSERT_GE(span.count(), 0) << row.request;
    }
    if (batch != nullptr) {
      const LatencyParts parts = split_latency(row.arrival, row.due, row.dispatched, *row.finished);
      ASSERT_EQ(ledger.of(Cause::kHeldBack) + ledger.of(Cause::kForming) +
                    ledger.of(Cause::kLaneWait) + ledger.of(Cause::kLaneFilling),
                parts.forming + parts.lane_wait);
      ++with_batch;
    }
  }
  EXPECT_GT(with_batch, run.requests.size() / 2);
}

TEST(Ledger, IsExactOnRandomRuns) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const RunLogOptions options{.requests = 300,
                                .lanes = static_cast<std::uint32_t>(1 + seed % 4),
                                .queues = static_cast<std::uint32_t>(1 + seed % 3),
                                .mean_gap_us = static_cast<std::int64_t>(40 * seed),
                                .size_max = 3,
                                .refuse_one_in = 7,
                                .fills_on_lanes = seed % 2 == 0,
                                .seed = seed};
    const RunLog run = make_run_log(options);
    expect_exact(run, std::nullopt);
    expect_exact(run, CopyTimes{.in = SimDuration{120'000}, .out = SimDuration{7'001}});
  }
}

TEST(LedgerSum, RoundsTheMeanSoThatItsPartsSumToTheWhole) {
  LedgerSum sum;
  Ledger first;
  first.spans[0] = SimDuration{1};
  first.spans[1] = SimDuration{2};
  Ledger second;
  second.spans[1] = SimDuration{1};
  second.spans[4] = SimDuration{1};
  Ledger third;
  third.spans[4] = SimDuration{1};
  sum.add(first);
  sum.add(second);
  sum.add(third);
  // Sums 1, 3 and 2 of 3 requests: 6 / 3 = 2, and 1/3, 1 and 2/3 of them.
  const Ledger mean = sum.mean();
  EXPECT_EQ(mean.total(), SimDuration{2});
  EXPECT_EQ(mean.spans[0], SimDuration{0});
  EXPECT_EQ(mean.spans[1], SimDuration{1});
  EXPECT_EQ(mean.spans[4], SimDuration{1});
  EXPECT_EQ(LedgerSum().mean().total(), SimDuration{0});
}

}  // namespace
}  // namespace lockstep

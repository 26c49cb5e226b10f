// What the report's charts are reduced to: nothing that lasted is lost, and sums stay.
#include "reports/report_series.h"

#include <numeric>

#include <gtest/gtest.h>

#include "reports/report_batches.h"
#include "reports/report_curve.h"
#include "tests/support/run_log_builder.h"

namespace lockstep {
namespace {

RunTable table_from(const RunLogOptions& options) {
  return table_of(make_run_log(options), {});
}

std::uint64_t sum_of(const std::vector<std::uint64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

TEST(ReportSeries, BinsAreOneTwoOrFiveTimesAPowerOfTen) {
  EXPECT_EQ(bin_width(SimDuration{400}, 400), SimDuration{1});
  EXPECT_EQ(bin_width(SimDuration{401}, 400), SimDuration{2});
  EXPECT_EQ(bin_width(SimDuration{800}, 400), SimDuration{2});
  EXPECT_EQ(bin_width(SimDuration{801}, 400), SimDuration{5});
  EXPECT_EQ(bin_width(SimDuration{2'000}, 400), SimDuration{5});
  EXPECT_EQ(bin_width(SimDuration{2'001}, 400), SimDuration{10});
  EXPECT_EQ(bin_width(SimDuration{1}, 4'000), SimDuration{1});
}

// One batch of two: requests at 0 and 1 us wait until 5 us, the lane is busy to 9 us.
TEST(ReportSeries, KeepsPeaksAndMeansOfEachBin) {
  RunLog log;
  log.queue_names = {"q"};
  BatchRow batch;
  batch.record.opened = at_ns(0);
  batch.record.due = batch.record.dispatched = batch.record.lane_taken = at_ns(5'000);
  batch.record.device_start = at_ns(6'000);
  batch.record.finished = at_ns(9'000);
  log.batches = {batch};
  for (const std::int64_t arrival : {0, 1'000}) {
    RequestRow row;
    row.request = log.requests.size();
    row.arrival = at_ns(arrival);
    row.batch = 0;
    row.due = row.dispatched = at_ns(5'000);
    row.finished = at_ns(9'000);
    row.reason = Reason::kAnswered;
    log.requests.push_back(row);
  }
  const RunSeries series = series_of(table_of(log, {}), SimDuration{0});
  ASSERT_EQ(series.fine, SimDuration{5});
  ASSERT_EQ(series.waiting.peak.size(), 1'800u);
  EXPECT_EQ(series.waiting.peak[199], 1u);  // [995, 1000)
  EXPECT_EQ(series.waiting.peak[200], 2u);  // [1000, 1005)
  EXPECT_EQ(series.waiting.mean_thousandths[200], 2'000u);
  EXPECT_EQ(series.waiting.peak[999], 2u);
  EXPECT_EQ(series.waiting.peak[1'000], 0u);  // handed over at 5000
  EXPECT_EQ(series.lanes_busy.peak[999], 0u);
  EXPECT_EQ(series.lanes_busy.peak[1'000], 1u);
  EXPECT_EQ(series.gpus_busy.peak[1'199], 0u);
  EXPECT_EQ(series.gpus_busy.peak[1'200], 1u);
  EXPECT_EQ(series.gpus_busy.peak.back(), 1u);
  EXPECT_EQ(sum_of(series.answered), 2u);
  EXPECT_EQ(series.answered.back(), 2u);
  EXPECT_EQ(series.max_ns.front(), 9'000);
  EXPECT_EQ(series.max_ns.back(), -1);
}

// A burst that waits for one nanosecond in a run of seconds is still there.
TEST(ReportSeries, NeverLosesAPeakThatLasted) {
  RunTable table = table_from({.requests = 2'000, .lanes = 3, .gpus = 2, .refuse_one_in = 9});
  const SimTime burst = table.requests.back().arrival + SimDuration{700'000'001};
  for (std::uint64_t i = 0; i < 500; ++i) {
    table.requests.push_back({.request = table.requests.size(),
                              .arrival = burst,
                              .finished = burst + SimDuration{1},
                              .status = Status::kUnavailable,
                              .reason = Reason::kQueueFull});
  }
  const RunSeries series = series_of(table, SimDuration{0});
  const auto& peaks = series.waiting.peak;
  EXPECT_LE(peaks.size(), kFineBinsMost);
  EXPECT_GE(*std::max_element(peaks.begin(), peaks.end()), 500u);
  EXPECT_LE(series.arrived.size(), kCoarseBinsMost);
  EXPECT_EQ(sum_of(series.arrived), table.requests.size());
  EXPECT_EQ(sum_of(series.answered) + sum_of(series.lost), table.requests.size());
}

TEST(ReportSeries, AnEmptyRunHasOneEmptyBin) {
  const RunSeries series = series_of(RunTable{}, SimDuration{0});
  EXPECT_EQ(series.waiting.peak, std::vector<std::uint64_t>{0});
  EXPECT_EQ(series.arrived, std::vector<std::uint64_t>{0});
}

TEST(ReportCurve, HasBothEndsAndTheNamedQuantilesInFewPoints) {
  const RunTable table = table_from({.requests = 50'000, .mean_gap_us = 200});
  const LatencyOrder order(table, SimDuration{7});
  ASSERT_EQ(order.count(), 50'000u);
  const std::vector<LatencyPoint> points = order.points();
  EXPECT_LE(points.size(), 500u);
  EXPECT_EQ(points.front().rank, 1u);
  EXPECT_EQ(points.back().rank, 50'000u);
  for (const std::uint64_t rank : {25'000u, 49'500u, 49'950u, 49'999u, 49'998u}) {
    EXPECT_TRUE(std::any_of(points.begin(), points.end(), [&](const LatencyPoint& point) {
      return point.rank == rank;
    })) << rank;
  }
  for (std::size_t i = 1; i < points.size(); ++i) {
    EXPECT_LE(points[i - 1].latency, points[i].latency);
    EXPECT_EQ(points[i].latency, order.request_at(points[i].rank).latency() + SimDuration{7});
  }
  const SimDuration slowest = order.at(order.count());
  EXPECT_EQ(order.count_within(slowest), 50'000u);
  EXPECT_LT(order.count_within(slowest - SimDuration{1}), 50'000u);
}

TEST(ReportBatches, CountEachBatchInOneBar) {
  const RunTable table =
      table_from({.requests = 3'000, .max_batch_size = 300, .timeout_us = 30'000});
  const BatchFigures figures = batch_figures(table);
  EXPECT_LE(figures.bars.size(), kSizeBarsMost);
  std::uint64_t in_bars = 0;
  for (const SizeBar& bar : figures.bars) {
    EXPECT_LE(bar.rows_from, bar.rows_to);
    EXPECT_EQ(sum_of({bar.by_reason.begin(), bar.by_reason.end()}), bar.count);
    in_bars += bar.count;
  }
  EXPECT_EQ(in_bars, table.run.batches.size());
  EXPECT_EQ(figures.bars.back().rows_to, figures.rows_largest);
  std::uint64_t by_reason = 0;
  for (const ReasonFigures& reason : figures.reasons) {
    by_reason += reason.batches;
  }
  EXPECT_EQ(by_reason, table.run.batches.size());
}

}  // namespace
}  // namespace lockstep

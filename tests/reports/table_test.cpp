#include "reports/table.h"

#include <sstream>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

RunSummary example() {
  RunSummary summary;
  summary.exact = true;
  summary.answered = 100;
  summary.batches = 20;
  summary.p50_ns = 5'030'000;
  summary.p99_ns = 12'500'000;
  summary.p999_ns = 13'890'000;
  summary.rows_per_batch_millionths = 5'000'000;
  summary.gpu_busy_per_million = 874'000;
  summary.forming_mean_ns = 1'500'000;
  summary.lane_wait_mean_ns = 360'000;
  summary.device_mean_ns = 3'040'000;
  summary.digest = 0x7f3a52c1d0e49b68u;
  return summary;
}

TEST(Table, PrintsOneAlignedRowPerRun) {
  RunSummary empty;
  const TableRow rows[] = {{"batch_timeout 2 ms", example(), 31'234'567},
                           {"nothing answered", empty, std::nullopt}};
  EXPECT_EQ(run_table(rows),
            "                                               rows/   GPU        mean: forming /"
            "  simulated\n"
            "run                     p50      p99    p99.9  batch  busy  for a thread / on GPU"
            "      req/s      digest\n"
            "batch_timeout 2 ms  5.03 ms  12.5 ms  13.9 ms    5.0   87%  1.50 / 0.36 / 3.04 ms"
            "      31.2M  7f3a52c1d0\n"
            "nothing answered          -        -        -      -     -                      -"
            "          -  0000000000\n");
}

TEST(Table, LeavesTheSpeedOutWhereNobodyMeasuredIt) {
  const TableRow rows[] = {{"a", example(), std::nullopt}};
  EXPECT_EQ(run_table(rows).find("req/s"), std::string::npos);
}

TEST(Table, MarksApproximateQuantiles) {
  TableRow row{"a", example(), std::nullopt};
  EXPECT_EQ(run_table({&row, 1}).find("histogram"), std::string::npos);
  row.summary.exact = false;
  EXPECT_NE(run_table({&row, 1}).find("quantiles are from a histogram"), std::string::npos);
}

TEST(Table, StaysWithin110ColumnsAtItsWidest) {
  RunSummary wide = example();
  for (const std::int64_t ns : {99'900'000, 999'000'000, 9'990'000}) {
    wide.p50_ns = wide.p99_ns = wide.p999_ns = ns;
    wide.forming_mean_ns = wide.lane_wait_mean_ns = wide.device_mean_ns = ns;
    wide.rows_per_batch_millionths = 65'536'000'000;
    wide.gpu_busy_per_million = 1'000'000;
    const TableRow rows[] = {{std::string(80, 'l'), wide, 999'400'000}};
    std::stringstream lines(run_table(rows));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(line.size(), kTableColumnsMax) << line;
    }
  }
}

}  // namespace
}  // namespace lockstep

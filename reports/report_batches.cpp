#include "reports/report_batches.h"

#include <algorithm>

namespace lockstep {
namespace {

void add_batch(const BatchRecord& batch, ReasonFigures& figures) {
  ++figures.batches;
  figures.requests += batch.request_count;
  figures.rows += batch.rows;
  figures.padded_rows += batch.padded_rows;
  figures.failed += batch.status == Status::kOk ? 0 : 1;
  const SimDuration lane_wait = std::max(batch.lane_taken - batch.due, SimDuration{0});
  figures.lane_wait_ns += static_cast<std::uint64_t>(lane_wait.count());
  figures.device_ns += static_cast<std::uint64_t>((batch.finished - batch.device_start).count());
}

std::vector<SizeBar> empty_bars(std::uint32_t smallest, std::uint32_t largest) {
  const std::uint32_t width = (largest - smallest) / kSizeBarsMost + 1;
  std::vector<SizeBar> bars;
  for (std::uint32_t from = smallest; from <= largest; from += width) {
    bars.push_back({.rows_from = from, .rows_to = std::min(from + width - 1, largest)});
  }
  return bars;
}

}  // namespace

BatchFigures batch_figures(const RunTable& table) {
  BatchFigures figures;
  std::array<ReasonFigures, kReasonCount> reasons{};
  std::uint32_t smallest = UINT32_MAX;
  for (const BatchRow& row : table.run.batches) {
    const BatchRecord& batch = row.record;
    if (batch.reason == Reason::kExpired) {
      ++figures.expired;
      continue;
    }
    add_batch(batch, reasons.at(static_cast<std::size_t>(batch.reason)));
    smallest = std::min(smallest, batch.rows);
    figures.rows_largest = std::max(figures.rows_largest, batch.rows);
  }
  if (smallest <= figures.rows_largest) {
    // From one row on where every size has a bar: sizes that did not occur say something, too.
    smallest = figures.rows_largest <= kSizeBarsMost ? std::min(smallest, 1u) : smallest;
    figures.bars = empty_bars(smallest, figures.rows_largest);
    const std::uint32_t width = figures.bars.front().rows_to - smallest + 1;
    for (const BatchRow& row : table.run.batches) {
      if (row.record.reason != Reason::kExpired) {
        SizeBar& bar = figures.bars[(row.record.rows - smallest) / width];
        ++bar.by_reason.at(static_cast<std::size_t>(row.record.reason));
        ++bar.count;
      }
    }
  }
  for (std::uint8_t i = 0; i < kReasonCount; ++i) {
    reasons[i].reason = static_cast<Reason>(i);
    if (reasons[i].batches > 0) {
      figures.reasons.push_back(reasons[i]);
    }
  }
  std::stable_sort(
      figures.reasons.begin(), figures.reasons.end(),
      [](const ReasonFigures& a, const ReasonFigures& b) { return a.batches > b.batches; });
  return figures;
}

}  // namespace lockstep

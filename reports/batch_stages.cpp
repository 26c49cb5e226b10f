#include "reports/batch_stages.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "core/limits.h"
#include "traces/csv_rows.h"

namespace lockstep {
namespace {

constexpr std::array<std::string_view, 6> kColumns = {
    "batch",           "launched_ns",     "to_device_from_ns",
    "compute_from_ns", "to_host_from_ns", "finished_ns"};

std::string stages_path(const RunLog& run) {
  return run.directory + "/stages.csv";
}

StageSpans compute_alone(const BatchRecord& batch) {
  const SimTime begin = std::clamp(batch.device_start, batch.dispatched, batch.finished);
  return {.gpu_wait = begin - batch.dispatched,
          .to_device = {},
          .compute = batch.finished - begin,
          .to_host = {},
          .notice = {}};
}

// `instants`: begin of the copy to the device, of compute, of the copy back, and the end.
StageSpans measured(const BatchRecord& batch, const std::array<SimTime, 4>& instants) {
  std::array<SimTime, 4> cuts{};
  SimTime last = batch.dispatched;
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    last = cuts[i] = std::clamp(instants[i], last, std::max(last, batch.finished));
  }
  return {.gpu_wait = cuts[0] - batch.dispatched,
          .to_device = cuts[1] - cuts[0],
          .compute = cuts[2] - cuts[1],
          .to_host = cuts[3] - cuts[2],
          .notice = std::max(batch.finished, cuts[3]) - cuts[3]};
}

}  // namespace

std::vector<StageSpans> computed_only(const RunLog& run) {
  std::vector<StageSpans> stages;
  stages.reserve(run.batches.size());
  for (const BatchRow& batch : run.batches) {
    stages.push_back(compute_alone(batch.record));
  }
  return stages;
}

bool has_measured_stages(const RunLog& run) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(stages_path(run), ignored);
}

Result<std::vector<StageSpans>> read_measured_stages(const RunLog& run) {
  Result<std::unique_ptr<ByteSource>> source = open_file_source(stages_path(run));
  if (!source) {
    return tl::unexpected(source.error());
  }
  Result<std::unique_ptr<CsvRows>> rows = CsvRows::open(stages_path(run), std::move(*source));
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  if (Result<void> ours = (*rows)->require_header(kColumns); !ours) {
    return tl::unexpected(ours.error());
  }
  std::vector<StageSpans> stages = computed_only(run);
  std::uint64_t next = 0;  // the lowest batch that may come
  while (true) {
    const Result<bool> more = (*rows)->next();
    if (!more) {
      return tl::unexpected(more.error());
    }
    if (!*more) {
      return stages;
    }
    std::array<std::uint64_t, kColumns.size()> values{};
    for (std::size_t i = 0; i < kColumns.size(); ++i) {
      const Result<std::uint64_t> value =
          (*rows)->number(i, {.column = kColumns[i], .min = 0, .max = std::uint64_t{kMaxTimeNs}});
      if (!value) {
        return tl::unexpected(value.error());
      }
      values[i] = *value;
    }
    const BatchRow* const batch = run.find_batch(values[0]);
    if (batch == nullptr || values[0] < next) {
      return (*rows)->refuse(0, "a batch of batches.csv, each once, rising");
    }
    next = values[0] + 1;
    const auto instant = [&](std::size_t i) { return at_ns(static_cast<std::int64_t>(values[i])); };
    stages[static_cast<std::size_t>(batch - run.batches.data())] =
        measured(batch->record, {instant(2), instant(3), instant(4), instant(5)});
  }
}

}  // namespace lockstep

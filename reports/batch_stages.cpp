#include "reports/batch_stages.h"

#include <algorithm>
#include <string>

#include "traces/stage_rows.h"

namespace lockstep {
namespace {

StageSpans compute_alone(const BatchRecord& batch) {
  const SimTime begin = std::clamp(batch.device_start, batch.dispatched, batch.finished);
  return {.gpu_wait = begin - batch.dispatched,
          .to_device = {},
          .compute = batch.finished - begin,
          .to_host = {},
          .notice = {}};
}

StageSpans staged(const BatchRecord& batch, const StageRow& row) {
  SimTime at = batch.dispatched;
  // What of a stage lies in the batch's time and behind all before it.
  const auto take = [&](const StageSpan& stage) {
    const SimTime from = std::clamp(stage.from, at, batch.finished);
    at = std::clamp(stage.to, from, batch.finished);
    return at - from;
  };
  StageSpans spans;
  spans.to_device = take(row.to_device);
  spans.compute = take(row.compute);
  spans.to_host = take(row.to_host);
  spans.notice = batch.finished - at;
  spans.gpu_wait = at - batch.dispatched - spans.to_device - spans.compute - spans.to_host;
  return spans;
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

Result<std::vector<StageSpans>> stages_of(const RunLog& run) {
  const Result<std::vector<StageRow>> rows = load_stages(run.directory);
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  std::vector<StageSpans> stages = computed_only(run);
  for (const StageRow& row : *rows) {
    const BatchRow* const batch = run.find_batch(row.batch);
    if (batch == nullptr) {
      return bad_input(run.directory + "/" + std::string(kStagesFile) + ": found batch " +
                       std::to_string(row.batch) + ", expected one of batches.csv");
    }
    stages[static_cast<std::size_t>(batch - run.batches.data())] = staged(batch->record, row);
  }
  return stages;
}

}  // namespace lockstep

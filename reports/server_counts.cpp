#include "reports/server_counts.h"

#include <algorithm>

#include "reports/ledger.h"

namespace lockstep {
namespace {

FailureReason failure_of(const RequestRow& row) {
  switch (row.reason) {
    case Reason::kQueueFull:
    case Reason::kTooLarge:
    case Reason::kEvicted:
    case Reason::kExpired:
    case Reason::kLanesBusy:
    case Reason::kEmpty:
      return FailureReason::kRejected;
    case Reason::kCancelled:
      return FailureReason::kCanceled;
    case Reason::kBatchFailed:
    case Reason::kOutOfMemory:
    case Reason::kDeviceLost:
    case Reason::kWatchdog:
      return FailureReason::kBackend;
    default:
      return FailureReason::kOther;
  }
}

void add_phases(const RunLog& run, std::span<const StageSpans> stages, const RequestRow& row,
                ModelCounts& model) {
  const BatchRow* const batch = row.batch ? run.find_batch(*row.batch) : nullptr;
  if (row.batch && batch == nullptr) {
    return;  // answered before its batch ended: the log has no phases
  }
  std::optional<CopyTimes> copies;
  if (batch != nullptr) {
    const StageSpans& times = stages[static_cast<std::size_t>(batch - run.batches.data())];
    copies = CopyTimes{.in = times.to_device, .out = times.to_host};
  }
  const Ledger ledger = ledger_of(row, batch == nullptr ? nullptr : &batch->record, copies);
  const SimDuration input = ledger.of(LatencyCause::kCopyIn);
  const SimDuration infer = ledger.of(LatencyCause::kCompute) + ledger.of(LatencyCause::kDevice);
  const SimDuration output = ledger.of(LatencyCause::kCopyOut);
  model.queue.add(ledger.total() - input - infer - output);
  model.compute_input.add(input);
  model.compute_infer.add(infer);
  model.compute_output.add(output);
}

void add_request(const RunLog& run, std::span<const StageSpans> stages, const RequestRow& row,
                 ModelCounts& model) {
  if (!row.finished) {
    ++model.pending;
    return;
  }
  const SimDuration latency = *row.finished - row.arrival;
  ++model.by_status[static_cast<std::size_t>(row.status)];
  if (row.status != Status::kOk) {
    ++model.by_failure[static_cast<std::size_t>(failure_of(row))];
    model.fail.add(latency);
    return;
  }
  model.success.add(latency);
  model.inference_count += row.size;
  model.last_inference = std::max(model.last_inference, *row.finished);
  add_phases(run, stages, row, model);
}

void add_batch(const BatchRecord& batch, const StageSpans& times, ModelCounts& model) {
  const std::uint32_t rows = batch.padded_rows;
  if (rows == 0 || batch.status != Status::kOk) {
    return;
  }
  ++model.execution_count;
  auto place = std::lower_bound(
      model.by_size.begin(), model.by_size.end(), rows,
      [](const SizeCounts& counts, std::uint32_t wanted) { return counts.batch_size < wanted; });
  if (place == model.by_size.end() || place->batch_size != rows) {
    place = model.by_size.insert(place, {.batch_size = rows});
  }
  place->compute_input.add(times.to_device);
  place->compute_infer.add(times.compute);
  place->compute_output.add(times.to_host);
}

}  // namespace

std::vector<ModelCounts> server_counts(const RunLog& run, std::span<const StageSpans> stages) {
  std::vector<ModelCounts> models;
  for (const std::string& name : run.queue_names) {
    models.push_back({.name = name});
  }
  for (const RequestRow& row : run.requests) {
    add_request(run, stages, row, models.at(row.queue));
  }
  for (std::size_t i = 0; i < run.batches.size(); ++i) {
    const BatchRecord& batch = run.batches[i].record;
    add_batch(batch, stages[i], models.at(raw(batch.queue)));
  }
  return models;
}

SimDuration overhead_of(const RunLog& run) {
  const std::string text = run.setting("overhead");
  const Result<SimDuration> time = parse_duration(text.empty() ? "0ns" : text);
  return time ? *time : SimDuration{0};
}

SimDuration queuing_time(const RequestRow& row) {
  const SimTime end = row.batch ? row.dispatched : row.finished.value_or(row.arrival);
  return end - row.arrival;
}

}  // namespace lockstep

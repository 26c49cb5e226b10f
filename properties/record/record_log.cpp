#include "properties/record/record_log.h"

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

BatchRow batch_row(const RecordedBatch& batch) {
  BatchRow row;
  row.record = batch_record_of(batch);
  return row;
}

RequestRow request_row(const RunRecord& record, std::uint64_t id) {
  const RecordedRequest& request = record.requests[id];
  RequestRow row;
  row.request = id;
  row.arrival = request.arrival.time;
  row.queue = raw(request.arrival.queue);
  row.size = request.arrival.size;
  row.priority = request.arrival.priority;
  row.client = raw(request.arrival.client);
  if (!request.end) {
    return row;
  }
  row.finished = request.end->at;
  row.status = request.end->status;
  row.reason = request.end->reason;
  const RecordedBatch* batch = request.end->batch ? record.batch(*request.end->batch) : nullptr;
  if (batch != nullptr && batch->done && batch->sealed) {
    row.batch = raw(batch->id);
    row.lane = raw(batch->lane);
    row.due = batch->due;
    row.dispatched = *batch->sealed;
  }
  return row;
}

}  // namespace

BatchRecord batch_record_of(const RecordedBatch& batch) {
  BatchRecord record;
  record.id = batch.id;
  record.queue = batch.queue;
  record.lane = batch.lane;
  record.opened = batch.opened;
  record.due = batch.due;
  record.lane_taken = batch.started;
  record.dispatched = *batch.sealed;
  record.device_start = *batch.done - batch.device_time;
  record.finished = *batch.done;
  record.request_count = static_cast<std::uint32_t>(batch.pieces.size());
  record.rows = static_cast<std::uint32_t>(batch.rows);
  record.padded_rows =
      batch.reason == Reason::kExpired ? 0 : std::max(batch.padded_rows, record.rows);
  record.reason = batch.reason;
  record.status = batch.status;
  return record;
}

RunLog run_log_of(const RunRecord& record) {
  RunLog log;
  log.settings.emplace_back("scheduler", record.rules.scheduler);
  log.settings.insert(log.settings.end(), record.rules.options.begin(), record.rules.options.end());
  log.digest = record.digest;
  log.lane_count = record.rules.lane_count;
  log.gpu_count = record.rules.lane_count;
  std::uint32_t queues = 1;
  for (std::uint64_t id = 0; id < record.requests.size(); ++id) {
    log.requests.push_back(request_row(record, id));
    queues = std::max(queues, log.requests.back().queue + 1);
  }
  for (const RecordedBatch& batch : record.batches) {
    if (batch.sealed && batch.done) {
      log.batches.push_back(batch_row(batch));
      queues = std::max(queues, raw(batch.queue) + 1);
    }
  }
  for (std::uint32_t queue = 0; queue < queues; ++queue) {
    log.queue_names.push_back("q" + std::to_string(queue));
  }
  return log;
}

RunRecord record_of(const RunLog& log, RunRules rules) {
  RunRecord record;
  record.rules = std::move(rules);
  record.digest = log.digest;
  record.lanes.resize(record.rules.lane_count);
  for (const BatchRow& row : log.batches) {
    RecordedBatch batch;
    batch.id = row.record.id;
    batch.queue = row.record.queue;
    batch.lane = row.record.lane;
    batch.opened = row.record.opened;
    batch.due = row.record.due;
    batch.started = row.record.lane_taken;
    batch.sealed = row.record.dispatched;
    if (row.record.finished != kForever) {
      batch.done = row.record.finished;
      batch.device_time = row.record.finished - row.record.device_start;
    }
    batch.reason = row.record.reason;
    batch.status = row.record.status;
    batch.padded_rows = row.record.padded_rows;
    batch.answered = batch.done.has_value();
    record.batches.push_back(std::move(batch));
  }
  for (const RequestRow& row : log.requests) {
    RecordedRequest request;
    request.arrival = Arrival{.time = row.arrival,
                              .client = ClientId{row.client},
                              .queue = QueueId{row.queue},
                              .size = row.size,
                              .priority = static_cast<std::uint8_t>(row.priority)};
    if (row.batch && *row.batch < record.batches.size()) {
      RecordedBatch& batch = record.batches[*row.batch];
      batch.pieces.push_back({RequestId{row.request}, 0, row.size, false, *batch.sealed});
      batch.rows += row.size;
      request.first_batch = request.last_batch = batch.id;
      request.rows_started = row.size;
      request.piece_count = 1;
    }
    if (row.finished) {
      request.end = RecordedEnd{.at = *row.finished,
                                .status = row.status,
                                .reason = row.reason,
                                .batch = request.last_batch};
      request.end_count = 1;
      record.now = std::max(record.now, *row.finished);
    }
    request.unanswered = !row.finished;
    record.requests.push_back(request);
  }
  return record;
}

}  // namespace lockstep

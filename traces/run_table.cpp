#include "traces/run_table.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "traces/run_rows.h"

namespace lockstep {
namespace {

// More is reserved as it comes: the manifest's count is only a hint.
constexpr std::uint64_t kReserveMost = std::uint64_t{1} << 24;

RequestRecord record_of(const RunLog& run, const RequestRow& row) {
  RequestRecord record{.request = row.request,
                       .arrival = row.arrival,
                       .finished = row.finished.value_or(kForever),
                       .client = row.client,
                       .queue = row.queue,
                       .size = row.size,
                       .priority = static_cast<std::uint8_t>(row.priority),
                       .status = row.status,
                       .reason = row.reason};
  if (row.batch) {
    const BatchRow* const batch = run.find_batch(*row.batch);
    LOCKSTEP_CHECK(batch != nullptr);
    record.batch = static_cast<std::uint32_t>(batch - run.batches.data());
  }
  return record;
}

Result<void> sort_records(RunTable& table) {
  std::vector<RequestRecord>& requests = table.requests;
  // In place; two rows of one number are refused below, whatever their order.
  std::sort(requests.begin(), requests.end(),
            [](const RequestRecord& a, const RequestRecord& b) { return a.request < b.request; });
  SimTime before{};
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const Result<void> fine = require_in_order(table.run, {.request = requests[i].request,
                                                           .expected = i,
                                                           .last = requests.back().request,
                                                           .arrival = requests[i].arrival,
                                                           .arrival_before = before});
    if (!fine) {
      return fine;
    }
    before = requests[i].arrival;
  }
  return {};
}

}  // namespace

RequestRow RunTable::row(const RequestRecord& request) const {
  RequestRow row;
  row.request = request.request;
  row.arrival = request.arrival;
  row.queue = request.queue;
  row.size = request.size;
  row.priority = request.priority;
  row.client = request.client;
  if (const BatchRow* const batch = batch_of(request); batch != nullptr) {
    row.batch = raw(batch->record.id);
    row.lane = raw(batch->record.lane);
    row.due = batch->record.due;
    row.dispatched = batch->record.dispatched;
  }
  if (request.has_ended()) {
    row.finished = request.finished;
  }
  row.status = request.status;
  row.reason = request.reason;
  return row;
}

Result<RunTable> load_run_table(const std::string& directory) {
  Result<RunHead> head = read_run_head(directory);
  if (!head) {
    return tl::unexpected(head.error());
  }
  RunTable table{
      .manifest = std::move(head->manifest), .run = std::move(head->run), .requests = {}};
  table.requests.reserve(
      static_cast<std::size_t>(std::min(table.manifest.trace.rows, kReserveMost)));
  Result<void> done = read_request_rows(table.run, [&table](const RequestRow& row) {
    table.requests.push_back(record_of(table.run, row));
  });
  if (done) {
    done = sort_records(table);
  }
  return done ? Result<RunTable>(std::move(table)) : tl::unexpected(done.error());
}

RunTable table_of(RunLog run, Manifest manifest) {
  RunTable table{.manifest = std::move(manifest), .run = std::move(run), .requests = {}};
  table.requests.reserve(table.run.requests.size());
  for (const RequestRow& row : table.run.requests) {
    table.requests.push_back(record_of(table.run, row));
  }
  table.run.requests.clear();
  return table;
}

}  // namespace lockstep

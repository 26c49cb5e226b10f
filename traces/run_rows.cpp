#include "traces/run_rows.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <utility>

#include "core/digest.h"
#include "core/limits.h"
#include "core/status.h"
#include "traces/csv_rows.h"
#include "traces/run_columns.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kMaxTime = INT64_MAX - 1;

using QueueIds = std::map<std::string, std::uint32_t, std::less<>>;

// Fields of one row by column name; keeps the first error. The value after an error is a default.
template <std::size_t kCount>
class Fields {
 public:
  Fields(const CsvRows& row, const std::array<std::string_view, kCount>& columns,
         std::optional<Error>& error)
      : row_(row), columns_(columns), error_(error) {}

  [[nodiscard]] bool empty(std::string_view column) const {
    return row_.field(index(column)).empty();
  }

  std::uint64_t number(std::string_view column, std::uint64_t min, std::uint64_t max) {
    const Result<std::uint64_t> value =
        row_.number(index(column), {.column = column, .min = min, .max = max});
    if (!value) {
      keep(value.error());
      return min;
    }
    return *value;
  }
  std::uint32_t number32(std::string_view column, std::uint32_t min, std::uint32_t max) {
    return static_cast<std::uint32_t>(number(column, min, max));
  }
  SimTime time(std::string_view column) {
    return at_ns(static_cast<std::int64_t>(number(column, 0, kMaxTime)));
  }

  template <typename Enum>
  Enum named(std::string_view column, std::optional<Enum> value) {
    if (!value) {
      refuse(column, "a " + std::string(column) + " as the log writes it");
    }
    return value.value_or(Enum{});
  }
  Status status() { return named("status", parse_status(text("status"))); }
  Reason reason() { return named("reason", parse_reason(text("reason"))); }

  std::uint32_t queue(const QueueIds& ids) {
    const auto found = ids.find(text("queue"));
    if (found == ids.end()) {
      refuse("queue", "a queue named in manifest.json");
      return 0;
    }
    return found->second;
  }

  void require_empty(std::string_view column, std::string_view why) {
    if (!empty(column)) {
      refuse(column, "nothing: " + std::string(why));
    }
  }
  // The field says what follows from the others.
  void require_span(std::string_view column, SimDuration span) {
    const std::int64_t expected = ns_of(span);
    if (number(column, 0, kMaxTime) != static_cast<std::uint64_t>(expected)) {
      refuse(column, std::to_string(expected) + ", which follows from the times of the row");
    }
  }
  void require(bool fine, std::string_view column, std::string_view expected) {
    if (!fine) {
      refuse(column, expected);
    }
  }

  [[nodiscard]] std::string_view text(std::string_view column) const {
    return row_.field(index(column));
  }

 private:
  [[nodiscard]] std::size_t index(std::string_view column) const {
    return static_cast<std::size_t>(std::find(columns_.begin(), columns_.end(), column) -
                                    columns_.begin());
  }
  void refuse(std::string_view column, std::string_view expected) {
    keep(row_.refuse(index(column), expected).value());
  }
  void keep(const Error& error) {
    if (!error_) {
      error_ = error;
    }
  }

  const CsvRows& row_;
  const std::array<std::string_view, kCount>& columns_;
  std::optional<Error>& error_;
};

BatchRow parse_batch(Fields<kBatchColumns.size()>& fields, const RunLog& run,
                     const QueueIds& queues) {
  BatchRow row;
  BatchRecord& batch = row.record;
  batch.id = BatchId{fields.number("batch", 0, UINT64_MAX)};
  batch.queue = QueueId{fields.queue(queues)};
  batch.lane = LaneId{fields.number32("lane", 0, run.lane_count - 1)};
  row.gpu = fields.number32("gpu", 0, run.gpu_count - 1);
  batch.opened = fields.time("opened_ns");
  batch.due = fields.time("due_ns");
  batch.lane_taken = fields.time("lane_taken_ns");
  batch.dispatched = fields.time("dispatched_ns");
  batch.device_start = fields.time("device_start_ns");
  batch.finished = fields.time("finished_ns");
  batch.request_count = fields.number32("requests", 0, kMaxBatchRows);
  batch.rows = fields.number32("rows", 0, kMaxBatchRows);
  batch.padded_rows = fields.number32("padded_rows", 0, kMaxBatchRows);
  batch.reason = fields.reason();
  batch.status = fields.status();
  // Only what no run can break. Whether a batch left too early or too late is for the checkers.
  fields.require(batch.opened <= batch.dispatched, "dispatched_ns", "a time not before opened_ns");
  fields.require(batch.lane_taken <= batch.dispatched, "dispatched_ns",
                 "a time not before lane_taken_ns");
  fields.require(batch.dispatched <= batch.device_start, "device_start_ns",
                 "a time not before dispatched_ns");
  fields.require(batch.device_start <= batch.finished, "finished_ns",
                 "a time not before device_start_ns");
  fields.require(
      batch.reason == Reason::kExpired ? batch.padded_rows == 0 : batch.rows <= batch.padded_rows,
      "padded_rows", "at least as many as rows, or 0 of a batch that expired");
  return row;
}

void parse_outcome(Fields<kRequestColumns.size()>& fields, RequestRow& row) {
  if (fields.text("status") == kUnansweredStatus) {
    for (const std::string_view column :
         {"finished_ns", "latency_ns", "forming_ns", "lane_wait_ns", "device_ns", "batch"}) {
      fields.require_empty(column, "the request is UNANSWERED");
    }
    row.reason = fields.reason();
    return;
  }
  row.status = fields.status();
  row.reason = fields.reason();
  row.finished = fields.time("finished_ns");
  fields.require(row.arrival <= *row.finished, "finished_ns", "a time not before arrival_ns");
  fields.require_span("latency_ns", *row.finished - row.arrival);
  if (!row.batch) {
    for (const std::string_view column : {"forming_ns", "lane_wait_ns", "device_ns"}) {
      fields.require_empty(column, "the request was in no batch");
    }
    return;
  }
  fields.require(row.dispatched <= *row.finished, "finished_ns", "a time not before dispatched_ns");
  if (row.arrival <= row.dispatched) {  // else it was refused above
    const LatencyParts parts = split_latency(row.arrival, row.due, row.dispatched, *row.finished);
    fields.require_span("forming_ns", parts.forming);
    fields.require_span("lane_wait_ns", parts.lane_wait);
    fields.require_span("device_ns", parts.device);
  }
}

RequestRow parse_request(Fields<kRequestColumns.size()>& fields, const RunLog& run,
                         const QueueIds& queues) {
  RequestRow row;
  row.request = fields.number("request", 0, UINT64_MAX);
  row.arrival = fields.time("arrival_ns");
  row.queue = fields.queue(queues);
  row.size = fields.number32("size", 0, kMaxRequestRows);
  row.priority = fields.number32("priority", 0, 255);
  row.client = fields.number("client", 0, UINT64_MAX);
  if (fields.empty("batch")) {
    for (const std::string_view column : {"lane", "due_ns", "dispatched_ns"}) {
      fields.require_empty(column, "the request was in no batch");
    }
  } else {
    row.batch = fields.number("batch", 0, UINT64_MAX);
    row.lane = fields.number32("lane", 0, run.lane_count - 1);
    row.due = fields.time("due_ns");
    row.dispatched = fields.time("dispatched_ns");
    fields.require(row.arrival <= row.dispatched, "dispatched_ns", "a time not before arrival_ns");
    const BatchRow* batch = run.find_batch(*row.batch);
    fields.require(batch != nullptr, "batch", "a batch of batches.csv");
    if (batch != nullptr) {
      fields.require(raw(batch->record.lane) == row.lane, "lane", "the lane of its batch");
      fields.require(batch->record.due == row.due, "due_ns", "due_ns of its batch");
      fields.require(batch->record.dispatched == row.dispatched, "dispatched_ns",
                     "dispatched_ns of its batch");
      fields.require(raw(batch->record.queue) == row.queue, "queue", "the queue of its batch");
    }
  }
  parse_outcome(fields, row);
  return row;
}

template <std::size_t kCount, typename Visit>
Result<void> read_rows(const std::string& path, const std::array<std::string_view, kCount>& columns,
                       const Visit& visit) {
  Result<std::unique_ptr<ByteSource>> source = open_file_source(path);
  if (!source) {
    return tl::unexpected(source.error());
  }
  const Result<std::unique_ptr<CsvRows>> rows = CsvRows::open(path, std::move(*source));
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  if (const Result<void> header = (*rows)->require_header(columns); !header) {
    return header;
  }
  std::optional<Error> error;
  while (true) {
    const Result<bool> more = (*rows)->next();
    if (!more) {
      return tl::unexpected(more.error());
    }
    if (!*more) {
      return {};
    }
    Fields<kCount> fields(**rows, columns, error);
    visit(fields, error);
    if (error) {
      return tl::unexpected(*error);
    }
  }
}

Result<void> sort_batches(const std::string& path, RunLog& run) {
  const auto before = [](const BatchRow& a, const BatchRow& b) {
    return a.record.id < b.record.id;
  };
  std::stable_sort(run.batches.begin(), run.batches.end(), before);
  for (std::size_t i = 1; i < run.batches.size(); ++i) {
    if (!before(run.batches[i - 1], run.batches[i])) {
      return bad_input(path + ": found two rows of batch " +
                       std::to_string(raw(run.batches[i].record.id)) + ", expected one");
    }
  }
  return {};
}

QueueIds queue_ids(const RunLog& run) {
  QueueIds ids;
  for (const std::string& name : run.queue_names) {
    ids.emplace(name, static_cast<std::uint32_t>(ids.size()));
  }
  return ids;
}

}  // namespace

Result<RunHead> read_run_head(const std::string& directory) {
  Result<Manifest> manifest = read_manifest(directory);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  if (const std::uint64_t digest = settings_digest(*manifest);
      digest != manifest->settings_digest) {
    return bad_input(directory + "/" + std::string(kManifestFile) + ": found settings_digest " +
                     digest_text(manifest->settings_digest) + ", expected " + digest_text(digest) +
                     ", that of the settings: the file was edited");
  }
  RunHead head;
  head.manifest = std::move(*manifest);
  RunLog& run = head.run;
  run.directory = directory;
  run.settings = head.manifest.settings;
  // Beside them: it decides nothing.
  run.settings.emplace_back("trace", head.manifest.trace.name);
  run.digest = head.manifest.digest;
  run.lane_count = head.manifest.lane_count;
  run.gpu_count = head.manifest.gpu_count;
  run.queue_names = head.manifest.queue_names;
  const QueueIds queues = queue_ids(run);
  const std::string path = directory + "/" + std::string(kBatchesFile);
  Result<void> done =
      read_rows(path, kBatchColumns, [&](auto& fields, const std::optional<Error>& /*error*/) {
        run.batches.push_back(parse_batch(fields, run, queues));
      });
  if (done) {
    done = sort_batches(path, run);
  }
  return done ? Result<RunHead>(std::move(head)) : tl::unexpected(done.error());
}

Result<void> read_request_rows(const RunLog& run,
                               const std::function<void(const RequestRow&)>& visit) {
  const QueueIds queues = queue_ids(run);
  return read_rows(run.directory + "/" + std::string(kRequestsFile), kRequestColumns,
                   [&](auto& fields, const std::optional<Error>& error) {
                     const RequestRow row = parse_request(fields, run, queues);
                     if (!error) {
                       visit(row);
                     }
                   });
}

Result<void> require_in_order(const RunLog& run, const RequestStep& step) {
  const std::string path = run.directory + "/" + std::string(kRequestsFile);
  if (step.request < step.expected) {
    return bad_input(path + ": found two rows of request " + std::to_string(step.request) +
                     ", expected one");
  }
  if (step.request > step.expected) {
    return bad_input(path + ": found no row of request " + std::to_string(step.expected) +
                     ", expected one for each up to " + std::to_string(step.last));
  }
  if (step.arrival < step.arrival_before) {
    return bad_input(path + ": found request " + std::to_string(step.request) +
                     " arriving before request " + std::to_string(step.request - 1) +
                     ", expected numbers in order of arrival");
  }
  return {};
}

}  // namespace lockstep

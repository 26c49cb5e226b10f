#include "traces/run_writer.h"

#include <span>
#include <string_view>

#include "core/check.h"
#include "core/status.h"
#include "traces/journal_csv.h"
#include "traces/names.h"
#include "traces/run_columns.h"
#include "traces/run_log.h"

namespace lockstep {
namespace {

void write_header(ByteSink& file, std::span<const std::string_view> columns) {
  std::string text;
  for (const std::string_view column : columns) {
    text.append(text.empty() ? "" : ",").append(column);
  }
  file.write(text + "\n");
}

template <typename Number>
void append_field(std::string& row, Number number) {
  row += ',';
  append_number(row, number);
}

void append_field(std::string& row, SimTime time) {
  append_field(row, ns_of(time));
}
void append_field(std::string& row, SimDuration span) {
  append_field(row, ns_of(span));
}

void append_field(std::string& row, std::string_view text) {
  row.append(",").append(text);
}

}  // namespace

Result<std::unique_ptr<RunWriter>> RunWriter::create(const RunWriterOptions& options) {
  LOCKSTEP_CHECK(options.queue_names != nullptr && options.gpu_count > 0);
  std::unique_ptr<RunWriter> writer(new RunWriter(options));
  const std::string prefix = options.directory + "/";
  const auto create = [&prefix](std::unique_ptr<ByteSink>& file, std::string_view name,
                                auto&& create_file) -> Result<void> {
    Result<std::unique_ptr<ByteSink>> created = create_file(prefix + std::string(name));
    if (!created) {
      return tl::unexpected(created.error());
    }
    file = std::move(*created);
    return {};
  };
  Result<void> done = create(writer->requests_, kRequestsFile, create_output_file);
  if (done) {
    done = create(writer->batches_, kBatchesFile, create_output_file);
  }
  if (done && options.journal) {
    done = create(writer->journal_, kJournalFile, create_zstd_file);
  }
  if (!done) {
    return tl::unexpected(done.error());
  }
  write_header(*writer->requests_, kRequestColumns);
  write_header(*writer->batches_, kBatchColumns);
  if (writer->journal_ != nullptr) {
    writer->journal_->write(journal_header());
  }
  return writer;
}

void RunWriter::journal(const JournalLine& line) {
  row_.clear();
  append_journal_line(row_, line);
  journal_->write(row_);
}

void RunWriter::append_queue(QueueId queue) {
  LOCKSTEP_CHECK(raw(queue) < options_.queue_names->size());
  const std::string& name = (*options_.queue_names)[raw(queue)];
  LOCKSTEP_CHECK(is_queue_name(name));  // so that no field needs quoting
  append_field(row_, std::string_view(name));
}

// Starts a row: request to client.
void RunWriter::append_request(const Request& request) {
  row_.clear();
  append_number(row_, raw(request.id));
  append_field(row_, request.arrival.time);
  append_queue(request.arrival.queue);
  append_field(row_, request.arrival.size);
  append_field(row_, static_cast<std::uint32_t>(request.arrival.priority));
  append_field(row_, raw(request.arrival.client));
}

void RunWriter::request_ended(const RequestEnd& end) {
  append_request(end.request);
  const SimTime arrival = end.request.arrival.time;
  if (end.batch != nullptr) {
    append_field(row_, raw(end.batch->id));
    append_field(row_, raw(end.batch->lane));
    append_field(row_, end.batch->due);
    append_field(row_, end.batch->dispatched);
  } else {
    row_ += ",,,,";
  }
  append_field(row_, end.at);
  append_field(row_, end.at - arrival);
  if (end.batch != nullptr) {
    const LatencyParts parts =
        split_latency(arrival, end.batch->due, end.batch->dispatched, end.at);
    append_field(row_, parts.forming);
    append_field(row_, parts.lane_wait);
    append_field(row_, parts.device);
  } else {
    row_ += ",,,";
  }
  append_field(row_, status_name(end.status));
  append_field(row_, reason_name(end.reason));
  row_ += '\n';
  requests_->write(row_);
}

void RunWriter::request_unanswered(const Request& request) {
  append_request(request);
  row_ += ",,,,,,,,,";  // batch to device_ns
  append_field(row_, kUnansweredStatus);
  append_field(row_, reason_name(Reason::kNone));
  row_ += '\n';
  requests_->write(row_);
}

void RunWriter::batch_ended(const BatchRecord& batch) {
  row_.clear();
  append_number(row_, raw(batch.id));
  append_queue(batch.queue);
  append_field(row_, raw(batch.lane));
  append_field(row_, raw(batch.lane) % options_.gpu_count);
  append_field(row_, batch.opened);
  append_field(row_, batch.due);
  append_field(row_, batch.lane_taken);
  append_field(row_, batch.dispatched);
  append_field(row_, batch.device_start);
  append_field(row_, batch.finished);
  append_field(row_, batch.request_count);
  append_field(row_, batch.rows);
  append_field(row_, batch.padded_rows);
  append_field(row_, reason_name(batch.reason));
  append_field(row_, status_name(batch.status));
  row_ += '\n';
  batches_->write(row_);
}

Result<void> RunWriter::close() {
  Result<void> first;
  for (ByteSink* file : {requests_.get(), batches_.get(), journal_.get()}) {
    if (file == nullptr) {
      continue;
    }
    // Every file is closed; the first error counts.
    const Result<void> closed = file->close();
    if (first && !closed) {
      first = closed;
    }
  }
  return first;
}

}  // namespace lockstep

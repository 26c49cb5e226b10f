#include "sim/perf_analyzer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/limits.h"
#include "sim/quantiles.h"
#include "traces/csv_rows.h"

namespace lockstep {
namespace {

constexpr std::string_view kBatch = "Batch";

struct PerfColumns {
  std::size_t load = 0;
  std::optional<std::size_t> batch;
  std::array<std::size_t, 3> stages{};  // input, infer, output
};

std::optional<std::size_t> column_of(const CsvRows& rows, std::string_view name) {
  const auto& header = rows.header();
  const auto found = std::find(header.begin(), header.end(), name);
  return found == header.end() ? std::nullopt
                               : std::optional(static_cast<std::size_t>(found - header.begin()));
}

Result<PerfColumns> find_columns(const CsvRows& rows, bool with_batch) {
  PerfColumns columns;
  std::vector<std::string_view> missing;
  std::optional<std::size_t> load = column_of(rows, "Concurrency");
  load = load ? load : column_of(rows, "Request Rate");
  if (!load) {
    missing.emplace_back("Concurrency or Request Rate");
  }
  columns.load = load.value_or(0);
  std::size_t next = 0;
  for (const std::string_view name :
       {"Server Compute Input", "Server Compute Infer", "Server Compute Output"}) {
    const std::optional<std::size_t> place = column_of(rows, name);
    if (!place) {
      missing.push_back(name);
    }
    columns.stages.at(next++) = place.value_or(0);
  }
  columns.batch = column_of(rows, kBatch);
  if (with_batch && !columns.batch) {
    missing.push_back(kBatch);
  }
  if (missing.empty()) {
    return columns;
  }
  const std::string advice =
      with_batch && !columns.batch
          ? " (Perf Analyzer writes a file for each -b: name them as 1:b1.csv,8:b8.csv)"
          : "";
  return rows.refuse_line("a report without " + name_list(missing),
                          "Perf Analyzer's columns of the server" + advice);
}

Result<SimDuration> micros(const CsvRows& rows, std::size_t column) {
  // Thousandths of a microsecond are nanoseconds; an hour at most.
  const Result<std::uint64_t> ns = parse_decimal(rows.field(column), 3, kMaxServiceNs);
  if (!ns) {
    return rows.refuse(column, "microseconds, at most an hour");
  }
  return SimDuration{static_cast<std::int64_t>(*ns)};
}

struct PerfRow {
  std::uint64_t load = 0;  // thousandths
  MeasuredBatch batch;
};

// One row for each batch size: the one with the lowest load. `rows_given` stands for the column.
Result<std::vector<PerfRow>> lowest_loads(const std::string& file, std::string_view text,
                                          std::optional<std::uint32_t> rows_given) {
  Result<std::unique_ptr<CsvRows>> rows = CsvRows::open(file, text_source(text));
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  const Result<PerfColumns> columns = find_columns(**rows, !rows_given);
  if (!columns) {
    return tl::unexpected(columns.error());
  }
  std::vector<PerfRow> kept;
  while (true) {
    const Result<bool> more = (*rows)->next();
    if (!more) {
      return tl::unexpected(more.error());
    }
    if (!*more) {
      return kept;
    }
    const Result<std::uint64_t> load =
        parse_decimal((*rows)->field(columns->load), 3, 1'000'000'000'000'000);
    if (!load) {
      return (*rows)->refuse(columns->load, "a number");
    }
    PerfRow row{*load, {}};
    row.batch.rows = rows_given.value_or(0);
    if (!rows_given) {
      const Result<std::uint64_t> size =
          (*rows)->number(*columns->batch, {.column = kBatch, .min = 1, .max = kMaxBatchRows});
      if (!size) {
        return tl::unexpected(size.error());
      }
      row.batch.rows = static_cast<std::uint32_t>(*size);
    }
    const std::array<SimDuration*, 3> times = {&row.batch.to_device, &row.batch.compute,
                                               &row.batch.to_host};
    for (std::size_t i = 0; i < times.size(); ++i) {
      const Result<SimDuration> time = micros(**rows, columns->stages.at(i));
      if (!time) {
        return tl::unexpected(time.error());
      }
      *times.at(i) = *time;
    }
    const auto same = std::find_if(kept.begin(), kept.end(), [&](const PerfRow& other) {
      return other.batch.rows == row.batch.rows;
    });
    if (same == kept.end()) {
      kept.push_back(row);
    } else if (row.load < same->load) {
      *same = row;
    }
  }
}

}  // namespace

Result<DeviceDescription> read_perf_analyzer(const std::string& file, std::string_view text) {
  const Result<std::vector<PerfRow>> rows = lowest_loads(file, text, std::nullopt);
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  std::vector<MeasuredBatch> batches;
  for (const PerfRow& row : *rows) {
    batches.push_back(row.batch);
  }
  return device_of_measured(file + ":1:1", std::move(batches));
}

Result<MeasuredBatch> read_perf_analyzer_size(const std::string& file, std::string_view text,
                                              std::uint32_t rows) {
  const Result<std::vector<PerfRow>> read = lowest_loads(file, text, rows);
  if (!read) {
    return tl::unexpected(read.error());
  }
  if (read->empty()) {
    return bad_input(file + ":2:1: found no row, expected one of Perf Analyzer's report");
  }
  return read->front().batch;
}

}  // namespace lockstep

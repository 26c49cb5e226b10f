#include "traces/stage_rows.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "traces/csv_rows.h"
#include "traces/output_file.h"

namespace lockstep {
namespace {

constexpr std::array<std::string_view, 8> kStageColumns = {
    "batch",           "launched_ns",   "to_device_from_ns", "to_device_to_ns",
    "compute_from_ns", "compute_to_ns", "to_host_from_ns",   "to_host_to_ns"};

// The times of a row in the order of the columns.
template <typename Row>
auto times_of(Row& row) {
  return std::array{&row.launched,   &row.to_device.from, &row.to_device.to, &row.compute.from,
                    &row.compute.to, &row.to_host.from,   &row.to_host.to};
}

Result<StageRow> parse_row(const CsvRows& rows) {
  StageRow row;
  const Result<std::uint64_t> batch = rows.number(0, {.column = kStageColumns[0]});
  if (!batch) {
    return tl::unexpected(batch.error());
  }
  row.batch = *batch;
  std::uint64_t before = 0;
  std::size_t column = 1;
  for (SimTime* time : times_of(row)) {
    const Result<std::uint64_t> value =
        rows.number(column, {.column = kStageColumns[column], .max = INT64_MAX - 1});
    if (!value) {
      return tl::unexpected(value.error());
    }
    // What the host and the device measured of a live run may differ by a little.
    if (column > 2 && *value < before) {
      return rows.refuse(column, "a time not before " + std::string(kStageColumns[column - 1]));
    }
    before = *value;
    *time = at_ns(static_cast<std::int64_t>(*value));
    ++column;
  }
  return row;
}

}  // namespace

std::string stages_header() {
  std::string text;
  for (const std::string_view column : kStageColumns) {
    text += (text.empty() ? "" : ",") + std::string(column);
  }
  return text + "\n";
}

void append_stage_row(std::string& text, const StageRow& row) {
  append_number(text, row.batch);
  for (const SimTime* time : times_of(row)) {
    text += ',';
    append_number(text, ns_of(*time));
  }
  text += '\n';
}

Result<std::vector<StageRow>> load_stages(const std::string& directory) {
  const std::string path = directory + "/" + std::string(kStagesFile);
  std::vector<StageRow> stages;
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return stages;
  }
  Result<std::unique_ptr<ByteSource>> source = open_file_source(path);
  if (!source) {
    return tl::unexpected(source.error());
  }
  const Result<std::unique_ptr<CsvRows>> rows = CsvRows::open(path, std::move(*source));
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  if (const Result<void> header = (*rows)->require_header(kStageColumns); !header) {
    return tl::unexpected(header.error());
  }
  while (true) {
    const Result<bool> more = (*rows)->next();
    if (!more) {
      return tl::unexpected(more.error());
    }
    if (!*more) {
      break;
    }
    const Result<StageRow> row = parse_row(**rows);
    if (!row) {
      return tl::unexpected(row.error());
    }
    stages.push_back(*row);
  }
  std::stable_sort(stages.begin(), stages.end(),
                   [](const StageRow& a, const StageRow& b) { return a.batch < b.batch; });
  const auto twice =
      std::adjacent_find(stages.begin(), stages.end(),
                         [](const StageRow& a, const StageRow& b) { return a.batch == b.batch; });
  if (twice != stages.end()) {
    return bad_input(path + ": found two rows of batch " + std::to_string(twice->batch) +
                     ", expected one");
  }
  return stages;
}

}  // namespace lockstep

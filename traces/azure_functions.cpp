// Azure Functions invocation trace 2021: app,func,end_timestamp,duration, both in decimal seconds.
// It records when invocations ended: arrival = end_timestamp - duration, each rounded to 1 ns.
#include <array>

#include "traces/trace_fields.h"
#include "traces/trace_format.h"

namespace lockstep {
namespace {

enum FunctionsColumn : std::size_t { kEndTimestamp, kDuration };

constexpr std::array<std::string_view, 4> kFunctionsColumns = {"end_timestamp", "duration", "app",
                                                               "func"};

class FunctionsParser final : public TraceRowParser {
 public:
  explicit FunctionsParser(const std::vector<std::size_t>& columns)
      : columns_{columns[0], columns[1]} {}

  Result<void> parse(const CsvRows& row, Arrival& out) override {
    if (Result<void> text = row.lines().require_text(); !text) {
      return text;
    }
    const Result<std::int64_t> end =
        decimal_field(row, columns_[kEndTimestamp], {.column = kFunctionsColumns[kEndTimestamp]});
    if (!end) {
      return tl::unexpected(end.error());
    }
    const Result<std::int64_t> duration =
        decimal_field(row, columns_[kDuration], {.column = kFunctionsColumns[kDuration]});
    if (!duration) {
      return tl::unexpected(duration.error());
    }
    const Result<Arrival> arrival =
        arrival_at(row, columns_[kEndTimestamp], origin_, earlier_by(stamp_of_ns(*end), *duration));
    if (!arrival) {
      return tl::unexpected(arrival.error());
    }
    out = *arrival;
    return {};
  }

  [[nodiscard]] std::size_t time_field() const override { return columns_[kEndTimestamp]; }
  [[nodiscard]] std::string_view name() const override {
    return azure_functions_trace_format().name;
  }

 private:
  std::array<std::size_t, 2> columns_;
  TimeOrigin origin_;
};

Result<std::unique_ptr<TraceRowParser>> make_functions(const CsvRows& header, bool /*named*/) {
  const Result<std::vector<std::size_t>> columns =
      find_columns(header, azure_functions_trace_format(), kFunctionsColumns.size());
  if (!columns) {
    return tl::unexpected(columns.error());
  }
  return std::make_unique<FunctionsParser>(*columns);
}

constexpr TraceFormatInfo kFunctions = {
    .name = "azure-functions-2021",
    .summary = "Azure Functions invocations 2021: CSV, arrival = end - duration",
    .starts_at_first_row = true,
    .records_ends = true,
    .key_column = "end_timestamp",
    .columns = kFunctionsColumns,
    .make_parser = make_functions};

}  // namespace

const TraceFormatInfo& azure_functions_trace_format() {
  return kFunctions;
}

}  // namespace lockstep

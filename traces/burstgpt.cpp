// BurstGPT: Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type, and in newer
// files Session ID and Elapsed time. A row with 0 response tokens is a request that failed: it
// arrived all the same, and counts. Only times and token counts are looked at.
#include <array>

#include "traces/trace_fields.h"
#include "traces/trace_format.h"

namespace lockstep {
namespace {

enum BurstColumn : std::size_t { kBurstTime, kRequestTokens, kResponseTokens, kTotalTokens };
constexpr std::size_t kBurstRequired = 6;

constexpr std::array<std::string_view, 8> kBurstColumns = {
    "Timestamp", "Request tokens", "Response tokens", "Total tokens",
    "Model",     "Log Type",       "Session ID",      "Elapsed time"};

class BurstParser final : public TraceRowParser {
 public:
  explicit BurstParser(const std::vector<std::size_t>& columns)
      : columns_{columns[0], columns[1], columns[2], columns[3]} {}

  Result<void> parse(const CsvRows& row, Arrival& out) override {
    if (Result<void> text = row.lines().require_text(); !text) {
      return text;
    }
    const Result<std::int64_t> ns =
        decimal_field(row, columns_[kBurstTime], {.column = kBurstColumns[kBurstTime]});
    if (!ns) {
      return tl::unexpected(ns.error());
    }
    for (const BurstColumn column : {kRequestTokens, kResponseTokens, kTotalTokens}) {
      Result<void> tokens = check_tokens(row, columns_[column], kBurstColumns[column]);
      if (!tokens) {
        return tokens;
      }
    }
    const Result<Arrival> arrival =
        arrival_at(row, columns_[kBurstTime], origin_, stamp_of_ns(*ns));
    if (!arrival) {
      return tl::unexpected(arrival.error());
    }
    out = *arrival;
    return {};
  }

  [[nodiscard]] std::size_t time_field() const override { return columns_[kBurstTime]; }
  [[nodiscard]] std::string_view name() const override { return burstgpt_trace_format().name; }

 private:
  std::array<std::size_t, 4> columns_;
  TimeOrigin origin_;
};

Result<std::unique_ptr<TraceRowParser>> make_burstgpt(const CsvRows& header, bool /*named*/) {
  const Result<std::vector<std::size_t>> columns =
      find_columns(header, burstgpt_trace_format(), kBurstRequired);
  if (!columns) {
    return tl::unexpected(columns.error());
  }
  return std::make_unique<BurstParser>(*columns);
}

constexpr TraceFormatInfo kBurstGpt = {.name = "burstgpt",
                                       .summary = "BurstGPT: CSV, whole or decimal seconds",
                                       .starts_at_first_row = true,
                                       .key_column = "Timestamp",
                                       .columns = kBurstColumns,
                                       .make_parser = make_burstgpt};

}  // namespace

const TraceFormatInfo& burstgpt_trace_format() {
  return kBurstGpt;
}

}  // namespace lockstep

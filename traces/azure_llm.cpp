// Azure LLM inference traces 2023 and 2024: TIMESTAMP,ContextTokens,GeneratedTokens
// (docs/traces.md). One header, two ways to write a time: the first row tells, unless --format did.
#include <array>
#include <optional>

#include "traces/trace_fields.h"
#include "traces/trace_format.h"

namespace lockstep {
namespace {

enum AzureColumn : std::size_t { kTimestamp, kContextTokens, kGeneratedTokens };

constexpr std::array<std::string_view, 3> kAzureColumns = {"TIMESTAMP", "ContextTokens",
                                                           "GeneratedTokens"};

class AzureParser final : public TraceRowParser {
 public:
  // `has_zone`: whether times have one; nothing: as the first row has it.
  AzureParser(const std::vector<std::size_t>& columns, std::optional<bool> has_zone)
      : columns_{columns[0], columns[1], columns[2]}, has_zone_(has_zone) {}

  Result<void> parse(const CsvRows& row, Arrival& out) override {
    CivilTime time;
    const std::size_t field = columns_[kTimestamp];
    const std::string_view problem = parse_civil_time(row.field(field), time);
    if (!problem.empty()) {
      return row.refuse(field, "TIMESTAMP as YYYY-MM-DD HH:MM:SS[.fraction]" +
                                   std::string(has_zone_.value_or(false) ? "+00:00" : "") + ": " +
                                   std::string(problem));
    }
    has_zone_ = has_zone_.value_or(time.has_zone);
    if (time.has_zone != *has_zone_) {
      return row.refuse(field, *has_zone_ ? "a time with a zone (+00:00), as azure-llm-2024 has it"
                                          : "a time without a zone, as azure-llm-2023 has it");
    }
    for (const AzureColumn column : {kContextTokens, kGeneratedTokens}) {
      Result<void> tokens = check_tokens(row, columns_[column], kAzureColumns[column]);
      if (!tokens) {
        return tokens;
      }
    }
    const Result<Arrival> arrival = arrival_at(row, field, origin_, time);
    if (!arrival) {
      return tl::unexpected(arrival.error());
    }
    out = *arrival;
    return {};
  }

  [[nodiscard]] std::size_t time_field() const override { return columns_[kTimestamp]; }
  [[nodiscard]] std::string_view name() const override {
    return (has_zone_.value_or(false) ? azure_2024_trace_format() : azure_2023_trace_format()).name;
  }

 private:
  std::array<std::size_t, kAzureColumns.size()> columns_;
  std::optional<bool> has_zone_;
  TimeOrigin origin_;
};

Result<std::unique_ptr<TraceRowParser>> make_azure(const CsvRows& header,
                                                   std::optional<bool> has_zone) {
  const Result<std::vector<std::size_t>> columns =
      find_columns(header, azure_2023_trace_format(), kAzureColumns.size());
  if (!columns) {
    return tl::unexpected(columns.error());
  }
  return std::make_unique<AzureParser>(*columns, has_zone);
}

Result<std::unique_ptr<TraceRowParser>> make_azure_2023(const CsvRows& header, bool named) {
  return make_azure(header, named ? std::optional(false) : std::nullopt);
}

Result<std::unique_ptr<TraceRowParser>> make_azure_2024(const CsvRows& header, bool /*named*/) {
  return make_azure(header, true);
}

constexpr TraceFormatInfo kAzure2023 = {
    .name = "azure-llm-2023",
    .summary = "Azure LLM inference traces 2023: CSV, dates without a zone",
    .starts_at_first_row = true,
    .key_column = "TIMESTAMP",
    .columns = kAzureColumns,
    .make_parser = make_azure_2023};

constexpr TraceFormatInfo kAzure2024 = {
    .name = "azure-llm-2024",
    .summary = "Azure LLM inference traces 2024: the same CSV, dates with a zone",
    .starts_at_first_row = true,
    .key_column = "",  // the header of 2023 leads here, too
    .columns = kAzureColumns,
    .make_parser = make_azure_2024};

}  // namespace

const TraceFormatInfo& azure_2023_trace_format() {
  return kAzure2023;
}

const TraceFormatInfo& azure_2024_trace_format() {
  return kAzure2024;
}

}  // namespace lockstep

// Azure LLM inference traces 2023: TIMESTAMP,ContextTokens,GeneratedTokens (docs/traces.md).
#include <array>
#include <optional>

#include "core/limits.h"
#include "traces/civil_time.h"
#include "traces/trace_format.h"

namespace lockstep {
namespace {

enum Column : std::size_t { kTimestamp, kContextTokens, kGeneratedTokens };

constexpr std::array<std::string_view, 3> kColumns = {"TIMESTAMP", "ContextTokens",
                                                      "GeneratedTokens"};
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr std::uint64_t kMaxTokens = 1'000'000'000;

class AzureFormat final : public TraceFormat {
 public:
  explicit AzureFormat(const std::vector<std::size_t>& columns)
      : columns_{columns[0], columns[1], columns[2]} {}

  Result<void> parse(const CsvRows& row, Arrival& out) override {
    CivilTime time;
    const std::string_view problem = parse_civil_time(row.field(columns_[kTimestamp]), time);
    if (!problem.empty()) {
      return row.refuse(columns_[kTimestamp],
                        "TIMESTAMP as YYYY-MM-DD HH:MM:SS[.fraction]: " + std::string(problem));
    }
    for (const Column column : {kContextTokens, kGeneratedTokens}) {
      const Result<std::uint64_t> tokens =
          row.number(columns_[column], {.column = kColumns[column], .min = 0, .max = kMaxTokens});
      if (!tokens) {
        return tl::unexpected(tokens.error());
      }
    }
    if (!first_) {
      first_ = time;
    }
    const std::int64_t seconds = time.seconds - first_->seconds;
    constexpr std::int64_t kMaxSeconds = kMaxTimeNs / kNanosPerSecond - 1;
    if (seconds > kMaxSeconds || seconds < -kMaxSeconds) {
      return row.refuse(columns_[kTimestamp], "TIMESTAMP within 36 years of the first row");
    }
    out = Arrival{};
    out.time = at_ns(seconds * kNanosPerSecond + time.nanos - first_->nanos);
    return {};
  }

  [[nodiscard]] std::size_t time_field() const override { return columns_[kTimestamp]; }
  [[nodiscard]] const std::vector<std::string>& queue_names() const override { return names_; }

 private:
  std::array<std::size_t, kColumns.size()> columns_;
  std::optional<CivilTime> first_;
  std::vector<std::string> names_ = {"queue"};
};

Result<std::unique_ptr<TraceFormat>> make(const CsvRows& header) {
  const Result<std::vector<std::size_t>> columns = find_columns(header, azure_2023_trace_format());
  if (!columns) {
    return tl::unexpected(columns.error());
  }
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    if (columns->at(i) == kNoColumn) {
      return header.refuse(0, 0, "no column " + std::string(kColumns[i]), name_list(kColumns));
    }
  }
  return std::make_unique<AzureFormat>(*columns);
}

constexpr TraceFormatInfo kInfo = {.name = "azure-llm-2023",
                                   .key_column = "TIMESTAMP",
                                   .columns = kColumns,
                                   .starts_at_first_row = true,
                                   .make = make};

}  // namespace

const TraceFormatInfo& azure_2023_trace_format() {
  return kInfo;
}

}  // namespace lockstep

// Vidur's processed traces, Splitwise's among them:
// arrived_at,num_prefill_tokens,num_decode_tokens. Seconds printed from binary floating point:
// rounded to the microsecond that they stand for.
#include <array>

#include "traces/trace_fields.h"
#include "traces/trace_format.h"

namespace lockstep {
namespace {

enum VidurColumn : std::size_t { kArrivedAt, kPrefillTokens, kDecodeTokens };

constexpr std::array<std::string_view, 3> kVidurColumns = {"arrived_at", "num_prefill_tokens",
                                                           "num_decode_tokens"};

class VidurParser final : public TraceRowParser {
 public:
  explicit VidurParser(const std::vector<std::size_t>& columns)
      : columns_{columns[0], columns[1], columns[2]} {}

  Result<void> parse(const CsvRows& row, Arrival& out) override {
    const Result<std::int64_t> ns =
        decimal_field(row, columns_[kArrivedAt],
                      {.column = kVidurColumns[kArrivedAt], .step = DecimalUnit::kMicrosecond});
    if (!ns) {
      return tl::unexpected(ns.error());
    }
    for (const VidurColumn column : {kPrefillTokens, kDecodeTokens}) {
      Result<void> tokens = check_tokens(row, columns_[column], kVidurColumns[column]);
      if (!tokens) {
        return tokens;
      }
    }
    const Result<Arrival> arrival =
        arrival_at(row, columns_[kArrivedAt], origin_, stamp_of_ns(*ns));
    if (!arrival) {
      return tl::unexpected(arrival.error());
    }
    out = *arrival;
    return {};
  }

  [[nodiscard]] std::size_t time_field() const override { return columns_[kArrivedAt]; }
  [[nodiscard]] std::string_view name() const override { return vidur_trace_format().name; }

 private:
  std::array<std::size_t, kVidurColumns.size()> columns_;
  TimeOrigin origin_;
};

Result<std::unique_ptr<TraceRowParser>> make_vidur(const CsvRows& header, bool /*named*/) {
  const Result<std::vector<std::size_t>> columns =
      find_columns(header, vidur_trace_format(), kVidurColumns.size());
  if (!columns) {
    return tl::unexpected(columns.error());
  }
  return std::make_unique<VidurParser>(*columns);
}

constexpr TraceFormatInfo kVidur = {
    .name = "vidur",
    .summary = "Vidur's traces (Splitwise): CSV, decimal seconds, rounded to 1 us",
    .starts_at_first_row = true,
    .key_column = "arrived_at",
    .columns = kVidurColumns,
    .make_parser = make_vidur};

}  // namespace

const TraceFormatInfo& vidur_trace_format() {
  return kVidur;
}

}  // namespace lockstep

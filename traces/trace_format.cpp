#include "traces/trace_format.h"

#include <algorithm>
#include <array>

namespace lockstep {
namespace {

class CsvTrace final : public TraceFormat {
 public:
  CsvTrace(std::unique_ptr<CsvRows> rows, std::unique_ptr<TraceRowParser> parser)
      : rows_(std::move(rows)), parser_(std::move(parser)) {}

  Result<bool> next(Arrival& out) override {
    Result<bool> more = rows_->next();
    if (!more || !*more) {
      return more;
    }
    if (const Result<void> done = parser_->parse(*rows_, out); !done) {
      return tl::unexpected(done.error());
    }
    return true;
  }

  [[nodiscard]] std::string_view time_text() const override {
    return rows_->field(parser_->time_field());
  }
  [[nodiscard]] const TextLines& lines() const override { return rows_->lines(); }
  [[nodiscard]] std::string_view name() const override { return parser_->name(); }
  [[nodiscard]] TraceColumns columns() const override { return parser_->columns(); }
  [[nodiscard]] const std::vector<std::string>& queue_names() const override {
    return parser_->queue_names();
  }

 private:
  std::unique_ptr<CsvRows> rows_;
  std::unique_ptr<TraceRowParser> parser_;
};

}  // namespace

const std::vector<std::string>& one_queue_name() {
  static const std::vector<std::string> only = {"queue"};
  return only;
}

tl::unexpected<Error> refuse_no_rows(const TraceFormat& format) {
  return format.lines().refuse_at(0, "no requests", "at least one");
}

std::unique_ptr<TraceFormat> csv_trace(std::unique_ptr<CsvRows> rows,
                                       std::unique_ptr<TraceRowParser> parser) {
  return std::make_unique<CsvTrace>(std::move(rows), std::move(parser));
}

std::span<const TraceFormatInfo* const> all_trace_formats() {
  static const std::array all = {&own_trace_format(),        &azure_2023_trace_format(),
                                 &azure_2024_trace_format(), &vidur_trace_format(),
                                 &burstgpt_trace_format(),   &azure_functions_trace_format(),
                                 &mooncake_trace_format(),   &access_log_trace_format(),
                                 &counts_trace_format(),     &intervals_trace_format()};
  return all;
}

Result<std::vector<std::size_t>> find_columns(const CsvRows& header, const TraceFormatInfo& info) {
  std::vector<std::size_t> columns(info.columns.size(), kNoColumn);
  for (std::size_t i = 0; i < header.header().size(); ++i) {
    const std::string& name = header.header()[i];
    const auto found = std::find(info.columns.begin(), info.columns.end(), name);
    if (found == info.columns.end()) {
      return header.refuse(
          i, 0, "unknown column " + quoted_field(name) + suggestion(name, info.columns),
          "columns of " + std::string(info.name) + " (" + name_list(info.columns) + ")");
    }
    columns[static_cast<std::size_t>(found - info.columns.begin())] = i;
  }
  return columns;
}

Result<std::vector<std::size_t>> find_columns(const CsvRows& header, const TraceFormatInfo& info,
                                              std::size_t required_count) {
  Result<std::vector<std::size_t>> columns = find_columns(header, info);
  for (std::size_t i = 0; columns && i < required_count; ++i) {
    if (columns->at(i) == kNoColumn) {
      return header.refuse(0, 0, "no column " + std::string(info.columns[i]),
                           name_list(info.columns.first(required_count)));
    }
  }
  return columns;
}

}  // namespace lockstep

// One trace format: how a row becomes an arrival. A new format is one file and one line in
// trace_formats() (trace_reader.cpp).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/request.h"
#include "core/result.h"
#include "traces/csv_rows.h"

namespace lockstep {

class TraceFormat {
 public:
  TraceFormat() = default;
  TraceFormat(const TraceFormat&) = delete;
  TraceFormat& operator=(const TraceFormat&) = delete;
  virtual ~TraceFormat() = default;

  // Validates every field of the row. Times may come out of order, and before the first row's (then
  // they are negative): the reader judges that.
  [[nodiscard]] virtual Result<void> parse(const CsvRows& row, Arrival& out) = 0;
  // Index of the field that holds the time.
  [[nodiscard]] virtual std::size_t time_field() const = 0;
  [[nodiscard]] virtual const std::vector<std::string>& queue_names() const = 0;
};

struct TraceFormatInfo {
  std::string_view name;
  std::string_view key_column;  // a header with this column is of this format
  std::span<const std::string_view> columns;
  bool starts_at_first_row = false;  // time 0 is the earliest row, not a time the file states
  // The parser for rows under this header. Errors: an unknown or a missing column.
  Result<std::unique_ptr<TraceFormat>> (*make)(const CsvRows& header) = nullptr;
};

[[nodiscard]] const TraceFormatInfo& own_trace_format();         // own_csv.cpp
[[nodiscard]] const TraceFormatInfo& azure_2023_trace_format();  // azure_2023.cpp

// For each of `info.columns` its index in the header, or kNoColumn. Errors: a header column that is
// not among them (suggests the nearest).
inline constexpr std::size_t kNoColumn = SIZE_MAX;
[[nodiscard]] Result<std::vector<std::size_t>> find_columns(const CsvRows& header,
                                                            const TraceFormatInfo& info);

}  // namespace lockstep

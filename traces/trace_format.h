// One trace format: how the bytes of a file become arrivals. A new format is one file and one line
// in all_trace_formats() (trace_format.cpp).
//
// Formats of two kinds: a CSV with a header is a TraceRowParser, anything else a TraceFormat over
// lines of text. Both hand out arrivals in the order of the file; the reader judges that order.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/request.h"
#include "core/result.h"
#include "traces/csv_rows.h"
#include "traces/trace_columns.h"

namespace lockstep {

class TraceFormat {
 public:
  TraceFormat() = default;
  TraceFormat(const TraceFormat&) = delete;
  TraceFormat& operator=(const TraceFormat&) = delete;
  virtual ~TraceFormat() = default;

  // Reads on to the next arrival; false: the end. Times may come out of order, and before the
  // first one's (then they are negative).
  [[nodiscard]] virtual Result<bool> next(Arrival& out) = 0;
  // As the file states it, of the arrival that next() gave last; a view into lines().text().
  [[nodiscard]] virtual std::string_view time_text() const = 0;
  [[nodiscard]] virtual const TextLines& lines() const = 0;
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual TraceColumns columns() const = 0;
  [[nodiscard]] virtual const std::vector<std::string>& queue_names() const = 0;
};

// Of a format without queues: one, "queue".
[[nodiscard]] const std::vector<std::string>& one_queue_name();

// The error of a trace without a single arrival, at its end.
[[nodiscard]] tl::unexpected<Error> refuse_no_rows(const TraceFormat& format);

// One row of a CSV to one arrival. Its header was accepted when it was made.
class TraceRowParser {
 public:
  TraceRowParser() = default;
  TraceRowParser(const TraceRowParser&) = delete;
  TraceRowParser& operator=(const TraceRowParser&) = delete;
  virtual ~TraceRowParser() = default;

  // Validates every field that it knows. Times as in TraceFormat::next.
  [[nodiscard]] virtual Result<void> parse(const CsvRows& row, Arrival& out) = 0;
  // Index of the field that holds the time.
  [[nodiscard]] virtual std::size_t time_field() const = 0;
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual TraceColumns columns() const { return {}; }
  [[nodiscard]] virtual const std::vector<std::string>& queue_names() const {
    return one_queue_name();
  }
};

[[nodiscard]] std::unique_ptr<TraceFormat> csv_trace(std::unique_ptr<CsvRows> rows,
                                                     std::unique_ptr<TraceRowParser> parser);

struct TraceFormatInfo {
  std::string_view name;
  std::string_view summary;  // one line for people who choose
  // Time 0 is the earliest arrival, not a time that the file states.
  bool starts_at_first_row = false;
  // It records when requests ended: arrivals are out of order by nature, and are put in order.
  bool records_ends = false;

  // Of a CSV with a header: its columns, and the one by which it is recognised ("": by none).
  std::string_view key_column{};
  std::span<const std::string_view> columns{};
  // The parser for rows under this header; `named`: --format named this format. Errors: an unknown
  // or a missing column.
  Result<std::unique_ptr<TraceRowParser>> (*make_parser)(const CsvRows& header,
                                                         bool named) = nullptr;

  // Of any other text: whether a file that begins with this line is one (nullptr: it has to be
  // named), and its reader.
  bool (*recognises)(std::string_view first_line) = nullptr;
  std::unique_ptr<TraceFormat> (*make_reader)(std::unique_ptr<TextLines> lines) = nullptr;
};

// In the order in which headers are tried.
[[nodiscard]] std::span<const TraceFormatInfo* const> all_trace_formats();

[[nodiscard]] const TraceFormatInfo& own_trace_format();              // own_csv.cpp
[[nodiscard]] const TraceFormatInfo& azure_2023_trace_format();       // azure_llm.cpp
[[nodiscard]] const TraceFormatInfo& azure_2024_trace_format();       // azure_llm.cpp
[[nodiscard]] const TraceFormatInfo& vidur_trace_format();            // vidur.cpp
[[nodiscard]] const TraceFormatInfo& burstgpt_trace_format();         // burstgpt.cpp
[[nodiscard]] const TraceFormatInfo& azure_functions_trace_format();  // azure_functions.cpp
[[nodiscard]] const TraceFormatInfo& mooncake_trace_format();         // mooncake.cpp
[[nodiscard]] const TraceFormatInfo& counts_trace_format();           // request_counts.cpp
[[nodiscard]] const TraceFormatInfo& intervals_trace_format();        // request_intervals.cpp
[[nodiscard]] const TraceFormatInfo& access_log_trace_format();       // access_log.cpp

// For each of `info.columns` its index in the header, or kNoColumn. Errors: a header column that is
// not among them (suggests the nearest).
inline constexpr std::size_t kNoColumn = SIZE_MAX;
[[nodiscard]] Result<std::vector<std::size_t>> find_columns(const CsvRows& header,
                                                            const TraceFormatInfo& info);
// The same, and the first `required_count` of them must be there.
[[nodiscard]] Result<std::vector<std::size_t>> find_columns(const CsvRows& header,
                                                            const TraceFormatInfo& info,
                                                            std::size_t required_count);

}  // namespace lockstep

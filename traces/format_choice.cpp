#include "traces/format_choice.h"

#include <algorithm>
#include <optional>

#include "traces/column_map.h"

namespace lockstep {
namespace {

constexpr std::size_t kMostMappedColumns = 1024;

bool has_column(const CsvRows& rows, std::string_view name) {
  const std::vector<std::string>& header = rows.header();
  return std::find(header.begin(), header.end(), name) != header.end();
}

Result<const TraceFormatInfo*> named_format(const std::string& name) {
  for (const TraceFormatInfo* info : all_trace_formats()) {
    if (info->name == name) {
      return info;
    }
  }
  return bad_input("found format " + quoted_field(name) + suggestion(name, trace_format_names()) +
                   ", expected one of " + name_list(trace_format_names()));
}

// No format knows this header. Points at the first column that is in none, else at the whole.
tl::unexpected<Error> refuse_header(const CsvRows& rows) {
  std::vector<std::string_view> columns;
  std::string expected;
  for (const TraceFormatInfo* info : all_trace_formats()) {
    columns.insert(columns.end(), info->columns.begin(), info->columns.end());
    if (!info->key_column.empty()) {
      expected.append(expected.empty() ? "" : ", ").append(info->key_column);
      expected.append(" (").append(info->name).append(")");
    }
  }
  const std::string& first = rows.header().front();
  if (first.find_first_not_of("0123456789.") == std::string::npos) {
    return rows.refuse(0, 0, quoted_field(first) + " in place of a header",
                       rows.header().size() > 1
                           ? "a line with the names of the columns; add one and use --map"
                           : "a header; one number a line is --format perf-analyzer-intervals or "
                             "requests-per-second");
  }
  const std::string times = "a column of times: " + expected + "; --map names those of another CSV";
  for (std::size_t i = 0; i < rows.header().size(); ++i) {
    const std::string& name = rows.header()[i];
    if (std::find(columns.begin(), columns.end(), name) == columns.end()) {
      return rows.refuse(i, 0, "unknown column " + quoted_field(name) + suggestion(name, columns),
                         times);
    }
  }
  return rows.refuse(0, 0, "a header without a column of times", times);
}

Result<const TraceFormatInfo*> format_of_header(const CsvRows& rows) {
  for (const TraceFormatInfo* info : all_trace_formats()) {
    if (!info->key_column.empty() && has_column(rows, info->key_column)) {
      return info;
    }
  }
  return refuse_header(rows);
}

Result<ChosenFormat> mapped_csv(std::unique_ptr<TextLines> lines, const TraceOptions& options) {
  if (!options.format.empty()) {
    return bad_input("found --format with --map, expected one of them");
  }
  Result<ColumnMap> map = ColumnMap::parse(options.map);
  if (!map) {
    return tl::unexpected(map.error());
  }
  Result<std::unique_ptr<CsvRows>> rows =
      CsvRows::open(std::move(lines), {.quoted_fields = true, .max_columns = kMostMappedColumns});
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  const bool records_ends = map->records_ends();
  Result<std::unique_ptr<TraceRowParser>> parser = mapped_parser(**rows, std::move(*map));
  if (!parser) {
    return tl::unexpected(parser.error());
  }
  return ChosenFormat{.info = {.name = "map",
                               .summary = "",
                               .starts_at_first_row = true,
                               .records_ends = records_ends},
                      .format = csv_trace(std::move(*rows), std::move(*parser))};
}

// The format without a header that a file beginning with this line has; nothing: a CSV.
Result<const TraceFormatInfo*> format_of_first_line(TextLines& lines) {
  const Result<bool> any = lines.next();
  if (!any) {
    return tl::unexpected(any.error());
  }
  if (!*any) {
    return nullptr;
  }
  lines.again();
  for (const TraceFormatInfo* info : all_trace_formats()) {
    if (info->recognises != nullptr && info->recognises(lines.text())) {
      return info;
    }
  }
  return nullptr;
}

}  // namespace

Result<ChosenFormat> choose_format(std::unique_ptr<TextLines> lines, const TraceOptions& options) {
  if (!options.map.empty()) {
    return mapped_csv(std::move(lines), options);
  }
  const bool named = !options.format.empty();
  Result<const TraceFormatInfo*> info =
      named ? named_format(options.format) : format_of_first_line(*lines);
  if (!info) {
    return tl::unexpected(info.error());
  }
  if (*info != nullptr && (*info)->make_reader != nullptr) {
    return ChosenFormat{.info = **info, .format = (*info)->make_reader(std::move(lines))};
  }
  Result<std::unique_ptr<CsvRows>> rows = CsvRows::open(std::move(lines), CsvOptions{});
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  info = named ? info : format_of_header(**rows);
  if (!info) {
    return tl::unexpected(info.error());
  }
  Result<std::unique_ptr<TraceRowParser>> parser = (*info)->make_parser(**rows, named);
  if (!parser) {
    return tl::unexpected(parser.error());
  }
  return ChosenFormat{.info = **info, .format = csv_trace(std::move(*rows), std::move(*parser))};
}

}  // namespace lockstep

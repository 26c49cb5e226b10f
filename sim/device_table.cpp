#include "sim/device_table.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "sim/device_terms.h"
#include "traces/byte_source.h"
#include "traces/csv_rows.h"

namespace lockstep {
namespace {

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  return begin == text.npos ? std::string_view()
                            : text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// Terms of the `#` lines before the header, set in `device`.
Result<void> read_terms(const std::string& file, std::string_view text, DeviceDescription& device) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  text.remove_prefix(text.starts_with(kMark) ? kMark.size() : 0);
  std::vector<std::string_view> said;
  for (std::uint64_t line = 1; text.starts_with('#'); ++line) {
    const std::string_view whole = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(whole.size() + 1, text.size()));
    const std::size_t colon = whole.find(':');
    if (colon == whole.npos) {
      continue;
    }
    const std::string_view name = without_blanks(whole.substr(1, colon - 1));
    if (name == "source" || name == "note") {
      continue;
    }
    Result<void> set = set_device_term(name, without_blanks(whole.substr(colon + 1)), device);
    if (set && std::find(said.begin(), said.end(), name) != said.end()) {
      set = bad_input("found GPU term '" + std::string(name) + "' twice, expected it once");
    }
    if (!set) {
      return bad_input(file + ":" + std::to_string(line) + ":1: " + set.error().message +
                       "; a remark has no colon, or begins with `# note:`");
    }
    said.push_back(name);
  }
  return {};
}

struct TableColumns {
  std::size_t rows = 0;
  std::optional<std::size_t> time;
  std::vector<std::pair<std::uint32_t, std::size_t>> quantiles;  // per million, column
  std::array<std::optional<std::size_t>, kSideCurves.size()> sides;
};

Result<TableColumns> table_columns(const CsvRows& rows) {
  constexpr std::string_view kExpected =
      "rows, then time or quantiles such as p50,p99 from left to right, and h2d, d2h, host if they "
      "were measured";
  TableColumns columns;
  std::optional<std::size_t> size;
  for (std::size_t i = 0; i < rows.header().size(); ++i) {
    const std::string_view name = rows.header()[i];
    if (name == "rows") {
      size = i;
    } else if (name == "time") {
      columns.time = i;
    } else if (const auto* side =
                   std::find_if(kSideCurves.begin(), kSideCurves.end(),
                                [name](const SideCurve& known) { return known.name == name; });
               side != kSideCurves.end()) {
      columns.sides.at(static_cast<std::size_t>(side - kSideCurves.begin())) = i;
    } else {
      const Result<std::uint64_t> share =
          parse_decimal(name.starts_with('p') ? name.substr(1) : "", 4, 1'000'000);
      if (!share || (!columns.quantiles.empty() && *share <= columns.quantiles.back().first)) {
        return rows.refuse_line("column " + quoted_field(name), kExpected);
      }
      columns.quantiles.emplace_back(static_cast<std::uint32_t>(*share), i);
    }
  }
  if (!size || columns.time.has_value() == !columns.quantiles.empty()) {
    return rows.refuse_line("columns " + name_list(std::vector<std::string_view>(
                                             rows.header().begin(), rows.header().end())),
                            kExpected);
  }
  columns.rows = *size;
  return columns;
}

Result<SimDuration> table_time(const CsvRows& rows, std::size_t column) {
  const Result<SimDuration> time = parse_duration(rows.field(column));
  if (!time || time->count() <= 0 || time->count() > kMaxServiceNs) {
    return rows.refuse(column, "a time with its unit, from 1ns to 1h");
  }
  return time;
}

Result<ServiceCurve::Point> table_point(const CsvRows& rows, const TableColumns& columns) {
  ServiceCurve::Point point;
  if (columns.time) {
    const Result<SimDuration> time = table_time(rows, *columns.time);
    if (!time) {
      return tl::unexpected(time.error());
    }
    point.time = *time;
    return point;
  }
  std::vector<Quantiles::Point> quantiles;
  for (const auto& [share, column] : columns.quantiles) {
    const Result<SimDuration> time = table_time(rows, column);
    if (!time) {
      return tl::unexpected(time.error());
    }
    if (!quantiles.empty() && time->count() < quantiles.back().value) {
      return rows.refuse(column, "a quantile that is not below the one before it");
    }
    quantiles.push_back({share, time->count()});
  }
  point.spread = Quantiles(std::move(quantiles));
  return point;
}

struct TablePoints {
  std::vector<ServiceCurve::Point> compute;
  std::array<std::vector<ServiceCurve::Point>, kSideCurves.size()> sides;
};

// One row of the table; its size is above that of the last one.
Result<void> read_table_row(const CsvRows& rows, const TableColumns& columns, TablePoints& points) {
  const std::uint64_t least =
      points.compute.empty() ? 1 : std::uint64_t{points.compute.back().rows} + 1;
  const Result<std::uint64_t> size =
      rows.number(columns.rows, {.column = "rows, rising", .min = least, .max = kMaxBatchRows});
  if (!size) {
    return tl::unexpected(size.error());
  }
  Result<ServiceCurve::Point> point = table_point(rows, columns);
  if (!point) {
    return tl::unexpected(point.error());
  }
  point->rows = static_cast<std::uint32_t>(*size);
  for (std::size_t side = 0; side < kSideCurves.size(); ++side) {
    const std::optional<std::size_t> column = columns.sides.at(side);
    if (!column) {
      continue;
    }
    const Result<SimDuration> time = table_time(rows, *column);
    if (!time) {
      return tl::unexpected(time.error());
    }
    points.sides.at(side).push_back({point->rows, *time, {}});
  }
  points.compute.push_back(std::move(*point));
  return {};
}

}  // namespace

Result<DeviceDescription> read_device_table(const std::string& file, std::string_view text) {
  Result<std::unique_ptr<CsvRows>> rows = CsvRows::open(file, text_source(text));
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  const Result<TableColumns> columns = table_columns(**rows);
  if (!columns) {
    return tl::unexpected(columns.error());
  }
  TablePoints points;
  while (true) {
    const Result<bool> more = (*rows)->next();
    if (!more) {
      return tl::unexpected(more.error());
    }
    if (!*more) {
      break;
    }
    if (Result<void> read = read_table_row(**rows, *columns, points); !read) {
      return tl::unexpected(read.error());
    }
  }
  if (points.compute.empty()) {
    return (*rows)->refuse_line("no row", "times of one batch size or more");
  }
  DeviceDescription device;
  device.compute = ServiceCurve::table(std::move(points.compute));
  for (std::size_t side = 0; side < kSideCurves.size(); ++side) {
    if (columns->sides.at(side)) {
      device.*kSideCurves.at(side).curve = ServiceCurve::table(std::move(points.sides.at(side)));
    }
  }
  if (Result<void> set = read_terms(file, text, device); !set) {
    return tl::unexpected(set.error());
  }
  if (Result<void> fits = finish_terms(device); !fits) {
    return bad_input(file + ":1:1: " + fits.error().message);
  }
  return device;
}

}  // namespace lockstep

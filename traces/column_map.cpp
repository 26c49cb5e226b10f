#include "traces/column_map.h"

#include <algorithm>

namespace lockstep {
namespace {

constexpr std::array<std::string_view, kMapTargetCount> kTargetNames = {
    "arrival", "end", "duration", "size", "queue", "priority", "timeout", "client"};

bool is_time(MapTarget target) {
  return target <= MapTarget::kDuration || target == MapTarget::kTimeout;
}

bool may_be_date(MapTarget target) {
  return target == MapTarget::kArrival || target == MapTarget::kEnd;
}

std::string unit_text(const MappedColumn& column) {
  if (!column.unit) {
    return "date";
  }
  switch (*column.unit) {
    case DecimalUnit::kNanosecond:
      return "ns";
    case DecimalUnit::kMicrosecond:
      return "us";
    case DecimalUnit::kMillisecond:
      return "ms";
    case DecimalUnit::kSecond:
      break;
  }
  return "s";
}

tl::unexpected<Error> refuse_item(std::string_view item, const std::string& expected) {
  return bad_input("found " + quoted_field(item) + " in --map, expected " + expected);
}

}  // namespace

Result<ColumnMap> ColumnMap::parse(std::string_view text) {
  ColumnMap map;
  std::string_view rest = text;
  while (true) {
    const std::size_t comma = rest.find(',');
    if (Result<void> taken = map.take(rest.substr(0, comma)); !taken) {
      return tl::unexpected(taken.error());
    }
    if (comma == std::string_view::npos) {
      break;
    }
    rest.remove_prefix(comma + 1);
  }
  if (Result<void> done = map.finish(); !done) {
    return tl::unexpected(done.error());
  }
  return map;
}

Result<void> ColumnMap::take(std::string_view item) {
  const std::size_t equals = item.find('=');
  const std::string_view name = item.substr(0, equals);
  const auto found = std::find(kTargetNames.begin(), kTargetNames.end(), name);
  if (equals == std::string_view::npos || found == kTargetNames.end()) {
    return refuse_item(item, "NAME=COLUMN with NAME one of " + name_list(kTargetNames) +
                                 suggestion(name, kTargetNames));
  }
  const auto target = static_cast<MapTarget>(found - kTargetNames.begin());
  std::optional<MappedColumn>& column = columns_[static_cast<std::size_t>(target)];
  if (column) {
    return refuse_item(item, "each name once");
  }
  std::string_view what = item.substr(equals + 1);
  column.emplace();
  if (is_time(target)) {
    const std::size_t colon = what.rfind(':');
    const std::string_view unit =
        colon == std::string_view::npos ? std::string_view() : what.substr(colon + 1);
    column->unit = decimal_unit(unit);
    if (!column->unit && !(may_be_date(target) && unit == "date")) {
      return refuse_item(item, std::string(name) + "=COLUMN:UNIT with UNIT ns, us, ms" +
                                   (may_be_date(target) ? ", s or date" : " or s"));
    }
    what = what.substr(0, colon);
  }
  if (what.empty()) {
    return refuse_item(item, "the name of a column after =");
  }
  column->column = what;
  return {};
}

Result<void> ColumnMap::finish() {
  const bool arrival = column(MapTarget::kArrival) != nullptr;
  const bool end = column(MapTarget::kEnd) != nullptr;
  const bool duration = column(MapTarget::kDuration) != nullptr;
  if (arrival == end || end != duration) {
    return bad_input(std::string("found --map ") +
                     (arrival           ? "with arrival and with end or duration"
                      : end || duration ? "with only one of end and duration"
                                        : "without a time") +
                     ", expected arrival=COLUMN:UNIT, or end=COLUMN:UNIT and "
                     "duration=COLUMN:UNIT (arrival = end - duration)");
  }
  format_name_ = "map:";
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i]) {
      format_name_.append(format_name_.size() > 4 ? "," : "")
          .append(kTargetNames[i])
          .append("=")
          .append(columns_[i]->column);
      if (is_time(static_cast<MapTarget>(i))) {
        format_name_.append(":").append(unit_text(*columns_[i]));
      }
    }
  }
  return {};
}

}  // namespace lockstep

// Rows of a CSV whose columns --map names (column_map.h).
#include <algorithm>
#include <charconv>

#include "core/limits.h"
#include "traces/column_map.h"
#include "traces/queue_column.h"
#include "traces/trace_fields.h"

namespace lockstep {
namespace {

// A whole number, also with a fraction of zeros: 32.0, as programs write that keep integers as
// floats.
Result<std::uint64_t> mapped_number(const CsvRows& row, std::size_t index, const NumberRule& rule) {
  const std::string_view text = row.field(index);
  const std::size_t point = text.find('.');
  const std::string_view zeros =
      point == std::string_view::npos ? std::string_view("0") : text.substr(point + 1);
  const std::string_view whole = text.substr(0, point);
  std::uint64_t value = 0;
  const char* const end = whole.data() + whole.size();
  const auto [stop, error] = std::from_chars(whole.data(), end, value);
  const bool fraction = zeros.empty() || zeros.find_first_not_of('0') != std::string_view::npos;
  if (error != std::errc{} || stop != end || fraction || value < rule.min || value > rule.max) {
    return row.refuse(index, std::string(rule.column) + " as a whole number from " +
                                 std::to_string(rule.min) + " to " + std::to_string(rule.max));
  }
  return value;
}

class MappedParser final : public TraceRowParser {
 public:
  MappedParser(ColumnMap map, const std::array<std::size_t, kMapTargetCount>& fields)
      : map_(std::move(map)), fields_(fields) {
    if (!has(MapTarget::kQueue)) {
      queues_.use_one();
    }
  }

  Result<void> parse(const CsvRows& row, Arrival& out) override {
    if (Result<void> text = row.lines().require_text(); !text) {
      return text;
    }
    Result<void> done = read_time(row, out);
    std::uint64_t value = 0;
    if (done && has(MapTarget::kSize)) {
      done = read_number(row, MapTarget::kSize,
                         {.column = "size", .min = 1, .max = kMaxRequestRows}, value);
      out.size = static_cast<std::uint32_t>(value);
    }
    if (done && has(MapTarget::kPriority)) {
      done = read_number(row, MapTarget::kPriority, {.column = "priority", .max = 255}, value);
      out.priority = static_cast<std::uint8_t>(value);
    }
    if (done && has(MapTarget::kClient)) {
      done = read_number(row, MapTarget::kClient, {.column = "client"}, value);
      out.client = ClientId{value};
    }
    if (done && has(MapTarget::kTimeout)) {
      done = read_timeout(row, out);
    }
    if (done && has(MapTarget::kQueue)) {
      const Result<QueueId> queue = queues_.read(row, field(MapTarget::kQueue));
      if (!queue) {
        return tl::unexpected(queue.error());
      }
      out.queue = *queue;
    }
    return done;
  }

  [[nodiscard]] std::size_t time_field() const override {
    return field(map_.records_ends() ? MapTarget::kEnd : MapTarget::kArrival);
  }
  [[nodiscard]] std::string_view name() const override { return map_.format_name(); }
  [[nodiscard]] TraceColumns columns() const override {
    return {.queue = has(MapTarget::kQueue),
            .size = has(MapTarget::kSize),
            .priority = has(MapTarget::kPriority),
            .timeout = has(MapTarget::kTimeout),
            .client = has(MapTarget::kClient)};
  }
  [[nodiscard]] const std::vector<std::string>& queue_names() const override {
    return queues_.names();
  }

 private:
  [[nodiscard]] bool has(MapTarget target) const { return map_.column(target) != nullptr; }
  [[nodiscard]] std::size_t field(MapTarget target) const {
    return fields_[static_cast<std::size_t>(target)];
  }

  Result<void> read_number(const CsvRows& row, MapTarget target, const NumberRule& rule,
                           std::uint64_t& value) const {
    const Result<std::uint64_t> number = mapped_number(row, field(target), rule);
    if (!number) {
      return tl::unexpected(number.error());
    }
    value = *number;
    return {};
  }

  // Requires: the column is no date.
  [[nodiscard]] Result<std::int64_t> decimal(const CsvRows& row, MapTarget target) const {
    const MappedColumn& column = *map_.column(target);
    return decimal_field(row, field(target), {.column = column.column, .unit = *column.unit});
  }

  Result<void> read_timeout(const CsvRows& row, Arrival& out) const {
    const Result<std::int64_t> ns = decimal(row, MapTarget::kTimeout);
    if (!ns) {
      return tl::unexpected(ns.error());
    }
    if (*ns > kMaxTimeNs) {
      return row.refuse(field(MapTarget::kTimeout), "a timeout of at most 36 years");
    }
    // A deadline that rounds to none would never pass.
    const std::string_view text = row.field(field(MapTarget::kTimeout));
    const std::string_view figures = text.substr(0, text.find_first_of("eE"));
    const bool is_zero = figures.find_first_of("123456789") == std::string_view::npos;
    out.timeout = SimDuration{is_zero ? 0 : std::max<std::int64_t>(*ns, 1)};
    return {};
  }

  Result<void> read_time(const CsvRows& row, Arrival& out) {
    Result<CivilTime> stamp = read_stamp(row);
    if (stamp && map_.records_ends()) {
      const Result<std::int64_t> duration = decimal(row, MapTarget::kDuration);
      if (!duration) {
        return tl::unexpected(duration.error());
      }
      stamp = earlier_by(*stamp, *duration);
    }
    if (!stamp) {
      return tl::unexpected(stamp.error());
    }
    const Result<Arrival> arrival = arrival_at(row, time_field(), origin_, *stamp);
    if (!arrival) {
      return tl::unexpected(arrival.error());
    }
    out = *arrival;
    return {};
  }

  Result<CivilTime> read_stamp(const CsvRows& row) {
    const MapTarget target = map_.records_ends() ? MapTarget::kEnd : MapTarget::kArrival;
    const MappedColumn& column = *map_.column(target);
    if (column.unit) {
      const Result<std::int64_t> ns = decimal(row, target);
      return ns ? Result<CivilTime>(stamp_of_ns(*ns)) : tl::unexpected(ns.error());
    }
    CivilTime time;
    const std::string_view problem = parse_civil_time(row.field(field(target)), time);
    if (!problem.empty()) {
      return row.refuse(
          field(target),
          column.column + " as YYYY-MM-DD HH:MM:SS[.fraction][zone]: " + std::string(problem));
    }
    has_zone_ = has_zone_.value_or(time.has_zone);
    if (time.has_zone != *has_zone_) {
      return row.refuse(field(target), std::string("a time ") + (*has_zone_ ? "with" : "without") +
                                           " a zone, as in the first row");
    }
    return time;
  }

  ColumnMap map_;
  std::array<std::size_t, kMapTargetCount> fields_;
  QueueColumn queues_;
  TimeOrigin origin_;
  std::optional<bool> has_zone_;
};

}  // namespace

Result<std::unique_ptr<TraceRowParser>> mapped_parser(const CsvRows& header, ColumnMap map) {
  const std::vector<std::string>& names = header.header();
  const std::vector<std::string_view> known(names.begin(), names.end());
  std::array<std::size_t, kMapTargetCount> fields{};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const MappedColumn* column = map.column(static_cast<MapTarget>(i));
    if (column == nullptr) {
      continue;
    }
    const auto found = std::find(names.begin(), names.end(), column->column);
    if (found == names.end()) {
      return header.refuse(
          0, 0, "no column " + quoted_field(column->column) + suggestion(column->column, known),
          "the columns that --map names among " + name_list(known));
    }
    fields[i] = static_cast<std::size_t>(found - names.begin());
  }
  return std::make_unique<MappedParser>(std::move(map), fields);
}

}  // namespace lockstep

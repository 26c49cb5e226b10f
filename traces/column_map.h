// --map: which columns of a CSV hold what, for files of no format that we know.
//
//   arrival=COLUMN:UNIT | end=COLUMN:UNIT,duration=COLUMN:UNIT    required: one of the two
//   size=COLUMN  queue=COLUMN  priority=COLUMN  client=COLUMN  timeout=COLUMN:UNIT
//
// UNIT is ns, us, ms or s (decimal numbers, rounded half up to 1 ns), or for arrival and end also
// date (civil_time.h; all rows with a zone, or none). With end and duration arrival = end -
// duration: logs often stamp the end. Columns that are not named are not looked at; names with a
// comma cannot be named. Fields may be in double quotes. A whole number may be written 32.0.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "traces/decimal_time.h"
#include "traces/trace_format.h"

namespace lockstep {

enum class MapTarget : std::size_t {
  kArrival,
  kEnd,
  kDuration,
  kSize,
  kQueue,
  kPriority,
  kTimeout,
  kClient,
};
inline constexpr std::size_t kMapTargetCount = 8;

struct MappedColumn {
  std::string column;
  std::optional<DecimalUnit> unit{};  // of a time; without one: a date
};

class ColumnMap {
 public:
  // Errors: "found --map ..., expected ...".
  [[nodiscard]] static Result<ColumnMap> parse(std::string_view text);

  // nullptr when the file does not say.
  [[nodiscard]] const MappedColumn* column(MapTarget target) const {
    const std::optional<MappedColumn>& found = columns_[static_cast<std::size_t>(target)];
    return found ? &*found : nullptr;
  }
  [[nodiscard]] bool records_ends() const { return column(MapTarget::kEnd) != nullptr; }
  // "map:" and the text in one order, whatever the order it was said in.
  [[nodiscard]] const std::string& format_name() const { return format_name_; }

 private:
  [[nodiscard]] Result<void> take(std::string_view item);
  [[nodiscard]] Result<void> finish();

  std::array<std::optional<MappedColumn>, kMapTargetCount> columns_;
  std::string format_name_;
};

// Errors: a column that the header does not have.
[[nodiscard]] Result<std::unique_ptr<TraceRowParser>> mapped_parser(const CsvRows& header,
                                                                    ColumnMap map);

}  // namespace lockstep

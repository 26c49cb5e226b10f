// Fields that several trace formats have: decimal times, token counts, the time of an arrival.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/request.h"
#include "core/result.h"
#include "traces/csv_rows.h"
#include "traces/decimal_time.h"
#include "traces/time_origin.h"

namespace lockstep {

struct DecimalRule {
  std::string_view column;
  DecimalUnit unit = DecimalUnit::kSecond;
  DecimalUnit step = DecimalUnit::kNanosecond;  // rounded to, half up
};

// Nanoseconds. Errors: FILE:LINE:COLUMN at the field.
[[nodiscard]] Result<std::int64_t> decimal_field(const CsvRows& row, std::size_t index,
                                                 const DecimalRule& rule);

// "seconds", ...: for messages.
[[nodiscard]] std::string_view unit_word(DecimalUnit unit);

// Counts of tokens are validated and not used: whole numbers up to 1,000,000,000.
[[nodiscard]] Result<void> check_tokens(const CsvRows& row, std::size_t index,
                                        std::string_view column);

// A usual request at `stamp`, counted from the first row. `index` is where an error points.
[[nodiscard]] Result<Arrival> arrival_at(const CsvRows& row, std::size_t index, TimeOrigin& origin,
                                         const CivilTime& stamp);

}  // namespace lockstep

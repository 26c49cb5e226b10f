// Dates and times of day as text, to seconds and nanoseconds: integers only, no time zones.
#pragma once

#include <cstdint>
#include <string_view>

namespace lockstep {

// Proleptic Gregorian calendar.
[[nodiscard]] bool is_leap_year(std::int64_t year);
[[nodiscard]] std::int64_t days_in_month(std::int64_t year, std::int64_t month);
// Days since 0001-01-01. Requires: the date exists, year >= 1.
[[nodiscard]] std::int64_t day_number(std::int64_t year, std::int64_t month, std::int64_t day);

struct CivilTime {
  std::int64_t seconds = 0;  // since 0001-01-01 00:00:00
  std::int64_t nanos = 0;    // 0 to 999'999'999
};

// Parses `YYYY-MM-DD HH:MM:SS[.fraction]` with 1 to 9 fractional digits. "" when it is one, else
// what is wrong ("month 13 does not exist").
[[nodiscard]] std::string_view parse_civil_time(std::string_view text, CivilTime& out);

}  // namespace lockstep

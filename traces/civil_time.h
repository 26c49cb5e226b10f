// Dates and times of day as text, to seconds and nanoseconds: integers only.
//
// A time without a zone is taken as it stands: a jump of daylight saving time in it cannot be told
// from a gap between requests.
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
  std::int64_t seconds = 0;  // since 0001-01-01 00:00:00, in UTC when the text has a zone
  std::int64_t nanos = 0;    // 0 to 999'999'999
  bool has_zone = false;
};

// Parses `YYYY-MM-DD HH:MM:SS[.fraction][zone]`, also with a T between date and time, with 1 to 9
// fractional digits and the zone Z or +HH:MM. "" when it is one, else what is wrong ("there is no
// such month").
[[nodiscard]] std::string_view parse_civil_time(std::string_view text, CivilTime& out);

// The fields of a date and a time of day, already numbers; "" and sets out.seconds, or what is
// wrong.
struct CivilFields {
  std::int64_t year = 1;
  std::int64_t month = 1;
  std::int64_t day = 1;
  std::int64_t hour = 0;
  std::int64_t minute = 0;
  std::int64_t second = 0;
};
[[nodiscard]] std::string_view civil_seconds(const CivilFields& fields, CivilTime& out);

// `+HH:MM`, or `+HHMM` without a colon; also with a minus. Seconds east of Greenwich, below a day.
[[nodiscard]] bool parse_zone(std::string_view text, std::int64_t& seconds_east);

}  // namespace lockstep
